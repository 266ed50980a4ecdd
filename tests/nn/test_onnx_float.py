"""ONNX models of floating-point numbers as layers: which layers they become, with which options, and what is refused."""

import numpy as np
import onnxruntime
import pytest
from onnx import numpy_helper

from refsim.nn.files import FloatNetwork, load_network, save_network
from refsim.nn.networks import predict
from refsim.nn.onnx import read
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_models import FLOAT, lenet, maker


def layers(model):
    """The kinds of a model's layers with the options that are given."""
    return [(layer.kind, dict(layer.options)) for layer in network_of(graph_of(model)).network.layers]


def theirs(model, x):
    """What ONNX Runtime gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]


def same(model, shape, seed=1):
    """Whether a model gives in binary32 what ONNX Runtime gives, within roundings."""
    x = np.random.default_rng(seed).normal(0, 1, (3, *shape)).astype(np.float32)
    found = network_of(graph_of(model))
    wanted = theirs(model, x)
    y = predict(found.network, found.parameters, x)
    np.testing.assert_allclose(y, wanted, rtol=2e-5, atol=2e-5)
    return y.dtype == np.float32


def one(type, *constants, shape=(2, 6, 6), **attributes):
    """A model of one node on images."""
    m = maker(1)
    names = ["" if value is None else m.constant(value) for value in constants]
    return m.model(m.node(type, "x", *names, **attributes), list(shape))


WINDOWS = {
    "stride": {"strides": [2, 1], "kernel_shape": [3, 2]},
    "padding of each side": {"pads": [1, 0, 0, 1], "kernel_shape": [2, 2]},
    "same, more below": {"auto_pad": "SAME_UPPER", "strides": [2, 2], "kernel_shape": [3, 2]},
    "same, more above": {"auto_pad": "SAME_LOWER", "strides": [1, 2], "kernel_shape": [2, 2]},
    "valid": {"auto_pad": "VALID", "kernel_shape": [3, 3]},
}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("type", ["MaxPool", "AveragePool"])
def test_pools(type, window):
    """Windows of pools, with a last place that begins on the image too."""
    for ceil in (0, 1):
        assert same(one(type, ceil_mode=ceil, **WINDOWS[window]), (2, 6, 6))


def test_a_pool_that_counts():
    """An average over the padding too, which a pad before it turns into padding as well."""
    assert same(one("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1), (2, 6, 6))
    m = maker(2)
    x = m.node("AveragePool", m.node("Pad", "x", m.constant(np.array([0, 0, 1, 0, 0, 0, 0, 1]))), kernel_shape=[2, 3])
    model = m.model(x, [2, 6, 6])
    assert same(model, (2, 6, 6))
    options = {"kernel": [2, 3], "stride": [1, 1], "padding": [1, 0, 0, 1], "count_padding": True}
    assert layers(model) == [("average_pool", options)]


@pytest.mark.parametrize("window", WINDOWS)
def test_convolutions(window):
    """Windows of convolutions, in groups, with and without a bias."""
    random = np.random.default_rng(3)
    shape = WINDOWS[window]["kernel_shape"]
    weights = random.normal(0, 1, (4, 1, *shape)).astype(np.float32)
    assert same(one("Conv", weights, group=2, **WINDOWS[window]), (2, 6, 6))
    assert same(one("Conv", weights, random.normal(0, 1, 4).astype(np.float32), group=2, **WINDOWS[window]), (2, 6, 6))


def test_transposed_convolutions():
    """Stride, padding, dilation, more rows and columns at the end, groups."""
    random = np.random.default_rng(4)
    weights = random.normal(0, 1, (2, 2, 3, 2)).astype(np.float32)
    given = {"strides": [2, 3], "pads": [1, 0, 0, 1], "output_padding": [1, 2]}
    assert same(one("ConvTranspose", weights, random.normal(0, 1, 2).astype(np.float32), **given), (2, 6, 6))
    assert same(one("ConvTranspose", weights, group=2, dilations=[2, 1], **given), (2, 6, 6))


@pytest.mark.parametrize("name", FLOAT)
def test_networks(name):
    """Whole networks, against ONNX Runtime."""
    graph = graph_of(FLOAT[name]())
    assert same(FLOAT[name](), graph.input.sample)


def test_kinds():
    """A network's layers, in order, with their names and options."""
    found = network_of(graph_of(lenet())).network
    assert [layer.kind for layer in found.layers] == [
        "conv2d", "relu", "max_pool", "conv2d", "relu", "average_pool", "flatten", "dense", "relu", "dense",
    ]  # fmt: skip
    assert found.layers[0].name == "conv0"
    assert found.layers[0].inputs == ("input",)
    assert found.layers[0].options["padding"] == [2, 2, 2, 2]
    assert found.input == (1, 16, 16)


@pytest.mark.parametrize(
    ("low", "high", "kind"), [(0, 6, "relu6"), (-1, 1, "hard_tanh"), (0, None, "relu"), (0, np.finfo(np.float32).max, "relu")]
)
def test_clip(low, high, kind):
    """The ranges that are activation functions, as inputs and, in old versions, as attributes."""
    limits = [None if n is None else np.float32(n) for n in (low, high)]
    assert layers(one("Clip", *limits)) == [(kind, {})]
    old = one("Clip", **{role: float(n) for role, n in (("min", low), ("max", high)) if n is not None})
    old.opset_import[0].version = 10
    assert layers(old) == [(kind, {})]


