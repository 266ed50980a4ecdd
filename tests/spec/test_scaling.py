"""Exponents as operands: the host's ldexp and frexp, powers of two written out, and exponents far beyond every range."""

import math
import struct
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, fma, multiply
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operands import Setting
from refsim.spec.operations import OPERATIONS
from refsim.spec.projection import Projection
from refsim.spec.scaling import log_b, reduced, scale_b, scaled_add, scaled_fma, scaled_multiply

from .data import BINARY16, number, outcome, table

INT64, INT128 = get_format("int64"), get_format("int128")
ROUNDINGS = ("ties_to_even", "toward_zero", "toward_positive", "to_odd", "away_from_zero")


def integer(n, format=INT64):
    """An integer operand."""
    return Number(n % (1 << format.width), format)


def binary64(x):
    """The operand that a Python float is."""
    return Number(struct.unpack("<Q", struct.pack("<d", x))[0], get_format("binary64"))


@pytest.mark.clause("scaling/scale-b")
@given(st.floats(allow_nan=False), st.integers(-2200, 2200))
def test_scale_b_against_the_host(x, n):
    """The host's ldexp, which overflows to an error where we give infinity."""
    to = Projection("binary64", "ties_to_even", "infinity")
    code, flags = scale_b(binary64(x), integer(n), to)
    try:
        expected = math.ldexp(x, n)
    except OverflowError:
        assert code == binary64(math.copysign(math.inf, x)).code
        assert flags == Flags.OVERFLOW | Flags.INEXACT
    else:
        assert code == binary64(expected).code


@pytest.mark.clause("scaling/scale-b")
@pytest.mark.parametrize(
    ("x", "result", "flags"),
    [
        ("0", "0", ""),
        ("-0", "-0", ""),
        ("inf", "inf", ""),
        ("-inf", "-inf", ""),
        ("nan", "nan", ""),
        ("snan", "nan", "invalid"),
    ],
)
@pytest.mark.parametrize("n", [0, 1, -1, 1 << 62, -(1 << 63)])
def test_special_data_stay(x, result, flags, n):
    """IEEE 754-2019 5.3.3: zeros and infinities are scaled to themselves, whatever the exponent."""
    found = scale_b(number(x), integer(n), Projection(BINARY16, "ties_to_even", "infinity"))
    assert found == (number(result).code, Flags.INVALID if flags else Flags.NONE)


@pytest.mark.clause("scaling/scale-b")
def test_exponents_beyond_every_memory():
    """The greatest exponents of 128 bits overflow and underflow in no time, as rules say, and wrap to zero."""
    top, one = 1 << 126, number("1")
    for rounding, above, below in (("ties_to_even", 0x7C00, 0), ("toward_zero", 0x7BFF, 0), ("away_from_zero", 0x7C00, 1)):
        to = Projection(BINARY16, rounding, "infinity")
        assert scale_b(one, integer(top, INT128), to) == (above, Flags.OVERFLOW | Flags.INEXACT)
        assert scale_b(one, integer(-top, INT128), to) == (below, Flags.UNDERFLOW | Flags.INEXACT)
    assert scale_b(one, integer(top, INT128), Projection("int8", "ties_to_even", "wrap")).code == 0


@pytest.mark.clause("scaling/scale-b")
@pytest.mark.parametrize(
    ("n", "message"),
    [
        (Number(0x3800, BINARY16), "1/2 is no integer, which an exponent must be"),
        (number("inf"), "inf is no integer, which an exponent must be"),
        (number("nan"), "nan is no integer, which an exponent must be"),
    ],
)
def test_an_exponent_is_an_integer(n, message):
    """What is no integer is refused as an exponent; the negative zero is one."""
    to = Projection(BINARY16, "ties_to_even", "infinity")
    with pytest.raises(ValueError, match=f"^{message}$"):
        scale_b(number("1"), n, to)
    assert scale_b(number("1"), number("-0"), to) == scale_b(number("1/2"), number("1"), to) == (0x3C00, Flags.NONE)


@pytest.mark.clause("scaling/scale-b", "scaling/add", "scaling/multiply", "scaling/fma")
@pytest.mark.parametrize("target", ["float4_e2m1fn", "e3m2", "int4", "binary6p2se"])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_far_exponents_are_exact(target, rounding):
    """Exponents at and beyond the distance at which they are reduced give what the powers of two themselves give."""
    e3m2 = get_format("e3m2")
    to = Projection(target, rounding, "wrap" if target == "int4" else "saturate")
    reach = 64 + 4 * 40
    exponents = [0, 5, -7, reach - 1, reach + 2, -reach - 3, 3 * reach + 1, -3 * reach - 2, 4 * reach, 5 * reach + 1]
    numbers = [Number(code, e3m2) for code in (0x01, 0x0C, 0x17, 0x2C)]
    for s, t in product(exponents, repeat=2):
        p, q = Fraction(2) ** s, Fraction(2) ** t
        for x, y in ((numbers[0], numbers[3]), (numbers[1], numbers[3]), (numbers[2], numbers[1])):
            a, b, n, m = x.exact, y.exact, integer(s), integer(t)
            assert scale_b(x, n, to) == to(a * p)
            assert scaled_multiply(x, y, n, to) == to(a * b * p)
            if a * p + b * q:
                assert scaled_add(x, n, y, m, to) == to(a * p + b * q)
            if a * b * p + a * q:
                assert scaled_fma(x, y, n, x, m, to) == to(a * b * p + a * q)


