"""Shifts in the place of products: Python's shifts, exponents added by hand, registers of exponents, powers from tables."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import multiply
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_ZERO
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.power_tables import ExactPower, LinearPower, PowerTable, WholePower
from refsim.spec.projection import Projection
from refsim.spec.scaling import scale_b
from refsim.spec.shift_multipliers import LogProduct, ShiftProduct, bitshift
from refsim.spec.surds import power
from refsim.spec.terms import NO_PORT, Port, Term, flips

INT8, INT4, LOG4, SLOG5 = (get_format(name) for name in ("int8", "int4", "log4_fsr3", "slog5_fsr1_sqrt2"))
ONE = PowerTable(0, 0, "toward_zero")
ROOT2 = PowerTable(1, 8, "ties_to_even")
CUT = Projection("int8", "toward_negative", "wrap")


def wrapped(n, width=8):
    """The two's complement number of the last bits."""
    return (n + (1 << width - 1)) % (1 << width) - (1 << width - 1)


def log4(exponent):
    """The operand 2**exponent, or zero."""
    return Number(0 if exponent is None else exponent + 13, LOG4)


def value(multiplier, x, y):
    """The term's value."""
    return multiplier.product(x, y, NO_PORT, 0).term.value


@pytest.mark.clause("shift-product/bitshift")
@given(st.integers(-128, 127), st.integers(-20, 20))
def test_bitshift_is_pythons(a, b):
    """To the left bits are lost at the top, to the right at the bottom, copies of the sign come in."""
    assert bitshift(Number(a % 256, INT8), b, CUT).code == (a << b if b >= 0 else a >> -b) % 256
    down = Projection("int8", "toward_zero", "wrap")
    assert bitshift(Number(a % 256, INT8), b, down).code == (a << b if b >= 0 else (abs(a) >> -b) * (1 if a > 0 else -1)) % 256
    assert bitshift(Number(a % 256, INT8), b, CUT) == scale_b(Number(a % 256, INT8), Number(b % 256, INT8), CUT)


@pytest.mark.clause("shift-product/bitshift")
def test_bitshift_of_a_float_adds_to_its_exponent():
    """In floating point the exponent field is changed."""
    half = get_format("binary16")
    to = Projection(half, "ties_to_even", "infinity")
    for code in (0x3C01, 0xC5A3, 0x3BFF):
        for b in (-3, -1, 0, 2, 5):
            assert bitshift(Number(code, half), b, to).code == code + (b << 10)
    assert bitshift(Number(0x7E00, half), 3, to).code == 0x7E00


@pytest.mark.clause("shift-product/shift")
@pytest.mark.parametrize("side", ["x", "y"])
def test_method_1_shifts_both_ways(side):
    """Every weight of 8 bits by every code of four: an arithmetic shift into 8 bits; the zero code gives zero."""
    multiplier = ShiftProduct(side, ONE, CUT)
    for w in range(-128, 128):
        for e in [None, *range(-12, 3)]:
            expected = 0 if e is None else wrapped(w << e if e >= 0 else w >> -e)
            operands = (log4(e), Number(w % 256, INT8))
            assert value(multiplier, *(operands if side == "x" else operands[::-1])) == expected


@pytest.mark.clause("shift-product/shift")
@pytest.mark.parametrize(
    ("rounding", "results"),
    [
        ("toward_negative", [-2, -2, -1, -1, 0, 0, 1, 1]),
        ("toward_zero", [-2, -1, -1, 0, 0, 0, 1, 1]),
        ("ties_to_even", [-2, -2, -1, 0, 0, 0, 1, 2]),
        ("ties_to_away", [-2, -2, -1, -1, 0, 1, 1, 2]),
    ],
)
def test_what_becomes_of_bits_that_are_shifted_out(rounding, results):
    """-4 to 3, halved, by each rule."""
    multiplier = ShiftProduct("y", ONE, Projection("int8", rounding, "saturate"))
    assert [value(multiplier, Number(w % 256, INT8), log4(-1)) for w in range(-4, 4)] == results


