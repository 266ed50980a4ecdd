"""Networks of codes while they are read from ONNX: nodes so far, their parameters, and what each value is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.array import Array
from ...spec.catalogue import get_format
from ...spec.formats import Format
from ...spec.layers import Rule
from ...spec.networks import INPUT, Node
from ...spec.tensors import Shape, TensorType
from .building import free_name
from .constants import Constant
from .model import Graph, Operator, RefusedModel, shown

FORMATS: Mapping[str, str] = {
    "float32": "binary32",
    "float64": "binary64",
    **{name: name for name in ("int8", "uint8", "int16", "uint16", "int32", "int64")},
}
"""The formats of the element types."""


@dataclass(frozen=True)
class Codes:
    """A value that depends on the input: the layer whose result it is, and the type of that."""

    layer: str
    type: TensorType

    @property
    def shape(self) -> Shape:
        """The shape of a sample."""
        return self.type.shape

    @property
    def format(self) -> Format:
        """The format of its codes."""
        return self.type.format


def format_of(element: np.dtype[Any], what: object) -> Format:
    """The format of an element type."""
    if element.name not in FORMATS:
        raise RefusedModel(f"{what} has elements {element.name}; supported are {', '.join(FORMATS)}")
    return get_format(FORMATS[element.name])


def coded(x: Constant, what: object) -> Array:
    """The codes of the numbers of an array."""
    format = format_of(x.dtype, what)
    return Array(np.ascontiguousarray(x).view(f"uint{8 * x.dtype.itemsize}").reshape(x.shape), format)


def as_codes(values: NDArray[Any], format: Format) -> Array:
    """The codes of integers that an integer format holds."""
    return Array((values.astype(np.int64) & ((1 << format.width) - 1)).astype(np.uint64), format)


@dataclass
class Coding:
    """What has been read so far of a graph: values by their names in ONNX, nodes by name, and tensors by ``layer.role``."""

    graph: Graph
    values: dict[str, Codes | Constant]
    nodes: dict[str, Node] = field(default_factory=dict)
    tensors: dict[str, Array] = field(default_factory=dict)

    def codes(self, operator: Operator, name: str, *formats: str) -> Codes:
        """A value that depends on the input, of one of the formats if any are named; ``RefusedModel`` for another."""
        found = self.values[name]
        if not isinstance(found, Codes):
            raise RefusedModel(f"{operator} takes the constant {name!r:.80} where a layer's result is needed")
        if formats and found.format.name not in formats:
            raise RefusedModel(f"{operator} takes {name!r:.80} of {found.format.name}; supported are {', '.join(formats)}")
        return found

    def constant(self, operator: Operator, name: str, what: str, *elements: str) -> Constant:
        """A value that is a constant, of one of the element types if any are named; ``RefusedModel`` for another."""
        found = self.values[name]
        if isinstance(found, Codes):
            raise RefusedModel(f"{operator} takes {what} {name!r:.80} that is no constant")
        if elements and found.dtype.name not in elements:
            raise RefusedModel(
                f"{operator} takes {what} {name!r:.80} of {found.dtype.name}; supported are {', '.join(elements)}"
            )
        return found

    def scale(self, operator: Operator, name: str, count: int | None = None) -> NDArray[np.float32]:
        """Positive finite binary32 scales: one, or as many as ``count`` says; ``RefusedModel`` for others."""
        found = self.constant(operator, name, "a scale", "float32").reshape(-1)
        if found.size not in {1, count} or not (np.isfinite(found) & (found > 0)).all():
            several = f" or {count}" if count else ""
            raise RefusedModel(f"{operator} takes 1{several} positive finite scales, not those of {name!r:.80}")
        return found

    def zero_point(
        self, operator: Operator, name: str, element: np.dtype[Any] | None, count: int | None = None
    ) -> NDArray[Any]:
        """Zero points of an element type, one or as many as ``count`` says; 0 where they are left out."""
        if not name:
            return np.zeros(1, np.uint8 if element is None else element)
        found = self.constant(operator, name, "a zero point").reshape(-1)
        if found.dtype.kind not in "iu" or (element is not None and found.dtype != element) or found.size not in {1, count}:
            several = f" or {count}" if count else ""
            kind = "integer" if element is None else element.name
            raise RefusedModel(f"{operator} takes 1{several} zero points of {kind}, not {name!r:.80} of {found.dtype.name}")
        return found

    def emit(
        self, operator: Operator, rule: Rule, inputs: Sequence[Codes], parameters: Mapping[str, Array] = {}, suffix: str = ""
    ) -> Codes:
        """A new layer's result; ``RefusedModel`` where the rule does not take inputs or parameters."""
        name = free_name(operator.name + suffix, {INPUT: None, **self.nodes})
        types = {role: TensorType(array.shape, array.format) for role, array in parameters.items()}
        try:
            made = rule.infer([x.type for x in inputs], types)
        except ValueError as error:
            raise RefusedModel(f"{operator}: {error}") from None
        named = {role: f"{name}.{role}" for role in parameters}
        self.nodes[name] = Node(name, rule, tuple(x.layer for x in inputs), tuple(named.items()))
        self.tensors.update({named[role]: array for role, array in parameters.items()})
        return Codes(name, made)


def element_of_codes(codes: Codes, operator: Operator) -> np.dtype[Any]:
    """The element type in ONNX of codes."""
    for element, format in FORMATS.items():
        if format == codes.format.name:
            return np.dtype(element)
    raise RefusedModel(f"{operator} takes codes of {codes.format.name}, which ONNX does not have")


def flat_rows(operator: Operator, weights: Constant) -> Constant:
    """Weights that are a matrix; ``RefusedModel`` for others."""
    if weights.ndim != 2:
        raise RefusedModel(f"{operator} has weights of {shown(weights.shape)}; supported is a matrix")
    return weights
