"""Dot products of blocks: exact sums, and the datapaths that round before or after scaling."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import dot_product
from refsim.spec.block_dots import DOTS, Operand, block_dot, dot_general, dot_scaled_first, dot_scaled_last
from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import Quantized
from refsim.spec.exact import NAN, POSITIVE_INFINITY, is_nan
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

from .blocks import number

BINARY32 = Projection("binary32", "ties_to_even", "infinity")
E4M3, E5M2, MXFP4 = (get_block_format(name) for name in ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp4"))


def operand(format, scale, *codes, tensor=None):
    """A block as an operand."""
    return Operand(Quantized(scale, codes), format, tensor)


def blocks(format, size=4):
    """Blocks of any codes, whose scales are NaN now and then."""
    element = st.integers(0, (1 << format.element.width) - 1)
    scale = st.integers(100, 150) | st.sampled_from([0, 254, 255])
    return st.builds(lambda s, e: operand(format, s, *e), scale, st.lists(element, min_size=size, max_size=size))


def as_fraction(result, to=BINARY32):
    """The number of a result."""
    return to.format.decode(result.code)


@pytest.mark.clause("block/dot")
def test_by_hand():
    """2 * 4 * (1 * 2 + 1.5 * -1) = 4."""
    x, y = operand(MXFP4, 128, 0x2, 0x3), operand(MXFP4, 129, 0x4, 0xA)
    assert as_fraction(block_dot(x, y, BINARY32)) == 4
    for name, dot in DOTS.items():
        assert as_fraction(dot(x, y, BINARY32)) == 4, name


@pytest.mark.clause("block/dot", "block/dot-general")
@given(blocks(E4M3), blocks(E5M2), blocks(E4M3), blocks(E5M2), st.sampled_from(["ties_to_even", "toward_negative", "to_odd"]))
def test_exact_sums(x, y, x2, y2, rounding):
    """Against sums of fractions, and the sum over two blocks against that of one twice as long with the same scales."""
    to = Projection("bfloat16", rounding, "infinity")
    terms = [a for a in x.values if isinstance(a, Fraction)], [b for b in y.values if isinstance(b, Fraction)]
    if all(len(t) == 4 for t in terms):
        total = sum(a * b for a, b in zip(*terms, strict=True))
        if total:
            assert block_dot(x, y, to).code == to(total).code
    both = dot_general([x, x2], [y, y2], to)
    if x.block.scale == 255 or y2.block.scale == 255:
        assert is_nan(as_fraction(both, to))
    one = dot_general([x], [y], to)
    assert one == block_dot(x, y, to)


@pytest.mark.clause("block/dot")
@given(st.lists(st.integers(0, 255), min_size=3, max_size=3), st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_scales_of_one(a, b):
    """With scales of one it is the dot product of numbers, special data included."""
    x, y = operand(E5M2, 127, *a), operand(E4M3, 127, *b)
    xs, ys = [Number(c, E5M2.element) for c in a], [Number(c, E4M3.element) for c in b]
    found = block_dot(x, y, BINARY32)
    expected = dot_product(xs, ys, BINARY32)
    assert found.code == expected.code


@pytest.mark.clause("block/dot", "block/dot-scaled-last")
def test_poison():
    """A NaN scale makes the dot product NaN, in every order; an infinite element times zero too."""
    x, y = operand(E4M3, 255, 0, 0), operand(E4M3, 127, 0x38, 0x38)
    for dot in DOTS.values():
        assert is_nan(as_fraction(dot(x, y, BINARY32)))
        assert is_nan(as_fraction(dot(y, x, BINARY32)))
    infinite = operand(E5M2, 127, 0x7C)
    assert is_nan(as_fraction(block_dot(infinite, operand(E4M3, 127, 0), BINARY32)))
    assert as_fraction(block_dot(infinite, operand(E4M3, 127, 1), BINARY32)) is POSITIVE_INFINITY


@pytest.mark.clause("block/dot-scaled-last", "block/dot-scaled-first")
def test_orders_differ():
    """In E4M3 the sum 9 * 14 = 126 of elements is rounded to 128 before the scale, 9 stays 9; scaled by 2**-9 the terms of the
    sum are subnormal, and lose bits each."""
    to = Projection("float8_e4m3fn", "ties_to_even", "saturate")
    x, y = operand(E4M3, 127, 0x39, 0x38), operand(E4M3, 127, 0x39, 0x01)
    exact = Fraction(9, 8) ** 2 + Fraction(1, 512)
    assert as_fraction(block_dot(x, y, to), to) == Fraction(5, 4)
    assert block_dot(x, y, to).code == to(exact).code
    small = operand(E4M3, 127 - 9, 0x3F, 0x3F), operand(E4M3, 127, 0x38, 0x38)
    found = {name: as_fraction(dot(*small, to), to) for name, dot in DOTS.items()}
    assert found == {"exact": Fraction(4, 512), "scaled_last": Fraction(4, 512), "scaled_first": Fraction(4, 512)}
    big = operand(E4M3, 127 + 2, 0x7E, 0xFE, 0x38), operand(E4M3, 127, 0x38, 0x38, 0x38)
    found = {name: as_fraction(dot(*big, to), to) for name, dot in DOTS.items()}
    assert found["exact"] == found["scaled_last"] == 4
    assert found["scaled_first"] == 4
    past = operand(E4M3, 127 - 1, 0x7E, 0x7E), operand(E4M3, 127, 0x38, 0x38)
    found = {name: as_fraction(dot(*past, to), to) for name, dot in DOTS.items()}
    assert found == {"exact": 448, "scaled_last": 224, "scaled_first": 448}
    tiny = operand(E4M3, 127 - 3, 0x09, 0x09), operand(E4M3, 127, 0x38, 0x38)
    found = {name: as_fraction(dot(*tiny, to), to) for name, dot in DOTS.items()}
    assert found["exact"] == Fraction(2, 512)
    assert found["scaled_first"] == Fraction(2, 512)


def test_tensor_scales_and_sizes():
    """Tensor scales count; blocks of two sizes have no dot product; random bits are taken once."""
    nvfp4 = get_block_format("nvfp4")
    x = operand(nvfp4, 0x38, 0x2, 0x2, tensor=number(Fraction(3)))
    assert as_fraction(block_dot(x, x, BINARY32)) == 18
    with pytest.raises(ValueError, match="blocks of one size, not of 2 and 1 elements"):
        block_dot(x, operand(nvfp4, 0x38, 0x2, tensor=number(1)), BINARY32)
    to = Projection("float8_e4m3fn", "stochastic_a:4", "saturate")
    assert block_dot(x, x, to, 0).code == to(Fraction(18), 0).code
    with pytest.raises(ValueError, match="random bits"):
        block_dot(x, x, to)
    assert dot_scaled_last(x, x, BINARY32) == dot_scaled_first(x, x, BINARY32)
    assert as_fraction(dot_general([], [], BINARY32)) == 0
    nan = Operand(Quantized(0x7F, (0,)), nvfp4, number(1))
    with pytest.raises(ValueError, match="random bits"):
        block_dot(nan, nan, to)
    assert nan.values == (NAN,)