@pytest.mark.clause("shift-product/shift")
def test_a_wide_register_keeps_everything():
    """Without a register, or with one as fine as the least shift, the product is exact, and flags are those of the write."""
    fine = Projection("q11.12", "toward_zero", "error")
    for w, e in product(range(-128, 128, 5), range(-12, 3)):
        x = Number(w % 256, INT8)
        assert (
            value(ShiftProduct("y", ONE, None), x, log4(e)) == value(ShiftProduct("y", ONE, fine), x, log4(e)) == w * power(e)
        )
    assert ShiftProduct("y", ONE, None).product(Number(5, INT8), log4(-3), NO_PORT, 0).term == Term(Fraction(5, 8), -1)
    saturated = ShiftProduct("y", ONE, Projection("int8", "toward_negative", "saturate"))
    assert saturated.product(Number(127, INT8), log4(2), NO_PORT, 0) == (Term(Fraction(127), 6), Flags.OVERFLOW | Flags.INEXACT)
    assert saturated.product(Number(3, INT8), log4(-1), NO_PORT, 0) == (Term(Fraction(1), 0), Flags.INEXACT)


@pytest.mark.clause("shift-product/shift")
def test_signs_and_zeros():
    """A signed logarithm negates; zero on either side absorbs; the zero of a product has the product's sign."""
    slog = get_format("slog4_fsr3")
    multiplier = ShiftProduct("y", ONE, None)
    assert value(multiplier, Number(5, INT8), Number(0b1110, slog)) == -5 * 2
    assert value(multiplier, Number(-5 % 256, INT8), Number(0b1110, slog)) == 5 * 2
    assert value(multiplier, Number(-5 % 256, INT8), Number(0, slog)) is NEGATIVE_ZERO
    assert value(multiplier, Number(-5 % 256, INT8), Number(0b1000, slog)) == 0
    assert value(multiplier, Number(0, INT8), Number(0b1110, slog)) is NEGATIVE_ZERO
    assert multiplier.product(Number(0, INT8), log4(2), NO_PORT, 0).term.exponent is None
    assert multiplier.product(Number(5, INT8), log4(None), NO_PORT, 0).term.exponent is None


@pytest.mark.clause("shift-product/shift", "power/table")
def test_tables_multiply_before_the_shift():
    """-3 * 2**(-1/2) in integers: -3 * 362 shifted by 9, which is -2.12 and is cut off once."""
    slog = get_format("slog5_fsr4_sqrt2")
    code = next(c for c in range(16) if slog.decode(c) == power(Fraction(-1, 2)))
    x, y = Number(-3 % 256, INT8), Number(code, slog)
    assert value(ShiftProduct("y", ROOT2, None), x, y) == Fraction(-3 * 362, 512)
    for rounding, expected in (("toward_negative", -3), ("toward_zero", -2), ("ties_to_even", -2), ("away_from_zero", -3)):
        assert value(ShiftProduct("y", ROOT2, Projection("int8", rounding, "saturate")), x, y) == expected
    assert value(ShiftProduct("y", LinearPower(), None), x, y) == Fraction(-9, 4)
    assert value(ShiftProduct("y", WholePower(), None), x, y) == Fraction(-3, 2)
    assert value(ShiftProduct("y", ExactPower(), None), x, y) == -3 * power(Fraction(-1, 2))


@pytest.mark.clause("shift-product/shift")
def test_power_of_two_weights_are_logarithmic_formats():
    """A multiplication by a power of two is the shift: with AP2 weights and exact registers both methods are plain products."""
    weights, data = get_format("slog4_fsr1"), INT4
    to = Projection("q7.6", "toward_zero", "error")
    for w, x in product(range(16), repeat=2):
        operands = Number(x, data), Number(w, weights)
        assert value(ShiftProduct("y", ONE, to), *operands) == to.format.decode(multiply(*operands, to).code)


