"""Flips in parameters of binary32: what comes after the struck layer is computed, all else is as in the run without faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...nn.layers.kind import INFERENCE, Floats, Parameters
from ...nn.networks import Network, forward, of_layer


@dataclass(frozen=True)
class Run:
    """A run without faults: the results of all layers."""

    network: Network
    parameters: Mapping[str, Parameters]
    """By layer, then by role."""
    results: Mapping[str, Floats]

    @property
    def output(self) -> Floats:
        """The network's result."""
        return self.results[self.network.layers[-1].name]


def clean_run(network: Network, parameters: Parameters, x: Floats) -> Run:
    """The run of some samples."""
    own = {layer.name: of_layer(parameters, layer.name) for layer in network.layers}
    return Run(network, own, forward(network, parameters, x).results)


def struck_output(clean: Run, name: str, tensor: Floats) -> Floats:
    """The network's result with another tensor in the place of one, the same bits as those of a whole run."""
    struck, _, role = name.rpartition(".")
    changed: dict[str, Floats] = {}
    with np.errstate(all="ignore"):  # A flipped exponent overflows.
        for layer in clean.network.layers:
            if layer.name != struck and not any(one in changed for one in layer.inputs):
                continue
            own = clean.parameters[layer.name]
            if layer.name == struck:
                own = {**own, role: tensor}
            xs = [changed.get(one, clean.results[one]) for one in layer.inputs]
            y = layer.known.forward(layer.all_options, xs, own, INFERENCE).y
            if not np.array_equal(y.view(np.uint32), clean.results[layer.name].view(np.uint32)):
                changed[layer.name] = y
    return changed.get(clean.network.layers[-1].name, clean.output)
