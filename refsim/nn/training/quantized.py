"""Passes of any network with quantized weights, activations and gradients, and straight-through estimates for learning.

A quantizer is passed backward as if it did nothing, or as if it cut off what is past its ends. Scales are by name:
``weights/layer.weights``, ``activations/layer`` and ``gradients/layer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..layers.activations import ACTIVATIONS
from ..layers.kind import INFERENCE, Floats, Mode, Parameters
from ..losses import Labels, LossFunction
from ..networks import INPUT, Network, Watch, backward, forward
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
    whose weights, results and gradients are left as they are. ``every``: after how many steps scales are found anew, 0 for
    never: then they stay as first found. ``clip``: whether gradients end where an activation is past the ends of its quantizer.
    """

    weights: Quantizer | None = None
    activations: Quantizer | None = None
    gradients: Quantizer | None = None
    at: tuple[str, ...] | None = None
    but: tuple[str, ...] = ()
    every: int = 0
    clip: bool = False

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


def weight_scales(network: Network, parameters: Parameters, scheme: Scheme) -> dict[str, Scale]:
    """The scales of all weights that are quantized, found from what they are."""
    if scheme.weights is None:
        return {}
    return {f"weights/{name}": scheme.weights.find(parameters[name]) for name in scheme.weighted(network)}


def quantized_parameters(network: Network, parameters: Parameters, scheme: Scheme, scales: Scales) -> dict[str, Floats]:
    """The parameters with quantized weights in the place of their shadows."""
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
    """What watches the passes, and the scales that it found on the way."""

    forward: Watch
    backward: Watch
    found: dict[str, Scale]


def hooks(network: Network, scheme: Scheme, scales: Scales, *, anew: bool) -> Hooks:
    """Hooks that quantize activations and gradients, at scales found ``anew`` from each of them, or at those given."""
    activations, gradients = frozenset(scheme.watched(network)), frozenset(scheme.passed(network))
    found: dict[str, Scale] = {}
    inside: dict[str, Floats] = {}

    def quantize(quantizer: Quantizer, name: str, x: Floats) -> Floats:
        if anew:
            found[name] = quantizer.find(x)
        scale = _known(found if anew else scales, name)
        return quantizer(x, scale)

    def ahead(name: str, y: Floats) -> Floats:
        if scheme.activations is None or name not in activations:
            return y
        made = quantize(scheme.activations, f"activations/{name}", y)
        if scheme.clip:
            low, high = scheme.activations.ends((found if anew else scales)[f"activations/{name}"])
            inside[name] = ((y >= low) & (y <= high)).astype(y.dtype)
        return made

    def back(name: str, g: Floats) -> Floats:
        g = g * inside[name] if name in inside else g
        return quantize(scheme.gradients, f"gradients/{name}", g) if scheme.gradients and name in gradients else g

    return Hooks(ahead, back, found)


class Learned(NamedTuple):
    """What the passes of a batch found: the loss, the gradients of the learned parameters, new values of the others, and the
    scales at which everything was quantized."""

    loss: float
    gradients: Mapping[str, Floats]
    moved: Parameters
    scales: Scales


def learn(
    network: Network, parameters: Parameters, scheme: Scheme, scales: Scales, batch: tuple[Floats, Labels], loss: LossFunction,
    mode: Mode, *, anew: bool,
) -> Learned:  # fmt: skip
    """One pass forward and one backward. The gradients of quantized weights are those of their shadows.

    ``anew``: whether all scales are found from what is there, instead of taken from ``scales``.
    """
    own = {**scales, **(weight_scales(network, parameters, scheme) if anew else {})}
    watching = hooks(network, scheme, own, anew=anew)
    done = forward(network, quantized_parameters(network, parameters, scheme, own), batch[0], mode, watching.forward)
    made = loss(done.results[network.layers[-1].name], batch[1])
    gradients, _ = backward(network, done, made.gradient, watching.backward)
    return Learned(made.value, gradients, done.moved, {**own, **watching.found})


def predict(network: Network, parameters: Parameters, scheme: Scheme, scales: Scales, x: Floats) -> Floats:
    """The network's result with quantized weights and activations; ``ValueError`` where one has no scale yet."""
    watching = hooks(network, scheme, scales, anew=False)
    made = quantized_parameters(network, parameters, scheme, scales)
    return forward(network, made, x, INFERENCE, watching.forward).results[network.layers[-1].name]


def calibrated(network: Network, parameters: Parameters, scheme: Scheme, x: Floats) -> dict[str, Scale]:
    """The scales of weights, and of activations from samples: each layer's from what the quantized layers before it make."""
    own = weight_scales(network, parameters, scheme)
    watching = hooks(network, scheme, {}, anew=True)
    forward(network, quantized_parameters(network, parameters, scheme, own), x, INFERENCE, watching.forward)
    return {**own, **watching.found}
