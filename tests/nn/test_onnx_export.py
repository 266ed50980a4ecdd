"""Networks in floating point as ONNX models: taken elsewhere they give the same, and read back they are the same."""

import numpy as np
import onnx
import onnxruntime
import pytest

from refsim.nn.files import FloatNetwork
from refsim.nn.networks import INPUT, Layer, Network, initial_parameters, predict
from refsim.nn.onnx import read
from refsim.nn.onnx.export import EXPORTED, OPSET, model_of, save_onnx
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of

IMAGE, VECTOR = (4, 6, 6), (6,)
CONVOLUTION = {"kernels": 4, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 2, 0, 1]}
LAYERS = {
    "dense": (VECTOR, "dense", {"outputs": 3}),
    "dense without a bias": (VECTOR, "dense", {"outputs": 3, "bias": False}),
    "dense along the last axis": ((2, 6), "dense", {"outputs": 3}),
    "conv2d": (IMAGE, "conv2d", {**CONVOLUTION, "dilation": [2, 1], "groups": 2}),
    "conv2d without a bias": (IMAGE, "conv2d", {**CONVOLUTION, "bias": False}),
    "conv_transpose2d": (IMAGE, "conv_transpose2d", {**CONVOLUTION, "output_padding": [1, 0], "groups": 2}),
    "max_pool": (IMAGE, "max_pool", {"kernel": [3, 2], "stride": [2, 1], "padding": [1, 2, 0, 1]}),
    "average_pool": (IMAGE, "average_pool", {"kernel": [3, 2], "stride": [2, 1], "padding": [1, 2, 0, 1]}),
    "average_pool that counts": (
        IMAGE,
        "average_pool",
        {"kernel": [2, 2], "stride": [2, 2], "padding": [1, 1, 1, 1], "count_padding": True},
    ),
    "global_average_pool": (IMAGE, "global_average_pool", {}),
    "batch_norm": (IMAGE, "batch_norm", {"epsilon": 0.001, "momentum": 0.25}),
    "batch_norm of vectors": (VECTOR, "batch_norm", {}),
    "upsample": (IMAGE, "upsample", {"factor": [2, 3]}),
    "flatten": (IMAGE, "flatten", {}),
    "maxout": (VECTOR, "maxout", {"pieces": 3}),
    "maxout of images": (IMAGE, "maxout", {"pieces": 2}),
    "relu": (IMAGE, "relu", {}),
    "relu6": (IMAGE, "relu6", {}),
    "leaky_relu": (IMAGE, "leaky_relu", {"slope": 0.125}),
    "sigmoid": (IMAGE, "sigmoid", {}),
    "hard_sigmoid": (IMAGE, "hard_sigmoid", {}),
    "tanh": (IMAGE, "tanh", {}),
    "hard_tanh": (IMAGE, "hard_tanh", {}),
    "softmax": (VECTOR, "softmax", {}),
    "softmax of images": (IMAGE, "softmax", {}),
}
"""Layers that are read back as they were."""
OTHERS = {
    "hard_sigmoid_dpu": (IMAGE, "hard_sigmoid_dpu", {}),
    "dropout": (VECTOR, "dropout", {"keep": 0.5}),
    "dropout that is not inverted": (VECTOR, "dropout", {"keep": 0.75, "inverted": False}),
}
"""Layers that are read back as others that give the same."""


def made(shape, kind, options, dtype=np.float32):
    """A network with a layer between two others, and random parameters, those of batch normalizations too."""
    layers = (Layer("first", "tanh", (INPUT,)), Layer("one", kind, ("first",), options), Layer("last", "relu", ("one",)))
    network = Network("made", shape, layers)
    random = np.random.default_rng(1)
    parameters = {
        name: (random.uniform(0.5, 2, value.shape) if "." in name and "variance" in name else random.normal(0, 1, value.shape))
        for name, value in initial_parameters(network, 1).items()
    }
    return FloatNetwork(network, {name: np.asarray(value, dtype) for name, value in parameters.items()})


