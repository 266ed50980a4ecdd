"""Operands in formats: a step by hand, formats that change nothing, and digits learned with eight bits."""

import numpy as np
import pytest

from refsim.engine.encode import encode
from refsim.nn.families.perceptrons import mlp
from refsim.nn.losses import mean_squared_error, softmax_cross_entropy
from refsim.nn.networks import INPUT, Layer, Network, initial_parameters
from refsim.nn.training.baseline import baseline
from refsim.nn.training.methods import At, Batch
from refsim.nn.training.optimizers import sgd
from refsim.nn.training.projected import Formats, in_formats, project, projected
from refsim.spec.projection import Projection

E4M3 = Projection("float8_e4m3fn", "ties_to_even", "saturate")
E5M2 = Projection("float8_e5m2", "ties_to_even", "saturate")
BF16 = Projection("bfloat16", "ties_to_even", "infinity")
TWO = Network(
    "two",
    (2,),
    (
        Layer("first", "dense", (INPUT,), {"outputs": 2}),
        Layer("act", "relu", ("first",), {}),
        Layer("last", "dense", ("act",), {"outputs": 1}),
    ),
)
AT = At(0, 0, 1, 0.5, 0.0)


def parameters():
    """Of the network of two layers; numbers that no narrow format has."""
    weights = {"first.weights": [[0.3, -0.7], [1.1, 0.2]], "first.bias": [0.05, 0], "last.weights": [[0.9, -0.4]]}
    return {name: np.array(x, np.float32) for name, x in {**weights, "last.bias": [0.1]}.items()}


def step(method, network, state, x, t):
    """A step without random numbers."""
    return method.step(network, state, Batch(x, t), AT, np.random.default_rng(0))


def test_by_hand():
    """Every operand of a product is in its format, nothing else is, and the masters are moved along those gradients."""
    formats = Formats(E4M3, BF16, E5M2, None, 4.0)
    method = projected(formats, sgd(), mean_squared_error)
    x, t = np.array([[0.7, 0.33], [-0.2, 1.5]], np.float32), np.array([[0.5], [-0.25]], np.float32)
    state, loss = step(method, TWO, method.start(TWO, parameters()), x, t)
    p = {name: value.astype(np.float32) for name, value in parameters().items()}
    w1, w2, x0 = project(p["first.weights"], E4M3), project(p["last.weights"], E4M3), project(x, BF16)
    hidden = np.maximum(x0 @ w1.T + p["first.bias"], 0)
    h = project(hidden, BF16)
    y = h @ w2.T + p["last.bias"]
    g2 = project((y - t) * np.float32(2 / 2 * 4), E5M2)
    g1 = project((g2 @ w2) * (hidden > 0), E5M2)
    expected = {
        "last.weights": g2.T @ h / 4,
        "last.bias": g2.sum(axis=0) / 4,
        "first.weights": g1.T @ x0 / 4,
        "first.bias": g1.sum(axis=0) / 4,
    }
    assert loss == pytest.approx(float(((y - t) ** 2).mean()))
    for name, gradient in expected.items():
        assert np.array_equal(state[f"parameters/{name}"], p[name] - np.float32(0.5) * gradient.astype(np.float32))
    moved = {name: value.astype(np.float32) for name, value in method.parameters(TWO, state).items()}
    h = project(np.maximum(x0 @ project(moved["first.weights"], E4M3).T + moved["first.bias"], 0), BF16)
    predicted = h @ project(moved["last.weights"], E4M3).T + moved["last.bias"]
    assert np.array_equal(method.predict(TWO, state, x), predicted)


def test_masters_in_a_format():
    """Masters in bfloat16 are in bfloat16 from the start on, biases too."""
    method = projected(Formats(None, None, None, BF16, 1.0), sgd(), mean_squared_error)
    state = method.start(TWO, parameters())
    for _ in range(2):
        for name, given in parameters().items():
            value = state[f"parameters/{name}"]
            assert value.dtype == given.dtype
            assert np.array_equal(encode(value, BF16).values(), value)
        state, _ = step(method, TWO, state, np.array([[0.7, 0.33]], np.float32), np.array([[0.5]], np.float32))


def test_without_formats():
    """Where everything stays as it is the method is the baseline, and a loss multiplied by a power of two changes nothing."""
    network = mlp(hidden=(9,))
    x, t = np.random.default_rng(0).random((6, 1, 8, 8), np.float32), np.arange(6) % 10
    plain = baseline(sgd(), softmax_cross_entropy)
    found, _ = step(plain, network, plain.start(network, initial_parameters(network, 1)), x, t)
    for formats in (Formats(None, None, None, None, 1.0), Formats(None, None, None, None, 1024.0)):
        method = projected(formats, sgd(), softmax_cross_entropy)
        made, _ = step(method, network, method.start(network, initial_parameters(network, 1)), x, t)
        assert all(np.array_equal(found[name], made[name]) for name in found)


def digits_learned(method):
    """The share of digits that are told after a short training."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 slow

    data, network = load_digits(), mlp(hidden=(48,))
    order = np.random.default_rng(0).permutation(len(data.target))
    x, t = (data.data / 16).astype(np.float32).reshape(-1, 1, 8, 8)[order], data.target[order]
    state = method.start(network, initial_parameters(network, 1))
    for epoch in range(8):
        for i in range(28):
            chosen = slice(i * 50, (i + 1) * 50)
            at = At(epoch, i, 28, 0.1, 0.9)
            state, _ = method.step(network, state, Batch(x[chosen], t[chosen]), at, np.random.default_rng(0))
    return (method.predict(network, state, x[1400:]).argmax(axis=1) == t[1400:]).mean()


@pytest.mark.parametrize(("scale", "masters"), [(1.0, "none"), (256.0, "none"), (256.0, "bfloat16/ties_to_even/infinity")])
def test_digits_with_eight_bits(scale, masters):
    """float8_e4m3fn forward and float8_e5m2 back learn the digits."""
    assert digits_learned(in_formats(scale=scale, masters=masters)) > 0.94


def test_names():
    """Two methods with different formats have different names; scales, projections, optimizers and losses are checked."""
    assert in_formats().name != in_formats(masters="bfloat16/ties_to_even/infinity").name
    assert in_formats(scale=2).name != in_formats().name
    with pytest.raises(ValueError, match="multiplied by a positive number, not by 0"):
        in_formats(scale=0)
    with pytest.raises(ValueError, match="float9"):
        in_formats(weights="float9/ties_to_even/saturate")
    with pytest.raises(ValueError, match="the optimizer sgd has no option 'beta'"):
        in_formats(beta=0.9)
