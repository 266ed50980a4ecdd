"""Operations with many terms, rounded once: fused multiply-add and add-add, dot products and hypotenuses."""

import math
from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, dot_product, faa, fma, hypot, multiply, strict_hypot
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

from .data import BINARY16, CODES, number, outcome, table

TO = Projection(BINARY16, "ties_to_even", "infinity")
FUSED = table("""
    0 inf 1 = nan invalid
    inf 0 -inf = nan invalid
    0 inf nan = nan invalid
    inf -0 nan = nan invalid
    1 nan inf = nan
    nan 0 1 = nan
    1 1 snan = nan invalid
    1 snan 1 = nan invalid
    inf 1 -inf = nan invalid
    inf 1 inf = inf
    -1 inf inf = nan invalid
    1 1 -inf = -inf
    inf -2 1 = -inf
    1 0 0 = 0
    1 0 -0 = 0
    -1 0 -0 = -0
    1 1 -1 = 0
    -1 2 2 = 0
    1 1 1 = 2
""")


@pytest.mark.clause("arithmetic/fused", "arithmetic/fma")
@pytest.mark.parametrize(("operands", "result", "flags"), FUSED)
def test_special_fused_multiply_adds(operands, result, flags):
    """IEEE 754-2019 7.2: zero times infinity is invalid whatever is added, and so are infinities that cancel."""
    assert outcome("fma", *operands) == (result, flags)


@pytest.mark.clause("arithmetic/zero-sign", "arithmetic/fused", "arithmetic/total")
@pytest.mark.parametrize(("operands", "usual"), [(("1", "1", "-1"), "0"), (("1", "0", "-0"), "0"), (("-1", "0", "-0"), "-0")])
def test_the_sign_of_a_fused_zero(operands, usual):
    """A fused sum that vanishes is minus zero under roundTowardNegative alone; two zeros of one sign keep it."""
    assert outcome("fma", *operands) == (usual, Flags.NONE)
    assert outcome("fma", *operands, rounding="toward_negative") == ("-0", Flags.NONE)


@pytest.mark.clause("arithmetic/fma")
def test_a_fused_multiply_add_rounds_once():
    """(1 + 2**-10)**2 - (1 + 2**-9) is 2**-20, which a rounded product would lose; and a hair decides a tie."""
    x = Number(0x3C01, BINARY16)
    assert fma(x, x, Number(0xBC02, BINARY16), TO) == (0x0010, Flags.NONE)
    assert multiply(x, x, TO).code == 0x3C02
    hair, one, tie = Number(0x0001, BINARY16), number("1"), Number(0x1000, BINARY16)
    assert fma(tie, one, one, TO).code == 0x3C00
    wide = Projection("binary32", "toward_zero", "infinity")
    assert fma(hair, hair, one, wide) == (0x3F800000, Flags.INEXACT)
    up = Projection("binary32", "toward_positive", "infinity")
    assert fma(hair, hair, one, up) == (0x3F800001, Flags.INEXACT)


@pytest.mark.clause("arithmetic/faa", "arithmetic/total")
def test_add_add_rounds_once():
    """65504 + 65504 - 65504 does not overflow, 1 + 2**-11 + 2**-24 lies above the tie, in every order."""
    big, minus = Number(0x7BFF, BINARY16), Number(0xFBFF, BINARY16)
    one, half, hair = number("1"), Number(0x1000, BINARY16), Number(0x0001, BINARY16)
    for order in permutations((big, big, minus)):
        assert faa(*order, TO) == (0x7BFF, Flags.NONE)
    for order in permutations((one, half, hair)):
        assert faa(*order, TO) == (0x3C01, Flags.INEXACT)
    assert add(Number(add(one, half, TO).code, BINARY16), hair, TO).code == 0x3C00


TOTALS = table("""
    inf -inf 1 = nan invalid
    inf 1 inf = inf
    1 -inf 1 = -inf
    nan inf -inf = nan
    snan inf inf = nan invalid
    1 -1 -0 = 0
    -0 -0 -0 = -0
    0 -0 -0 = 0
    0 0 0 = 0
    1 1 -1 = 1
""")


@pytest.mark.clause("arithmetic/total", "arithmetic/faa", "arithmetic/zero-sign")
@pytest.mark.parametrize(("operands", "result", "flags"), TOTALS)
def test_special_totals(operands, result, flags):
    """Of NaNs, infinities and zeros the order does not matter, and zeros of one sign keep it."""
    for order in permutations(operands):
        assert outcome("faa", *order) == (result, flags)
    if result == "0":
        vanishes = any(name != "0" for name in operands)
        assert outcome("faa", *operands, rounding="toward_negative")[0] == ("-0" if vanishes else "0")


