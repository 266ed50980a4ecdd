"""Vectors of shift-based and logarithmic datapaths, beside what was worked out by hand."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.formats import Unrepresentable
from refsim.vectors.procedures import get_procedure
from refsim.vectors.procedures.procedure import applied
from refsim.vectors.suites import procedure_rows

ONE = "table(0,0,toward_zero)"


def given(multiplier, x, y):
    """Parameters."""
    return {"multiplier": multiplier, "x": x, "y": y}


@pytest.mark.clause("shift-product/shift")
def test_a_shift_by_hand():
    """2**-1 times -3 is cut to -2, 2**2 times 100 wraps to -112 or saturates, the code of zero gives zero."""
    run = get_procedure("shift_multiply").run
    for overflow, product in (("wrap", -112), ("saturate", 127)):
        how = given(f"shift(x,{ONE},to=int8/toward_negative/{overflow})", "log4_fsr3", "int8")
        assert run(how, (12, 253)) == (254, 1)
        assert run(how, (15, 100)) == (product % 256, 5)
        assert run(how, (0, 253)) == (0, 0)
    how = given("shift(x,exact,to=int8/toward_negative/error)", "log4_fsr3", "int8")
    with pytest.raises(Unrepresentable):
        run(how, (15, 100))


@pytest.mark.clause("log-product/product", "log-product/exponent")
def test_a_sum_of_exponents_by_hand():
    """2**1 times -2**2 is -8; with three bits of exponent it is -2**3, or wraps where it is 2**4; zero absorbs."""
    run = get_procedure("log_multiply").run
    how = given(f"log({ONE},to=int8/toward_zero/saturate)", "log4_fsr3", "slog5_fsr3")
    assert run(how, (14, 31)) == (-8 % 256, 0)
    assert run(how, (14, 16)) == run(how, (0, 31)) == (0, 0)
    how = given(f"log({ONE},exponent=int3/toward_zero/wrap,to=q3.4/toward_zero/saturate)", "log4_fsr3", "slog5_fsr3")
    assert run(how, (15, 15)) == (1, 5)  # the exponent 4 is -4


@pytest.mark.clause("mitchell/step", "mitchell/corrections")
def test_mitchells_product_by_hand():
    """3 times -3 is -8, with a correction -9; 127 times 127 is 2**13 * 63/32, and iteratively 2**12 * (1 + 63/32)."""
    run = get_procedure("mitchell").run
    for way, corrections, products in (
        ("mitchell", 0, (-8, 16128)),
        ("mitchell", 1, (-9, 16129)),
        ("iterative", 0, (-8, 12160)),
    ):
        how = given(f"mitchell({way},{corrections},to=int16/toward_zero/error)", "int8", "int8")
        assert tuple(run(how, codes)[0] for codes in ((3, 253), (127, 127))) == tuple(p % 65536 for p in products)


@pytest.mark.clause("log-sum/add", "log-sum/total")
@pytest.mark.parametrize(
    ("exponents", "log"), [((3, 3), 4), ((3, 1), "13/4"), ((0, 0, 0, 0), 2), ((2, 0, -1, 1), "23/8"), ((3,) * 8, 6)]
)
def test_known_sums(exponents, log):
    """The paper's recursion, and Mitchell's line back: 2**s is taken for 2**floor(s) * (1 + s - floor(s))."""
    how = {
        "accumulator": "log_domain(log_sum(q4.3/toward_negative/saturate,exact),linear,q10.12/toward_zero/error)",
        "x": "log4_fsr4",
        "count": "8",
        "bias": "none",
    }
    codes = (*(e + 12 for e in exponents), *[0] * (8 - len(exponents)))
    found, flags = get_procedure("log_accumulate").run(how, codes)
    s = Fraction(log)
    assert get_format("q10.12").decode(found) == 2 ** (s // 1) * (1 + s % 1)
    assert flags == 0


def test_every_pair_is_published():
    """Formats of at most 12 bits together are published whole."""
    procedure = get_procedure("shift_multiply")
    for parameters in procedure.published[:4]:
        rows, _ = procedure_rows(applied(procedure, parameters))
        widths = [get_format(parameters[side]).width for side in "xy"]
        assert len(rows) == 1 << sum(widths)


@pytest.mark.parametrize(
    ("name", "how", "message"),
    [
        (
            "shift_multiply",
            given("shift(x,exact)", "log4_fsr3", "int8"),
            "shift(x,exact) needs a register behind it, to=FORMAT/ROUNDING/OVERFLOW",
        ),
        (
            "shift_multiply",
            given("rounded(int8/toward_zero/wrap)", "int8", "int8"),
            "shift_multiply needs a shift(...), not rounded(int8/toward_zero/wrap)",
        ),
        (
            "log_multiply",
            given("rounded(int8/toward_zero/wrap)", "int8", "int8"),
            "log_multiply needs a log(...), not rounded(int8/toward_zero/wrap)",
        ),
        (
            "mitchell",
            given("rounded(int8/toward_zero/wrap)", "int8", "int8"),
            "mitchell needs a mitchell(...), not rounded(int8/toward_zero/wrap)",
        ),
        (
            "log_accumulate",
            {"accumulator": "total(int8/toward_zero/wrap)", "x": "log4_fsr3", "count": "4", "bias": "none"},
            "log_accumulate needs a log_domain(...), not total(int8/toward_zero/wrap)",
        ),
    ],
)
def test_what_is_refused(name, how, message):
    """One line says what was wanted."""
    procedure = get_procedure(name)
    with pytest.raises(ValueError) as error:
        list(procedure.results(how))
        procedure.run(how, (0, 0, 0, 0)[: len(list(procedure.operands(how)))])
    assert str(error.value) == message
