"""Engine = specification for blocks: every practice, rule and format, along every axis and in tiles, errors included."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import Array, Projection, encode, get_format
from refsim.engine import blocks
from refsim.engine.encode import as_exact
from refsim.spec import blocks as spec
from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import PRACTICES
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.scales import LIMITS

from .aimed_blocks import aimed
from .spec.blocks import MX, number, quantizer

ROUNDINGS = (("ties_to_even", "away_from_zero", "stochastic_a:6"), ("toward_negative", "to_odd"))
"""The rules under which binary32 numbers are quantized, and binary64 numbers."""


def expected(x, how, tensor=None, draws=None):
    """The specification's blocks, or the first error."""
    return [
        spec.quantize([as_exact(v) for v in row], how, tensor, None if draws is None else [int(d) for d in draws[i]])
        for i, row in enumerate(x)
    ]


def assert_equal(x, how, tensor=None, draws=None):
    """The engine's blocks of rows are the specification's, or its error is."""
    try:
        wanted = expected(x, how, tensor, draws)
    except (Unrepresentable, ValueError) as error:
        with pytest.raises(type(error)):
            blocks.quantize(x, how, tensor, draws)
        return
    found = blocks.quantize(x, how, tensor, draws)
    assert found.scales.codes.ravel().tolist() == [block.scale for block in wanted]
    assert [tuple(row) for row in found.elements.codes.tolist()] == [block.elements for block in wanted]
    assert found.block(len(x) - 1) == wanted[-1]


@pytest.mark.clause("block/quantize", "scale/project", "block/divide", "block/divide-binary32", "block/reciprocal-binary32")
@pytest.mark.parametrize("practice", sorted(PRACTICES))
@pytest.mark.parametrize(
    "name", [*MX, "bfp8", "msfp12", "block8<binary8p3se,binary8p1ue>", "block8<float8_e5m2,float8_e4m3fn>"]
)
def test_practices(name, practice):
    """Aimed rows of binary32 and binary64 in every format under every practice."""
    format = get_block_format(name)
    small = get_block_format(f"block8<{format.element},{format.scale}>")
    for number_, dtype in enumerate((np.float32, np.float64)):
        specials = practice not in {"p3109", "universal"} or format.element.specials
        x = aimed(small, dtype, 12, [len(name), number_, len(practice)], specials=specials)
        if dtype is np.float64 and "binary32" in PRACTICES[practice].division:
            with np.errstate(over="ignore"):
                x = x.astype(np.float32).astype(np.float64)
        for rounding in ROUNDINGS[number_]:
            how = quantizer(small, practice, rounding, "saturate_finite" if number_ else "saturate")
            draws = np.random.default_rng(3).integers(0, 64, x.shape) if how.to.rounding.bits else None
            assert_equal(x, how, None, draws)


@pytest.mark.clause("scale/floor", "scale/ceil", "scale/rceil", "scale/even", "scale/tosa", "scale/tosa-draft", "scale/midmax")
@pytest.mark.clause("scale/rceil-reciprocal", "scale/exact", "scale/p3109", "scale/zero-block", "scale/project")
@pytest.mark.parametrize("rule", [*LIMITS, "rceil_reciprocal", "exact:ties_to_even", "exact:to_odd", "p3109:toward_zero"])
@pytest.mark.parametrize("scale", ["float8_e8m0fnu", "float8_e4m3fn", "uq0.6", "e5m10", "uint8", "e8m23"])
def test_rules(rule, scale):
    """Every rule with scale formats that have a zero or none, a few binades or many, and one too wide for a table."""
    format = get_block_format(f"block4<float6_e3m2fn,{scale}>")
    for number_, (zero, overflow) in enumerate(
        (("least", "saturate"), ("minus_emax", "infinity"), ("binary32_least_normal", "saturate"))
    ):
        how = quantizer(format, rule=rule, zero_block=zero, scale_overflow=overflow)
        has_nan = any(block.datum.value == "nan" for block in format.scale.specials)
        for dtype in (np.float32, np.float64):
            x = aimed(format, dtype, 20, [len(rule), len(scale), number_], specials=has_nan)
            if not has_nan and overflow == "infinity":
                x = x[:1]
            assert_equal(x, how)


