"""A tiny network of the study, its parameters and images."""

from functools import cache

import numpy as np

from refsim.nn.data.record import Data
from refsim.nn.networks import initial_parameters
from refsim.studies.activation_functions.networks import folded, network_of

OPTIONS = {
    "levels": 1,
    "filters": 2,
    "function": "relu",
    "seed": 1,
    "seeds": 2,
    "margin": 0.5,
    "judged": 2,
    "upper": 1,
    "calibration": 4,
}


@cache
def images():
    """Four images of two bands and three classes, by no more than random numbers."""
    random = np.random.default_rng(7)
    x = random.random((6, 2, 4, 4), np.float32)
    t = random.integers(-1, 3, (6, 4, 4))
    return Data("tiny", ("a", "b", "c"), x[:4], t[:4], x[4:], t[4:])


def trained(function="relu"):
    """Parameters as training could have left them: normalizations that do something."""
    network = network_of({**OPTIONS, "function": function}, images())
    random = np.random.default_rng(3)
    return {
        name: np.abs(value + random.normal(0.2, 0.3, value.shape).astype(np.float32))
        if name.endswith((".variance", ".scale"))
        else value + random.normal(0, 0.1, value.shape).astype(np.float32)
        for name, value in initial_parameters(network, 5).items()
    }


def network(function="relu"):
    """The folded network and its parameters."""
    return folded({**OPTIONS, "function": function}, images(), trained(function))
