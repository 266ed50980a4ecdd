"""ONNX Runtime's own quantizer and its kernels against the affine schemes: scales, zero points, codes, and whole networks.

It is an implementation of its own, from the numbers of a calibration to the codes of a result.
"""

import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization.quant_utils import compute_scale_zp

from refsim.engine.array import as_array
from refsim.engine.networks import trace
from refsim.engine.requantization import integers
from refsim.nn.calibration import Range
from refsim.nn.networks import INPUT, Layer, Network
from refsim.nn.quantization.affine_parameters import from_range
from refsim.nn.quantization.quantize import quantize
from refsim.spec.catalogue import get_format
from tests.nn.quantized_cases import affine, parameters_of, samples_of

LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_quantization.toml").read_text())["deviation"]
ENDS = st.floats(-1000, 1000, width=32)
WEIGHTED = {"conv2d": "Conv", "dense": "Gemm"}


def theirs(low, high, format, *, symmetric):
    """The scale and the zero point of a range by ONNX Runtime."""
    dtype = np.dtype(format)
    info = np.iinfo(dtype)
    least = np.array(info.min + symmetric, dtype)
    zero, scale = compute_scale_zp(np.float32(low), np.float32(high), least, np.array(info.max, dtype), symmetric)
    return np.float32(scale), int(zero)


def ours(low, high, format, *, symmetric):
    """The same of the schemes."""
    found = from_range(Range(low, high), get_format(format), symmetric=symmetric, power_of_two_scale=False)
    return np.float32(float(found.value)), found.zero_point


@given(ENDS, ENDS, st.sampled_from(["int8", "uint8", "int16", "uint16"]))
def test_scales_of_ranges(a, b, format):
    """Scales are equal, and so are zero points but where they are near the middle between two integers."""
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    (scale, zero), (their_scale, their_zero) = (one(low, high, format, symmetric=False) for one in (ours, theirs))
    if high - low < 1e-30:
        return
    assert scale == their_scale
    exact = -Fraction(low) / (Fraction(high) - Fraction(low)) * (2 ** int(format.strip("uint")) - 1)
    if abs(exact % 1 - Fraction(1, 2)) > Fraction(1, 10**6):
        assert zero == their_zero
    assert abs(zero - their_zero) <= 1


@given(ENDS, st.sampled_from(["int8", "int16"]))
@example(1.0, "int8")
def test_symmetric_scales(reach, format):
    """Symmetric ones are equal but for the last place, as they are divided in binary64 first there."""
    if abs(reach) < 1e-30:
        return
    low, high = min(reach, 0.0), max(reach, 0.0)
    (scale, zero), (their_scale, their_zero) = (one(low, high, format, symmetric=True) for one in (ours, theirs))
    assert zero == their_zero == 0
    assert their_scale in {np.nextafter(scale, np.float32(0)), scale, np.nextafter(scale, np.float32(np.inf))}


@pytest.mark.parametrize("one", LEDGER, ids=lambda one: one["name"])
def test_ledger(one):
    """Each deviation is there, and as it is written down."""
    found = [f(one["low"], one["high"], one["format"], symmetric=one["symmetric"])[1] for f in (theirs, ours)]
    assert found == [one["peer_gives"], one["specification_gives"]]
    assert onnxruntime.__version__ == one["version"]


def chain():
    """A convolution of two channels, an activation, and a dense layer of what it gives."""
    return Network(
        "chain",
        (2, 5, 5),
        (
            Layer("conv", "conv2d", (INPUT,), {"kernels": 3, "kernel": [3, 3], "padding": [1, 1, 1, 1]}),
            Layer("act", "leaky_relu", ("conv",), {"slope": 0.25}),
            Layer("flat", "flatten", ("act",)),
            Layer("dense", "dense", ("flat",), {"outputs": 4}),
        ),
    )


