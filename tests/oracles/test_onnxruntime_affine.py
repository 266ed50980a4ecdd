"""ONNX Runtime's sums, products, functions and averages of affine codes against the rules, on all codes of 8 bits.

The engine is asked on all operands; the specification, which is equal to it, on some.
"""

import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from refsim import Projection, get_format
from refsim.spec.affine_functions import AffineFunction
from refsim.spec.affine_joins import AffineJoin
from refsim.spec.affine_layers import DequantizeLinear, QuantizeLinear
from refsim.spec.affine_pools import AffineAveragePool
from refsim.spec.convolutions import Window
from refsim.spec.softmax import RealSoftmax

from . import peer_onnxruntime_affine as peer
from .affine_rules import integers, ours, parameters_of, settings, single, specified, to_nearest

LEDGER = tomllib.loads(Path(__file__).with_name("ledger_of_networks.toml").read_text("utf-8"))["deviation"]
NAMED = [pytest.param(entry, marks=pytest.mark.clause(entry["clause"]), id=entry["name"]) for entry in LEDGER]
KINDS = ["int8", "uint8"]


def every_code(kind):
    """All codes of 8 bits, least integer first."""
    info = np.iinfo(kind)
    return np.arange(info.min, info.max + 1).astype(kind)


def every_pair(kind):
    """All pairs of codes."""
    x = every_code(kind)
    return np.repeat(x, 256), np.tile(x, 256)


@pytest.mark.clause("affine-join/fused-sum", "affine-join/scaled-product", "affine-join/rounded", "affine-join/ways")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_joins(operation, kind):
    """QLinearAdd and QLinearMul of all pairs of codes, with 24 choices of scales and zero points."""
    a, b = every_pair(kind)
    inputs = [integers(x[None], kind) for x in (a, b)]
    rng = np.random.default_rng(23)
    for scales, points in settings(rng, kind, 3, 24):
        rule = AffineJoin(operation, "onnxruntime", to_nearest(kind))
        parameters = parameters_of("aby", scales, points, kind)
        theirs = peer.join(operation, a, b, scales, points)
        assert (ours(rule, inputs, parameters).codes.view(kind)[0] == theirs).all()
        some = rng.integers(0, 65536, 20)
        assert specified(rule, [x[:, some] for x in inputs], parameters, 0).codes == tuple(theirs[some].view(np.uint8).tolist())


@pytest.mark.slow
@pytest.mark.clause("affine-join/fused-sum", "affine-join/scaled-product")
@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_joins_of_the_specification(operation):
    """The specification itself, of all pairs."""
    a, b = every_pair("int8")
    scales, points = np.float32([0.75, 3.0, 0.5]), [3, -50, 7]
    rule = AffineJoin(operation, "onnxruntime", to_nearest("int8"))
    found = specified(rule, [integers(x[None], "int8") for x in (a, b)], parameters_of("aby", scales, points, "int8"), 0)
    assert found.codes == tuple(peer.join(operation, a, b, scales, points).view(np.uint8).tolist())


@pytest.mark.clause("affine-join/broadcast", "affine-join/scaled-product")
def test_broadcast():
    """QLinearMul by a number for each channel, as a squeeze and excitation does."""
    rng = np.random.default_rng(29)
    a, b = (rng.integers(-128, 128, shape).astype(np.int8) for shape in ((2, 4, 5, 6), (2, 4, 1, 1)))
    scales, points = np.float32([0.05, 0.01, 0.04]), [5, -6, 7]
    rule, parameters = AffineJoin("multiply", "onnxruntime", to_nearest("int8")), parameters_of("aby", scales, points, "int8")
    inputs = [integers(x, "int8") for x in (a, b)]
    assert (ours(rule, inputs, parameters).codes.view(np.int8) == peer.join("multiply", a, b, scales, points)).all()


@pytest.mark.clause("affine-function/binary32")
@pytest.mark.parametrize("kind", KINDS)
def test_functions(kind):
    """QLinearSigmoid, whose approximation shows nowhere here, QLinearLeakyRelu, and the scaling of QLinearConcat."""
    x = every_code(kind)
    rng = np.random.default_rng(31)
    for i, (scales, points) in enumerate(settings(rng, kind, 2, 40)):
        parameters = parameters_of("xy", scales, points, kind)
        slope = np.float32(rng.uniform(0, 1))
        (sx, sy), (zx, zy) = scales, (peer.point(n, kind) for n in points)
        for operation, more, theirs in (
            ("sigmoid", {}, peer.function("QLinearSigmoid", x, scales, points)),
            ("leaky_relu", {"b": single(slope)}, peer.function("QLinearLeakyRelu", x, scales, points, alpha=float(slope))),
            ("convert", {}, peer.run("QLinearConcat", [sy, zy, x, sx, zx], kind, axis=0)),
        ):
            rule = AffineFunction(operation, "binary32", to_nearest(kind))
            assert (ours(rule, [integers(x[None], kind)], parameters | more).codes.view(kind)[0] == theirs).all()
            if i % 10 == 0:
                found = specified(rule, [integers(x[None], kind)], parameters | more, 0)
                assert found.codes == tuple(theirs.view(np.uint8).tolist())


