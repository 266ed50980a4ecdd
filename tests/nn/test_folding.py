"""Folding: the same results with fewer layers, what is refused, and what stays."""

import numpy as np
import pytest

from refsim.nn.families import build
from refsim.nn.folding import fold, fold_batch_norm, remove_dropout, shared
from refsim.nn.networks import Layer, Network, initial_parameters, predict


def drawn(network, dtype=np.float64):
    """Parameters that are none of them special, variances positive."""
    random = np.random.default_rng(4)
    shapes = network.parameter_shapes().items()
    found = {name: random.normal(0.1, 0.5, shape) for name, shape in shapes}
    return {name: (np.abs(p) + 0.25 if name.endswith("variance") else p).astype(dtype) for name, p in found.items()}


def stacked(shape, *layers):
    """A network of layers in a row, each a kind and its options."""
    names = ["input", *(f"{kind}{i}" for i, (kind, _) in enumerate(layers))]
    return Network(
        "n", shape, tuple(Layer(names[i + 1], kind, (names[i],), options) for i, (kind, options) in enumerate(layers))
    )


NORM, HALF = ("batch_norm", {"epsilon": 0.125}), ("dropout", {"keep": 0.5})
CONV = {"kernels": 4, "kernel": [2, 2]}
NETWORKS = {
    "dense": stacked((3,), ("dense", {"outputs": 4}), NORM, ("relu", {})),
    "no bias": stacked((3,), ("dense", {"outputs": 4, "bias": False}), NORM),
    "grouped": stacked((4, 5, 5), ("conv2d", {**CONV, "groups": 2, "stride": [2, 1]}), NORM),
    "transposed": stacked(
        (4, 3, 3), ("conv_transpose2d", {**CONV, "kernels": 6, "groups": 2, "bias": False}), NORM, ("tanh", {})
    ),
    "dropout between": stacked((2, 5, 5), ("conv2d", CONV), HALF, NORM, HALF, ("conv2d", CONV), NORM, HALF),
    "twice": stacked((3,), ("dense", {"outputs": 4}), NORM, ("dense", {"outputs": 2}), NORM),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_results(name):
    """Within the roundings of binary64, without a normalization or a dropout."""
    network = NETWORKS[name]
    parameters = drawn(network)
    folded, found = fold(network, parameters)
    assert not {"batch_norm", "dropout"} & {layer.kind for layer in folded.layers}
    assert {key: value.shape for key, value in found.items()} == folded.parameter_shapes()
    x = np.random.default_rng(5).normal(0, 1, (3, *network.input))
    np.testing.assert_allclose(predict(folded, found, x), predict(network, parameters, x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["vgg", "resnet", "unet"])
def test_families(name):
    """Every normalization of these follows a convolution or a dense layer and is folded; binary32 comes out as it went in."""
    network = build(name, {})
    parameters = initial_parameters(network, 2)
    parameters = {key: p + np.float32(0.25) if "norm" in key else p for key, p in parameters.items()}
    folded, found = fold(network, parameters)
    assert "batch_norm" not in {layer.kind for layer in folded.layers}
    assert {value.dtype for value in found.values()} == {np.dtype(np.float32)}
    x = np.random.default_rng(5).random((2, *network.input), np.float32)
    y = predict(network, parameters, x)
    assert np.abs(predict(folded, found, x) - y).max() <= 1e-5 * np.abs(y).max()


def test_tensors_of_the_folded_unet():
    """Gutierrez-Zaballa et al.: 56 of the 100 tensors are left of the network of five levels."""
    network = build("unet", {"input": (25, 32, 32), "levels": 5, "filters": 1})
    folded, found = fold(network, initial_parameters(network, 1))
    assert len(found) == len(folded.learned()) == 56


def test_by_hand():
    """Scale 6 by the square root of 3 + 1: weights times 3, and (bias - mean) times 3, and the shift."""
    network = stacked((1,), ("dense", {"outputs": 1}), ("batch_norm", {"epsilon": 1}))
    names = (
        "dense0.weights",
        "dense0.bias",
        "batch_norm1.scale",
        "batch_norm1.shift",
        "batch_norm1.mean",
        "batch_norm1.variance",
    )
    values = ([[5]], [2], [6], [-1], [4], [3])
    parameters = {name: np.array(value, np.float32) for name, value in zip(names, values, strict=True)}
    folded, found = fold(network, parameters)
    assert [layer.name for layer in folded.layers] == ["dense0"]
    assert {name: value.tolist() for name, value in found.items()} == {"dense0.weights": [[15]], "dense0.bias": [-7]}


def test_a_result_that_is_taken_twice():
    """A normalization is not folded where another layer takes the unfolded result: it is named, and can be left."""
    conv, norm = Layer("conv", "conv2d", ("input",), {**CONV, "kernels": 2}), Layer("norm", "batch_norm", ("conv",))
    network = Network("n", (2, 4, 4), (conv, norm, Layer("sum", "add", ("norm", "conv"))))
    parameters = drawn(network)
    assert shared(network) == ["norm"]
    with pytest.raises(ValueError, match="layer norm cannot be folded into conv, whose result sum takes too; leave it"):
        fold(network, parameters)
    same, found = fold(network, parameters, leave=["norm"])
    assert same == network
    assert found == parameters


def test_what_stays():
    """A normalization after something else, and one of channels after a dense layer along another axis."""
    for network in (
        stacked((2, 4, 4), ("relu", {}), NORM, ("conv2d", CONV)),
        stacked((2, 3), ("dense", {"outputs": 2}), NORM),
        stacked((2,), NORM, ("dense", {"outputs": 2})),
    ):
        assert fold(network, drawn(network))[0] == network


def test_densenet():
    """What can be folded is: the normalization behind a transition's convolution, which nothing else takes, is not shared."""
    network = build("densenet", {})
    parameters = drawn(network)
    folded, found = fold(network, parameters, leave=shared(network))
    assert "batch_norm" in {layer.kind for layer in folded.layers}
    x = np.random.default_rng(5).random((2, *network.input))
    np.testing.assert_allclose(predict(folded, found, x), predict(network, parameters, x), rtol=1e-9)


def test_dropout_that_is_not_inverted():
    """The weights behind it are multiplied instead, their bias is not; before any other layer it stays."""
    half = ("dropout", {"keep": 0.5, "inverted": False})
    network = stacked((3,), half, ("dense", {"outputs": 2}))
    parameters = drawn(network)
    folded, found = remove_dropout(network, parameters)
    assert [layer.kind for layer in folded.layers] == ["dense"]
    assert (found["dense1.weights"] == parameters["dense1.weights"] / 2).all()
    assert (found["dense1.bias"] == parameters["dense1.bias"]).all()
    x = np.random.default_rng(5).normal(0, 1, (3, 3))
    np.testing.assert_allclose(predict(folded, found, x), predict(network, parameters, x), rtol=1e-12)
    for network in (stacked((3,), half, ("relu", {})), stacked((3,), ("relu", {}), half)):
        assert remove_dropout(network, {})[0] == network


def test_courbariaux():
    """The network of the paper without its dropouts predicts what it did."""
    network = build("maxout_mlp", {})
    parameters = drawn(network)
    folded, found = fold(network, parameters)
    assert "dropout" not in {layer.kind for layer in folded.layers}
    x = np.random.default_rng(5).random((2, *network.input))
    np.testing.assert_allclose(predict(folded, found, x), predict(network, parameters, x), rtol=1e-11)


def test_nothing_is_left():
    """A network of nothing but a dropout has no layers without it."""
    with pytest.raises(ValueError, match="the network n has no layers"):
        fold(stacked((3,), HALF), {})


def test_a_result_before_the_end():
    """What comes after the folded result was of no use to it, and goes."""
    layers = (
        Layer("dense", "dense", ("input",), {"outputs": 2}),
        Layer("idle", "relu", ("input",)),
        Layer("norm", "batch_norm", ("dense",)),
    )
    network = Network("n", (2,), layers)
    parameters = drawn(network)
    folded, found = fold_batch_norm(network, parameters)
    assert [layer.name for layer in folded.layers] == ["dense"]
    x = np.ones((1, 2))
    np.testing.assert_allclose(predict(folded, found, x), predict(network, parameters, x), rtol=1e-12)
