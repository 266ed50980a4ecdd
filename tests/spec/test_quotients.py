"""Quotients, reciprocals and square roots: the special cases of IEEE 754-2019 6.1, 7.2, 7.3 and 9.2.1, and correct rounding."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import divide, reciprocal, rsqrt, sqrt
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

from .data import outcome, table

QUOTIENTS = table("""
    0 0 = nan invalid
    -0 0 = nan invalid
    inf inf = nan invalid
    inf -inf = nan invalid
    1 0 = inf infinite
    1 -0 = -inf infinite
    -1 0 = -inf infinite
    -1 -0 = inf infinite
    inf 0 = inf
    inf -0 = -inf
    -inf 0 = -inf
    inf 2 = inf
    -inf 2 = -inf
    inf -2 = -inf
    0 2 = 0
    0 -2 = -0
    -0 -2 = 0
    0 inf = 0
    0 -inf = -0
    1 inf = 0
    -1 inf = -0
    -1 -inf = 0
    1 2 = 1/2
    -2 4 = -1/2
    nan 0 = nan
    snan 0 = nan invalid
    0 snan = nan invalid
""")
RECIPROCALS = table("""
    0 = inf infinite
    -0 = -inf infinite
    inf = 0
    -inf = -0
    2 = 1/2
    -2 = -1/2
    -1 = -1
    nan = nan
    snan = nan invalid
""")
ROOTS = table("""
    0 = 0
    -0 = -0
    4 = 2
    inf = inf
    -inf = nan invalid
    -1 = nan invalid
    nan = nan
    snan = nan invalid
""")
RECIPROCAL_ROOTS = table("""
    0 = inf infinite
    -0 = -inf infinite
    4 = 1/2
    1 = 1
    inf = 0
    -inf = nan invalid
    -1 = nan invalid
    nan = nan
    snan = nan invalid
""")


@pytest.mark.clause("arithmetic/quotient", "arithmetic/pole", "arithmetic/divide")
@pytest.mark.parametrize(("operands", "result", "flags"), QUOTIENTS)
def test_special_quotients(operands, result, flags):
    """Zeros, infinities and NaNs divided by each other."""
    assert outcome("divide", *operands) == (result, flags)


@pytest.mark.clause("arithmetic/reciprocal", "arithmetic/pole")
@pytest.mark.parametrize(("operands", "result", "flags"), RECIPROCALS)
def test_special_reciprocals(operands, result, flags):
    """One divided by zeros, infinities and NaNs."""
    assert outcome("reciprocal", *operands) == (result, flags)


@pytest.mark.clause("arithmetic/square-root", "arithmetic/sqrt")
@pytest.mark.parametrize(("operands", "result", "flags"), ROOTS)
def test_special_roots(operands, result, flags):
    """IEEE 754-2019 5.4.1: the root of the negative zero is the negative zero."""
    assert outcome("sqrt", *operands) == (result, flags)


@pytest.mark.clause("arithmetic/reciprocal-square-root", "arithmetic/rsqrt", "arithmetic/pole")
@pytest.mark.parametrize(("operands", "result", "flags"), RECIPROCAL_ROOTS)
def test_special_reciprocal_roots(operands, result, flags):
    """IEEE 754-2019 9.2.1: rSqrt of a zero is the infinity of its sign, and divides by zero."""
    assert outcome("rsqrt", *operands) == (result, flags)


@pytest.mark.clause("arithmetic/pole", "arithmetic/quotient", "arithmetic/reciprocal-square-root")
@pytest.mark.parametrize("name", ["binary8p3se", "binary8p3ue", "float8_e4m3fnuz", "int8"])
def test_a_zero_without_a_sign(name):
    """Divided by a zero that has no sign, everything is NaN and invalid: P3109 Divide, Recip and Rsqrt."""
    format, to = get_format(name), Projection("binary16", "ties_to_even", "infinity")
    zero = Number(0, format)
    one = next(Number(code, format) for code in range(256) if format.decode(code) == 1)
    invalid = (0x7E00, Flags.INVALID)
    assert divide(one, zero, to) == divide(zero, zero, to) == reciprocal(zero, to) == rsqrt(zero, to) == invalid
    assert divide(Number(0x7C00, get_format("binary16")), zero, to) == invalid
    assert divide(one, Number(0x8000, get_format("binary16")), to) == (0xFC00, Flags.INFINITE)


def binary64(x):
    """The operand that a Python float is."""
    return Number(struct.unpack("<Q", struct.pack("<d", x))[0], get_format("binary64"))


@pytest.mark.clause("arithmetic/divide", "arithmetic/sqrt", "arithmetic/quotient")
@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_binary64_against_the_host(x, y):
    """The host divides and extracts square roots in binary64, correctly rounded to nearest."""
    to = Projection("binary64", "ties_to_even", "infinity")
    if y:
        code, flags = divide(binary64(x), binary64(y), to)
        expected = x / y
        assert is_nan(to.format.decode(code)) if math.isnan(expected) else code == binary64(expected).code
        assert (Flags.INVALID in flags) == math.isnan(expected)
    if x >= 0:
        assert sqrt(binary64(x), to).code == binary64(math.sqrt(x)).code


@pytest.mark.clause("arithmetic/rsqrt", "project/irrational")
@pytest.mark.parametrize("rounding", ["ties_to_even", "toward_zero", "toward_positive", "toward_negative"])
def test_reciprocal_roots_are_rounded_once(rounding):
    """1 / sqrt(x) lies between the neighbours whose squares enclose 1 / x, on the side that the rule asks for."""
    e5m10, to = get_format("binary16"), Projection("binary16", rounding, "infinity")
    for code in range(1, e5m10.top, 97):
        found = rsqrt(Number(code, e5m10), to)
        target = 1 / e5m10.decode(code)
        low = max(n for n in (found.code - 1, found.code, found.code + 1) if e5m10.decode(n) ** 2 <= target)
        exact = e5m10.decode(low) ** 2 == target
        middle = (e5m10.decode(low) + e5m10.decode(low + 1)) / 2
        up = {"ties_to_even": middle**2 < target, "toward_positive": not exact}.get(rounding, False)
        assert found == (low + up, Flags.NONE if exact else Flags.INEXACT)


@pytest.mark.clause("arithmetic/rsqrt")
def test_a_reciprocal_root_that_two_roundings_miss():
    """In binary16 one rounding of 1 / sqrt(x) differs for some x from a rounded root that is then divided into one."""
    format, to = get_format("binary16"), Projection("binary16", "ties_to_even", "infinity")
    numbers = [Number(code, format) for code in range(0x3C00, 0x4400)]
    once = [rsqrt(x, to).code for x in numbers]
    twice = [reciprocal(Number(sqrt(x, to).code, format), to).code for x in numbers]
    assert sum(a != b for a, b in zip(once, twice, strict=True)) > 100
    for x, code in zip(numbers, once, strict=True):
        error = abs(format.decode(code) ** 2 * x.exact - 1)
        assert error < Fraction(1, 1 << 10)


@pytest.mark.clause("arithmetic/pole")
def test_a_flushed_divisor_is_a_zero():
    """A subnormal divisor that is read as zero divides by zero, with its sign."""
    to = Projection("binary16", "ties_to_even", "infinity", subnormals="flush_inputs")
    one, tiny = Number(0x3C00, to.format), Number(0x8001, to.format)
    assert divide(one, tiny, to) == (0xFC00, Flags.INFINITE)
    assert divide(tiny, tiny, to) == (to.format.special(NAN), Flags.INVALID)
