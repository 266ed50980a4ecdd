"""Activations of few bits, at each of many full scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...nn.data import Data
from ...nn.layers.kind import Parameters
from ...nn.networks import Network
from ...nn.training.quantizer_names import get_quantizer
from ..running.jobs import Inputs, Outcome
from .floating import folded, found, is_right_quantized, offsets
from .settings import BITS, FULL_SCALES


def sweep(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Quantize the activations of a trained network with every quantizer at every full scale: right answers on test images,
    and on training images, by which the best one is chosen.

    With ``offsets`` a layer's full scale counts from its own range, without from the greatest range of all layers.
    """
    network, parameters = folded(options, inputs)
    own = offsets(network, parameters, inputs.data)
    zero = own if options["offsets"] else dict.fromkeys(own, max(own.values()))
    records = []
    for name in BITS:
        swept = [at_scale(network, parameters, name, zero, scale, inputs.data, options["chosen_by"]) for scale in FULL_SCALES]
        best = chosen([learned for learned, _ in swept])
        records.append(
            {
                "what": "full scale" if options["offsets"] else "one full scale",
                "network": options["network"],
                "seed": options["seed"],
                "quantizer": name,
                "scales": list(FULL_SCALES),
                "offsets": list(own.values()),
                "learned": [learned for learned, _ in swept],
                "tested": [test["right"] for _, test in swept],
                "best": FULL_SCALES[best],
                **swept[best][1],
            }
        )
    return Outcome(records)


def at_scale(
    network: Network, parameters: Parameters, name: str, zero: Mapping[str, int], scale: int, data: Data, chosen_by: int
) -> tuple[int, dict[str, Any]]:
    """Right answers with a quantizer at a full scale: how many on training images, and what was found on test images."""
    quantizer, scales = get_quantizer(BITS[name]), {layer: z + scale for layer, z in zero.items()}
    x, t = data.train_x[:chosen_by], data.train_t[:chosen_by]
    learned = int(is_right_quantized(network, parameters, quantizer, scales, x, t).sum())
    return learned, found(is_right_quantized(network, parameters, quantizer, scales, data.test_x, data.test_t))


def chosen(rights: Sequence[int]) -> int:
    """The place of the most right answers; of several the middle one, rounded down."""
    places = np.flatnonzero(np.asarray(rights) == max(rights))
    return int(places[(len(places) - 1) // 2])


def best_scale(records: Sequence[Mapping[str, Any]], quantizer: str) -> int:
    """The full scale that was chosen for a quantizer."""
    return next(int(one["best"]) for one in records if one["quantizer"] == quantizer)
