"""The networks of the study: trained in floating point, then folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...nn.data import Data
from ...nn.families import build
from ...nn.files import FloatNetwork
from ...nn.folding import fold, shared
from ...nn.layers.kind import Floats, Parameters
from ...nn.losses import Labels
from ...nn.metrics import predicted
from ...nn.networks import Network, predict
from ..running.jobs import Inputs, Outcome
from ..samples import some
from ..training import trained


def samples(name: str, train: int, test: int, halvings: int) -> Data:
    """The samples of a study whose networks halve images so often; ``ValueError`` for data that are none for it."""
    found = some(name, train, test)
    if found.test_t.ndim != 1:
        raise ValueError(f"the study weight-scaling needs images with one label each, and {found.name} has one for every pixel")
    if min(found.shape[1:]) < 2**halvings:
        size = " x ".join(map(str, found.shape[1:]))
        raise ValueError(f"the study weight-scaling halves images {halvings} times, which {size} pixels of {name} do not allow")
    return found


def network_of(spelled: Sequence[Any], data: Data) -> Network:
    """A network from its family and options, for the images and classes of data."""
    family, options = spelled
    return build(family, {**options, "input": list(data.shape), "classes": len(data.classes)})


def train(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Train a network; the arrays are its parameters."""
    network = network_of(options["network"], inputs.data)
    found = trained(network, inputs.data, options["method"], options["plan"], options["seed"])
    record = {"part": "training", "family": options["family"], "training": options["seed"], "accuracy": found.accuracy}
    weights = sum(value.size for name, value in found.parameters.items() if name.endswith(".weights"))
    return Outcome([{**record, "weights": weights, "learned": len(inputs.data.train_t)}], found.parameters)


def folded(options: Mapping[str, Any], inputs: Inputs) -> FloatNetwork:
    """The network that a job needs, with the batch normalizations folded that can be."""
    network = network_of(options["network"], inputs.data)
    return FloatNetwork(*fold(network, inputs.needs[0].arrays, leave=shared(network)))


def guesses(network: Network, parameters: Parameters, x: Floats) -> Labels:
    """The class of each sample. A NaN counts as the greatest result, as NumPy and PyTorch have it."""
    with np.errstate(all="ignore"):
        return predicted(predict(network, parameters, x))