def test_a_matrix_takes_factors_in():
    """Factors of Gemm are multiplied into weights and bias; a product and a sum are one layer."""
    weights, bias = np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)
    found = network_of(graph_of(one("Gemm", weights, bias, shape=(2,), alpha=0.5, beta=2.0)))
    assert found.parameters["gemm0.weights"].tolist() == [[0.5, 0.5]] * 3
    assert found.parameters["gemm0.bias"].tolist() == [2.0] * 3
    m = maker(1)
    y = m.node("Add", m.constant(np.arange(3, dtype=np.float32)), m.node("MatMul", "x", m.constant(weights)))
    found = network_of(graph_of(m.model(y, [2])))
    assert [(layer.kind, layer.options) for layer in found.network.layers] == [("dense", {"outputs": 3, "bias": True})]
    assert found.parameters["matmul0.bias"].tolist() == [0.0, 1.0, 2.0]


def test_a_bias_is_not_taken_in_where_the_product_is_taken_twice():
    """A sum that would change what somebody else takes is a layer of its own."""
    m = maker(1)
    x = m.node("MatMul", "x", m.weights(4, 4))
    model = m.model(m.node("Add", m.node("Add", x, m.weights(4)), x), [4])
    assert [kind for kind, _ in layers(model)] == ["dense", "batch_norm", "add"]
    assert same(model, (4,))


def test_arithmetic_with_constants():
    """Constants for each channel are batch normalizations with nothing to normalize."""
    channels = np.array([[[2.0]], [[0.5]]], np.float32)
    for type in ("Add", "Sub", "Mul", "Div"):
        model = one(type, channels)
        assert layers(model) == [("batch_norm", {"epsilon": 0.0})]
        assert same(model, (2, 6, 6))


def test_transposed_images_become_flat():
    """The columns of the next matrix are in the order of channels, rows, columns."""
    m = maker(3)
    x = m.node("Transpose", m.node("Relu", "x"), perm=[0, 3, 1, 2])
    x = m.node("Squeeze", m.node("Unsqueeze", x, m.constant(np.array([1]))), m.constant(np.array([1])))
    x = m.node("Tanh", m.node("Flatten", x))
    model = m.model(m.node("Gemm", x, m.weights(24, 5)), [2, 3, 4])
    assert [kind for kind, _ in layers(model)] == ["relu", "tanh", "flatten", "dense"]
    assert same(model, (2, 3, 4))


def test_maxout():
    """The greatest of neighbouring channels."""
    m = maker(4)
    x = m.node("ReduceMax", m.node("Reshape", "x", m.constant(np.array([0, 2, 3, 2, 2]))), axes=[2], keepdims=0)
    model = m.model(x, [6, 2, 2])
    assert layers(model) == [("maxout", {"pieces": 3})]
    assert same(model, (6, 2, 2))


def test_averages_of_channels():
    """Both spellings; what keeps its axes, and what does not."""
    for keep, kinds in ((1, ["global_average_pool"]), (0, ["global_average_pool", "flatten"])):
        model = one("ReduceMean", axes=[2, 3], keepdims=keep)
        assert [kind for kind, _ in layers(model)] == kinds
        assert same(model, (2, 6, 6))


def test_the_number_of_samples():
    """It may be open or fixed; a shape may name it, or leave it to be found."""
    for samples, target in (("N", [-1, 72]), (3, [3, -1]), (3, [-1, 72]), ("N", [0, 72])):
        m = maker(5)
        model = m.model(m.node("Reshape", m.node("Relu", "x"), m.constant(np.array(target))), [2, 6, 6], samples=samples)
        assert [kind for kind, _ in layers(model)] == ["relu", "flatten"]
        assert same(model, (2, 6, 6))


def test_what_nobody_takes_is_left_out():
    """Layers that the result does not need, and identities, are no layers."""
    m = maker(6)
    x = m.node("Dropout", m.node("Identity", m.node("Relu", "x")))
    m.node("Frobnicate", m.node("Gemm", x, m.weights(4, 5)))
    found = network_of(graph_of(m.model(m.node("Tanh", x), [4])))
    assert [layer.kind for layer in found.network.layers] == ["relu", "tanh"]
    assert found.parameters == {}


def test_binary64():
    """A model of binary64 stays such."""
    m = maker(7)
    graph = m.model(m.node("Gemm", "x", m.constant(np.eye(3))), [3])
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.elem_type = 11
    found = network_of(graph_of(graph))
    assert predict(found.network, found.parameters, np.ones((1, 3))).dtype == np.float64


def test_files(tmp_path):
    """A network that is read can be written and read as one of ours."""
    (tmp_path / "a.onnx").write_bytes(FLOAT["residual"]().SerializeToString())
    found = read(tmp_path / "a.onnx")
    assert isinstance(found, FloatNetwork)
    save_network(tmp_path / "a.json", found)
    again = load_network(tmp_path / "a.json")
    x = np.random.default_rng(8).normal(0, 1, (2, 3, 8, 8)).astype(np.float32)
    assert (predict(again.network, again.parameters, x) == predict(found.network, found.parameters, x)).all()


def test_constants_are_computed():
    """Shapes and weights that a model computes by nodes of constants."""
    m = maker(9)
    weights = m.node(
        "Transpose", m.node("Reshape", m.constant(np.arange(12, dtype=np.float32)), m.constant(np.array([3, 4]))), perm=[1, 0]
    )
    weights = m.node("Slice", weights, m.constant(np.array([1])), m.constant(np.array([4])), m.constant(np.array([0])))
    weights = m.node("Cast", m.node("Cast", weights, to=6), to=1)
    bias = m.node(
        "Squeeze",
        m.node("ConstantOfShape", m.constant(np.array([1, 3])), value=numpy_helper.from_array(np.float32([2]))),
        m.constant(np.array([0])),
    )
    model = m.model(m.node("Gemm", "x", weights, bias), [3])
    assert same(model, (3,))
