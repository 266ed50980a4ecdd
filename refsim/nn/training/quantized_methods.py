"""Training under a scheme of quantizers: shadows in floating point, passes with what stands for them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats, Mode
from ..losses import LossFunction
from ..networks import Network
from .methods import At, Batch, Method, State, grouped, part
from .optimizers import STEPS, Optimizer
from .quantized import Scheme, calibrated, learn, predict, quantized_parameters, weight_scales


def quantized(name: str, scheme: Scheme, optimizer: Optimizer, loss: LossFunction) -> Method:
    """A method that follows the gradients which quantized passes find.

    Its state has the shadows as ``parameters``, the ``slots`` of the optimizer, and the ``scales`` of everything that is
    quantized. Those of weights are there from the start: its prediction then is direct quantization. Those of activations and
    gradients come with the first step, or from ``calibrate``.
    """
    return Method(
        f"{name}({_named(scheme)},{optimizer.name},{loss.__name__})",
        partial(_start, scheme, optimizer),
        partial(_step, scheme, optimizer, loss),
        partial(_predict, scheme),
        partial(_parameters, scheme),
    )


def _named(scheme: Scheme) -> str:
    quantizers = (scheme.weights, scheme.activations, scheme.gradients)
    names = ",".join("none" if one is None else one.name for one in quantizers)
    return f"{names},at={scheme.at},but={scheme.but},every={scheme.every},clip={scheme.clip}"


def _start(scheme: Scheme, optimizer: Optimizer, network: Network, parameters: State) -> dict[str, NDArray[Any]]:
    learned = {name: parameters[name] for name in network.learned()}
    scheme.watched(network)
    return {
        **grouped("parameters", parameters),
        **grouped("slots", optimizer.start(learned)),
        **grouped("scales", weight_scales(network, parameters, scheme)),
    }


def _step(
    scheme: Scheme,
    optimizer: Optimizer,
    loss: LossFunction,
    network: Network,
    state: State,
    batch: Batch,
    at: At,
    random: np.random.Generator,
) -> tuple[dict[str, NDArray[Any]], float]:
    parameters, scales, slots = (part(state, group) for group in ("parameters", "scales", "slots"))
    due = scheme.every > 0 and int(slots[STEPS]) % scheme.every == 0

    def anew(name: str) -> bool:
        return due or name not in scales

    found = learn(network, parameters, scheme, scales, batch, loss, Mode(training=True, random=random), anew)
    learned = {name: parameters[name] for name in network.learned()}
    updated = optimizer.update(learned, found.gradients, slots, at)
    made = {**parameters, **found.moved, **updated.parameters}
    return {
        **grouped("parameters", made), **grouped("slots", updated.slots), **grouped("scales", {**scales, **found.scales})
    }, found.loss  # fmt: skip


def _predict(scheme: Scheme, network: Network, state: State, x: Floats) -> Floats:
    return predict(network, part(state, "parameters"), scheme, part(state, "scales"), x)


def _parameters(scheme: Scheme, network: Network, state: State) -> dict[str, Floats]:
    return quantized_parameters(network, part(state, "parameters"), scheme, part(state, "scales"))


def calibrate(scheme: Scheme, network: Network, state: State, x: Floats) -> dict[str, NDArray[Any]]:
    """A state with the scales of weights and activations found from its parameters and samples."""
    return {**state, **grouped("scales", calibrated(network, part(state, "parameters"), scheme, x))}


def codes_of(scheme: Scheme, network: Network, state: State) -> dict[str, Any]:
    """The codes of all quantized weights of a state, by parameter, each with its scale."""
    weights, scales = scheme.weights, part(state, "scales")
    if weights is None:
        return {}
    shadows = part(state, "parameters")
    return {
        name: (weights.codes(shadows[name], scales[f"weights/{name}"]), scales[f"weights/{name}"])
        for name in scheme.weighted(network)
    }
