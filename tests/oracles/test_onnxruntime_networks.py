"""Whole networks that are read from ONNX against ONNX Runtime: floating point within rounding, codes exactly."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from refsim.engine.networks import trace
from refsim.nn.networks import predict
from refsim.nn.onnx import read
from refsim.nn.onnx.coding import coded
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_cases import answer
from tests.nn.onnx_models import DEVIATING, EXACT, FLOAT

EPSILON = 2**-23
LONGEST = {"mlp": 24, "lenet": 150, "residual": 72, "mobile": 192, "unet": 144, "last_axis": 180}
"""The terms of a network's longest sum."""
UNSIGNED, SIGNED = QuantType.QUInt8, QuantType.QInt8
WAYS = {
    "codes of both signs of weights": (UNSIGNED, SIGNED, False),
    "a scale for each kernel": (UNSIGNED, SIGNED, True),
    "unsigned weights": (UNSIGNED, UNSIGNED, False),
    "signed codes, a scale for each kernel": (SIGNED, SIGNED, True),
}
"""Types of activations and weights, and whether each kernel has a scale of its own."""
LEDGER = tomllib.loads(Path(__file__).with_name("ledger_of_imports.toml").read_text("utf-8"))["deviation"]


def asked(content, x, *, int8=True):
    """What ONNX Runtime gives for a model; codes of int8 stay such."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if int8:
        options.add_session_config_entry("session.qdqisint8allowed", "1")
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def samples(model, count, spread, seed):
    """Random samples for a model."""
    shape = [one.dim_value for one in model.graph.input[0].type.tensor_type.shape.dim][1:]
    return np.random.default_rng(seed).normal(0, spread, (count, *shape)).astype(np.float32)


@pytest.mark.parametrize("name", FLOAT)
def test_floating_point(name):
    """In binary32 both err by the roundings of the longest sum at most, each half a unit of the greatest result, to which the
    others of the network add less; against the same network in binary64. Of the two, ours is within that of theirs too."""
    model = FLOAT[name]()
    found, x = network_of(graph_of(model)), samples(model, 20, 1, 1)
    wanted = asked(model.SerializeToString(), x)
    wide = {role: value.astype(np.float64) for role, value in found.parameters.items()}
    exact = predict(found.network, wide, x.astype(np.float64))
    ours = predict(found.network, found.parameters, x)
    assert ours.dtype == np.float32
    bound = LONGEST[name] / 2 * EPSILON * np.abs(exact).max()
    for one, other in ((wanted, exact), (ours, exact), (ours, wanted)):
        assert np.abs(one - other).max() <= bound


class Samples(CalibrationDataReader):
    """Samples one by one, by which ranges are chosen."""

    def __init__(self, x):
        self.left = iter([{"x": one[None]} for one in x])

    def get_next(self):
        """The next one, or nothing."""
        return next(self.left, None)


def quantized(folder, name, format, way):
    """The file of a network that ONNX Runtime's own tool has quantized."""
    activations, weights, per_kernel = WAYS[way]
    model = EXACT[name]()
    onnx.save(model, folder / "float.onnx")
    quantize_static(
        folder / "float.onnx",
        folder / "codes.onnx",
        Samples(samples(model, 10, 1, 2)),
        quant_format=format,
        activation_type=activations,
        weight_type=weights,
        per_channel=per_kernel,
    )
    return model, folder / "codes.onnx"


@pytest.mark.clause("affine-layer/requantize", "affine-layer/combined-scale", "affine-join/fused-sum", "affine-pool/windowed")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("format", [QuantFormat.QOperator, QuantFormat.QDQ], ids=["QOperator", "QDQ"])
@pytest.mark.parametrize("name", EXACT)
def test_codes(tmp_path, name, format, way):
    """All results are equal, for samples within the ranges, and far outside, where inputs and layers saturate."""
    model, path = quantized(tmp_path, name, format, way)
    found = read(path)
    x = np.concatenate([samples(model, 30, 1, 3), samples(model, 10, 20, 4), np.zeros_like(samples(model, 1, 1, 0))])
    np.testing.assert_array_equal(answer(found, x), asked(str(path), x))
    codes = trace(found.network, found.tensors, coded(x, "x"))
    first = next(array for array in codes.values() if array.format.width == 8)
    values = first.codes.view(first.format.name)
    assert {values.min(), values.max()} == {np.iinfo(values.dtype).min, np.iinfo(values.dtype).max}


@pytest.mark.parametrize("entry", [pytest.param(e, marks=pytest.mark.clause(e["clause"]), id=e["name"]) for e in LEDGER])
def test_ledger(entry):
    """ONNX Runtime still deviates as recorded, and what is read gives what the ledger says."""
    model = DEVIATING[entry["model"]]()
    graph = graph_of(model)
    x = np.array(entry["x"], graph.input.element).reshape(1, *graph.input.sample)
    assert entry["version"] == version("onnxruntime")
    theirs, ours = asked(model.SerializeToString(), x, int8=False), answer(network_of(graph), x)
    np.testing.assert_array_equal(theirs.reshape(-1), np.array(entry["peer_gives"], theirs.dtype))
    np.testing.assert_array_equal(ours.reshape(-1), np.array(entry["specification_gives"], ours.dtype))


@pytest.mark.parametrize("name", [name for name in DEVIATING if "between" in name])
def test_a_deviation_is_of_one_code(name):
    """Where ONNX Runtime computes in binary32, or adds another zero point, its codes are at most one away."""
    model = DEVIATING[name]()
    graph = graph_of(model)
    numbers = np.random.default_rng(5).integers(0, 256, (4000, *graph.input.sample))
    x = numbers.astype(graph.input.element) * graph.input.element.type(0.9 if graph.input.element == np.float32 else 1)
    step = 0.9 if graph.input.element == np.float32 else 1
    difference = asked(model.SerializeToString(), x, int8=False).astype(float) - answer(network_of(graph), x).astype(float)
    assert 0 < np.abs(difference).max() <= step * 1.001
    assert (difference != 0).mean() < 0.1
