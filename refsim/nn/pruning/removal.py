"""Channels taken out of a network: a smaller network, and the parameters that are left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats, Parameters
from ..networks import Network, Watch, of_layer
from .channels import Channels, channels, is_depthwise, options_of

Kept = NDArray[np.intp]
"""The indices along an axis that are left."""


def without(network: Network, parameters: Parameters, removed: Collection[int]) -> tuple[Network, dict[str, Floats]]:
    """The network without channels, and its parameters. Its result is that of the whole network in which these channels of
    every layer's result are zero.

    ``removed``: channels as ``channels(network)`` counts them. ``ValueError`` for one that cannot be taken out, and where a
    layer would have no channels left.
    """
    found = channels(network)
    if stays := sorted(set(removed) - set(found.makers)):
        raise ValueError(f"channel {stays[0]} of the network {network.name} cannot be taken out")
    kept = {name: _kept(one, removed) for name, one in found.of.items()}
    if empty := [name for name, left in kept.items() if found.of[name] and not len(left)]:
        raise ValueError(f"layer {empty[0]} of the network {network.name} would have no channels left")
    layers, smaller, shapes = [], {}, network.shapes()
    for layer in network.layers:
        own, rows, columns = of_layer(parameters, layer.name), kept[layer.name], kept[layer.inputs[0]]
        if len(rows) < len(found.of[layer.name]) or len(columns) < len(found.of[layer.inputs[0]]):
            depthwise = is_depthwise(layer, shapes[layer.inputs[0]])
            own = {role: _cut(layer.kind, role, value, rows, columns, depthwise=depthwise) for role, value in own.items()}
            layer = replace(layer, options=options_of(layer, len(rows), len(columns)))  # noqa: PLW2901 it has changed
        layers.append(layer)
        smaller.update({f"{layer.name}.{role}": value for role, value in own.items()})
    return Network(network.name, network.input, tuple(layers)), smaller


def _kept(found: tuple[int, ...], removed: Collection[int]) -> Kept:
    return np.array([i for i, channel in enumerate(found) if channel not in removed], np.intp)


def _cut(kind: str, role: str, value: Floats, rows: Kept, columns: Kept, *, depthwise: bool) -> Floats:
    """What is left of a parameter: weights have an axis for the results and one for the input, all others for the results."""
    if role != "weights" or depthwise:
        return value[rows]
    return value[columns][:, rows] if kind == "conv_transpose2d" else value[rows][:, columns]


def zeroed(found: Channels, removed: Collection[int]) -> Watch:
    """What sets channels of every layer's result to zero, for a pass forward through the whole network."""
    gone: Mapping[str, Kept] = {
        name: np.array([i for i, channel in enumerate(one) if channel in removed], np.intp) for name, one in found.of.items()
    }

    def watch(name: str, y: Floats) -> Floats:
        if not len(gone[name]):
            return y
        left = y.copy()
        left[:, gone[name]] = 0
        return left

    return watch
