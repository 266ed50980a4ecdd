"""Quantizers of tensors: published values, and formulas in plain floats."""

import numpy as np
import pytest

from refsim.nn.training.quantizers import affine, levels, linear, logarithmic, projected, reach_rule, values

WEIGHTS = np.array([-0.9, -0.31, -0.12, -0.05, 0, 0.04, 0.11, 0.26, 0.5, 1.1])
SOME = np.random.default_rng(5).standard_normal(4000).astype(np.float32)


@pytest.mark.clause("levels/published", "levels/optimal")
@pytest.mark.parametrize(
    ("count", "step", "codes"),
    [(3, 0.833333, [-1, 0, 0, 0, 0, 0, 0, 0, 1, 1]), (7, 0.3154167, [-3, -1, 0, 0, 0, 0, 0, 1, 2, 3])],
)
def test_levels(count, step, codes):
    """Sung's quantizer of ten weights: the step of least error, and its levels."""
    quantizer = levels(count)
    scale = quantizer.find(WEIGHTS)
    assert scale[0] == np.float32(scale[0]) == pytest.approx(step, abs=1e-6)
    assert np.array_equal(quantizer(WEIGHTS, scale), np.array(codes) * scale[0])
    assert quantizer.ends(scale) == (-(count // 2) * scale[0], count // 2 * scale[0])
    assert quantizer.codes(WEIGHTS, scale).format.name == f"levels{count}"


@pytest.mark.clause("logquant/log")
def test_log_quantizer():
    """LogQuant with three bits and FSR 2, as in the paper: round to the nearest exponent, and cut at both ends."""
    x = np.array([0.0221, 0.05, 0.7, 0.71, 1.4, 1.42, 100, 0.01, 0, -3])
    expected = [2.0**-5, 2.0**-4, 0.5, 1, 1, 2, 2, 0, 0, 0]
    assert logarithmic(3)(x, np.array([2.0])).tolist() == expected


@pytest.mark.clause("logquant/linear")
def test_linear_quantizer():
    """LinearQuant with three bits and FSR 2: multiples of a half from 0 to 7/2."""
    x = np.array([0.2, 0.26, 1.3, -5, 5, 3.74])
    assert linear(3)(x, np.array([2.0])).tolist() == [0, 0.5, 1.5, 0, 3.5, 3.5]
    assert linear(3, signed=True)(x, np.array([2.0])).tolist() == [0, 0, 1, -3, 3, 3]


@pytest.mark.clause("logquant/log")
@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("full_scale", [-3, 0, 2])
def test_log_formula(steps, signed, full_scale):
    """sign * 2**(Clip(Round(steps * log2(abs(x)))) / steps), in floats."""
    bits = 4
    x = SOME if signed else np.abs(SOME)
    exponent = np.rint(np.log2(np.abs(x.astype(np.float64))) * steps)
    least, top = full_scale * steps - 2 ** (bits - signed), full_scale * steps - 1
    expected = np.where(exponent <= least, 0, np.exp2(np.minimum(exponent, top) / steps)) * np.sign(x)
    found = logarithmic(bits, signed=signed, steps=steps)(x, np.array([float(full_scale)]))
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-6)
    assert len(np.unique(found)) <= 2**bits


@pytest.mark.clause("logquant/log", "logquant/linear")
@pytest.mark.parametrize("reach", [1e-300, 1e-30, 0.7, 0.71, 1.0, 1.41, 1.42, 1.5, 3.9, 3.999, 5e20])
def test_full_scales(reach):
    """The least full scale whose last level is not below the rounded greatest magnitude; for nothing it is 0."""
    x = np.array([0, -reach, reach / 3])
    n = np.rint(np.log2(reach))
    assert logarithmic(5, signed=True).find(x).tolist() == [n + 1]
    half_steps = np.rint(2 * np.log2(reach))
    assert logarithmic(5, signed=True, steps=2).find(x).tolist() == [np.ceil((half_steps + 1) / 2)]
    scale = linear(5, signed=True).find(x)
    top = 15 * 2.0 ** (scale[0] - 4)
    assert top * 31 / 30 > reach >= top * 31 / 30 / 2 * (1 - 1 / 15)
    assert logarithmic(4).find(np.zeros(3)).tolist() == [0]


@pytest.mark.clause("logquant/log", "logquant/linear")
@pytest.mark.parametrize("make", [logarithmic, linear])
def test_a_sweep(make):
    """The full scale of least squared error among four, when a few outliers are not worth the range."""
    x = np.append(SOME, np.float32(9))
    quantizer = make(3, signed=True, choice="sweep")
    first, chosen = make(3, signed=True).find(x)[0], quantizer.find(x)[0]
    errors = {f: float(((quantizer(x.astype(np.float64), np.array([f])) - x) ** 2).sum()) for f in first - np.arange(4)}
    assert chosen == min(errors, key=errors.get)
    assert make is logarithmic or chosen < first


@pytest.mark.clause("calibration/nudged", "affine/divided", "affine/dequantize-as")
@pytest.mark.parametrize(("format", "low", "high"), [("uint8", -1.5, 3.5), ("int8", 0.0, 2.0), ("uint4", -2.0, 0.0)])
def test_affine(format, low, high):
    """Scale and zero point of a range, and ONNX's QuantizeLinear and DequantizeLinear in plain float32."""
    least, most = {"uint8": (0, 255), "int8": (-128, 127), "uint4": (0, 15)}[format]
    x = np.linspace(low, high, 500, dtype=np.float32)
    quantizer = affine(format)
    scale, zero = quantizer.find(x)
    assert scale == np.float32((high - low) / (most - least))
    assert zero == pytest.approx(least - low / scale, abs=0.51)
    wide = np.concatenate([x, [np.float32(-99), np.float32(99)]])
    q = np.clip(np.rint(wide / np.float32(scale)) + zero, least, most)
    assert np.array_equal(quantizer(wide, np.array([scale, zero])), ((q - zero).astype(np.float32) * np.float32(scale)))
    ends = quantizer.ends(np.array([scale, zero]))
    assert ends == pytest.approx((low, high), abs=scale)


@pytest.mark.clause("calibration/position", "affine/position")
def test_vitis():
    """Positions of published ranges; halves of activations go up and those of weights to even."""
    for low, high, position in ((-1, 1, 6), (-0.5, 0.5, 7), (-0.9, 0.7, 7), (0, 6, 4)):
        assert affine("int8", "vitis_dpu").find(np.array([low, high], float)).tolist() == [2.0**-position, 0]
    x, scale = np.array([2.5, -2.5, -1.5, 3.5]), np.array([1.0, 0])
    assert affine("int8", "vitis_dpu")(x, scale).tolist() == [3, -2, -1, 4]
    assert affine("int8", "vitis_py3")(x, scale).tolist() == [2, -2, -2, 4]


def test_affine_of_nothing():
    """A tensor of zeros, and an empty one, have the scale 1."""
    for x in (np.zeros(3), np.zeros(0)):
        assert affine("int8").find(x)[0] == 1


@pytest.mark.clause("project/order")
def test_projections():
    """A format without a scale: float8 rounds and saturates."""
    quantizer = projected("float8_e4m3fn/ties_to_even/saturate")
    x = np.array([1.0625, -1e9, 0.3], np.float32)
    assert quantizer(x, quantizer.find(x)).tolist() == [1.0, -448.0, 0.3125]
    assert quantizer.ends(np.zeros(1)) == (-448.0, 448.0)


def test_reaches():
    """The greatest magnitude, or that of a share of the numbers."""
    x = np.array([-4.0, 1, 2, 3])
    assert reach_rule("maximum")(x) == 4
    assert reach_rule("percentile:50")(x) == np.percentile([1, 2, 3, 4], 50)
    assert reach_rule("percentile:99.9")(np.zeros(0)) == 0
    assert linear(4, choice="percentile:75").find(x) < linear(4).find(np.array([16.0]))
    for name in ("percentile", "percentile:0", "percentile:101", "mean", "percentile:x", "percentile:nan"):
        with pytest.raises(ValueError, match=r"^a reach is maximum or percentile:P"):
            reach_rule(name)


@pytest.mark.clause("logquant/log")
def test_irrational_levels_are_rounded():
    """Odd powers of the root of two, to the last bit of binary64."""
    quantizer = logarithmic(4, steps=2)
    codes = quantizer.codes(np.array([0.0, 1.0, 2**0.5, 2.0]), np.array([2.0]))
    assert values(codes).tolist() == [0.0, 1.0, np.sqrt(2.0), 2.0]


def test_refusals():
    """Arguments that mean nothing."""
    with pytest.raises(ValueError, match="unknown method 'best'"):
        levels(3, "best")
    with pytest.raises(ValueError, match="power of two, not 3"):
        logarithmic(4, steps=3)
    with pytest.raises(ValueError, match="unknown quantization model"):
        affine("int8", "caffe")
    with pytest.raises(ValueError, match=r"^Vitis AI has signed integers, which uint8 is not$"):
        affine("uint8", "vitis_dpu")
    with pytest.raises(ValueError, match="needs an integer format"):
        affine("float8_e4m3fn")
