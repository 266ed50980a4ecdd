"""Multipliers: exact and rounded products, and the exponents at which they are held."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import multiply
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.terms import NO_PORT, Port

from .data import number
from .sums import floating, host, integer

E5M2, E4M3 = get_format("float8_e5m2"), get_format("float8_e4m3fn")


def fields(code):
    """The held exponent and the integer significand, in units of its last bit, of a finite code of e4m3fn."""
    exponent, fraction = code >> 3 & 15, code & 7
    return max(exponent, 1) - 7, fraction + (8 if exponent else 0)


@pytest.mark.clause("product/exact")
def test_every_product_of_e4m3():
    """Of every pair of finite codes: the product of the significands, at the sum of the exponent fields; exact, so no flag."""
    codes = [code for code in range(256) if code & 0x7F != 0x7F]
    for a, b in product(codes, repeat=2):
        (value, exponent), flags = ExactProduct().product(Number(a, E4M3), Number(b, E4M3), NO_PORT, 0)
        (e, m), (f, n) = fields(a), fields(b)
        minus = (a ^ b) >> 7
        if m * n:
            assert value == (-1) ** minus * m * n * Fraction(2) ** (e + f - 6)
            assert (exponent, flags) == (e + f, Flags.NONE)
        else:
            assert value is (NEGATIVE_ZERO if minus else value)
            assert (value == 0 or minus, exponent, flags) == (True, None, Flags.NONE)


@pytest.mark.clause("product/exact")
@pytest.mark.parametrize(("a", "b"), [("int8", "uint8"), ("q3.4", "q2.5"), ("int8", "float8_e4m3fn"), ("posit8", "int4")])
def test_products_of_different_formats(a, b):
    """Formats are mixed at will: a sample of codes of each, multiplied in fractions."""
    left, right = get_format(a), get_format(b)
    for i, j in product(range(0, 1 << left.width, 7), range(0, 1 << right.width, 5)):
        x, y = left.decode(i), right.decode(j)
        if isinstance(x, Fraction) and isinstance(y, Fraction):
            (value, exponent), flags = ExactProduct().product(Number(i, left), Number(j, right), NO_PORT, 0)
            assert value == x * y or (value is NEGATIVE_ZERO and not x * y)
            assert (exponent is None, flags) == (x * y == 0, Flags.NONE)


@pytest.mark.clause("product/exact")
def test_products_of_special_data():
    """Zero times infinity is NaN and invalid; infinities keep their sign; none of these has an exponent."""
    exact = ExactProduct()
    assert exact.product(number("0"), number("inf"), NO_PORT, 0) == ((NAN, None), Flags.INVALID)
    assert exact.product(number("snan"), number("1"), NO_PORT, 0) == ((NAN, None), Flags.INVALID)
    assert exact.product(number("nan"), number("inf"), NO_PORT, 0) == ((NAN, None), Flags.NONE)
    assert exact.product(number("inf"), number("-2"), NO_PORT, 0) == ((NEGATIVE_INFINITY, None), Flags.NONE)
    assert exact.product(number("-0"), number("2"), NO_PORT, 0) == ((NEGATIVE_ZERO, None), Flags.NONE)


codes = st.integers(0, 0xFFFF)


@pytest.mark.clause("product/rounded")
@given(codes, codes, st.sampled_from(["ties_to_even", "toward_negative", "to_odd"]))
def test_a_rounded_product_is_a_product(a, b, rounding):
    """The register of a rounded product holds what ``multiply`` gives, and the term is what it holds."""
    half, to = get_format("binary16"), floating("binary16", rounding)
    x, y = Number(a, half), Number(b, half)
    (value, exponent), flags = RoundedProduct(to).product(x, y, NO_PORT, 0)
    expected = multiply(x, y, to)
    assert (value, flags) == (half.decode(expected.code), expected.flags)
    magnitude = expected.code & 0x7FFF
    assert exponent == (max(magnitude >> 10, 1) - 15 if 0 < magnitude < 0x7C00 else None)


@pytest.mark.clause("product/rounded")
@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_product_in_the_registers_of_the_host(x, y):
    """binary32 times binary32 into binary64 is exact, as every C programmer knows: the host's product."""
    to = floating("binary64")
    (value, _), flags = RoundedProduct(to).product(host(x, "binary32"), host(y, "binary32"), NO_PORT, 0)
    assert flags == Flags.NONE
    assert value == Fraction(x * y) or (value is NEGATIVE_ZERO and not x * y)


@pytest.mark.clause("product/rounded")
def test_a_short_product_register():
    """Products of integers into 8 bits saturate or wrap, and are written as those of ``product`` by step."""
    seen = []
    port = Port(hold=lambda name, step, result: seen.append((name, step, result)) or result.code ^ 1)
    saturating = RoundedProduct(Projection("int8", "toward_zero", "saturate"))
    wrapping = RoundedProduct(Projection("int8", "toward_zero", "wrap"))
    past = Flags.OVERFLOW | Flags.INEXACT
    assert saturating.product(integer(-128), integer(-128), NO_PORT, 0) == ((127, 6), past)
    assert wrapping.product(integer(100), integer(3), NO_PORT, 0) == ((44, 5), past)
    assert saturating.product(integer(5), integer(7), port, 3) == ((34, 5), Flags.NONE)
    assert seen == [("product", 3, (35, Flags.NONE))]


@pytest.mark.clause("product/rounded")
def test_operands_are_flushed_by_the_register():
    """A register that flushes its inputs reads a subnormal operand as zero."""
    tiny, big = Number(0x01, E5M2), Number(0x78, E5M2)
    kept, flushed = (Projection("binary16", "ties_to_even", "infinity", subnormals=s) for s in ("keep", "flush_inputs"))
    assert RoundedProduct(kept).product(tiny, big, NO_PORT, 0).term == (Fraction(1, 2), -1)
    assert RoundedProduct(flushed).product(tiny, big, NO_PORT, 0).term == (0, None)
