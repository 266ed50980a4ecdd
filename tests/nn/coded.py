"""Small networks of codes with random parameters, for tests."""

import numpy as np

from refsim import Array
from refsim.nn.files import CodeNetwork
from refsim.spec.network_names import read_network

from ..spec.networks import small


def random_codes(type, random, samples=()):
    """Any codes of a type."""
    width = min(type.format.width, 60)
    return Array(random.integers(0, 1 << width, (*samples, *type.shape), dtype=np.uint64), type.format)


def coded(data=None, seed=5):
    """A network of plain data with any parameters."""
    network, random = read_network(data or small()), np.random.default_rng(seed)
    return CodeNetwork(network, {name: random_codes(type, random) for name, type in network.parameters.items()})


def samples_of(found, count, seed=6):
    """Any inputs of a network."""
    return random_codes(found.network.input, np.random.default_rng(seed), (count,))
