"""The networks of the study: a U-Net with an activation function, trained, pruned, and in int8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...engine import as_array
from ...engine.array import Array
from ...nn.data import Data
from ...nn.families import build
from ...nn.folding import LINEAR, fold
from ...nn.layers.kind import Floats, Parameters
from ...nn.networks import Network
from ...nn.pruning.iterative import Schedule, prune
from ...nn.pruning.tuning import tuned
from ...nn.quantization.quantize import quantize
from ...nn.summary import summary
from ...nn.training.table import get_method
from ...spec.networks import Network as CodeNetwork
from ..running.jobs import Inputs, Outcome
from ..training import plan_of, trained
from .settings import PRUNED, WHOLE

METHOD: tuple[str, Mapping[str, Any]] = ("float", {"optimizer": "adam"})
SCHEME = "int8-power-of-two"


def network_of(options: Mapping[str, Any], data: Data) -> Network:
    """The U-Net for some data."""
    sizes = {"levels": options["levels"], "filters": options["filters"], "activation": options["function"]}
    return build("unet", {"input": list(data.shape), "classes": len(data.classes), **sizes})


def train_step(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """A network trained from a seed."""
    network = network_of(options, inputs.data)
    plan = {
        "epochs": options["epochs"],
        "batch": options["batch"],
        "rate": ("linear", options["rate"], options["last_rate"]),
    }
    found = trained(network, inputs.data, METHOD, plan, options["seed"])
    return Outcome([_record(options, WHOLE, network)], found.parameters)


def prune_step(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """A trained network without its weakest channels, tuned after each step of pruning."""
    plan = {
        "epochs": options["tuning"],
        "batch": options["batch"],
        "rate": ("linear", options["tuning_rate"], options["last_rate"]),
    }
    tune = tuned(get_method(*METHOD), inputs.data, plan_of(plan, 1000 * options["seed"]))
    schedule = Schedule(options["removed"], options["steps"])
    (whole,) = inputs.needs
    *_, last = prune(network_of(options, inputs.data), whole.arrays, schedule, tune)
    return Outcome([_record(options, PRUNED, last.network)], dict(last.parameters))


def _record(options: Mapping[str, Any], size: str, network: Network) -> dict[str, Any]:
    rows = summary(network)
    return {
        "kind": "network",
        "function": options["function"],
        "seed": options["seed"],
        "size": size,
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
    }


def folded(options: Mapping[str, Any], data: Data, parameters: Parameters) -> tuple[Network, dict[str, Floats]]:
    """The network of trained parameters, pruned or not, with its normalizations folded: as many kernels as biases."""
    whole = network_of(options, data)
    layers = tuple(
        replace(layer, options={**layer.options, "kernels": len(parameters[f"{layer.name}.bias"])})
        if layer.kind in LINEAR
        else layer
        for layer in whole.layers
    )
    return fold(replace(whole, layers=layers), parameters)


def in_int8(network: Network, parameters: Parameters, samples: Floats) -> tuple[CodeNetwork, dict[str, Array]]:
    """The network of codes: scales are powers of two, and a hard sigmoid is that of the deep-learning processing unit."""
    kinds = {"hard_sigmoid": "hard_sigmoid_dpu"}
    layers = tuple(replace(layer, kind=kinds.get(layer.kind, layer.kind)) for layer in network.layers)
    return quantize(replace(network, layers=layers), parameters, SCHEME, samples)


def inputs_of(x: Floats) -> Array:
    """Images as the network of codes takes them."""
    return as_array(x)
