"""Folding: batch normalizations become part of the layers before them, and dropouts vanish. The network computes the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .layers.kind import Floats, Parameters
from .networks import Layer, Network, of_layer

LINEAR = ("dense", "conv2d", "conv_transpose2d")


def takers(network: Network) -> Mapping[str, list[Layer]]:
    """By the name of a result, the layers that take it."""
    found: dict[str, list[Layer]] = {}
    for layer in network.layers:
        for name in dict.fromkeys(layer.inputs):
            found.setdefault(name, []).append(layer)
    return found


def _linear_before(network: Network) -> Mapping[str, Layer]:
    """By the name of a batch normalization, the layer before it into which it could be folded."""
    by_name, shapes = {layer.name: layer for layer in network.layers}, network.shapes()
    pairs = [(layer, by_name.get(layer.inputs[0])) for layer in network.layers if layer.kind == "batch_norm"]
    # A dense layer along the last of several axes has its outputs elsewhere than the normalization its channels.
    return {
        norm.name: before
        for norm, before in pairs
        if before is not None and before.kind in LINEAR and (before.kind != "dense" or len(shapes[before.name]) == 1)
    }


def shared(network: Network) -> list[str]:
    """The batch normalizations that cannot be folded, because another layer takes what they take."""
    taken = takers(network)
    return [name for name, before in _linear_before(network).items() if len(taken[before.name]) > 1]


def fold_batch_norm(network: Network, parameters: Parameters, leave: Collection[str] = ()) -> tuple[Network, dict[str, Floats]]:
    """Every batch normalization after a dense layer or a convolution, as part of that layer's weights and bias.

    The arithmetic is binary64, and what comes out has the type of the weights. Normalizations after other layers stay, and so
    do those named in ``leave``. ``ValueError`` for one that would have to stay because another layer takes what it takes:
    ``shared`` gives their names.
    """
    before = {name: layer for name, layer in _linear_before(network).items() if name not in leave}
    if refused := [name for name in shared(network) if name in before]:
        other = next(layer.name for layer in takers(network)[before[refused[0]].name] if layer.name != refused[0])
        raise ValueError(
            f"layer {refused[0]} cannot be folded into {before[refused[0]].name}, whose result {other} takes too; leave it"
        )
    norms = {layer.name: layer for layer in network.layers}
    found = {key: value for key, value in parameters.items() if key.rpartition(".")[0] not in before}
    changed = {}
    for name, layer in before.items():
        changed[layer.name] = replace(layer, options={**layer.options, "bias": True})
        own, norm = of_layer(parameters, layer.name), of_layer(parameters, name)
        made = _folded(layer, own, norm, float(norms[name].all_options["epsilon"]))
        found.update({f"{layer.name}.{role}": value for role, value in made.items()})
    return _without(network, {name: layer.name for name, layer in before.items()}, changed), found


def _folded(layer: Layer, own: Parameters, norm: Parameters, epsilon: float) -> dict[str, Floats]:
    wide = {role: value.astype(np.float64) for role, value in {**norm, **own}.items()}
    by = wide["scale"] / np.sqrt(wide["variance"] + epsilon)
    bias = (wide.get("bias", 0.0) - wide["mean"]) * by + wide["shift"]
    weights, dtype = _multiplied(layer, wide["weights"], by), own["weights"].dtype
    return {"weights": weights.astype(dtype), "bias": bias.astype(dtype)}


def _multiplied(layer: Layer, weights: Floats, by: Floats) -> Floats:
    """Weights of which all that make an output are multiplied by its number."""
    if layer.kind != "conv_transpose2d":
        return weights * by.reshape(-1, *[1] * (weights.ndim - 1))
    groups = layer.all_options["groups"]
    apart = weights.reshape(groups, -1, *weights.shape[1:]) * by.reshape(groups, 1, -1, 1, 1)
    return apart.reshape(weights.shape)


def remove_dropout(network: Network, parameters: Parameters) -> tuple[Network, dict[str, Floats]]:
    """The network as it predicts, without dropouts.

    One that is not inverted multiplies by ``keep``: the weights of the layers that take its result are multiplied instead, and
    where one of those is neither dense nor a convolution it stays.
    """
    taken, found = takers(network), dict(parameters)
    gone: dict[str, str] = {}
    for layer in network.layers:
        if layer.kind != "dropout":
            continue
        options, after = layer.all_options, taken.get(layer.name, [])
        if not options["inverted"]:
            if not after or any(other.kind not in LINEAR for other in after):
                continue
            for other in after:
                weights = found[f"{other.name}.weights"]
                found[f"{other.name}.weights"] = (weights.astype(np.float64) * options["keep"]).astype(weights.dtype)
        gone[layer.name] = layer.inputs[0]
    return _without(network, gone, {}), found


def _without(network: Network, gone: Mapping[str, str], changed: Mapping[str, Layer]) -> Network:
    """A network without some layers, whose results are those of others now; what comes after its result is cut off."""

    def now(name: str) -> str:
        while name in gone:
            name = gone[name]
        return name

    layers = [
        replace(changed.get(layer.name, layer), inputs=tuple(map(now, layer.inputs)))
        for layer in network.layers
        if layer.name not in gone
    ]
    names, result = [layer.name for layer in layers], now(network.layers[-1].name)
    return replace(network, layers=tuple(layers[: names.index(result) + 1] if result in names else ()))


def fold(network: Network, parameters: Parameters, leave: Collection[str] = ()) -> tuple[Network, dict[str, Any]]:
    """The network as it predicts: without dropouts and without the batch normalizations that can be folded."""
    return fold_batch_norm(*remove_dropout(network, parameters), leave)
