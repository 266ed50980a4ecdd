"""Networks in floating point while they are read from ONNX: layers so far, their parameters, and what each value is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...spec.tensors import size
from ..layers.kind import Floats, Shape
from ..networks import INPUT, Layer
from .constants import Constant
from .model import Graph, Operator, RefusedModel, shown

Padding = tuple[int, int, int, int]
NONE: Padding = (0, 0, 0, 0)


@dataclass(frozen=True)
class Flow:
    """A value that depends on the input: the layer whose result it is, and the shape of a sample.

    ``order`` is for a value that has been reshaped or transposed: for each of its elements, its place in the layer's result
    row by row. ``padding`` are rows and columns of zeros around it, which are not in its shape.
    """

    layer: str
    shape: Shape
    order: Constant | None = None
    padding: Padding = NONE


@dataclass
class Building:
    """What has been read so far of a graph: the values by their names in ONNX, layers and their results' shapes by name, and
    parameters by ``layer.role``."""

    graph: Graph
    uses: Mapping[str, int]
    values: dict[str, Flow | Constant]
    shapes: dict[str, Shape]
    layers: dict[str, Layer] = field(default_factory=dict)
    parameters: dict[str, Floats] = field(default_factory=dict)

    def flow(self, operator: Operator, name: str) -> Flow:
        """A value that depends on the input; ``RefusedModel`` for a constant."""
        found = self.values[name]
        if not isinstance(found, Flow):
            raise RefusedModel(f"{operator} takes the constant {name!r:.80} where a layer's result is needed")
        return found

    def plain(self, operator: Operator, name: str) -> Flow:
        """A value that is a layer's result as it stands; a flat one is made so by a layer. ``RefusedModel`` for another."""
        found = self.flow(operator, name)
        if found.padding != NONE:
            raise RefusedModel(f"{operator} takes a padded value; supported is Pad before a convolution or an average pool")
        if found.order is None:
            return found
        if not is_flat(found):
            raise RefusedModel(
                f"{operator} takes a reshaped or transposed value of {shown(found.shape)}; supported are those that become "
                "flat before a matrix, or flat in the order of channels, rows, columns"
            )
        self.values[name] = made = self.flat(operator, found)
        return made

    def flat(self, operator: Operator, found: Flow) -> Flow:
        """All elements of a layer's result in one axis, as they stand there."""
        return self.emit(operator, "flatten", [Flow(found.layer, ())], suffix="_flat")

    def moved(self, flow: Flow, order: Constant) -> Flow:
        """The value with its elements in another order or shape; plain where that is the layer's own."""
        own = order.shape == self.shapes[flow.layer] and (order.reshape(-1) == np.arange(order.size)).all()
        return Flow(flow.layer, order.shape, None if own else order)

    def constant(self, operator: Operator, name: str, what: str) -> Constant:
        """A value that is a constant; ``RefusedModel`` for another."""
        found = self.values[name]
        if isinstance(found, Flow):
            raise RefusedModel(f"{operator} takes {what} {name!r:.80} that is no constant")
        return found

    def floats(self, operator: Operator, name: str, what: str) -> Floats:
        """A constant of finite floating-point numbers; ``RefusedModel`` for others."""
        found = self.constant(operator, name, what)
        if found.dtype.kind != "f" or not np.isfinite(found).all():
            raise RefusedModel(f"{operator} takes {what} {name!r:.80} that are no finite floating-point numbers")
        return found

    def emit(
        self,
        operator: Operator,
        kind: str,
        flows: Sequence[Flow],
        options: Mapping[str, Any] = {},
        parameters: Mapping[str, Floats] = {},
        suffix: str = "",
    ) -> Flow:
        """A new layer's result; ``RefusedModel`` where the layer does not take its inputs."""
        name = free_name(operator.name + suffix, self.layers)
        layer = Layer(name, kind, tuple(flow.layer for flow in flows), dict(options))
        shapes = [self.shapes[name] for name in layer.inputs]
        try:
            made = tuple(layer.known.shape(layer.all_options, shapes))
            wanted = layer.known.parameters(layer.all_options, shapes)
        except (ValueError, TypeError, IndexError) as error:
            raise RefusedModel(f"{operator}: {error}") from None
        for role, shape in wanted.items():
            if parameters[role].shape != tuple(shape):
                raise RefusedModel(f"{operator} has {role} of shape {shown(parameters[role].shape)}, not {shown(shape)}")
            self.parameters[f"{name}.{role}"] = parameters[role]
        self.layers[name], self.shapes[name] = layer, made
        return Flow(name, made)

    def with_bias(self, flow: Flow, name: str, bias: Floats) -> Flow | None:
        """The value with a bias for each output, where it is of a layer that has none yet, and that nothing else takes."""
        layer = self.layers.get(flow.layer)
        if layer is None or layer.options.get("bias") is not False or self.uses[name] != 1:
            return None
        axis = len(flow.shape) - 1 if layer.kind == "dense" else 0
        outputs = flow.shape[axis]
        wide = tuple(outputs if i == axis else 1 for i in range(len(flow.shape)))
        if bias.size != 1 and (1,) * (len(wide) + 1 - bias.ndim) + bias.shape != (1, *wide):
            return None
        self.layers[layer.name] = replace(layer, options={**layer.options, "bias": True})
        self.parameters[f"{layer.name}.bias"] = np.ascontiguousarray(np.broadcast_to(bias.reshape(-1), (outputs,)))
        return flow


def free_name(wanted: str, taken: Mapping[str, Any]) -> str:
    """A name of letters, digits and underscores that is not taken."""
    base = re.sub(r"[^A-Za-z0-9_]+", "_", wanted).strip("_")[:80] or "layer"
    name, number = base, 1
    while name in taken or name == INPUT:
        number += 1
        name = f"{base}_{number}"
    return name


def is_flat(flow: Flow) -> bool:
    """Whether a value is a layer's result with all its elements in one axis, as they stand there."""
    return flow.order is not None and flow.order.ndim == 1 and bool((flow.order == np.arange(flow.order.size)).all())


def order_of(flow: Flow) -> Constant:
    """For each element of a value, its place in the layer's result."""
    return np.arange(size(flow.shape)).reshape(flow.shape) if flow.order is None else flow.order