@pytest.mark.clause("block/quantize", "block/values")
@pytest.mark.parametrize("practice", ["cudnn", "torchao_floor", "microxcaling", "gfloat"])
def test_tensor_scales(practice):
    """NVFP4 with a tensor scale of few bits and of many."""
    format = get_block_format("nvfp4")
    for bits in (0x3F800000, 0x3E2AAAAB, 0x00800001, 0x00000003, 0x7F7FFFFF, 0x40490FDB):
        tensor = Number(bits, get_format("binary32"))
        x = aimed(format, np.float32, 16, bits)
        for rounding in ("ties_to_even", "away_from_zero"):
            assert_equal(x, quantizer(format, practice, rounding), tensor)
        found = blocks.quantize(x, quantizer(format, "cudnn"), tensor)
        values = found.values()
        for row in range(len(x)):
            exact = spec.values_of(found.block(row), format, tensor)
            assert [as_exact(v) for v in values[row]] == list(exact)
    for wrong in (0, 0x80000000, 0x7FC00000, 0x7F800000):
        with pytest.raises(ValueError, match="must be a positive number"):
            blocks.quantize(x, quantizer(format, "cudnn"), Number(wrong, get_format("binary32")))


@pytest.mark.clause("block/tiles")
@pytest.mark.parametrize("shape", [(8,), (9,), (3, 8), (2, 3, 17), (5, 1)])
def test_axes(shape):
    """Along every axis, ragged or not, blocks are those of the vectors along it."""
    how = quantizer("block4<float4_e2m1fn,float8_e8m0fnu>")
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    for axis in range(-len(shape), len(shape)):
        found = blocks.quantize(x, how, axis=axis)
        values = found.values()
        assert found.shape == values.shape == shape
        across = np.moveaxis(np.arange(x.size).reshape(shape), axis, -1).reshape(-1, shape[axis])
        scales = np.moveaxis(found.scales.codes, axis, -1).reshape(len(across), -1)
        for vector, its_scales in zip(across, scales, strict=True):
            for i, code in enumerate(its_scales):
                places = vector[4 * i : 4 * i + 4]
                block = spec.quantize([as_exact(v) for v in x.ravel()[places]], how)
                assert block == (code, tuple(found.elements.codes.ravel()[places]))
                assert [as_exact(v) for v in values.ravel()[places]] == list(spec.values_of(block, how.format))


