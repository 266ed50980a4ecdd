"""Networks on arrays: many samples at once, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..spec import networks as spec
from ..spec.networks import INPUT, Network, Node
from ..spec.tensors import TensorType
from . import (
    affine_functions,
    affine_joins,
    affine_layers,
    affine_pools,
    layers,
    moves,
    pooling,
    range_guards,
    softmax,
    tensors,
    transposed,
)
from .array import Array
from .datapaths import NO_PORTS, Ports

WITH_PORTS: Mapping[type, layers.Compute] = {**layers.WITH_PORTS, **pooling.WITH_PORTS, **transposed.WITH_PORTS}
"""By rule, the functions that take ports and tell of progress."""
RULES: Mapping[type, layers.Compute] = {
    **layers.RULES,
    **moves.RULES,
    **pooling.RULES,
    **softmax.RULES,
    **affine_layers.RULES,
    **affine_joins.RULES,
    **affine_functions.RULES,
    **affine_pools.RULES,
    **range_guards.RULES,
}
"""By rule, the others."""
array_of, tensor_of = tensors.array_of, tensors.tensor_of
"""From tensors of the specification to arrays, and back."""
Hold = Callable[[str, Array], Array]
"""Told of every array, the input first; says what is left of it."""
LayerProgress = Callable[[str, int, int], None]
"""Told of a layer how many of its sums are done, out of how many."""


def as_it_is(name: str, made: Array) -> Array:  # noqa: ARG001 what a hook is told
    """What leaves a result alone."""
    return made


def compute(
    node: Node, xs: list[Array], parameters: Mapping[str, Array], ports: Ports, progress: LayerProgress | None
) -> Array:
    """A layer's result for all samples."""
    kind = type(node.rule)
    if kind not in WITH_PORTS:
        if ports:
            raise ValueError(f"layer {node.name} has no accumulator that ports could belong to")
        return RULES[kind](node.rule, xs, parameters)
    told = None if progress is None else (lambda done, total: progress(node.name, done, total))
    return WITH_PORTS[kind](node.rule, xs, parameters, ports=ports, progress=told)


def trace(
    network: Network,
    tensors: Mapping[str, Array],
    x: Array,
    hold: Hold = as_it_is,
    ports: Mapping[str, Ports] = {},
    progress: LayerProgress | None = None,
    keep: Callable[[str], bool] = lambda name: True,  # noqa: ARG005 all of them
) -> dict[str, Array]:
    """The input and every layer's result by name, with the samples along the first axis.

    ``tensors`` are the parameters. ``ports`` are by layer, then as the layer has them. Results that ``keep`` does not want are
    let go once no later layer takes them; the last one is always kept. ``ValueError`` for arrays of other types than the
    network's.
    """
    types = {name: TensorType(array.shape, array.format) for name, array in tensors.items()}
    spec.check_types(network, types, TensorType(x.shape[1:], x.format))
    last = {name: i for i, node in enumerate(network.nodes) for name in node.inputs}
    final = network.nodes[-1].name
    held = {INPUT: hold(INPUT, x)}
    for i, node in enumerate(network.nodes):
        parameters = {role: tensors[name] for role, name in node.parameters}
        try:
            made = compute(node, [held[name] for name in node.inputs], parameters, ports.get(node.name, NO_PORTS), progress)
        except ValueError as error:
            raise ValueError(f"layer {node.name}: {error}") from error
        held[node.name] = hold(node.name, made)
        for name in [name for name in held if last.get(name, i) <= i and name != final and not keep(name)]:
            del held[name]
    return {name: array for name, array in held.items() if name == final or keep(name)}


def run(
    network: Network,
    tensors: Mapping[str, Array],
    x: Array,
    hold: Hold = as_it_is,
    ports: Mapping[str, Ports] = {},
    progress: LayerProgress | None = None,
) -> Array:
    """The network's result."""
    return trace(network, tensors, x, hold, ports, progress, keep=lambda name: False)[network.nodes[-1].name]  # noqa: ARG005
