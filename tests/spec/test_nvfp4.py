"""NVFP4 as its libraries compute it: against the same steps in the host's binary32, special blocks, and where models differ."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import Quantized
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY, power_of_two
from refsim.spec.nvfp4 import MODELS, NVFP4, Coded, nvfp4_quantize
from refsim.spec.projection import Projection

from .blocks import binary32, floats

TO32 = Projection("binary32", "ties_to_even", "infinity")


def code32(x):
    """The code of a number."""
    return TO32(x).code


def value32(code):
    """The number of a code."""
    return TO32.format.decode(code)


@pytest.mark.clause("nvfp4/transformer-engine", "nvfp4/encode-scale", "nvfp4/element")
def test_by_hand():
    """A tensor whose amax is 2688 has S = 1, so a block's scale is a sixth of its amax, through a rounded 1/6."""
    found = nvfp4_quantize("transformer_engine", (Fraction(2688), Fraction(-448), Fraction(100)), Fraction(2688))
    assert value32(found.tensor) == 1
    assert found.block == Quantized(0x7E, (0x7, 0xA, 0x0))
    half = nvfp4_quantize("transformer_engine", (Fraction(3), Fraction(1), Fraction(1, 2)), Fraction(2688))
    assert half.block == Quantized(0x30, (0x7, 0x4, 0x2))


@pytest.mark.clause("nvfp4/transformer-engine", "nvfp4/encode-scale")
def test_vanishing_scale():
    """The block's scale rounds to zero, the elements saturate, and the values are zero; of zeros all is zero."""
    tiny = power_of_two(-8)
    found = nvfp4_quantize("transformer_engine", (tiny, -tiny, power_of_two(-149), NEGATIVE_ZERO), Fraction(2688))
    assert found.block.scale == 0
    assert found.block.elements == (0x7, 0xF, 0x0, 0x8)
    zeros = nvfp4_quantize("transformer_engine", (Fraction(0), NEGATIVE_ZERO), Fraction(0))
    assert zeros == Coded(code32(Fraction(1)), Quantized(0, (0, 8)))
    least = nvfp4_quantize("transformer_engine", (power_of_two(-149),), power_of_two(-149))
    assert value32(least.tensor) == power_of_two(-128)


@pytest.mark.clause("nvfp4/torchao", "nvfp4/torchao-reciprocal", "nvfp4/torchao-scale")
def test_torchao():
    """The scale is at least 2**-6, also of zeros, and at most 448; of a tensor of zeros it is NaN."""
    for model in ("torchao", "torchao_reciprocal"):
        found = nvfp4_quantize(model, (Fraction(0), Fraction(1, 128)), Fraction(2688))
        assert found == Coded(code32(Fraction(1)), Quantized(0x08, (0, 0x1)))
        past = nvfp4_quantize(model, (Fraction(10000), Fraction(-1344)), Fraction(2688))
        assert past.block == Quantized(0x7E, (0x7, 0xD))
        nothing = nvfp4_quantize(model, (Fraction(0), NEGATIVE_ZERO), Fraction(0))
        assert nothing == Coded(0, Quantized(0x7F, (0, 0)))
        least = nvfp4_quantize(model, (power_of_two(-140), Fraction(0)), power_of_two(-140))
        assert least.tensor == 0
        assert least.block == Quantized(0x7E, (0x7, 0))


@pytest.mark.clause("nvfp4/universal")
def test_universal():
    """Zeros have a scale of zero, a scale that would vanish becomes the least one, NaN does not count."""
    assert nvfp4_quantize("universal", (Fraction(0), NEGATIVE_ZERO), Fraction(1)).block == Quantized(0, (0, 0))
    assert nvfp4_quantize("universal", (Fraction(5),), Fraction(0)).block == Quantized(0, (0,))
    assert nvfp4_quantize("universal", (Fraction(1, 512),), Fraction(1)).block == Quantized(1, (0x2,))
    assert nvfp4_quantize("universal", (Fraction(12), NAN), Fraction(2)).block == Quantized(0x38, (0x7, 0x0))


@pytest.mark.clause("nvfp4/model")
def test_special_data():
    """A NaN makes the block's scale NaN; an infinity makes it 448."""
    for model in ("transformer_engine", "torchao", "torchao_reciprocal"):
        assert nvfp4_quantize(model, (Fraction(1), NAN), Fraction(2688)).block == Quantized(0x7F, (0, 0))
        assert nvfp4_quantize(model, (POSITIVE_INFINITY, Fraction(-1)), Fraction(2688)).block == Quantized(0x7E, (0x7, 0x8))
    infinite = nvfp4_quantize("transformer_engine", (POSITIVE_INFINITY,), POSITIVE_INFINITY)
    assert infinite == Coded(code32(Fraction(1)), Quantized(0x7E, (0x7,)))