@pytest.mark.clause("block/tiles")
@pytest.mark.parametrize("shape", [(4, 6), (5, 7), (2, 3, 5), (4, 9), (2, 7, 2), (1, 1)])
def test_tiles(shape):
    """Tiles of two rows and three columns of the last two axes."""
    how = quantizer("block2x3<float4_e2m1fn,float8_e8m0fnu>")
    x = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
    found = blocks.quantize(x, how)
    assert found.scales.shape == (*shape[:-2], -(-shape[-2] // 2), -(-shape[-1] // 3))
    scales, elements = found.scales.codes.reshape(-1), found.elements.codes.reshape(-1, *shape[-2:])
    wanted = [
        (matrix, tile, spec.quantize([as_exact(matrix[place]) for place in tile], how), codes)
        for matrix, codes in zip(x.reshape(-1, *shape[-2:]), elements, strict=True)
        for tile in how.format.tiles(*shape[-2:])
    ]
    assert [block.scale for _, _, block, _ in wanted] == scales.tolist()
    for row, (_, tile, block, codes) in enumerate(wanted):
        assert tuple(codes[place] for place in tile) == block.elements
        assert found.block(row) == block


@pytest.mark.clause("block/quantize")
def test_sources():
    """Lists, exact numbers, half precision, codes: all are the numbers that they hold."""
    how = quantizer("block4<float4_e2m1fn,float8_e8m0fnu>", rounding="toward_zero")
    fractions = [Fraction(1, 3), Fraction(-5, 7), Fraction(0), Fraction(2)]
    assert blocks.quantize(fractions, how).block(0) == spec.quantize(fractions, how)
    ragged = [*fractions, Fraction(9, 10)]
    assert blocks.quantize(ragged, how).block(1) == spec.quantize(ragged[4:], how)
    half = np.array([0.1, -3, 6e-8, 65504], np.float16)
    assert blocks.quantize(half, how).block(0) == spec.quantize([as_exact(v) for v in half], how)
    codes = encode([0.1, -3, 448, 2**-9], Projection("float8_e4m3fn", "ties_to_even", "saturate"))
    wanted = spec.quantize([codes.item(i) for i in range(4)], how)
    assert blocks.quantize(codes, how).block(0) == wanted
    wide = Array(np.array([1, 1 << 112, 0, 5], dtype=object), get_format("binary128"))
    assert blocks.quantize(wide, how).block(0) == spec.quantize([wide.item(i) for i in range(4)], how)
    integers = [1 << 60, (1 << 60) + 1, 0, 3]
    assert blocks.quantize(integers, how).block(0) == spec.quantize([Fraction(i) for i in integers], how)


@pytest.mark.clause("block/dequantize")
def test_dequantize():
    """Values in other formats, with flags, are the specification's; a format of too many bits is refused."""
    how = quantizer("mxfp8_e5m2", "p3109", overflow="saturate_propagate")
    x = aimed(how.format, np.float32, 12, 5)
    found = blocks.quantize(x, how)
    for target, rounding in (("binary32", "ties_to_even"), ("bfloat16", "to_odd"), ("binary16", "stochastic_b:3")):
        to = Projection(target, rounding, "infinity")
        draws = np.random.default_rng(1).integers(0, 8, x.shape) if to.rounding.bits else None
        codes, flags = blocks.dequantize(found, to, draws, flags=True)
        for row in range(len(x)):
            bits = None if draws is None else [int(d) for d in draws[row]]
            wanted = spec.dequantize(found.block(row), how.format, to, None, bits)
            assert [(int(c), int(f)) for c, f in zip(codes.codes[row], flags[row], strict=True)] == [
                (r.code, r.flags) for r in wanted
            ]
    wide = blocks.quantize([1.0, 2.0], quantizer("block2<e11m52,e8m23>"))
    with pytest.raises(ValueError, match="binary64 does not hold every value of block2<e11m52,e8m23>"):
        wide.values()


@pytest.mark.clause("block/amax", "block/tiles")
def test_a_small_block_without_a_finite_number():
    """What is padded does not count: the scale of a smaller block is its own."""
    x = np.array([[np.nan, np.inf, 1.0, np.nan]], np.float32)
    how = quantizer("block3<float8_e5m2,float8_e8m0fnu>", "p3109")
    found = blocks.quantize(x, how)
    assert found.scales.codes.tolist() == [[127, 255]]
    assert found.block(1) == spec.quantize([as_exact(x[0, 3])], how)


def test_empty():
    """Arrays without elements have no blocks."""
    how = quantizer("block4<float4_e2m1fn,float8_e8m0fnu>")
    for shape, scales in (((0, 8), (0, 2)), ((3, 0), (3, 0)), ((0,), (0,))):
        found = blocks.quantize(np.zeros(shape, np.float32), how)
        assert (found.shape, found.scales.shape, found.values().shape) == (shape, scales, shape)


def test_errors():
    """Shapes, axes, formats and draws that do not go together."""
    how = quantizer("mxfp4")
    square = quantizer("block2x2<float4_e2m1fn,float8_e8m0fnu>")
    one = np.ones(4, np.float32)
    for arguments, message in (
        ((np.float32(1), how), "need an array of at least 1 axes, not of shape"),
        ((one, square), "need an array of at least 2 axes"),
        ((one, how, None, None, 1), "axis 1 is none of an array of shape"),
        ((one.reshape(2, 2), square, None, None, 0), "cuts the last two axes; its axis is -1, not 0"),
        ((one, how, None, [1] * 4), "takes no random bits"),
        ((one, quantizer("mxfp4", rounding="stochastic_a:4")), "needs 4 random bits"),
    ):
        with pytest.raises(ValueError, match=message):
            blocks.quantize(*arguments)
    good = blocks.quantize(one, how)
    with pytest.raises(ValueError, match="have scales of shape"):
        blocks.Blocks(Array([1, 2], good.format.scale), good.elements, good.format)
    with pytest.raises(ValueError, match="mxfp4 has scales in float8_e8m0fnu and elements in float4_e2m1fn, not"):
        blocks.Blocks(good.elements, good.elements, good.format)
    with pytest.raises(TypeError, match="mxfp4 takes no tensor scale"):
        blocks.Blocks(good.scales, good.elements, good.format, number(1))


def test_numbers_that_are_not_binary32():
    """Divisions in binary32 refuse other numbers, wherever they stand; exact division takes them."""
    x = np.ones((2, 40))
    x[1, 35] = 0.1
    for practice in ("torchao_floor", "microxcaling"):
        with pytest.raises(ValueError, match="is no binary32 number, which this division needs"):
            blocks.quantize(x, quantizer("mxfp4", practice))
        assert blocks.quantize(x[:1], quantizer("mxfp4", practice)).scales.codes.tolist() == [[125, 125]]
    assert_equal(x[:, 16:], quantizer("mxfp4", "gfloat"))


@given(st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=9), st.sampled_from(MX), st.sampled_from(sorted(PRACTICES)))
def test_any_codes(codes, name, practice):
    """Any codes of binary32 whatever."""
    x = np.array([codes], np.uint32).view(np.float32)
    assert_equal(x, quantizer(name, practice))
