"""Operations: special cases by IEEE 754-2019 clause 6 and 7.2, exact results, and the host's own binary64."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import Number, add, convert, multiply, subtract
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, is_nan, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable
from refsim.spec.operands import rational
from refsim.spec.projection import Projection
from refsim.testing.strategies import draws, exact_numbers, formats, numbers, projections

binary16 = get_format("binary16")
CODES = {
    "1": 0x3C00,
    "-1": 0xBC00,
    "0": 0,
    "-0": 0x8000,
    "inf": 0x7C00,
    "-inf": 0xFC00,
    "nan": 0x7E00,
    "snan": 0x7D00,
    "2": 0x4000,
}


def number(text):
    """A datum of binary16 by name."""
    return Number(CODES[text], binary16)


def outcome(operation, x, y, rounding="ties_to_even"):
    """The result of an operation on named data, and whether it is invalid."""
    found = operation(number(x), number(y), Projection(binary16, rounding, "infinity"))
    names = {code: name for name, code in CODES.items()}
    return names[found.code], found.flags


def test_a_number_knows_its_datum():
    """An operand is a code with its format."""
    assert number("1").exact == 1
    assert number("-0").exact is NEGATIVE_ZERO


@pytest.mark.clause("arithmetic/nan")
@pytest.mark.parametrize("operation", [add, subtract, multiply])
@pytest.mark.parametrize("other", CODES)
def test_nan_operands(operation, other):
    """IEEE 754-2019 6.2: a NaN operand gives a quiet NaN, and a signaling one is invalid, wherever it stands."""
    invalid = Flags.INVALID if other == "snan" else Flags.NONE
    assert outcome(operation, "nan", other) == ("nan", invalid)
    assert outcome(operation, other, "nan") == ("nan", invalid)
    assert outcome(operation, "snan", other) == ("nan", Flags.INVALID)
    assert outcome(operation, other, "snan") == ("nan", Flags.INVALID)


@pytest.mark.clause("arithmetic/sum", "arithmetic/add")
@pytest.mark.parametrize(
    ("x", "y", "expected", "flags"),
    [
        ("inf", "inf", "inf", Flags.NONE),
        ("-inf", "-inf", "-inf", Flags.NONE),
        ("inf", "-inf", "nan", Flags.INVALID),
        ("-inf", "inf", "nan", Flags.INVALID),
        ("inf", "-1", "inf", Flags.NONE),
        ("-1", "inf", "inf", Flags.NONE),
        ("0", "-inf", "-inf", Flags.NONE),
        ("1", "0", "1", Flags.NONE),
        ("-0", "1", "1", Flags.NONE),
        ("1", "1", "2", Flags.NONE),
    ],
)
def test_sums(x, y, expected, flags):
    """IEEE 754-2019 6.1 and 7.2: infinities of one sign stay, of two signs are invalid."""
    assert outcome(add, x, y) == (expected, flags)


@pytest.mark.clause("arithmetic/zero-sign", "arithmetic/sum")
@pytest.mark.parametrize(
    ("x", "y", "usual", "negative"),
    [("1", "-1", "0", "-0"), ("0", "-0", "0", "-0"), ("-0", "0", "0", "-0"), ("-0", "-0", "-0", "-0"), ("0", "0", "0", "0")],
)
@pytest.mark.parametrize("rounding", ["ties_to_even", "toward_zero", "toward_positive", "ties_to_away", "to_odd"])
def test_the_sign_of_a_sum_of_zero(x, y, usual, negative, rounding):
    """IEEE 754-2019 6.3: plus, but minus under roundTowardNegative, and two zeros of one sign keep it."""
    assert outcome(add, x, y, rounding) == (usual, Flags.NONE)
    assert outcome(add, x, y, "toward_negative") == (negative, Flags.NONE)


@pytest.mark.clause("arithmetic/subtract", "arithmetic/zero-sign", "arithmetic/sum")
@pytest.mark.parametrize(
    ("x", "y", "expected", "flags"),
    [
        ("1", "1", "0", Flags.NONE),
        ("0", "0", "0", Flags.NONE),
        ("-0", "0", "-0", Flags.NONE),
        ("0", "-0", "0", Flags.NONE),
        ("inf", "inf", "nan", Flags.INVALID),
        ("inf", "-inf", "inf", Flags.NONE),
        ("1", "inf", "-inf", Flags.NONE),
        ("1", "-1", "2", Flags.NONE),
    ],
)
def test_differences(x, y, expected, flags):
    """A difference is the sum with the second sign changed, of zeros and infinities too."""
    assert outcome(subtract, x, y) == (expected, flags)


@pytest.mark.clause("arithmetic/product", "arithmetic/multiply")
@pytest.mark.parametrize(
    ("x", "y", "expected", "flags"),
    [
        ("0", "inf", "nan", Flags.INVALID),
        ("-inf", "-0", "nan", Flags.INVALID),
        ("inf", "-1", "-inf", Flags.NONE),
        ("-inf", "-inf", "inf", Flags.NONE),
        ("0", "-1", "-0", Flags.NONE),
        ("-0", "-1", "0", Flags.NONE),
        ("-0", "-0", "0", Flags.NONE),
        ("-0", "0", "-0", Flags.NONE),
        ("-1", "-1", "1", Flags.NONE),
        ("-1", "2", None, Flags.NONE),
    ],
)
def test_products(x, y, expected, flags):
    """IEEE 754-2019 6.3 and 7.2: the sign is the exclusive or of the signs, zero times infinity is invalid."""
    if expected is None:
        to = Projection("int8", "ties_to_even", "error")
        assert multiply(number(x), number(y), to) == (0xFE, flags)
    else:
        assert outcome(multiply, x, y) == (expected, flags)
        assert outcome(multiply, y, x) == (expected, flags)


@pytest.mark.clause("arithmetic/nan")
def test_no_nan_to_give():
    """A NaN into a format without one is refused, not turned into a number."""
    for format in ("int8", "float4_e2m1fn"):
        with pytest.raises(Unrepresentable, match=rf"^{format} has no code for nan$"):
            convert(number("nan"), Projection(format, "ties_to_even", "saturate"))


def of_binary64(x):
    """The code of a Python float."""
    return Number(struct.unpack("<Q", struct.pack("<d", x))[0], get_format("binary64"))


@pytest.mark.clause("arithmetic/add", "arithmetic/subtract", "arithmetic/multiply", "flags/raise")
@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_binary64_against_the_host(x, y):
    """The host adds, subtracts and multiplies binary64 to nearest, ties to even."""
    to = Projection("binary64", "ties_to_even", "infinity")
    for operation, expected in ((add, x + y), (subtract, x - y), (multiply, x * y)):
        code, flags = operation(of_binary64(x), of_binary64(y), to)
        if math.isnan(expected):
            assert is_nan(to.format.decode(code))
            assert flags == Flags.INVALID
        else:
            assert code == of_binary64(expected).code
            assert (Flags.OVERFLOW in flags) == (math.isinf(expected) and math.isfinite(x) and math.isfinite(y))


@pytest.mark.clause("arithmetic/add", "arithmetic/multiply", "project/order")
@pytest.mark.parametrize(
    ("operation", "x", "y", "code", "flags"),
    [
        # 1 + 2**-11 is half way to 1 + 2**-10: the tie goes to the even 0x3c00.
        (add, 0x3C00, 0x1000, 0x3C00, Flags.INEXACT),
        (add, 0x3C01, 0x1000, 0x3C02, Flags.INEXACT),
        # (1 + 2**-10)**2 = 1 + 2**-9 + 2**-20: just above a number.
        (multiply, 0x3C01, 0x3C01, 0x3C02, Flags.INEXACT),
        # 2**-24 * 2**-1 is half the least subnormal.
        (multiply, 0x0001, 0x3800, 0x0000, Flags.INEXACT | Flags.UNDERFLOW),
        (multiply, 0x7BFF, 0x4000, 0x7C00, Flags.INEXACT | Flags.OVERFLOW),
        # Sums below the least normal number are exact.
        (add, 0x03FF, 0x0001, 0x0400, Flags.NONE),
        (subtract, 0x0400, 0x0001, 0x03FF, Flags.NONE),
    ],
)
def test_worked_examples_in_binary16(operation, x, y, code, flags):
    """Ties, underflow and overflow worked out by hand."""
    to = Projection(binary16, "ties_to_even", "infinity")
    assert operation(Number(x, binary16), Number(y, binary16), to) == (code, flags)


@pytest.mark.clause("arithmetic/multiply", "arithmetic/add", "arithmetic/convert")
@pytest.mark.parametrize(
    ("operation", "x", "y", "to", "code"),
    [
        # 448 * 448 = 200704 = 0x31000, an int32.
        (multiply, (0x7E, "float8_e4m3fn"), (0x7E, "float8_e4m3fn"), "int32", 0x31000),
        # 57344 + 2**-16 = 2**15 * (1 + 3/4 + 2**-31)
        (add, (0x7B, "float8_e5m2"), (0x01, "float8_e5m2"), "binary64", (0x40E << 52) + (3 << 50) + (1 << 21)),
        # -128 * 2**-5 = -4
        (multiply, (0x80, "int8"), (0x01, "q2.5"), "q2.5", 0x80),
        (add, (0xFF, "uint8"), (0x01, "int4"), "int16", 0x0100),
    ],
)
def test_mixed_formats(operation, x, y, to, code):
    """Operands and result may be of three formats."""
    found = operation(Number(x[0], get_format(x[1])), Number(y[0], get_format(y[1])), Projection(to, "ties_to_even", "error"))
    assert found == (code, Flags.NONE)


@pytest.mark.clause("arithmetic/add", "arithmetic/multiply", "arithmetic/subtract", "arithmetic/convert")
@given(st.data())
def test_an_operation_projects_the_real_result(data):
    """On numbers an operation is that of the rationals, projected once; the order of a sum or product is nothing."""
    source, other = data.draw(formats()), data.draw(formats())
    to = data.draw(formats().flatmap(projections))
    x, y, draw = data.draw(numbers(source)), data.draw(numbers(other)), data.draw(draws(to.rounding))

    def tried(function, *operands):
        try:
            return function(*operands)
        except Unrepresentable as refused:
            return type(refused), str(refused)

    assert tried(add, x, y, to, draw) == tried(add, y, x, to, draw)
    assert tried(multiply, x, y, to, draw) == tried(multiply, y, x, to, draw)
    a, b = x.exact, y.exact
    assert tried(convert, x, to, draw) == tried(to, a, draw)
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        if a + b:
            assert tried(add, x, y, to, draw) == tried(to, a + b, draw)
        if a - b:
            assert tried(subtract, x, y, to, draw) == tried(to, a - b, draw)
        if a * b:
            assert tried(multiply, x, y, to, draw) == tried(to, a * b, draw)


@pytest.mark.clause("arithmetic/add")
@given(st.data())
def test_zero_is_neutral(data):
    """x + 0 is x, and x * 1 is x, for every x but a signaling NaN, into the format of x."""
    x = data.draw(numbers(binary16))
    to = Projection(binary16, "ties_to_even", "infinity")
    if is_nan(x.exact) or x.exact is NEGATIVE_ZERO:
        return
    assert add(x, number("0"), to) == multiply(x, number("1"), to) == (x.code, Flags.NONE)


@pytest.mark.parametrize("x", [NAN, SIGNALING_NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO, root(2, 2)])
def test_only_rationals_are_rational(x):
    """Exact arithmetic on what is no rational is refused."""
    with pytest.raises(TypeError, match=r"is not a rational number$"):
        rational(x)


@given(st.data())
def test_rationals_are_rational(data):
    """A rational is handed through as it is."""
    x = data.draw(exact_numbers(binary16))
    if isinstance(x, Fraction):
        assert rational(x) is x