@pytest.mark.clause("nvfp4/model")
def test_errors():
    """Who, what was required, what came."""
    one = Fraction(1)
    for arguments, message in (
        (("te", [one], one), "unknown model 'te' of NVFP4; the models are transformer_engine, torchao"),
        (("torchao", [one], one, get_block_format("mxfp4")), "mxfp4 is not NVFP4"),
        (("torchao", [], one), "a block of nvfp4 has 1 to 16 elements, not 0"),
        (("torchao", [one] * 17, one), "not 17"),
        (("torchao", [one], -one), "needs a positive amax or scale"),
        (("torchao", [one], NAN), "needs a positive amax or scale"),
        (("torchao", [one / 3], one), "1/3 is no binary32 number"),
    ):
        with pytest.raises(ValueError, match=message):
            nvfp4_quantize(*arguments)
    assert nvfp4_quantize("torchao", [one] * 256, one, get_block_format("nvfp4_16x16")).block.scale == 0x7E


def f32(x):
    """A float of the host rounded to binary32."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")


def over(x, y):
    """A quotient in binary32: a double of two binary32 numbers rounds to binary32 as the exact quotient does."""
    return f32(x / y) if y else float("inf")


@pytest.mark.clause("nvfp4/transformer-engine", "nvfp4/torchao", "nvfp4/torchao-reciprocal", "nvfp4/universal")
@given(st.lists(st.integers(0x20000000, 0x5F000000), min_size=1, max_size=4), st.sampled_from(sorted(MODELS)))
def test_against_the_host(codes, model):
    """The scales' steps in the host's floats, in which products and quotients of binary32 numbers round as exact ones do."""
    values = [binary32(code) for code in codes]
    xs = [float(x) for x in values]
    tensor = max(xs)
    found = nvfp4_quantize(model, values, Fraction(tensor))
    to_scale, to_element = (Projection(f, "ties_to_even", "saturate") for f in (NVFP4.scale, NVFP4.element))
    if model == "transformer_engine":
        s = min(over(2688.0, tensor), 3.4028234663852886e38)
        scale = to_scale(Fraction(min(f32(max(xs) * f32(s * over(1.0, 6.0))), 448.0))).code
        step = f32(float(NVFP4.scale.decode(scale)) * over(1.0, s))
        by = min(over(1.0, step), 3.4028234663852886e38)
        scaled = [f32(x * by) for x in xs]
    elif model == "universal":
        scaled = [over(x, tensor) for x in xs]
        scale = to_scale(Fraction(over(max(scaled), 6.0))).code
        inverse = over(1.0, float(NVFP4.scale.decode(scale)))
        scaled = [f32(x * inverse) for x in scaled]
    else:
        t = over(tensor, 2688.0)
        scale = to_scale(Fraction(max(over(over(max(xs), 6.0), t), 2.0**-6))).code
        by = float(NVFP4.scale.decode(scale))
        scaled = [over(x, f32(t * by)) if model == "torchao" else f32(x * over(over(1.0, t), by)) for x in xs]
    assert found.block.scale == scale
    assert found.block.elements == tuple(to_element(Fraction(min(x, 6.0))).code for x in scaled)


@given(st.lists(floats(), min_size=1, max_size=4), st.sampled_from(["torchao", "torchao_reciprocal", "transformer_engine"]))
def test_any_numbers(values, model):
    """The scale of a block of finite numbers is no NaN, unless it is divided by a tensor's scale of zero."""
    tensor = max((abs(x) for x in values if isinstance(x, Fraction)), default=Fraction(0)) or Fraction(1)
    found = nvfp4_quantize(model, values, tensor)
    assert found.block.scale < 0x7F or (found.tensor == 0 and model != "transformer_engine")


@pytest.mark.clause("nvfp4/transformer-engine", "nvfp4/torchao", "nvfp4/torchao-reciprocal")
def test_the_models_differ():
    """The exact scale is 23, the middle between 22 and 24; a rounded sixth takes the product past it, a quotient stays. The
    exact element is 1.25, the middle between 1 and 1.5, and a reciprocal goes astray.
    """
    values, tensor = (Fraction(23, 64), Fraction(1, 8)), Fraction(7)
    scales = {model: nvfp4_quantize(model, values, tensor).block.scale for model in MODELS if model != "universal"}
    assert {model: NVFP4.scale.decode(code) for model, code in scales.items()} == {
        "transformer_engine": 24,
        "torchao": 22,
        "torchao_reciprocal": 22,
    }
    found = {model: set() for model in ("torchao", "torchao_reciprocal")}
    for code in range(0x08, 0x7F):
        scale = NVFP4.scale.decode(code)
        for model, blocks in found.items():
            blocks.add(nvfp4_quantize(model, (6 * scale, 5 * scale / 4, -7 * scale / 4), Fraction(2688)).block)
    assert len({block.elements for block in found["torchao"]}) == 1 < len({b.elements for b in found["torchao_reciprocal"]})
