"""Weights stored in another format, and in blocks: by hand, against the host's conversions, and under faults."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import Quantized, Quantizer, dequantize
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN
from refsim.spec.formats import Unrepresentable
from refsim.spec.memories import DATA, Part
from refsim.spec.projection import Projection
from refsim.spec.stored_formats import Converted, InBlocks

B32, B16, INT8 = (get_format(name) for name in ("binary32", "binary16", "int8"))
TO32, TO16 = (Projection(format, "ties_to_even", "infinity") for format in (B32, B16))
TO8 = Projection(INT8, "ties_to_even", "saturate")


def floats(values):
    """Binary32 weights."""
    return Part("weight", B32, tuple(np.asarray(values, np.float32).view(np.uint32).tolist()))


def numbers(codes):
    """Binary32 codes as the host's numbers."""
    return np.array(codes, np.uint32).view(np.float32)


@pytest.mark.clause("stored/converted")
def test_against_the_host():
    """Weights stored as binary16 are what the host's conversion makes of them, there and back."""
    given = np.random.default_rng(3).normal(0, 30000, 400).astype(np.float32)
    stage = Converted(TO16, TO32)
    parts = stage.write(floats(given))
    with np.errstate(over="ignore"):
        half = given.astype(np.float16)
    assert parts == {DATA: Part("weight", B16, tuple(half.view(np.uint16).tolist()))}
    assert np.array_equal(numbers(stage.read(parts).codes), half.astype(np.float32))
    assert np.isinf(half).any()
    assert stage.read_format(B16) == B32


@pytest.mark.clause("stored/converted")
def test_stored_in_a_wider_format():
    """Every int8 weight comes back from binary16; every other code there is read as the nearest integer."""
    stage = Converted(TO16, TO8)
    data = Part("weight", INT8, tuple(range(256)))
    assert stage.read(stage.write(data)).codes == data.codes
    assert stage.read({DATA: Part("weight", B16, (0x4248, 0x7BFF, 0xFC00))}).codes == (3, 127, 128)


@pytest.mark.clause("stored/no-code")
def test_what_has_no_code_is_zero():
    """A NaN that a fault made is read as the integer 0, and so are an infinity and a number outside the range where the rule
    refuses them.
    """
    codes = (0x7E00, 0x7C00, 0x3C00)
    assert Converted(TO16, TO8).read({DATA: Part("weight", B16, codes)}).codes == (0, 127, 1)
    refusing = Converted(TO16, Projection(INT8, "ties_to_even", "error"))
    assert refusing.read({DATA: Part("weight", B16, (*codes, 0x5C00))}).codes == (0, 0, 1, 0)
    with pytest.raises(Unrepresentable):
        Converted(TO8, TO32).write(Part("weight", B32, (0x7FC00000,)))


def mxfp4(row=None, back=TO32):
    """Blocks of 32 numbers of four bits."""
    to = Projection("float4_e2m1fn", "ties_to_even", "saturate")
    return InBlocks(Quantizer("mxfp4", to, "cudnn"), back, row)


@pytest.mark.clause("stored/blocks")
def test_blocks_by_hand():
    """Twelve is two times six, the greatest element: a scale of 2. The others are rounded to halves of that, ones and more."""
    stage = mxfp4()
    parts = stage.write(floats([12, -1, 2, 0.4]))
    assert parts["scale"] == Part("scale", get_format("float8_e8m0fnu"), (128,))
    assert [get_format("float4_e2m1fn").decode(code) for code in parts[DATA].codes] == [6, Fraction(-1, 2), 1, 0]
    assert numbers(stage.read(parts).codes).tolist() == [12, -1, 2, 0]
    assert stage.read_format(parts[DATA].format) == B32


@pytest.mark.clause("stored/blocks")
@pytest.mark.parametrize(
    ("row", "lengths"), [(None, (32, 32, 32, 4)), (50, (32, 18, 32, 18)), (40, (32, 8, 32, 8, 20)), (1, (1,) * 100)]
)
def test_blocks_of_rows(row, lengths):
    """A row's last block is shorter; each block is what the block format's own functions make of it."""
    stage = mxfp4(row)
    data = floats(np.random.default_rng(4).normal(0, 1, 100))
    parts = stage.write(data)
    assert len(parts["scale"].codes) == len(lengths)
    found, begin = stage.read(parts).codes, 0
    for length, scale in zip(lengths, parts["scale"].codes, strict=True):
        here = slice(begin, begin + length)
        block = Quantized(scale, parts[DATA].codes[here])
        assert found[here] == tuple(result.code for result in dequantize(block, get_block_format("mxfp4"), TO32))
        begin += length
    assert begin == 100


@pytest.mark.clause("stored/blocks")
@pytest.mark.parametrize("bit", range(8))
def test_a_flip_of_a_shared_exponent(bit):
    """A flip of bit b of the scale multiplies its 32 numbers by two to the power of 2**b or of its opposite, and no others."""
    stage = mxfp4(back=Projection("binary64", "ties_to_even", "infinity"))
    parts = stage.write(floats([12.0, *[1.0] * 31, *[3.0] * 32]))
    first, second = parts["scale"].codes
    hit = {**parts, "scale": parts["scale"]._replace(codes=(first ^ 1 << bit, second))}
    before, after = ([stage.back.format.decode(code) for code in stage.read(given).codes] for given in (parts, hit))
    factor = Fraction(2) ** ((first ^ 1 << bit) - first)
    assert abs((first ^ 1 << bit) - first) == 1 << bit
    assert after == [x * factor for x in before[:32]] + before[32:]


@pytest.mark.clause("stored/blocks")
def test_a_scale_that_became_nan():
    """The code 0xFF of a shared exponent is NaN: the whole block is, or zero among integers."""
    parts = {DATA: Part("weight", get_format("float4_e2m1fn"), (1,) * 33)}
    parts["scale"] = Part("scale", get_format("float8_e8m0fnu"), (0xFF, 0x80))
    assert [B32.decode(code) for code in mxfp4().read(parts).codes] == [NAN] * 32 + [1]
    assert mxfp4(back=TO8).read(parts).codes == (0,) * 32 + (1,)


@pytest.mark.clause("stored/blocks")
def test_refusals():
    """Tiles, tensor scales, rows of nothing, random rules."""
    to = Projection("float4_e2m1fn", "ties_to_even", "saturate")
    for name in ("nvfp4", "nvfp4_16x16", "block2x2<float4_e2m1fn,float8_e8m0fnu>"):
        with pytest.raises(ValueError, match="blocks are of one row and without a tensor scale"):
            InBlocks(Quantizer(name, to, "cudnn"), TO32)
    with pytest.raises(ValueError, match="a group of blocks has at least one element, not 0"):
        mxfp4(0)
    for stage in (lambda rule: Converted(TO16, rule), lambda rule: mxfp4(back=rule)):
        with pytest.raises(ValueError, match="needs rules without random bits, not stochastic_b:3"):
            stage(Projection(B32, "stochastic_b:3", "infinity"))
    with pytest.raises(ValueError, match="zip"):
        mxfp4().read({DATA: Part("weight", get_format("float4_e2m1fn"), (1,) * 33), "scale": Part("scale", B32, (1,))})


def test_nothing_is_stored_of_nothing():
    """Without elements there are no blocks."""
    assert mxfp4().write(floats([]))["scale"].codes == ()
    assert mxfp4().read(mxfp4().write(floats([]))).codes == ()
