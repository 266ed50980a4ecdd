"""Guards of networks of codes: range guards behind the results of layers, with the ranges that samples have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from ..engine.array import Array
from ..engine.networks import trace
from ..engine.range_guards import reach
from ..spec.networks import Network, Node
from ..spec.range_guards import ROLES, RangeGuard
from ..spec.tensors import TensorType
from .files import CodeNetwork

ENDING = "guard"
"""A guard is named as its layer, with a dot and this word behind; so are its parameters, with another dot and their role."""


def guarded(found: CodeNetwork, x: Array, layers: Sequence[str], rule: RangeGuard, *, per_channel: bool = False) -> CodeNetwork:
    """The network with the rule behind the results of the layers whose names match a pattern: what took such a result takes the
    guarded one, and where it was the network's, the guarded one is.

    The ends are the least and the greatest number, NaN apart, that the result has for the samples ``x``, of all of it or of
    each channel. Guards themselves are passed over. ``ValueError`` for a pattern that no layer's name matches, for a result
    without a number, and where a number outside the range would become zero but the code 0 is another number, for a zero point.
    """
    network = found.network
    open_nodes = [node.name for node in network.nodes if not isinstance(node.rule, RangeGuard)]
    for pattern in layers:
        if not any(fnmatchcase(name, pattern) for name in open_nodes):
            raise ValueError(f"no layer of the network {network.name} has a name like {pattern!r:.60} to be guarded")
    chosen = {name for name in open_nodes if any(fnmatchcase(name, pattern) for pattern in layers)}
    seen = trace(network, found.tensors, x, keep=chosen.__contains__)
    nodes, tensors = list[Node](), dict(found.tensors)
    for node in network.nodes:
        inputs = tuple(guard_name(name) if name in chosen else name for name in node.inputs)
        nodes.append(replace(node, inputs=inputs))
        if node.name not in chosen:
            continue
        name = guard_name(node.name)
        if rule.out_of_range == "zero" and (points := [x for x in zero_points(found, node.name) if x]):
            raise ValueError(f"layer {node.name}: 0 is another number, as its zero point is {points[0]}; saturate instead")
        try:
            ends = ends_of(seen[node.name], per_channel=per_channel)
        except ValueError as error:
            raise ValueError(f"layer {node.name}: {error}") from None
        parameters = {role: f"{name}.{role}" for role in ROLES}
        nodes.append(Node(name, rule, (node.name,), tuple(parameters.items())))
        for role, parameter in parameters.items():
            if parameter in tensors:
                raise ValueError(f"the network {network.name} has a parameter {parameter} already")
            tensors[parameter] = ends[role]
    types = {name: TensorType(array.shape, array.format) for name, array in tensors.items()}
    return CodeNetwork(Network(network.name, network.input, tuple(nodes), types), tensors)


def zero_points(found: CodeNetwork, layer: str) -> list[int]:
    """The zero points of a layer's result, none where it has none: its own, or those of what it passes on."""
    network = found.network
    nodes, format = {node.name: node for node in network.nodes}, network.types()[layer].format
    while layer in nodes:
        given = dict(nodes[layer].parameters)
        if role := next((role for role in ("y_zero_point", "zero_point") if role in given), None):
            points = found.tensors[given[role]]
            return [int(x) for x in points.values().reshape(-1)] if points.format == format else []
        layer = nodes[layer].inputs[0]
    return []


def guard_name(layer: str) -> str:
    """The name of a layer's guard."""
    return f"{layer}.{ENDING}"


def ends_of(result: Array, *, per_channel: bool) -> dict[str, Array]:
    """The ends of the range that a result has for all samples, one element each or one for each channel."""
    count = result.shape[1] if per_channel and result.codes.ndim > 1 else 0
    parts = [result[:, channel] for channel in range(count)] if count else [result]
    ends = [reach(part) for part in parts]
    return {role: Array(np.array([end[i].code for end in ends], dtype=object), result.format) for i, role in enumerate(ROLES)}
