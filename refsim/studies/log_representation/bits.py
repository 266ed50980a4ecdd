"""A network of logarithms computed bit by bit: trained with them, then made one of codes on each datapath."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...engine.array import Array, as_array
from ...engine.networks import trace
from ...nn.layers.kind import Floats
from ...nn.metrics import predicted
from ...nn.networks import INPUT, Network
from ...nn.quantization.patterns import nearest
from ...nn.quantization.quantize import quantize
from ...nn.training.quantized import Scheme, calibrated, predict
from ...nn.training.quantizer_names import get_quantizer
from ...spec.networks import Network as CodeNetwork
from ..running.jobs import Inputs, Outcome
from ..training import trained
from .datapaths import Path, scheme
from .floating import activations, found, hits
from .networks import network_of
from .settings import CALIBRATION

NETWORK = "chain"
WEIGHTS = {"method 1": "linear:5:signed", "method 2": "log:5:signed"}
"""The quantizers of weights: what a shifter shifts is linear."""


def quantizers_of(network: Network, method: str) -> Scheme:
    """What a network for a method is trained with: input and activations in logarithms of 4 bits, weights of 5 bits."""
    return Scheme(
        weights=get_quantizer(WEIGHTS[method]),
        activations=get_quantizer("log:4"),
        at=(INPUT, *activations(network)),
        every=1,
    )


def train_codes(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Train a network for a method; what is quantized has the paper's bits, gradients are in floating point."""
    network = network_of(NETWORK, inputs.data)
    at = [INPUT, *activations(network)]
    given = {"activations": "log:4", "weights": WEIGHTS[options["method"]], "at": at, "every": 1, "clip": False}
    done = trained(network, inputs.data, ("quantized", {**given, "optimizer": "adam"}), options["plan"], options["seed"])
    return Outcome([], done.parameters)


def compute(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Compute test images on every datapath: right answers, how often the class is that of exact sums, and how many codes of
    activations are. Beside them the network as it was trained, with the host's sums."""
    data = inputs.data
    network, parameters, method = network_of(NETWORK, data), inputs.needs[0].arrays, options["method"]
    rules = quantizers_of(network, method)
    scales = calibrated(network, parameters, rules, data.train_x[:CALIBRATION])
    x, t = data.test_x[: options["images"]], data.test_t[: options["images"]]
    host = hits(lambda part: predict(network, parameters, rules, scales, part), x, t)
    named = {"what": "bits", "method": method, "seed": options["seed"]}
    records = [{**named, "sums": "host", "places": None, **found(host)}]
    reference: tuple[Any, dict[str, Array]] | None = None
    for given in options["paths"]:
        path = Path(*given)
        made = quantize(network, parameters, scheme(network, scales, method, path.datapath(method)))
        classes, codes = outcome_of(*made, x, activations(network))
        reference = reference or (classes, codes)
        records.append(
            {
                **named,
                "sums": path.sums,
                "places": path.places,
                **found(classes == t),
                "same": int((classes == reference[0]).sum()),
                "codes": sum(array.codes.size for array in codes.values()),
                "same_codes": sum(int((codes[name].codes == one.codes).sum()) for name, one in reference[1].items()),
            }
        )
    return Outcome(records)


def outcome_of(network: CodeNetwork, tensors: Mapping[str, Array], x: Floats, keep: list[str]) -> tuple[Any, dict[str, Array]]:
    """The classes of images, and the codes of the layers to be kept."""
    results = trace(network, tensors, as_array(np.asarray(x, np.float32)), keep=lambda name: name in keep)
    last = network.nodes[-1].name
    return predicted(nearest(results[last])), {name: array for name, array in results.items() if name in keep}
