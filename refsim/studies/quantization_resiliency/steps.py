"""The steps: networks in floating point, and what few levels make of them, directly and after retraining."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...nn.layers.kind import Parameters
from ...nn.networks import Network
from ...nn.training.loop import tested
from ...nn.training.table import get_method
from ..running.jobs import Inputs, Outcome
from ..training import trained
from .networks import network, weights_of

FLOAT: tuple[str, Mapping[str, Any]] = ("float", {"optimizer": "rmsprop"})


def float_networks(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Train a network in floating point with each of ``seeds`` by the plan ``learn``, and with a plan ``relearn`` for as long
    again as few levels are retrained: what training on does without quantization."""
    net = _network(options, inputs)
    errors, longer, arrays = [], [], {}
    for seed in options["seeds"]:
        done = trained(net, inputs.data, FLOAT, options["learn"], seed)
        errors.append(100 - done.accuracy)
        arrays.update({f"{seed}/{name}": value for name, value in done.parameters.items()})
        if "relearn" in options:
            longer.append(100 - trained(net, inputs.data, FLOAT, options["relearn"], seed, done.parameters).accuracy)
    record = {
        "kind": "float",
        **_whose(options),
        "weights": weights_of(net),
        "test": len(inputs.data.test_x),
        "error": errors,
        "longer": longer or None,
    }
    return Outcome([record], arrays if "relearn" in options else {})


def few_levels(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Quantize the networks of the float job to so many ``levels`` and retrain each by the plan ``relearn``.

    The error of direct quantization is that of the state from which retraining starts.
    """
    net, known = _network(options, inputs), inputs.needs[0].arrays
    name, by = "sung", {"levels": options["levels"]}
    direct, retrained = [], []
    for seed in options["seeds"]:
        parameters = _of_seed(known, seed)
        method = get_method(name, by)
        direct.append(100 - 100 * tested(net, method.start(net, parameters), inputs.data, method))
        retrained.append(100 - trained(net, inputs.data, (name, by), options["relearn"], seed, parameters).accuracy)
    record = {"kind": "levels", **_whose(options), "levels": options["levels"], "direct": direct, "retrained": retrained}
    return Outcome([record])


def _network(options: Mapping[str, Any], inputs: Inputs) -> Network:
    return network(options["family"], options["sizes"], inputs.data.shape, len(inputs.data.classes))


def _whose(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"family": options["family"], "sizes": list(options["sizes"])}


def _of_seed(arrays: Parameters, seed: int) -> Parameters:
    start = f"{seed}/"
    return {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}
