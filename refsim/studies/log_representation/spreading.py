"""The same network with its channels spread over octaves, which changes the ranges of its numbers and not what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ...nn.layers.kind import Floats, Parameters
from ...nn.networks import Network
from ..running.jobs import Inputs, Outcome
from .floating import folded, offsets
from .full_scales import at_scale, chosen
from .settings import BITS, SPREAD_SCALES

WEIGHTED = ("dense", "conv2d")


def spread(network: Network, parameters: Parameters, octaves: int, seed: int) -> dict[str, Floats]:
    """Parameters with which a chain of ReLU layers computes the same: every channel of a hidden layer is divided by a power
    of two of at most so many octaves, drawn evenly, and what takes it multiplies by the same."""
    made = {name: value.copy() for name, value in parameters.items()}
    weighted = [layer for layer in network.layers if layer.kind in WEIGHTED]
    for i, (layer, after) in enumerate(pairwise(weighted)):
        weights, taken = made[f"{layer.name}.weights"], made[f"{after.name}.weights"]
        random = np.random.Generator(np.random.Philox(key=[seed, i]))
        drawn = np.floor(random.random(len(weights)) * (octaves + 1)).astype(int)
        factors = np.ldexp(np.float32(1), -drawn)
        weights *= factors.reshape(-1, *[1] * (weights.ndim - 1))
        made[f"{layer.name}.bias"] *= factors
        # A dense layer behind an image takes each channel in as many columns as the image has pixels.
        taken /= np.repeat(factors, taken.shape[1] // len(factors)).reshape(1, -1, *[1] * (taken.ndim - 2))
    return made


def quantize_spread(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Right answers with activations of few bits in a network whose channels are spread, at the full scale that is best on
    training images."""
    network, parameters = folded(options, inputs)
    made = spread(network, parameters, options["octaves"], options["seed"])
    zero = offsets(network, made, inputs.data)
    records = []
    for name in BITS:
        swept = [at_scale(network, made, name, zero, scale, inputs.data, options["chosen_by"]) for scale in SPREAD_SCALES]
        best = chosen([learned for learned, _ in swept])
        records.append(
            {
                "what": "spread",
                "network": options["network"],
                "seed": options["seed"],
                "octaves": options["octaves"],
                "quantizer": name,
                "best": SPREAD_SCALES[best],
                **swept[best][1],
            }
        )
    return Outcome(records)