POOLS = [
    ((3, 2), Window(stride=(2, 1)), False),
    ((3, 2), Window(stride=(2, 1), padding=(1, 1, 1, 1)), False),
    ((2, 2), Window(stride=(2, 2)), True),
    ((7, 5), Window(), False),
    (None, Window(), False),
]


@pytest.mark.clause("affine-pool/windowed", "affine-pool/channel", "affine-pool/divisor")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(("kernel", "window", "ceil"), POOLS, ids=str)
def test_pools(kernel, window, ceil, counted, kind):
    """QLinearAveragePool and QLinearGlobalAveragePool of any codes and of small ones, whose means are ties."""
    rng = np.random.default_rng(37)
    operator, attributes = "QLinearGlobalAveragePool", {}
    if kernel is not None:
        operator, attributes = (
            "QLinearAveragePool",
            {
                "kernel_shape": kernel,
                "strides": window.stride,
                "pads": [window.padding[i] for i in (0, 2, 1, 3)],
                "count_include_pad": int(counted),
                "ceil_mode": int(ceil),
            },
        )
    rule = AffineAveragePool("onnxruntime", to_nearest(kind), kernel, window, counted, ceil)
    for i, (scales, points) in enumerate([*settings(rng, kind, 2, 20), *(((x, x), (0, 1)) for x in (0.1, 0.3, 0.7))]):
        low, high = (0, 5) if i % 4 == 1 or i >= 20 else (np.iinfo(kind).min, np.iinfo(kind).max + 1)
        x = rng.integers(low, high, (2, 8, 7, 5)).astype(kind)
        parameters, inputs = parameters_of("xy", scales, points, kind), [integers(x, kind)]
        theirs = peer.function(operator, x, scales, points, **attributes)
        assert (ours(rule, inputs, parameters).codes.view(kind) == theirs).all()
        if i < 2:
            found = specified(rule, [x[:, :2] for x in inputs], parameters, 1)
            assert found.codes == tuple(theirs[1, :2].view(np.uint8).reshape(-1).tolist())


@pytest.mark.clause("affine-pool/channel")
def test_scale_of_a_channel():
    """The sum of three codes is 42, a tie of the scale as it is computed, and none of 11 / 28 / 3."""
    x = np.int8([[[[14, 14, 14]]]])
    theirs = peer.function("QLinearGlobalAveragePool", x, (11, 28), (0, 0))
    rule = AffineAveragePool("onnxruntime", to_nearest("int8"), None, Window(), count_padding=False, ceil=False)
    found = specified(rule, [integers(x, "int8")], parameters_of("xy", (11, 28), (0, 0), "int8"), 0)
    assert found.codes == tuple(theirs.reshape(-1)) == (6,)


@pytest.mark.clause("affine-layer/quantize", "affine-layer/dequantize", "affine-join/ways")
@pytest.mark.parametrize("operator", ["Add", "Mul"])
def test_models_between_quantize_and_dequantize(operator):
    """DequantizeLinear, Add or Mul, QuantizeLinear: the way ``binary32``, and the rules one after another."""
    a, b = every_pair("int8")
    scales, points = np.float32([0.75, 3.0, 0.5]), np.int8([3, -50, 7])
    inputs = [integers(x[None], "int8") for x in (a, b)]
    numbers = [
        ours(DequantizeLinear("onnx"), [x], {"scale": single(scales[i]), "zero_point": integers(points[i], "int8")})
        for i, x in enumerate(inputs)
    ]
    theirs = [peer.run("DequantizeLinear", [x, scales[i], points[i]], "float32", domain="") for i, x in enumerate((a, b))]
    assert all((x.codes[0] == y.view(np.uint32)).all() for x, y in zip(numbers, theirs, strict=True))
    joined = peer.run(operator, theirs, "float32", domain="")
    codes = peer.run("QuantizeLinear", [joined, scales[2], points[2]], "int8", domain="")
    own = {"scale": single(scales[2]), "zero_point": integers(points[2], "int8")}
    assert (ours(QuantizeLinear("onnx", get_format("int8")), [single(joined)[None]], own).codes.view(np.int8)[0] == codes).all()
    rule = AffineJoin({"Add": "add", "Mul": "multiply"}[operator], "binary32", to_nearest("int8"))
    assert (ours(rule, inputs, parameters_of("aby", scales, points, "int8")).codes.view(np.int8)[0] == codes).all()