def float_model(parameters):
    """The same as an ONNX model in floating point."""
    constants = {name.replace(".", "_"): value for name, value in parameters.items()}
    nodes = [
        helper.make_node("Conv", ["x", "conv_weights", "conv_bias"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("LeakyRelu", ["conv"], ["act"], alpha=0.25),
        helper.make_node("Flatten", ["act"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense_weights", "dense_bias"], ["dense"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2, 5, 5])],
        [helper.make_tensor_value_info("dense", TensorProto.FLOAT, [None, 4])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


class Reader(quantization.CalibrationDataReader):
    """Samples one by one."""

    def __init__(self, samples):
        self.left = iter(samples[:, None])

    def get_next(self):
        sample = next(self.left, None)
        return None if sample is None else {"x": sample}


@pytest.mark.parametrize("activations", ["uint8", "int8"])
@pytest.mark.parametrize("per", ["channel", "tensor"])
def test_their_quantizer(tmp_path, activations, per):
    """ONNX Runtime's static quantizer, given the same samples, comes to the same scales, zero points, weights and biases."""
    network = chain()
    parameters, samples = parameters_of(network), samples_of(network, 40)
    onnx.save(float_model(parameters), tmp_path / "float.onnx")
    quantization.quantize_static(
        tmp_path / "float.onnx",
        tmp_path / "codes.onnx",
        Reader(samples),
        per_channel=per == "channel",
        activation_type=getattr(quantization.QuantType, f"Q{activations[:-4].capitalize().replace('i', 'I')}{activations[-4:].capitalize()}".replace("QInt8", "QInt8")),
        weight_type=quantization.QuantType.QInt8,
        extra_options={"WeightSymmetric": True},
    )
    held = {one.name: numpy_helper.to_array(one) for one in onnx.load(tmp_path / "codes.onnx").graph.initializer}
    made, tensors = quantize(network, parameters, affine(activations=activations, per=per), samples)
    assert len(made.nodes) > 4
    assert tensors["input.scale"].values() == held["x_scale"]
    assert integers(tensors["input.zero_point"]) == held["x_zero_point"]
    for name in ("conv", "dense"):
        np.testing.assert_array_equal(integers(tensors[f"{name}.weights"]), held[f"{name}_weights_quantized"])
        np.testing.assert_array_equal(integers(tensors[f"{name}.bias"]), held[f"{name}_bias_quantized"])
        assert integers(tensors[f"{name}.zero_point"]) == held[f"{name}_zero_point"]
    assert tensors["act.y_scale"].values() == held["act_scale"]
    assert tensors["output.scale"].values() == held["dense_scale"]


def joined():
    """A network with everything that ONNX Runtime has integer kernels for."""
    conv = {"kernels": 4, "kernel": [3, 3], "padding": [1, 1, 1, 1]}
    return Network(
        "joined",
        (3, 6, 6),
        (
            Layer("conv1", "conv2d", (INPUT,), conv),
            Layer("act1", "relu", ("conv1",)),
            Layer("conv2", "conv2d", ("act1",), {**conv, "groups": 4, "bias": False}),
            Layer("sum", "add", ("conv2", "act1")),
            Layer("act2", "relu", ("sum",)),
            Layer("pool", "max_pool", ("act2",), {"kernel": [2, 2], "stride": [2, 2]}),
            Layer("conv3", "conv2d", ("pool",), {"kernels": 5, "kernel": [2, 2], "stride": [1, 1]}),
            Layer("mean", "global_average_pool", ("conv3",)),
            Layer("flat", "flatten", ("mean",)),
            Layer("dense", "dense", ("flat",), {"outputs": 4}),
        ),
    )


class Kernels:
    """An ONNX model of integer kernels, from what a network of codes has."""

    def __init__(self, tensors):
        self.tensors, self.nodes, self.constants, self.known = tensors, [], {}, {}

    def constant(self, name, values, dtype):
        self.constants[name] = np.asarray(values).astype(dtype)
        return name

    def linear(self, layer, source, dtype, **attributes):
        """A convolution or a dense layer, which is given the scales of weights as they are here."""
        scales = self.known[source]
        weights = integers(self.tensors[f"{layer.name}.weights"])
        # The scale of the weights is not among the parameters: it follows from that of the requantization, which is to be equal.
        names = [
            source,
            *scales,
            self.constant(f"{layer.name}_w", weights, np.int8),
            self.constant(f"{layer.name}_ws", self.weights_scale[layer.name], np.float32),
            self.constant(f"{layer.name}_wz", np.zeros(len(self.weights_scale[layer.name])), np.int8),
        ]
        y = self.result(layer.name, self.results[layer.name], dtype)
        bias = self.tensors.get(f"{layer.name}.bias")
        held = [] if bias is None else [self.constant(f"{layer.name}_b", integers(bias), np.int32)]
        if layer.kind == "conv2d":
            self.nodes.append(helper.make_node("QLinearConv", [*names, *y, *held], [layer.name], **attributes))
        else:
            gemm = [*names, *(held or [""]), *y]
            self.nodes.append(helper.make_node("QGemm", gemm, [layer.name], domain="com.microsoft", transB=1))

    def result(self, name, of, dtype):
        scale, zero = of
        self.known[name] = (self.constant(f"{name}_s", scale, np.float32), self.constant(f"{name}_z", zero, dtype))
        return self.known[name]
