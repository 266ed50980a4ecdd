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
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization.quant_utils import compute_scale_zp

from refsim.engine.array import as_array
from refsim.engine.networks import run
from refsim.engine.requantization import integers
from refsim.nn.calibration import Range
from refsim.nn.networks import INPUT, Layer, Network
from refsim.nn.quantization.affine_parameters import from_range
from refsim.nn.quantization.quantize import quantize
from refsim.spec.catalogue import get_format
from tests.nn.quantized_cases import affine, parameters_of, samples_of

from .test_onnxruntime_networks import Samples, asked

LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_quantization.toml").read_text())["deviation"]
ENDS = st.floats(-1000, 1000, width=32)


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
def test_symmetric_scales(reach, format):
    """Symmetric ones are equal: a quotient of binary32 that is rounded to binary64 first is rounded as if it were not."""
    if abs(reach) < 1e-30:
        return
    low, high = min(reach, 0.0), max(reach, 0.0)
    assert ours(low, high, format, symmetric=True) == theirs(low, high, format, symmetric=True)


@pytest.mark.parametrize("one", LEDGER, ids=lambda one: one["name"])
def test_ledger(one):
    """Each deviation is there, and as it is written down."""
    found = [f(one["low"], one["high"], one["format"], symmetric=one["symmetric"])[1] for f in (theirs, ours)]
    assert found == [one["peer_gives"], one["specification_gives"]]
    assert onnxruntime.__version__ == one["version"]


def network():
    """A network of the layers that ONNX Runtime has integer kernels for."""
    conv = {"kernels": 4, "kernel": [3, 3], "padding": [1, 1, 1, 1]}
    return Network(
        "joined",
        (2, 6, 6),
        (
            Layer("conv", "conv2d", (INPUT,), conv),
            Layer("act", "leaky_relu", ("conv",), {"slope": 0.25}),
            Layer("deep", "conv2d", ("act",), {**conv, "groups": 4}),
            Layer("sum", "add", ("deep", "act")),
            Layer("pool", "max_pool", ("sum",), {"kernel": [2, 2], "stride": [2, 2]}),
            Layer("last", "conv2d", ("pool",), {"kernels": 5, "kernel": [2, 2]}),
            Layer("mean", "global_average_pool", ("last",)),
            Layer("flat", "flatten", ("mean",)),
            Layer("dense", "dense", ("flat",), {"outputs": 4}),
        ),
    )


def float_model(parameters):
    """The same as an ONNX model in floating point."""
    held = [numpy_helper.from_array(value, name) for name, value in parameters.items()]

    def linear(type, source, name, **attributes):
        return helper.make_node(type, [source, f"{name}.weights", f"{name}.bias"], [name], name=name, **attributes)

    nodes = [
        linear("Conv", "x", "conv", pads=[1, 1, 1, 1]),
        helper.make_node("LeakyRelu", ["conv"], ["act"], alpha=0.25),
        linear("Conv", "act", "deep", pads=[1, 1, 1, 1], group=4),
        helper.make_node("Add", ["deep", "act"], ["sum"]),
        helper.make_node("MaxPool", ["sum"], ["pool"], kernel_shape=[2, 2], strides=[2, 2]),
        linear("Conv", "pool", "last"),
        helper.make_node("GlobalAveragePool", ["last"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        linear("Gemm", "flat", "dense", transB=1),
    ]
    ends = [helper.make_tensor_value_info(*one) for one in (("x", 1, ["N", 2, 6, 6]), ("dense", 1, ["N", 4]))]
    graph = helper.make_graph(nodes, "joined", ends[:1], ends[1:], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def quantized(folder, parameters, samples, activations, per):
    """The model that ONNX Runtime's static quantizer makes."""
    onnx.save(float_model(parameters), folder / "float.onnx")
    quantization.quantize_static(
        folder / "float.onnx",
        folder / "codes.onnx",
        Samples(samples),
        per_channel=per == "channel",
        activation_type=quantization.QuantType.from_string({"int8": "QInt8", "uint8": "QUInt8"}[activations]),
        weight_type=quantization.QuantType.QInt8,
        extra_options={"WeightSymmetric": True},
    )
    return onnx.load(folder / "codes.onnx")


def quarters(values):
    """The nearest multiples of a quarter."""
    return np.round(values * 4) / np.float32(4)


@pytest.mark.parametrize("activations", ["uint8", "int8"])
@pytest.mark.parametrize("per", ["channel", "tensor"])
@pytest.mark.parametrize("seed", [2, 3, 5])
def test_their_quantizer(tmp_path, activations, per, seed):
    """ONNX Runtime's quantizer, given the same samples, comes to the same scales, zero points, weights and biases; and run with
    its integer kernels, to the same result.

    All numbers are multiples of a quarter, so that both have exact sums in binary32 and see the same ranges. With other seeds
    ranges can be symmetric, as the one in the ledger.
    """
    parameters = {name: quarters(value) for name, value in parameters_of(network(), seed).items()}
    samples = quarters(samples_of(network(), 60))
    model = quantized(tmp_path, parameters, samples, activations, per)
    held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    scheme = affine(activations=activations, per=per, way="onnxruntime")
    made, tensors = quantize(network(), parameters, scheme, samples)
    for name in ("conv", "deep", "last", "dense"):
        np.testing.assert_array_equal(integers(tensors[f"{name}.weights"]), held[f"{name}.weights_quantized"], err_msg=name)
        np.testing.assert_array_equal(integers(tensors[f"{name}.bias"]), held[f"{name}.bias_quantized"], err_msg=name)
        assert integers(tensors[f"{name}.zero_point"]) == held[f"{name}_zero_point"]
    for ours, theirs in (("input", "x"), ("act.y", "act"), ("sum.y", "sum"), ("mean.y", "mean"), ("output/real", "dense")):
        scale, zero = (f"{ours}{'_' if '.' in ours else '.'}{part}" for part in ("scale", "zero_point"))
        assert tensors[scale].values() == held[f"{theirs}_scale"]
        assert integers(tensors[zero]) == held[f"{theirs}_zero_point"]
    x = samples_of(network(), 200, seed=seed + 10)
    np.testing.assert_array_equal(run(made, tensors, as_array(x)).values(), asked(model.SerializeToString(), x))