@pytest.mark.clause("scaling/scale-b", "scaling/add")
def test_reduced_exponents_are_small():
    """Exponents of any size come down to some thousands, and small ones stay as they are."""
    setting = Setting((BINARY16, INT64), Projection("binary32", "ties_to_even", "infinity"))
    assert reduced(setting, Fraction(3), Fraction(-40)) == [3, -40]
    for exponents in ((1 << 100, 1 << 100), (-(1 << 100), 5), (1 << 90, -(1 << 90))):
        assert all(abs(n) < 10_000 for n in reduced(setting, *map(Fraction, exponents)))


@pytest.mark.clause("scaling/log-b")
@pytest.mark.parametrize(
    ("operands", "result", "flags"),
    table("""
        0 = -inf infinite
        -0 = -inf infinite
        inf = inf
        -inf = inf
        1 = 0
        -1 = 0
        2 = 1
        4 = 2
        1/2 = -1
        nan = nan
        snan = nan invalid
    """),
)
def test_special_exponents(operands, result, flags):
    """IEEE 754-2019 5.3.3: logB of zero divides by zero."""
    assert outcome("log_b", *operands) == (result, flags)


@pytest.mark.clause("scaling/log-b")
@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_log_b_against_the_host(x):
    """The host's frexp, whose significand lies below one, of subnormal numbers too."""
    to = Projection("int16", "ties_to_even", "error")
    assert log_b(binary64(x), to) == ((math.frexp(x)[1] - 1) % 65536, Flags.NONE)


SCALED_SUMS = [
    ("inf", "-inf", "nan"),
    ("1", "-inf", "-inf"),
    ("inf", "inf", "inf"),
    ("-0", "-0", "-0"),
    ("0", "-0", "0"),
    ("1", "-1", "0"),
]


@pytest.mark.clause("scaling/add", "scaling/fma", "arithmetic/zero-sign", "arithmetic/sum")
@pytest.mark.parametrize(("x", "y", "result"), SCALED_SUMS)
def test_special_scaled_sums(x, y, result):
    """Scaled sums follow the rules of sums."""
    flags = Flags.INVALID if result == "nan" else Flags.NONE
    n = integer(1 << 40)
    to = Projection(BINARY16, "ties_to_even", "infinity")
    assert scaled_add(number(x), n, number(y), n, to) == (number(result).code, flags)
    assert scaled_fma(number(x), number("1"), n, number(y), n, to) == (number(result).code, flags)


@pytest.mark.clause("scaling/multiply", "scaling/fma", "arithmetic/product", "arithmetic/fused")
def test_special_scaled_products():
    """Scaled products follow the rules of products, and fused ones those of fused multiply-add."""
    n, to = integer(-3), Projection(BINARY16, "ties_to_even", "infinity")
    invalid = (0x7E00, Flags.INVALID)
    assert scaled_multiply(number("0"), number("inf"), n, to) == invalid
    assert scaled_fma(number("0"), number("inf"), n, number("nan"), n, to) == invalid
    assert scaled_multiply(number("-0"), number("1"), n, to) == (0x8000, Flags.NONE)
    assert scaled_multiply(number("inf"), number("-1"), n, to) == (0xFC00, Flags.NONE)
    assert number("inf").exact is POSITIVE_INFINITY
    assert number("-0").exact is NEGATIVE_ZERO


@pytest.mark.clause("scaling/add", "scaling/multiply", "scaling/fma")
@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from(ROUNDINGS))
def test_scaling_by_one(a, b, c, rounding):
    """With exponents of zero the scaled operations are the plain ones, of special data too."""
    to = Projection(BINARY16, rounding, "infinity")
    x, y, z = (Number(code, BINARY16) for code in (a, b, c))
    zero = integer(0)
    assert scaled_add(x, zero, y, zero, to) == add(x, y, to)
    assert scaled_multiply(x, y, zero, to) == multiply(x, y, to)
    assert scaled_fma(x, y, zero, z, zero, to) == fma(x, y, z, to)


@pytest.mark.clause("project/infinity", "scaling/log-b")
@pytest.mark.parametrize(("operation", "operands"), [("log_b", [0]), ("divide", [0x3C00, 0]), ("reciprocal", [0x8000])])
def test_an_infinity_that_becomes_an_integer(operation, operands):
    """Where an exact infinity has to become an integer, the exception is invalid, and not division by zero as well."""
    numbers = [Number(code, get_format("binary16")) for code in operands]
    exact = OPERATIONS[operation](*numbers, to=Projection("binary16", "ties_to_even", "infinity"))
    assert exact.flags == Flags.INFINITE
    negative = exact.code >> 15
    for overflow in ("integer_saturate", "integer_saturate_high", "integer_indefinite"):
        code, flags = OPERATIONS[operation](*numbers, to=Projection("int32", "ties_to_even", overflow))
        assert flags == Flags.INVALID
        assert code == (0x80000000 if negative or overflow == "integer_indefinite" else 0x7FFFFFFF)