@pytest.mark.clause("shift-product/shift", "project/flush-inputs")
def test_flushed_numbers():
    """A register that flushes subnormal operands reads a zero."""
    half, large = get_format("binary16"), get_format("log4_fsr16")
    for subnormals, product_ in (("keep", Fraction(1, 1 << 9)), ("flush_inputs", 0)):
        to = Projection(half, "ties_to_even", "infinity", subnormals=subnormals)
        assert value(ShiftProduct("y", ONE, to), Number(1, half), Number(15, large)) == product_


@pytest.mark.clause("shift-product/shift", "log-product/product")
def test_scales_with_nans():
    """E8M0 scales are powers of two; their NaN makes the product one."""
    scale, half = get_format("e8m0"), get_format("binary16")
    to = Projection(half, "ties_to_even", "infinity")
    assert value(ShiftProduct("y", ONE, to), Number(0x3E00, half), Number(129, scale)) == 6
    assert value(ShiftProduct("y", ONE, to), Number(0x3E00, half), Number(255, scale)) is NAN
    assert value(LogProduct(ONE, None, to), Number(129, scale), Number(125, scale)) == 1
    assert value(LogProduct(ONE, None, to), Number(129, scale), Number(255, scale)) is NAN


@pytest.mark.clause("log-product/product")
@pytest.mark.parametrize("pair", [("log4_fsr3", "log4_fsr3"), ("slog4_fsr1", "log3_fsr2"), ("slog5_fsr1", "slog5_fsr1")])
def test_method_2_adds_exponents(pair):
    """All code pairs: the sum of the exponents, the signs compared, zeros absorbing whatever the other exponent is."""
    formats = [get_format(name) for name in pair]
    multiplier = LogProduct(ONE, None, None)
    for codes in product(*(range(1 << format.width) for format in formats)):
        term, flags = multiplier.product(*(Number(c, f) for c, f in zip(codes, formats, strict=True)), NO_PORT, 0)
        fields = [
            (c & (1 << f.width - f.signed) - 1, f.signed and c >> f.width - 1) for c, f in zip(codes, formats, strict=True)
        ]
        negative = fields[0][1] != fields[1][1]
        assert flags is Flags.NONE
        if 0 in {field for field, _ in fields}:
            assert term == Term(NEGATIVE_ZERO if negative else Fraction(0), None)
        else:
            e = sum(field + f.grid.least - 1 for (field, _), f in zip(fields, formats, strict=True))
            assert term == Term((-1 if negative else 1) * Fraction(2) ** e, e)


