"""A small problem for tests of training, made from a seed."""

from types import SimpleNamespace

import numpy as np

from refsim.nn.networks import Layer, Network, initial_parameters


def clusters(count=120, classes=3, size=6, seed=3):
    """Points around a few centres, to be told apart."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, size))
    t = random.integers(0, classes, count)
    x = (centres[t] + 0.4 * random.normal(size=(count, size))).astype(np.float32)
    cut = count * 3 // 4
    return SimpleNamespace(train_x=x[:cut], train_t=t[:cut], test_x=x[cut:], test_t=t[cut:])


PERCEPTRON = Network(
    "perceptron",
    (6,),
    (
        Layer("one", "dense", ("input",), {"outputs": 8}),
        Layer("norm", "batch_norm", ("one",)),
        Layer("act", "relu", ("norm",)),
        Layer("drop", "dropout", ("act",), {"keep": 0.8}),
        Layer("two", "dense", ("drop",), {"outputs": 3}),
    ),
)
"""With statistics that move, and random numbers in every step."""
FIRST = initial_parameters(PERCEPTRON, 4)
