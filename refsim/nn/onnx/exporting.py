"""Networks of codes while they are written as ONNX models: nodes and constants so far, and what waits for a later node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.array import Array
from ...spec.convolutions import Window
from ...spec.networks import Node
from ...spec.tensors import TensorType
from ..files import CodeNetwork
from .coding import FORMATS

MICROSOFT = "com.microsoft"
ELEMENTS = {format: np.dtype(element) for element, format in FORMATS.items()}


@dataclass
class Exporting:
    """What has been written so far: ONNX's nodes and constants; and nodes of the network that become part of a later one."""

    found: CodeNetwork
    types: Mapping[str, TensorType]
    made: list[Any] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    waiting: dict[str, Node] = field(default_factory=dict)

    def tensor(self, node: Node, role: str) -> Array:
        """The parameter of a node."""
        return self.found.tensors[dict(node.parameters)[role]]

    def constant(self, node: Node, role: str, value: NDArray[Any]) -> str:
        """The name of a new constant."""
        self.constants[name := f"{node.name}.{role}"] = value
        return name

    def parameter(self, node: Node, role: str) -> str:
        """The name of a constant with a parameter's numbers; of those of one element without an axis."""
        value = numbers(node, self.tensor(node, role))
        return self.constant(node, role, value.reshape(()) if value.size == 1 else value)

    def write(
        self, node: Node, type: str, inputs: Sequence[str], domain: str = "", output: str = "", **attributes: Any
    ) -> None:
        """A node of ONNX that gives a node's result, or another one on the way."""
        from onnx import helper  # noqa: PLC0415 an extra

        if wrong := [name for name in inputs if name in self.waiting]:
            raise refusal(node, f"takes {wrong[0]}, which ONNX has only within a quantized operator")
        made = output or node.name
        self.made.append(helper.make_node(type, list(inputs), [made], name=made, domain=domain, **attributes))


def refusal(node: Node, why: str) -> ValueError:
    """What is raised where ONNX has no operator."""
    return ValueError(f"layer {node.name} {why}")


def numbers(node: Node, array: Array) -> NDArray[Any]:
    """The numbers of codes in their type of ONNX; ``ValueError`` for a format that it does not have."""
    if array.format.name not in ELEMENTS:
        raise refusal(node, f"has codes of {array.format.name}; ONNX has {', '.join(ELEMENTS)}")
    return np.ascontiguousarray(array.codes).view(ELEMENTS[array.format.name]).reshape(array.shape)


def window(given: Window) -> dict[str, Any]:
    """The attributes of a window."""
    top, bottom, left, right = given.padding
    return {"strides": given.stride, "pads": [top, left, bottom, right], "dilations": given.dilation, "group": given.groups}