@pytest.mark.clause("arithmetic/dot-product", "arithmetic/total")
def test_dot_products():
    """Products and sum are exact, in any order, of any length; of no products it is zero."""
    xs = [Number(code, BINARY16) for code in (0x7BFF, 0x0001, 0x3C01, 0xFBFF)]
    ys = [Number(code, BINARY16) for code in (0x7BFF, 0x0001, 0x3C01, 0x7BFF)]
    exact = sum((x.exact * y.exact for x, y in zip(xs, ys, strict=True)), Fraction(0))
    for order in permutations(range(4)):
        found = dot_product([xs[i] for i in order], [ys[i] for i in order], TO)
        assert found == TO(exact) == (0x3C02, Flags.INEXACT)
    assert (
        dot_product([], [], TO) == dot_product([], [], Projection(BINARY16, "toward_negative", "infinity")) == (0, Flags.NONE)
    )
    with pytest.raises(ValueError, match=r"^dot_product needs vectors of one length, not 4 and 3 numbers$"):
        dot_product(xs, ys[:3], TO)


@pytest.mark.clause("arithmetic/dot-product", "arithmetic/product")
@pytest.mark.parametrize(
    ("xs", "ys", "result", "flags"),
    [
        (("0", "1"), ("inf", "1"), "nan", Flags.INVALID),
        (("0", "nan"), ("inf", "1"), "nan", Flags.INVALID),
        (("1", "nan"), ("1", "1"), "nan", Flags.NONE),
        (("1", "1"), ("snan", "1"), "nan", Flags.INVALID),
        (("inf", "1"), ("1", "inf"), "inf", Flags.NONE),
        (("inf", "1"), ("1", "-inf"), "nan", Flags.INVALID),
        (("-1", "0"), ("0", "-1"), "-0", Flags.NONE),
        (("-1", "0"), ("0", "1"), "0", Flags.NONE),
        (("1", "-1"), ("2", "2"), "0", Flags.NONE),
    ],
)
def test_special_dot_products(xs, ys, result, flags):
    """NaNs, infinities and signs of zeros among the products."""
    assert outcome("dot_product", *xs, *ys) == (result, flags)


HYPOTENUSES = table("""
    inf nan = inf
    nan -inf = inf
    -inf -inf = inf
    inf 1 = inf
    1 -inf = inf
    nan 1 = nan
    snan inf = nan invalid
    inf snan = nan invalid
    -0 -0 = 0
    -0 1 = 1
    -1 0 = 1
""")


@pytest.mark.clause("arithmetic/hypotenuse", "arithmetic/hypot", "arithmetic/strict-hypotenuse")
@pytest.mark.parametrize(("operands", "result", "flags"), HYPOTENUSES)
def test_special_hypotenuses(operands, result, flags):
    """IEEE 754-2019 9.2.1: infinite where a side is, even beside a quiet NaN, which P3109's Hypot does not say."""
    assert outcome("hypot", *operands) == (result, flags)
    strict = ("nan", flags) if "nan" in operands else (result, flags)
    assert outcome("strict_hypot", *operands) == strict


@pytest.mark.clause("arithmetic/hypot", "arithmetic/strict-hypotenuse")
@given(st.integers(0, 0x7BFF), st.integers(0, 0x7BFF), st.sampled_from(["ties_to_even", "toward_zero", "toward_positive"]))
def test_hypotenuses_are_correctly_rounded(a, b, rounding):
    """The square of the result and of its neighbours encloses the exact sum of squares as the rule asks."""
    x, y = Number(a, BINARY16), Number(b | 0x8000, BINARY16)
    to = Projection("binary32", rounding, "infinity")
    code, flags = hypot(x, y, to)
    assert strict_hypot(x, y, to) == (code, flags)
    square, decode = x.exact**2 + (0 if y.exact is NEGATIVE_ZERO else y.exact) ** 2, to.format.decode
    assert (Flags.INEXACT in flags) == (decode(code) ** 2 != square)
    if rounding == "toward_zero":
        assert decode(code) ** 2 <= square < decode(code + 1) ** 2
    elif rounding == "toward_positive":
        assert code == 0 or decode(code - 1) ** 2 < square <= decode(code) ** 2
    else:
        assert ((decode(code) + decode(code + 1)) / 2) ** 2 >= square
        assert code == 0 or ((decode(code) + decode(code - 1)) / 2) ** 2 <= square


@pytest.mark.clause("arithmetic/hypot")
@given(st.integers(1, 60), st.integers(1, 60))
def test_whole_hypotenuses_are_exact(m, n):
    """Pythagorean triples raise nothing."""
    a, b, c = abs(m * m - n * n), 2 * m * n, m * m + n * n
    int16 = get_format("int16")
    to = Projection("int32", "ties_to_even", "error")
    assert math.hypot(a, b) == c
    assert hypot(Number(a, int16), Number(-b % (1 << 16), int16), to) == (c, Flags.NONE)


@pytest.mark.clause("arithmetic/nan")
def test_one_nan_among_many():
    """A NaN in any place makes a NaN of every operation with three operands, and a signaling one is invalid."""
    for operation, names in product((fma, faa), product(("1", "nan", "snan", "inf"), repeat=3)):
        if not {"nan", "snan"} & set(names):
            continue
        code, flags = operation(*map(number, names), TO)
        assert is_nan(BINARY16.decode(code))
        assert flags == (Flags.INVALID if "snan" in names else Flags.NONE)
    assert set(CODES) > {"nan", "snan"}
