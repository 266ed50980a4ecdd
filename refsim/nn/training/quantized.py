"""Passes of any network with quantized weights, activations and gradients, and straight-through estimates for learning.

A quantizer is passed backward as if it did nothing, or as if it cut off what is past its ends. Scales are by name:
``weights/layer.weights``, ``activations/layer`` and ``gradients/layer``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from ..layers.activations import ACTIVATIONS
from ..layers.kind import INFERENCE, Floats, Mode, Parameters
from ..losses import LossFunction
from ..networks import INPUT, Network, Watch, backward, forward
from .methods import Batch
from .quantizers import Quantizer, Scale

Scales = Mapping[str, Scale]
MULTIPLY = ("dense", "conv2d", "conv_transpose2d")
"""The kinds that multiply by weights."""


@dataclass(frozen=True)
class Scheme:
    """What is quantized, and how.

    ``weights``: of all layers that multiply by them, a layer being a group; biases and normalizations stay. ``activations``:
    the results named by ``at``, without it those of all activation functions. ``gradients``: those that meet weights and
    inputs in the products of the backward pass, which are the gradients of the results of the same layers. ``but``: layers
    whose weights, results and gradients are left as they are. ``every``: after how many steps all scales are found anew, 0 for
    never: then they stay as first found. ``clip``: whether gradients end where an activation is past the ends of its quantizer.
    """

    weights: Quantizer | None = None
    activations: Quantizer | None = None
    gradients: Quantizer | None = None
    at: tuple[str, ...] | None = None
    but: tuple[str, ...] = ()
    every: int = 0
    clip: bool = False

    def __post_init__(self) -> None:
        if self.every < 0:
            raise ValueError(f"scales are found anew after a number of steps, or never after 0, not after {self.every}")

    def weighted(self, network: Network) -> list[str]:
        """The weights that are quantized."""
        return [f"{name}.weights" for name in self.multiplying(network)] if self.weights else []

    def watched(self, network: Network) -> list[str]:
        """The results that are quantized; ``ValueError`` for names that the network does not have."""
        known = [INPUT, *(layer.name for layer in network.layers)]
        for name in (*(self.at or ()), *self.but):
            if name not in known:
                raise ValueError(f"the network {network.name} has no layer {name!r:.60} to quantize")
        if self.activations is None:
            return []
        chosen = self.at
        if chosen is None:
            chosen = tuple(layer.name for layer in network.layers if layer.kind in ACTIVATIONS or layer.kind == "maxout")
        return [name for name in chosen if name not in self.but]

    def passed(self, network: Network) -> list[str]:
        """The results whose gradients are quantized."""
        return self.multiplying(network) if self.gradients else []

    def multiplying(self, network: Network) -> list[str]:
        """The layers that multiply by weights, but for those that are left out."""
        return [layer.name for layer in network.layers if layer.kind in MULTIPLY and layer.name not in self.but]


Anew = Callable[[str], bool]
"""Whether the scale of a name is found from the numbers, or taken as it is known."""


def always(name: str) -> bool:  # noqa: ARG001 what is asked
    """Every scale is found."""
    return True


def never(name: str) -> bool:  # noqa: ARG001 what is asked
    """No scale is found."""
    return False


NONE: Scales = MappingProxyType({})


def weight_scales(
    network: Network, parameters: Parameters, scheme: Scheme, scales: Scales = NONE, anew: Anew = always
) -> dict[str, Scale]:
    """The scales of all weights that are quantized, found from what they are or as they are known."""
    if scheme.weights is None:
        return {}
    return {
        f"weights/{name}": scheme.weights.find(parameters[name]) if anew(f"weights/{name}") else scales[f"weights/{name}"]
        for name in scheme.weighted(network)
    }


def quantized_parameters(network: Network, parameters: Parameters, scheme: Scheme, scales: Scales) -> dict[str, Floats]:
    """The parameters with quantized weights in the place of their shadows; ``ValueError`` where one has no scale."""
    found = dict(parameters)
    if scheme.weights is not None:
        for name in scheme.weighted(network):
            found[name] = scheme.weights(parameters[name], _known(scales, f"weights/{name}"))
    return found


def _known(scales: Scales, name: str) -> Scale:
    """A scale; ``ValueError`` where there is none."""
    if name not in scales:
        what, _, of = name.partition("/")
        raise ValueError(f"the {what} of {of} have no scale yet: train, or calibrate")
    return scales[name]


class Hooks(NamedTuple):
    """What watches the passes, and the scales that were used."""

    forward: Watch
    backward: Watch
    used: dict[str, Scale]


def hooks(network: Network, scheme: Scheme, scales: Scales, anew: Anew) -> Hooks:
    """Hooks that quantize activations and gradients, each at a scale found ``anew`` or at the one that is known."""
    activations, gradients = frozenset(scheme.watched(network)), frozenset(scheme.passed(network))
    used: dict[str, Scale] = {}
    inside: dict[str, Floats] = {}

    def quantize(quantizer: Quantizer, name: str, x: Floats) -> Floats:
        used[name] = quantizer.find(x) if anew(name) else _known(scales, name)
        return quantizer(x, used[name])

    def ahead(name: str, y: Floats) -> Floats:
        if scheme.activations is None or name not in activations:
            return y
        made = quantize(scheme.activations, f"activations/{name}", y)
        if scheme.clip:
            low, high = scheme.activations.ends(used[f"activations/{name}"])
            inside[name] = ((y >= low) & (y <= high)).astype(y.dtype)
        return made

    def back(name: str, g: Floats) -> Floats:
        g = g * inside[name] if name in inside else g
        return quantize(scheme.gradients, f"gradients/{name}", g) if scheme.gradients and name in gradients else g

    return Hooks(ahead, back, used)


class Learned(NamedTuple):
    """What the passes of a batch found: the loss, the gradients of the learned parameters, new values of the others, and the
    scales at which everything was quantized."""

    loss: float
    gradients: Mapping[str, Floats]
    moved: Parameters
    scales: Scales


def learn(
    network: Network, parameters: Parameters, scheme: Scheme, scales: Scales, batch: Batch, loss: LossFunction, mode: Mode,
    anew: Anew,
) -> Learned:  # fmt: skip
    """One pass forward and one backward. The gradients of quantized weights are those of their shadows."""
    own = weight_scales(network, parameters, scheme, scales, anew)
    watching = hooks(network, scheme, scales, anew)
    done = forward(network, quantized_parameters(network, parameters, scheme, own), batch.x, mode, watching.forward)
    made = loss(done.results[network.layers[-1].name], batch.t)
    gradients, _ = backward(network, done, made.gradient, watching.backward)
    return Learned(made.value, gradients, done.moved, {**own, **watching.used})


def predict(network: Network, parameters: Parameters, scheme: Scheme, scales: Scales, x: Floats) -> Floats:
    """The network's result with quantized weights and activations; ``ValueError`` where one has no scale yet."""
    watching = hooks(network, scheme, scales, never)
    made = quantized_parameters(network, parameters, scheme, scales)
    return forward(network, made, x, INFERENCE, watching.forward).results[network.layers[-1].name]


def calibrated(network: Network, parameters: Parameters, scheme: Scheme, x: Floats) -> dict[str, Scale]:
    """The scales of weights, and of activations from samples: each layer's from what the quantized layers before it make."""
    own = weight_scales(network, parameters, scheme)
    watching = hooks(network, scheme, NONE, always)
    forward(network, quantized_parameters(network, parameters, scheme, own), x, INFERENCE, watching.forward)
    return {**own, **watching.used}
