"""Weights of few bits, beside activations of four bits in logarithms: dense layers first, convolutions then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...nn.layers.kind import Floats, Parameters
from ...nn.networks import Network
from ...nn.training.quantizer_names import get_quantizer
from ..running.jobs import Inputs, Outcome
from .floating import counted, folded, is_right, is_right_quantized, offsets
from .full_scales import best_scale
from .settings import BITS, CONV_WEIGHTS, FC_WEIGHTS

STORED = "base 2"
"""The base of the dense layers beside which convolutions are quantized."""


def quantized_weights(network: Network, parameters: Parameters, kind: str, quantizer: str) -> dict[str, Floats]:
    """The parameters with the weights of all layers of a kind quantized, each layer at a full scale of its own."""
    made, to = dict(parameters), get_quantizer(quantizer)
    for layer in network.layers:
        if layer.kind == kind:
            name = f"{layer.name}.weights"
            made[name] = to(made[name], to.find(made[name]))
    return made


def quantize_weights(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Right answers with the weights of dense layers in 4 bits, then with those of convolutions in 5 bits too, and with those
    of convolutions in 5 bits alone."""
    network, parameters = folded(options, inputs)
    data = inputs.data
    scale = best_scale(inputs.needs[1].records, "log4")
    scales = {name: zero + scale for name, zero in offsets(network, parameters, data).items()}
    to = get_quantizer(BITS["log4"])

    def record(part: str, weights: str, made: Parameters, *, alone: bool = False) -> dict[str, Any]:
        x, t = data.test_x, data.test_t
        right = is_right(network, made, x, t) if alone else is_right_quantized(network, made, to, scales, x, t)
        named = {"network": options["network"], "seed": options["seed"], "part": part, "weights": weights}
        return {"what": "weights", **named, **counted(right)}

    dense = {base: quantized_weights(network, parameters, "dense", to) for base, to in FC_WEIGHTS.items()}
    both = {base: quantized_weights(network, dense[STORED], "conv2d", to) for base, to in CONV_WEIGHTS.items()}
    alone = {base: quantized_weights(network, parameters, "conv2d", to) for base, to in CONV_WEIGHTS.items()}
    return Outcome(
        [
            record("activations", "float", parameters),
            *(record("dense", base, made) for base, made in dense.items()),
            *(record("both", base, made) for base, made in both.items()),
            *(record("convolutions alone", base, made, alone=True) for base, made in alone.items()),
        ]
    )
