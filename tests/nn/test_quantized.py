"""Quantized passes: Algorithm 1 and the equations of retraining written out in plain NumPy, and the golden trace."""

import numpy as np
import pytest

from refsim.nn.layers.kind import INFERENCE, Mode
from refsim.nn.losses import softmax_cross_entropy
from refsim.nn.networks import INPUT, Layer, Network, initial_parameters
from refsim.nn.networks import predict as predict_in_floats
from refsim.nn.training.methods import Batch
from refsim.nn.training.quantized import (
    Scheme,
    always,
    calibrated,
    hooks,
    learn,
    never,
    predict,
    quantized_parameters,
    weight_scales,
)
from refsim.nn.training.quantizers import levels, linear, logarithmic, projected
from refsim.vectors.networks_retraining import retraining_trace

from ..spec import plain_retraining as plain

PERCEPTRON = Network(
    "perceptron",
    (6,),
    (
        Layer("one", "dense", (INPUT,), {"outputs": 5}),
        Layer("relu1", "relu", ("one",)),
        Layer("two", "dense", ("relu1",), {"outputs": 4}),
        Layer("relu2", "relu", ("two",)),
        Layer("three", "dense", ("relu2",), {"outputs": 3}),
    ),
)
NAMES = ("one", "two", "three")


def drawn(seed=0, dtype=np.float64):
    """Parameters, samples and labels."""
    random = np.random.default_rng(seed)
    parameters = {name: value + 0.1 for name, value in initial_parameters(PERCEPTRON, seed, dtype).items()}
    return parameters, random.standard_normal((7, 6)).astype(dtype), random.integers(0, 3, 7)


def log_quant(x, bits, *, signed):
    """LogQuant at the least full scale that holds the greatest magnitude."""
    full_scale = np.rint(np.log2(np.abs(x).max())) + 1
    with np.errstate(divide="ignore"):
        exponent = np.rint(np.log2(np.abs(x)))
    least = full_scale - 2 ** (bits - signed)
    return np.where(exponent <= least, 0, np.exp2(np.minimum(exponent, full_scale - 1))) * np.sign(x)


def softmax_error(y, t):
    """The gradient of the mean cross-entropy."""
    e = np.exp(y - y.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - np.eye(y.shape[1])[t]) / len(y)


LOG = Scheme(logarithmic(5, signed=True), logarithmic(4), logarithmic(5, signed=True), every=1)


def run(parameters, scheme, scales, batch, anew):
    """The passes of a training step."""
    return learn(PERCEPTRON, parameters, scheme, scales, batch, softmax_cross_entropy, Mode(training=True), anew)


def test_algorithm_1():
    """Miyashita's training step: 4 bits for activations, 5 for weights and for gradients, all logarithmic."""
    parameters, x, t = drawn()
    wq = {name: log_quant(parameters[f"{name}.weights"], 5, signed=True) for name in NAMES}
    aq, nets = [x], []
    for name in NAMES:
        nets.append(aq[-1] @ wq[name].T + parameters[f"{name}.bias"])
        aq.append(log_quant(np.maximum(nets[-1], 0), 4, signed=False))
    g, expected = softmax_error(nets[-1], t), {}
    for i, name in reversed(list(enumerate(NAMES))):
        gq = log_quant(g if i == 2 else g * (nets[i] > 0), 5, signed=True)
        expected[f"{name}.weights"], expected[f"{name}.bias"] = gq.T @ aq[i], gq.sum(axis=0)
        g = gq @ wq[name]
    found = run(parameters, LOG, {}, Batch(x, t), always)
    assert found.gradients.keys() == expected.keys()
    for name, one in expected.items():
        assert np.allclose(found.gradients[name], one, rtol=1e-12, atol=1e-15), name
    assert set(found.scales) == {
        *(f"weights/{name}.weights" for name in NAMES),
        "activations/relu1",
        "activations/relu2",
        *(f"gradients/{name}" for name in NAMES),
    }
    assert found.scales["weights/one.weights"] == np.rint(np.log2(np.abs(parameters["one.weights"]).max())) + 1


def test_gradients_in_floats():
    """Without a quantizer of gradients they stay as they are, and only then is their sum over the samples exact."""
    parameters, x, t = drawn()
    scheme = Scheme(linear(5, signed=True), linear(4))
    found = run(parameters, scheme, {}, Batch(x, t), always)
    scales = found.scales
    quantized = quantized_parameters(PERCEPTRON, parameters, scheme, scales)
    y = predict(PERCEPTRON, parameters, scheme, scales, x)
    assert np.allclose(found.gradients["three.bias"], softmax_error(y, t).sum(axis=0))
    assert not any(name.startswith("gradients/") for name in scales)
    for name in NAMES:
        step = 2.0 ** (scales[f"weights/{name}.weights"][0] - 4)
        assert np.array_equal(np.rint(quantized[f"{name}.weights"] / step) * step, quantized[f"{name}.weights"])
        assert quantized[f"{name}.bias"] is parameters[f"{name}.bias"]


