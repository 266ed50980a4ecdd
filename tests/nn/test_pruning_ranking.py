"""Which channels and weights go first, and how many of each group."""

import numpy as np

from refsim.nn.networks import INPUT, Layer, Network, predict
from refsim.nn.pruning.masks import masked, masks
from refsim.nn.pruning.ranking import bearable, sensitivity, share, weakest


def test_the_weakest():
    """By group or of all groups; the first of equals; never all of a group, and never more than a limit."""
    norms, groups = {1: 3.0, 2: 1.0, 3: 1.0, 4: 0.5, 5: 9.0}, {"a": [1, 2, 3], "b": [4, 5]}
    assert weakest(norms, groups, {"a": 2, "b": 1}, {}) == [2, 3, 4]
    assert weakest(norms, groups, {"a": 3}, {}) == [2, 3]
    assert weakest(norms, groups, {"a": 2, "b": 1}, {"a": 1, "b": 0}) == [2]
    assert weakest(norms, groups, {"a": 3, "b": 2}, {"a": 3, "b": 2}) == [2, 3, 4]
    assert weakest(norms, groups, 2, {}) == [4, 2]
    assert weakest(norms, groups, 5, {}) == [4, 2, 3]
    assert weakest(norms, groups, 2, {"b": 0}) == [2, 3]
    assert [share(10, ratio) for ratio in (0.0, 0.29, 0.3, 0.1 + 0.2, 0.99)] == [0, 2, 3, 3, 9]


def test_sensitivity():
    """A group whose weakest channels do nothing bears their loss; the search says up to which share."""
    layers = (
        Layer("a", "dense", (INPUT,), {"outputs": 4}),
        Layer("r", "relu", ("a",)),
        Layer("b", "dense", ("r",), {"outputs": 4}),
        Layer("c", "dense", ("b",), {"outputs": 1}),
    )
    network = Network("chain", (2,), layers)
    parameters = {name: np.ones(shape) for name, shape in network.parameter_shapes().items()}
    parameters["a.weights"][:2] = parameters["a.bias"][:2] = 0
    whole = predict(network, parameters, np.ones((1, 2)))[0, 0]
    ratios = [0.25, 0.5, 0.75]
    found = sensitivity(network, parameters, ratios, lambda n, p: -abs(predict(n, p, np.ones((1, 2)))[0, 0] - whole))
    assert found["a"][:2] == [0, 0]
    assert found["a"][2] < 0
    assert bearable(found, ratios, -1e-9) == {"a": 0.5, "b": 0.0}


def test_masks():
    """The smallest weights of each layer or of all; biases stay; the first of equals goes."""
    parameters = {
        "a.weights": np.array([[1.0, -4], [3, -2]]),
        "a.bias": np.array([0.1]),
        "b.weights": np.array([[0.5, -0.5, 8, 9]]),
    }
    local = masks(parameters, 0.5)
    assert {name: mask.astype(int).tolist() for name, mask in local.items()} == {
        "a.weights": [[0, 1], [1, 0]],
        "b.weights": [[0, 0, 1, 1]],
    }
    whole = masks(parameters, 0.375, "global")
    assert {name: mask.astype(int).tolist() for name, mask in whole.items()} == {
        "a.weights": [[0, 1], [1, 1]],
        "b.weights": [[0, 0, 1, 1]],
    }
    left = masked(parameters, local)
    assert left["a.weights"].tolist() == [[0, -4], [3, 0]]
    assert left["a.bias"] is parameters["a.bias"]
    assert masks(parameters, 0.13)["b.weights"].all()
    assert masks({}, 0.5, "global") == {}
