"""LNS addition through tables: entries worked out by hand, mpmath's logarithms, and the exact sum where a table is exact."""

from fractions import Fraction

import mpmath
import pytest

from refsim.spec.arithmetic import add, multiply, sqrt
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, POSITIVE_INFINITY, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.lns import Adder, correction_table, exact_power, lns_add, lns_subtract, power, rounded_log2
from refsim.spec.naming import get_rounding
from refsim.spec.operands import Setting
from refsim.spec.projection import Projection
from refsim.spec.surds import power as power_of_two

LNS = get_format("lns4.3")
NEAREST = Projection(LNS, "ties_to_even", "saturate")


@pytest.fixture(autouse=True, scope="module")
def _many_digits():
    """mpmath with more digits than any of these tests looks at."""
    with mpmath.workdps(80):
        yield


def tables(length=64, index=3, fraction=3, rounding="ties_to_even", cell="low"):
    """Tables of sums and of differences of one shape."""
    return tuple(correction_table(length, index, fraction, rounding, cell, subtraction=minus) for minus in (False, True))


ADDER = Adder(*tables(), "saturate")


def lns(x, format=LNS):
    """The operand nearest to a number."""
    return Number(Projection(format, "ties_to_even", "saturate")(Fraction(x)).code, format)


def decimal(d, *, subtraction=False):
    """The correction by mpmath."""
    two = mpmath.mpf(2) ** (-mpmath.mpf(d.numerator) / d.denominator)
    return mpmath.log(1 - two if subtraction else 1 + two, 2)


@pytest.mark.clause("lns/table")
def test_entries_by_hand():
    """In eighths: log2(1 + 1) = 1; log2(1.5) = 0.585 is 4.68; log2(1.25) = 0.322 is 2.58; log2(1.125) = 0.170 is 1.36, and
    log2(1.0625) = 0.0875 is 0.70. The same with log2(1/2) = -1, log2(3/4) = -0.415 and log2(7/8) = -0.193."""
    sums, differences = tables()
    assert [sums.entries[8 * d] for d in range(6)] == [8, 5, 3, 1, 1, 0]
    assert [differences.entries[8 * d] for d in range(5)] == [0, -8, -3, -2, -1]
    assert sums.entries[36:] == (0,) * 28
    floor, _ = tables(rounding="toward_zero")
    assert [floor.entries[8 * d] for d in range(6)] == [8, 4, 2, 1, 0, 0]


@pytest.mark.clause("lns/table", "lns/log2")
@pytest.mark.parametrize("cell", ["low", "middle"])
@pytest.mark.parametrize(("index", "fraction"), [(0, 5), (2, 3), (5, 8)])
def test_entries_against_mpmath(index, fraction, cell):
    """Entries are mpmath's logarithms at the cell's least difference or in its middle, rounded to nearest and cut off."""
    nearest, cut = tables(40, index, fraction, "ties_to_even", cell), tables(40, index, fraction, "toward_zero", cell)
    for minus in (False, True):
        for i in range(40):
            d = (Fraction(i) + Fraction(cell == "middle", 2)) / (1 << index)
            if minus and d == 0:
                continue
            exact = decimal(d, subtraction=minus) * (1 << fraction)
            assert nearest[minus].entries[i] == int(mpmath.nint(exact))
            assert cut[minus].entries[i] == int(exact)


@pytest.mark.clause("lns/log2")
def test_rounded_logarithms():
    """A rule sees the sign and the magnitude of the logarithm: log2(3) = 1.585, log2(1/3) = -1.585; ties where it is
    rational."""
    for rule, up, down in (
        ("ties_to_even", 2, -2),
        ("toward_zero", 1, -1),
        ("toward_negative", 1, -2),
        ("toward_positive", 2, -1),
        ("to_odd", 1, -1),
    ):
        assert rounded_log2(Fraction(3), 0, get_rounding(rule)) == up
        assert rounded_log2(Fraction(1, 3), 0, get_rounding(rule)) == down
    assert [rounded_log2(power_of_two(Fraction(n, 2)), 0, get_rounding("ties_to_even")) for n in (-3, -1, 1, 3)] == [
        -2,
        0,
        0,
        2,
    ]
    assert rounded_log2(power_of_two(Fraction(-1, 2)), 0, get_rounding("ties_to_away")) == -1