@pytest.mark.clause("retraining/gradient", "retraining/mean", "retraining/backward", "retraining/activation")
@pytest.mark.parametrize("count", [3, 7])
def test_the_golden_trace(count):
    """In the host's binary32 the gradients of a retraining step are those of the specification, but for the order of sums."""
    trace = retraining_trace(count, None)["layers"]
    layers = []
    for i, layer in enumerate(trace):
        layers.append(Layer(f"d{i}", "dense", (layers[-1].name if layers else INPUT,), {"outputs": layer["codes"]["shape"][0]}))
        layers += [Layer(f"r{i}", "relu", (f"d{i}",))] if i < len(trace) - 1 else []
    network = Network("trace", (trace[0]["codes"]["shape"][1],), tuple(layers))
    parameters = {
        f"d{i}.{what}": plain.numbers(layer["before"][what]["value"])
        for i, layer in enumerate(trace)
        for what in ("weights", "bias")
    }
    scheme, samples = Scheme(levels(count)), plain.numbers(trace[0]["x"])
    scales = weight_scales(network, parameters, scheme)
    for i, layer in enumerate(trace):
        assert np.float32(scales[f"weights/d{i}.weights"][0]).view(np.uint32) == int(layer["before"]["step"]["code"], 16)
    labels = np.arange(len(samples)) % 3
    found = learn(network, parameters, scheme, scales, Batch(samples, labels), softmax_cross_entropy, INFERENCE, never)
    for i, layer in enumerate(trace):
        for what in ("weights", "bias"):
            expected = plain.numbers(layer["weight_gradient" if what == "weights" else "bias_gradient"])
            assert np.allclose(found.gradients[f"d{i}.{what}"], expected, rtol=1e-5, atol=1e-7)


def test_scales_that_are_kept():
    """Scales that are given are used, whatever the numbers are, and come back."""
    parameters, x, t = drawn()
    first = run(parameters, LOG, {}, Batch(x, t), always)
    doubled = {name: value * 8 for name, value in parameters.items()}
    kept, fresh = (run(doubled, LOG, first.scales, Batch(x, t), anew) for anew in (never, always))
    assert kept.scales == first.scales
    assert fresh.scales["weights/one.weights"] == first.scales["weights/one.weights"] + 3
    top = 2.0 ** (first.scales["weights/one.weights"][0] - 1)
    assert np.abs(quantized_parameters(PERCEPTRON, doubled, LOG, kept.scales)["one.weights"]).max() == top


def test_clipping():
    """Where an activation is past the last level its gradient ends; without ``clip`` it goes on."""
    parameters, x, t = drawn()
    for clip in (False, True):
        scheme = Scheme(activations=projected("uq0.3/ties_to_even/saturate"), clip=clip)
        watching = hooks(PERCEPTRON, scheme, {"activations/relu1": np.zeros(1)}, never)
        y = np.array([[0.0, 0.5, 0.875, 0.876, 7]])
        assert watching.forward("relu1", y).tolist() == [[0, 0.5, 0.875, 0.875, 0.875]]
        assert watching.forward("two", y) is y
        assert watching.backward("relu1", np.ones((1, 5))).tolist() == [[1, 1, 1, *([0, 0] if clip else [1, 1])]]
        assert run(parameters, scheme, {}, Batch(x, t), always).loss > 0


def test_where():
    """The results of activation functions, those that are named, and never those that are left out."""
    scheme = Scheme(linear(4), linear(4), linear(4))
    assert scheme.watched(PERCEPTRON) == ["relu1", "relu2"]
    assert scheme.passed(PERCEPTRON) == ["one", "two", "three"]
    assert Scheme(linear(4), linear(4), but=("one", "relu1")).weighted(PERCEPTRON) == ["two.weights", "three.weights"]
    assert Scheme(activations=linear(4), at=(INPUT, "relu1"), but=("relu1",)).watched(PERCEPTRON) == [INPUT]
    assert Scheme().watched(PERCEPTRON) == Scheme().passed(PERCEPTRON) == Scheme().weighted(PERCEPTRON) == []
    with pytest.raises(ValueError, match=r"^the network perceptron has no layer 'relu9' to quantize$"):
        Scheme(activations=linear(4), at=("relu9",)).watched(PERCEPTRON)


def test_calibration():
    """Scales from samples, each layer seeing quantized results of those before; a prediction needs them."""
    parameters, x, _ = drawn()
    scheme = Scheme(levels(3), linear(4, choice="percentile:90"), at=(INPUT, "relu1", "relu2"))
    with pytest.raises(ValueError, match=r"^the weights of one\.weights have no scale yet: train, or calibrate$"):
        predict(PERCEPTRON, parameters, scheme, {}, x)
    weights = weight_scales(PERCEPTRON, parameters, scheme)
    with pytest.raises(ValueError, match=r"^the activations of input have no scale yet"):
        predict(PERCEPTRON, parameters, scheme, weights, x)
    found = calibrated(PERCEPTRON, parameters, scheme, x)
    assert scheme.activations is not None
    aq = scheme.activations(x, found["activations/input"])
    assert found["activations/input"] == scheme.activations.find(x)
    w = scheme.weights(parameters["one.weights"], found["weights/one.weights"])
    assert found["activations/relu1"] == scheme.activations.find(np.maximum(aq @ w.T + parameters["one.bias"], 0))
    predict(PERCEPTRON, parameters, scheme, found, x)


def test_nothing_quantized():
    """An empty scheme is the network itself."""
    parameters, x, _ = drawn(dtype=np.float32)
    made = predict(PERCEPTRON, parameters, Scheme(), {}, x)
    assert made.dtype == np.float32
    assert np.array_equal(made, predict_in_floats(PERCEPTRON, parameters, x))
