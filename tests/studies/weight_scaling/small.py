"""Small networks and data for tests of the study."""

import numpy as np

from refsim.nn.data import Data
from refsim.nn.networks import initial_parameters
from refsim.studies.running.jobs import Inputs, Outcome, Scale
from refsim.studies.weight_scaling.networks import network_of


def data(shape=(1, 8, 8), count=12, labels=()):
    """Random images of a shape, with one label each, or with a label for each pixel."""
    random = np.random.default_rng(5)
    parts = []
    for _ in range(2):
        parts += [random.random((count, *shape), np.float32), random.integers(0, 4, (count, *labels))]
    return Data("small", ("a", "b", "c", "d"), *parts)


def inputs_of(spelled, samples, seed=3):
    """What a step has of a network with random parameters."""
    parameters = initial_parameters(network_of(spelled, samples), seed)
    return Inputs(samples, Scale("small", quick=True), [Outcome((), parameters)])