@pytest.mark.clause("lns/look-up")
def test_looking_up():
    """A difference is cut to the bits of the index, an entry shifted to the bits of the logarithm, and past the end it is 0."""
    table = correction_table(3, 0, 1, "ties_to_even", "low", subtraction=False)
    assert table.entries == (2, 1, 1)
    assert [table.correction(d, 3) for d in (0, 7, 8, 15, 23, 24, 1000)] == [8, 8, 4, 4, 4, 0, 0]


@pytest.mark.clause("lns/add", "lns/subtract")
@pytest.mark.parametrize(
    ("a", "b", "total"),
    [
        ("2", "2", 4),
        ("4", "2", "21/8"),
        ("4", "-2", 2),
        ("-4", "2", -2),
        ("4", "-4", 0),
        ("-4", "-2", "-21/8"),
        ("0", "-3", "-13/8"),
    ],
)
def test_sums_by_hand(a, b, total):
    """2 + 2 is 4; of 4 + 2 the logarithm is 2 + 5/8; of 4 - 2 it is 2 - 1; what cancels is zero; a zero changes nothing."""
    x, y = lns(a), lns(b)
    found = LNS.decode(lns_add(x, y, ADDER).code)
    text = str(total)
    expected = total if "/" not in text else (-1 if text[0] == "-" else 1) * power_of_two(Fraction(text.lstrip("-")))
    assert found == expected
    assert lns_add(y, x, ADDER) == lns_add(x, y, ADDER)
    minus = Number(y.code ^ 1 << 9, LNS)
    assert lns_subtract(x, minus, ADDER).code == lns_add(x, y, ADDER).code


@pytest.mark.clause("lns/add")
def test_zeros():
    """The sum of zeros is negative where both are; the other operand comes through as it is; opposite numbers give plus
    zero."""
    plus, minus = Number(LNS.code(False, 0), LNS), Number(LNS.code(True, 0), LNS)
    assert [LNS.decode(lns_add(x, y, ADDER).code) for x in (plus, minus) for y in (plus, minus)] == [0, 0, 0, NEGATIVE_ZERO]
    assert lns_add(Number(minus.code | 5, LNS), lns(7), ADDER).code == lns(7).code
    assert lns_add(lns(-7), lns(7), ADDER).code == plus.code
    assert lns_subtract(minus, plus, ADDER).code == minus.code


@pytest.mark.clause("lns/add")
def test_an_ideal_table_gives_the_rounded_sum():
    """With every difference in the table and correctly rounded entries, the table's sum is the exact sum's nearest code: what
    is added to the rounded entry is a whole number of steps. Cancellation aside it holds for subtraction too."""
    format = get_format("lns2.2")
    to = Projection(format, "ties_to_even", "saturate")
    adder = Adder(*tables(64, 2, 2), "saturate")
    for a in range(1 << format.width):
        for b in range(1 << format.width):
            x, y = Number(a, format), Number(b, format)
            found, exact = lns_add(x, y, adder), add(x, y, to)
            if format.decode(found.code) == 0:
                assert format.decode(exact.code) == 0
            else:
                assert format.decode(found.code) == format.decode(exact.code)


@pytest.mark.clause("lns/end")
def test_ends():
    """Past the greatest logarithm the last code and overflow, below the least one zero and underflow, or the low bits."""
    last, least = Number(LNS.code(True, LNS.top), LNS), Number(LNS.code(False, 1), LNS)
    beside = Number(LNS.code(True, 2), LNS)
    wraps, refuses = (ADDER._replace(end=end) for end in ("wrap", "error"))
    assert lns_add(last, last, ADDER) == (last.code, Flags.OVERFLOW | Flags.INEXACT)
    assert lns_add(last, last, wraps) == (LNS.code(True, 8), Flags.OVERFLOW | Flags.INEXACT)
    assert lns_add(least, beside, ADDER) == (LNS.code(True, 0), Flags.UNDERFLOW | Flags.INEXACT)
    # The steps are 1 - 29 from the least one.
    assert lns_add(least, beside, wraps) == (LNS.code(True, LNS.top - 27), Flags.UNDERFLOW | Flags.INEXACT)
    with pytest.raises(Unrepresentable, match=r"^the logarithm 135 of an LNS sum is outside the range of lns4.3$"):
        lns_add(last, last, refuses)