def samples(shape, dtype=np.float32):
    """Random samples, large ones too."""
    return (np.random.default_rng(2).normal(0, 4, (5, *shape))).astype(dtype)


def theirs(model, x):
    """What ONNX Runtime gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"input": x})[0]


@pytest.mark.parametrize("name", [*LAYERS, *OTHERS])
def test_elsewhere_it_gives_the_same(name):
    """ONNX's checker takes the model, and ONNX Runtime gives what the network gives, within roundings."""
    shape, kind, options = {**LAYERS, **OTHERS}[name]
    found = made(shape, kind, options)
    model, x = model_of(found), samples(shape)
    onnx.checker.check_model(model, full_check=True)
    y = predict(found.network, found.parameters, x)
    np.testing.assert_allclose(theirs(model, x), y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_it_is_read_back(name):
    """Kinds, options and parameters are as they were, and so are the results, bit by bit."""
    shape, kind, options = LAYERS[name]
    found = made(shape, kind, options)
    again, x = network_of(graph_of(model_of(found))), samples(shape)
    assert [layer.kind for layer in again.network.layers] == [layer.kind for layer in found.network.layers]
    for a, b in zip(again.network.layers, found.network.layers, strict=True):
        assert {key: pytest.approx(value) for key, value in b.all_options.items()} == a.all_options
    assert sorted(value.tobytes() for value in again.parameters.values()) == sorted(
        value.tobytes() for value in found.parameters.values()
    )
    y = predict(found.network, found.parameters, x)
    assert np.array_equal(predict(again.network, again.parameters, x), y) or kind == "batch_norm"
    np.testing.assert_allclose(predict(again.network, again.parameters, x), y, rtol=1e-6)


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_read_as_what_gives_the_same(name):
    """The same results from other layers."""
    shape, kind, options = OTHERS[name]
    found = made(shape, kind, options)
    again, x = network_of(graph_of(model_of(found))), samples(shape)
    np.testing.assert_allclose(
        predict(again.network, again.parameters, x), predict(found.network, found.parameters, x), rtol=1e-6, atol=1e-6
    )


def test_joins():
    """Sums of two and of three, and results beside each other."""
    layers = (
        Layer("a", "relu", (INPUT,)),
        Layer("b", "tanh", (INPUT,)),
        Layer("two", "add", ("a", "b")),
        Layer("three", "add", ("a", "b", "two")),
        Layer("all", "concat", ("two", "three")),
    )
    found, x = FloatNetwork(Network("joins", IMAGE, layers), {}), samples(IMAGE)
    y = predict(found.network, {}, x)
    np.testing.assert_allclose(theirs(model_of(found), x), y, rtol=1e-6)
    again = network_of(graph_of(model_of(found)))
    assert np.array_equal(predict(again.network, {}, x), y)


def test_every_kind_is_shown():
    """No kind is exported without a test."""
    shown = {kind for _, kind, _ in (*LAYERS.values(), *OTHERS.values())} | {"add", "concat"}
    assert shown == set(EXPORTED)


def test_files(tmp_path):
    """A file is written whole, in binary32 or binary64, with an open number of samples, and read back."""
    for dtype in (np.float32, np.float64):
        found = made(VECTOR, "dense", {"outputs": 3}, dtype)
        save_onnx(tmp_path / "a.onnx", found)
        model = onnx.load(tmp_path / "a.onnx")
        assert model.opset_import[0].version == OPSET
        assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "samples"
        again, x = read(tmp_path / "a.onnx"), samples(VECTOR, dtype)
        y = predict(again.network, again.parameters, x)
        assert y.dtype == dtype
        assert np.array_equal(y, predict(found.network, found.parameters, x))
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]


def test_types():
    """Parameters of several types are refused."""
    found = made(VECTOR, "dense", {"outputs": 3})
    mixed = {**found.parameters, "one.bias": found.parameters["one.bias"].astype(np.float64)}
    with pytest.raises(ValueError, match="all binary32 or all binary64, not float32, float64"):
        model_of(FloatNetwork(found.network, mixed))