@pytest.mark.clause("affine-pool/channel-scale")
@pytest.mark.parametrize(("scale", "refused"), [(1024, True), (1023, False), (2.0**-30, False), (2.0**-30 * 0.99, True)])
def test_scales_of_channels(scale, refused):
    """What ONNX Runtime refuses to average is refused: four codes with scales of 4 * 2**8 and more, or below 4 * 2**-32."""
    x = np.full((1, 1, 2, 2), 1, np.int8)
    rule = AffineAveragePool("onnxruntime", to_nearest("int8"), None, Window(), count_padding=False, ceil=False)
    inputs, parameters = [integers(x, "int8")], parameters_of("xy", (scale, 1), (0, 0), "int8")
    if refused:
        with pytest.raises(peer.Refused, match="out of computation range"):
            peer.function("QLinearGlobalAveragePool", x, (scale, 1), (0, 0))
        with pytest.raises(ValueError, match=r"averages a channel with a scale in 2\*\*-32..2\*\*8, not with"):
            ours(rule, inputs, parameters)
    else:
        theirs = peer.function("QLinearGlobalAveragePool", x, (scale, 1), (0, 0))
        assert (ours(rule, inputs, parameters).codes.view(np.int8) == theirs).all()


def softmax(compute, x, scales, points, kind):
    """Codes of each sample, dequantized, to the exact softmax in binary32, quantized."""
    own, result = (
        {"scale": single(scale), "zero_point": integers(point, kind)} for scale, point in zip(scales, points, strict=True)
    )
    real = compute(DequantizeLinear("onnx"), [integers(x, kind)], own)
    shares = compute(RealSoftmax(0, Projection("binary32", "ties_to_even", "infinity")), [real], {})
    return compute(QuantizeLinear("onnx", get_format(kind)), [shares], result).codes


@pytest.mark.clause("affine-layer/quantize", "affine-layer/dequantize")
@pytest.mark.parametrize("kind", KINDS)
def test_softmax(kind):
    """QLinearSoftmax with the scale that quantizers give it, 1/256, and the least code for zero."""
    rng = np.random.default_rng(61)
    info = np.iinfo(kind)
    for length in (2, 3, 7, 10):
        scales, points = np.float32([rng.uniform(0.01, 0.3), 1 / 256]), [int(rng.integers(info.min, info.max + 1)), info.min]
        x = rng.integers(info.min, info.max + 1, (10, length)).astype(kind)
        theirs = peer.function("QLinearSoftmax", x, scales, points, axis=1, opset=13)
        assert (softmax(ours, x, scales, points, kind).view(kind) == theirs).all()


@pytest.mark.parametrize("entry", [one for one in NAMED if "softmax" in one.id])
def test_ledger_of_softmax(entry):
    """ONNX Runtime still deviates as recorded in the first code of a softmax."""
    kind, scales = entry["format"], np.float32([float.fromhex(x) for x in entry["scales"]])
    x = np.array([entry["x"]], kind)
    assert version("onnxruntime") == entry["version"]
    assert peer.function("QLinearSoftmax", x, scales, entry["points"], axis=1, opset=13)[0, 0] == entry["peer_gives"]
    assert softmax(ours, x, scales, entry["points"], kind).view(kind)[0, 0] == entry["specification_gives"]


@pytest.mark.parametrize("entry", [one for one in NAMED if "softmax" not in one.id])
def test_ledger(entry):
    """ONNX Runtime still deviates as recorded, and specification and engine give what the ledger says, or refuse so."""
    assert version("onnxruntime") == entry["version"]
    kind, scales = entry["format"], np.float32([float.fromhex(x) for x in entry["scales"]])
    operands = [np.array([entry[role]], kind) for role in ("x", "b") if role in entry]
    if entry["operator"] == "QLinearSigmoid":
        theirs = peer.function("QLinearSigmoid", *operands, scales, entry["points"])
        rule, names = AffineFunction("sigmoid", "binary32", to_nearest(kind)), "xy"
    else:
        operation = {"QLinearAdd": "add", "QLinearMul": "multiply"}[entry["operator"]]
        theirs = peer.join(operation, *operands, scales, entry["points"])
        rule, names = AffineJoin(operation, "onnxruntime", to_nearest(kind)), "aby"
    assert theirs.tolist() == [entry["peer_gives"]]
    inputs, parameters = [integers(x[None], kind) for x in operands], parameters_of(names, scales, entry["points"], kind)
    for compute in (ours, lambda *given: specified(*given, 0)):
        if isinstance(entry["specification_gives"], str):
            with pytest.raises(ValueError, match="^" + entry["specification_gives"].replace("+", "[+]") + "$"):
                compute(rule, inputs, parameters)
        else:
            assert np.array(compute(rule, inputs, parameters).codes).reshape(-1).tolist() == [entry["specification_gives"]]