def test_adders_that_are_refused():
    """Formats of another kind, tables with more bits than the format, and cells without an entry of their own."""
    other = Number(0, get_format("slog5_fsr1"))
    with pytest.raises(ValueError, match=r"^an LNS adder takes LNS formats, which slog5_fsr1 is not$"):
        lns_add(other, other, ADDER)
    with pytest.raises(ValueError, match=r"^an LNS adder takes operands of one format, not lns4.3 and lns3.3$"):
        lns_add(lns(1), lns(1, get_format("lns3.3")), ADDER)
    with pytest.raises(ValueError, match=r"has at most 3 fraction bits, not 4 in its index and 3 in its entries$"):
        lns_add(lns(1), lns(1), Adder(*tables(8, 4, 3), "saturate"))
    with pytest.raises(
        ValueError, match=r"^the differences of lns4.3 below the first index need an entry of their own, not 0$"
    ):
        lns_add(lns(1), lns(1), Adder(*tables(8, 2, 3), "saturate"))
    lns_add(lns(1), lns(1), Adder(*tables(8, 2, 3, cell="middle"), "saturate"))
    with pytest.raises(ValueError, match=r"^the end of an LNS adder is one of saturate, wrap, error, not 'clip'$"):
        lns_add(lns(1), lns(1), ADDER._replace(end="clip"))
    with pytest.raises(ValueError, match=r"^the cell of a table entry is low or middle, not 'high'$"):
        tables(cell="high")
    with pytest.raises(ValueError, match=r"^a correction table takes a rule without random bits"):
        tables(rounding="stochastic_a:3")


@pytest.mark.clause("lns/power")
def test_powers():
    """Powers of LNS numbers multiply the logarithm; the square is the product, and the power 1/2 the root."""
    for code in range(1 << LNS.width):
        x = Number(code, LNS)
        assert power(x, 2, NEAREST) == multiply(x, x, NEAREST)
        if not code >> 9:
            assert power(x, Fraction(1, 2), NEAREST) == sqrt(x, NEAREST)
    assert LNS.decode(power(lns(8), Fraction(1, 3), NEAREST).code) == 2
    assert LNS.decode(power(lns(-2), -3, NEAREST).code) == Fraction(-1, 8)
    # log2(2**(1/3)) is 2.67 eighths.
    assert LNS.decode(power(lns(2), Fraction(1, 3), NEAREST).code) == power_of_two(Fraction(3, 8))
    with pytest.raises(ValueError, match=r"^a power has a numerator and a denominator of at most 4096, not 4097$"):
        power(lns(2), 4097, NEAREST)


@pytest.mark.clause("lns/power-cases")
@pytest.mark.parametrize(
    ("x", "p", "value", "flags"),
    [
        (Fraction(0), Fraction(2), Fraction(0), ""),
        (NEGATIVE_ZERO, Fraction(3), NEGATIVE_ZERO, ""),
        (NEGATIVE_ZERO, Fraction(1, 3), Fraction(0), ""),
        (NEGATIVE_ZERO, Fraction(-3), "-inf", "infinite"),
        (NEGATIVE_ZERO, Fraction(-2), "inf", "infinite"),
        (Fraction(0), Fraction(0), Fraction(1), ""),
        ("nan", Fraction(0), Fraction(1), ""),
        ("nan", Fraction(1), "nan", ""),
        ("snan", Fraction(0), "nan", "invalid"),
        ("-inf", Fraction(3), "-inf", ""),
        ("-inf", Fraction(1, 2), "inf", ""),
        ("inf", Fraction(-1), Fraction(0), ""),
        (Fraction(-2), Fraction(1, 2), "nan", "invalid"),
        (Fraction(-2), Fraction(3), Fraction(-8), ""),
        (Fraction(3, 2), Fraction(-2), Fraction(4, 9), ""),
        (Fraction(3), Fraction(1, 2), root(3, 2), ""),
        (-power_of_two(Fraction(1, 2)), Fraction(3), -power_of_two(Fraction(3, 2)), ""),
    ],
)
def test_powers_of_other_data(x, p, value, flags):
    """The cases of IEEE 754's pow, for a power that is known to be rational."""
    names = {datum.value: datum for datum in type(POSITIVE_INFINITY)}
    raised = {"": Flags.NONE, "invalid": Flags.INVALID, "infinite": Flags.INFINITE}[flags]
    to = Projection("binary32", "ties_to_even", "infinity")
    assert exact_power(Setting((to.format,), to), names.get(x, x), p) == (names.get(value, value), raised)
