"""ONNX Runtime against the models of ONNX: quantizing, dequantizing, choosing parameters, requantizing products of matrices."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from refsim import engine
from refsim.engine import Array
from refsim.spec.affine import Granularity, dequantize_as, quantize_as
from refsim.spec.calibration import dynamic_parameters
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number
from refsim.spec.requantization import requantize

from . import peer_onnxruntime

TYPES = ("int8", "uint8", "int16", "uint16")
SCALES = (1, 0.5, 0.1, 0.37, 3e-5, 2.0**-130, 3e36)
BINARY32, UINT8 = get_format("binary32"), get_format("uint8")
LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_integers.toml").read_text(encoding="utf-8"))["deviation"]


def single(x):
    """The operand that a binary32 number is."""
    return Number(int(np.float32(x).view(np.uint32)), BINARY32)


@np.errstate(over="ignore")
def around_ties(scale, reach):
    """Numbers at multiples of a quarter of the scale and beside them, infinities, the ends of binary32, and some by chance."""
    x = (np.arange(-reach, reach, 0.25) * scale).astype(np.float32)
    rest = np.float32([np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, -0.0])
    by_chance = np.random.default_rng(11).normal(0, 100 * scale, 2000).astype(np.float32)
    return np.concatenate([x, np.nextafter(x, np.float32(np.inf)), np.nextafter(x, np.float32(-np.inf)), rest, by_chance])


@pytest.mark.clause("affine/quantize-as", "affine/divided", "affine/order")
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("scale", SCALES)
def test_quantize(kind, scale):
    """QuantizeLinear around the ties of all 8-bit results, and at the ends of the 16-bit ones."""
    format, scale = get_format(kind), np.float32(scale)
    x = around_ties(float(scale), 300)
    if format.width == 16:
        with np.errstate(over="ignore"):
            x = np.concatenate([x, np.float32(np.arange(-65800, 65800, 0.5)[::7] * float(scale))])
    for zero in (0, 5):
        theirs = peer_onnxruntime.quantize(x, scale, np.asarray(zero, dtype=kind))
        ours = engine.quantize_as("onnx", x, scale, zero, format).codes
        assert (theirs == ours.view(kind)).all()
        for i in range(0, len(x), len(x) // 50):
            assert quantize_as("onnx", single(x[i]), single(scale), zero, format) == ours[i]


@pytest.mark.clause("affine/granularity")
@pytest.mark.parametrize(
    "granularity", [Granularity(0), Granularity(1), Granularity(2), Granularity(1, 2), Granularity(2, 3), Granularity(1, 4)]
)
def test_granularity(granularity):
    """Scales and zero points per axis and in blocks, the last block shorter too."""
    shape = (3, 7, 6)
    rng = np.random.default_rng(7)
    x = rng.normal(0, 50, shape).astype(np.float32)
    parameters = granularity.shape(shape)
    scale, zero = rng.uniform(0.1, 2, parameters).astype(np.float32), rng.integers(-9, 9, parameters).astype(np.int8)
    attributes = {"axis": granularity.axis} | ({"block_size": granularity.group} if granularity.group else {})
    theirs = peer_onnxruntime.quantize(x, scale, zero, **attributes)
    spread = [engine.spread(y, shape, granularity) for y in (scale, zero)]
    ours = engine.quantize_as("onnx", x, *spread, get_format("int8"))
    assert (theirs == ours.codes.view(np.int8)).all()
    back = engine.dequantize_as("onnx", ours, *spread).codes.view(np.float32)
    assert (back == peer_onnxruntime.dequantize(theirs, scale, zero, **attributes)).all()


@pytest.mark.clause("affine/dequantize-as")
@pytest.mark.parametrize("kind", [*TYPES, "int32"])
@pytest.mark.parametrize("scale", SCALES)
def test_dequantize(kind, scale):
    """DequantizeLinear of all 8-bit integers, of some wider ones and their ends."""
    format, scale, info = get_format(kind), np.float32(scale), np.iinfo(kind)
    some = np.random.default_rng(13).integers(info.min, info.max, 2000, endpoint=True)
    q = np.concatenate(
        [[info.min, info.max], np.arange(-128, 128) & 255 if info.min == 0 else np.arange(-128, 128), some]
    ).astype(kind)
    zero = 0 if kind == "int32" else 7
    theirs = peer_onnxruntime.dequantize(q, scale, np.asarray(zero, dtype=kind)).view(np.uint32)
    codes = q.view(f"uint{format.width}")
    assert (theirs == engine.dequantize_as("onnx", Array(codes, format), scale, zero).codes).all()
    for i in range(0, len(q), len(q) // 50):
        assert dequantize_as("onnx", Number(int(codes[i]), format), single(scale), zero) == theirs[i]


@pytest.mark.clause("calibration/dynamic")
def test_dynamic():
    """DynamicQuantizeLinear on ranges of every kind: around zero, on one side, of one number, of zeros."""
    rng = np.random.default_rng(17)
    ranges = [(-1, 2), (0, 6), (1, 5), (-7, -3), (0, 0), (3, 3), (-1e-3, 1e3), (-1, 254), (-2.5, 252.5), (-1.5, 253.5)]
    ranges += [tuple(sorted(rng.normal(0, 10, 2))) for _ in range(200)]
    for low, high in ranges:
        x = np.clip(rng.uniform(low, high, 40), low, high).astype(np.float32)
        x[:2] = low, high
        codes, scale, zero = peer_onnxruntime.dynamic(x)
        found = dynamic_parameters(single(x.min()), single(x.max()))
        assert (found.scale, found.zero_point) == (single(scale), zero)
        assert (engine.quantize_as("onnx", x, scale, int(zero), UINT8).codes == codes).all()


@pytest.mark.clause("requantize/float-scale", "requantize/output-stage")
@pytest.mark.parametrize("divisor", [0.5, 1, 8, 37.3, 1000])
def test_requantize(divisor):
    """QLinearMatMul of accumulators at and near ties and at the ends of uint8."""
    rng = np.random.default_rng(19)
    acc = np.unique(np.concatenate([np.arange(-2500, 2500), rng.integers(-1_000_000, 1_000_000, 2000)]))
    scale = int((np.float32(1) / np.float32(divisor)).view(np.uint32))
    for zero in (0, 100, 255):
        theirs = peer_onnxruntime.accumulated(acc, divisor, np.uint8(zero))
        assert (theirs == engine.requantize("float_scale", acc, scale, 0, zero, UINT8).codes).all()
        for i in range(0, len(acc), 100):
            assert requantize("float_scale", int(acc[i]), scale, 0, zero, UINT8) == theirs[i]


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["name"])
def test_ledger(entry):
    """The peer still deviates as recorded, and specification and engine refuse in the words that it records."""
    format = get_format(entry["format"])
    x, scale = np.float32([entry["x"]]), np.float32(entry["scale"])
    theirs = peer_onnxruntime.quantize(x, scale, np.asarray(entry["zero_point"], dtype=entry["format"]))
    assert theirs.tolist() == [entry["peer_gives"]]
    for call in (
        lambda: quantize_as("onnx", single(x[0]), single(scale), entry["zero_point"], format),
        lambda: engine.quantize_as("onnx", x, scale, entry["zero_point"], format),
    ):
        with pytest.raises(ValueError, match="^" + entry["specification_gives"] + "$"):
            call()