@pytest.mark.clause("log-product/product", "power/table")
def test_method_2_of_base_root_two():
    """Exponents of half steps: the table's entry of the sum, exact where the halves add up."""
    multiplier = LogProduct(ROOT2, None, None)
    for i, j in product(range(1, 16), repeat=2):
        steps = i + j + 2 * (-13 - 1)
        found = value(multiplier, Number(i, SLOG5), Number(16 + j, SLOG5))
        assert found == -Fraction(256 if steps % 2 == 0 else 362, 256) * Fraction(2) ** (steps // 2)


@pytest.mark.clause("log-product/exponent")
@pytest.mark.parametrize(("overflow", "least", "most"), [("saturate", -8, 7), ("wrap", 5, -7)])
def test_a_register_of_exponents(overflow, least, most):
    """Sums beyond 4 bits saturate or wrap, and raise overflow; the zero code writes nothing."""
    multiplier = LogProduct(ONE, Projection("int4", "toward_zero", overflow), None)
    low = multiplier.product(log4(-12), log4(1), NO_PORT, 0)
    assert low == (Term(Fraction(2) ** least, least), Flags.OVERFLOW | Flags.INEXACT)
    wide = LogProduct(ONE, Projection("int3", "toward_zero", overflow), None)
    assert value(wide, log4(2), log4(2)) == {"saturate": 8, "wrap": Fraction(1, 16)}[overflow]
    log9 = get_format("log4_fsr6")
    nine = multiplier.product(Number(15, log9), Number(14, log9), NO_PORT, 0)
    assert nine == (Term(Fraction(2) ** most, most), Flags.OVERFLOW | Flags.INEXACT)
    writes = []
    port = Port(hold=lambda register, step, result: writes.append((register, step)) or result.code)
    assert multiplier.product(log4(None), log4(-12), port, 3) == (Term(Fraction(0), None), Flags.NONE)
    multiplier.product(log4(0), log4(-12), port, 3)
    assert writes == [("exponent", 3)]


@pytest.mark.clause("log-product/exponent")
def test_a_logarithmic_register_has_a_zero():
    """A sum half a step below the range or lower becomes zero, and one beyond its end the last power."""
    multiplier = LogProduct(ONE, Projection("log3_fsr2", "ties_to_even", "saturate"), None)
    assert [value(multiplier, log4(e), log4(0)) for e in (-7, -6, -5, 0, 1, 2)] == [0, 0, Fraction(1, 32), 1, 2, 2]
    assert value(multiplier, log4(None), log4(2)) == 0
    flags = [multiplier.product(log4(e), log4(0), NO_PORT, 0).flags for e in (-6, -5, 2)]
    assert flags == [Flags.INEXACT, Flags.NONE, Flags.OVERFLOW | Flags.INEXACT]


@pytest.mark.clause("log-product/product", "accumulate/flips")
def test_registers_meet_the_port():
    """A flipped bit of the exponent is a factor, one of the product an addend."""
    multiplier = LogProduct(
        ONE, Projection("int6", "toward_zero", "saturate"), Projection("int16", "toward_negative", "saturate")
    )
    x, y = log4(2), log4(1)
    assert multiplier.product(x, y, flips({("exponent", 5): 4}), 5).term.value == 8 << 4
    assert multiplier.product(x, y, flips({("product", 5): 4}), 5).term.value == 12
    assert multiplier.product(x, y, flips({("product", 4): 4}), 5).term == Term(Fraction(8), 3)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ShiftProduct("w", ONE, None), "the logarithmic operand 'w' of a shift is none of x, y"),
        (
            lambda: ShiftProduct("x", ONE, None).product(Number(1, INT8), log4(1), NO_PORT, 0),
            "a logarithm needs a logarithmic format, such as log4_fsr3, not int8",
        ),
        (
            lambda: LogProduct(ONE, None, None).product(log4(1), Number(1, INT8), NO_PORT, 0),
            "a logarithm needs a logarithmic format, such as log4_fsr3, not int8",
        ),
        (
            lambda: (
                ShiftProduct("x", ONE, None).product(Number(2, SLOG5), Number(1, INT8), NO_PORT, 0)
                and ShiftProduct("x", ONE, None).product(Number(1, SLOG5), Number(1, INT8), NO_PORT, 0)
            ),
            "a table of powers has steps of 1/1, and the exponent -13/2 is between two",
        ),
        (
            lambda: LogProduct(ONE, Projection("binary16", "ties_to_even", "infinity"), None),
            "the sum of exponents needs a fixed-point format or a logarithmic one without a sign, not binary16",
        ),
        (
            lambda: LogProduct(ONE, Projection("slog5_fsr1_sqrt2", "ties_to_even", "saturate"), None),
            "the sum of exponents needs a fixed-point format or a logarithmic one without a sign, not slog5_fsr1_sqrt2",
        ),
        (
            lambda: LogProduct(ONE, Projection("log5_fsr1_sqrt2", "ties_to_even", "saturate"), None),
            "log5_fsr1_sqrt2 has finer steps than a table of powers with 0 fraction bits",
        ),
        (
            lambda: LogProduct(ONE, Projection("q4.1", "ties_to_even", "saturate"), None),
            "q4.1 has finer steps than a table of powers with 0 fraction bits",
        ),
    ],
)
def test_what_is_refused(build, message):
    """One line says what was wanted."""
    with pytest.raises(ValueError) as error:
        build()
    assert str(error.value) == message
