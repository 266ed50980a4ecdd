"""ONNX files: read as plain records, and refused in one line where they are damaged, dangerous or of another kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks import MOST_NUMBERS

LARGEST_FILE = 1 << 30
"""The most bytes of a file."""
MOST_AXES = 8
VERSIONS = range(6, 29)
"""The versions of the operators of ONNX that are read."""
DOMAINS = ("", "ai.onnx", "com.microsoft")
ELEMENTS: Mapping[str, np.dtype[Any]] = {
    "FLOAT": np.dtype(np.float32),
    "DOUBLE": np.dtype(np.float64),
    "INT8": np.dtype(np.int8),
    "UINT8": np.dtype(np.uint8),
    "INT16": np.dtype(np.int16),
    "UINT16": np.dtype(np.uint16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "BOOL": np.dtype(np.bool_),
}
"""The element types that are read, by their names in ONNX."""


class RefusedModel(ValueError):
    """A file is no ONNX model, is damaged, or needs what is not supported; the message says which and where."""


@dataclass(frozen=True)
class Operator:
    """A node: its name, operator and domain, the version of the operators of its domain, and the names of its values; an
    optional one that is left out is empty."""

    name: str
    type: str
    domain: str
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.type} {self.name!r:.80}"


@dataclass(frozen=True)
class Value:
    """An input or output: its name, its element type, and its shape, if it has one; ``None`` is a size that is not fixed."""

    name: str
    element: np.dtype[Any]
    shape: tuple[int | None, ...] | None

    @property
    def sample(self) -> tuple[int, ...]:
        """The shape without its first axis, that of the samples; ``RefusedModel`` where it is not fixed."""
        if self.shape is None or len(self.shape) < 2 or any(length is None for length in self.shape[1:]):
            shape = "no shape" if self.shape is None else f"the shape {shown(self.shape)}"
            raise RefusedModel(f"the input {self.name!r:.80} needs an axis of samples and then fixed sizes, but has {shape}")
        return tuple(length for length in self.shape[1:] if length is not None)


@dataclass(frozen=True)
class Graph:
    """What a file holds: the input that a caller gives, the nodes in order, constants by name, and the one output."""

    name: str
    input: Value
    operators: tuple[Operator, ...]
    constants: Mapping[str, NDArray[Any]]
    output: Value

    def uses(self) -> dict[str, int]:
        """How often each value is taken, the graph's output once more."""
        found: dict[str, int] = {self.output.name: 1}
        for name in (name for operator in self.operators for name in operator.inputs):
            found[name] = found.get(name, 0) + 1
        return found

    def needed(self) -> tuple[Operator, ...]:
        """The nodes that the output depends on, in order."""
        values, found = {self.output.name}, []
        for operator in reversed(self.operators):
            if values.intersection(operator.outputs):
                values.update(operator.inputs)
                found.append(operator)
        return tuple(reversed(found))


def shown(shape: Iterable[int | None]) -> str:
    """A shape as it is written in messages."""
    return "[" + ", ".join("?" if length is None else str(length) for length in shape) + "]"


def load(path: Path) -> Graph:
    """The graph of an ONNX file. Nothing but this file is read: data outside it are refused.

    ``RefusedModel``, a ``ValueError``, for a file that is none or is damaged, and for a graph that is not of one input, one
    output, and nodes in order.
    """
    try:
        return graph_of(parse(content_of(path)))
    except RefusedModel as error:
        raise RefusedModel(f"{path}: {error}") from None


def content_of(path: Path) -> bytes:
    """The bytes of a file that is not too large; ``RefusedModel`` where it cannot be read."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        raise RefusedModel(f"the file cannot be read: {error.strerror}") from None
    if size > LARGEST_FILE:
        raise RefusedModel(f"it has {size} bytes, more than the {LARGEST_FILE} that are read")
    return content


def parse(content: bytes) -> Any:
    """The message of a model; ``RefusedModel`` where the bytes are none."""
    try:
        import onnx  # noqa: PLC0415 an extra
    except ModuleNotFoundError:
        raise RefusedModel("reading an ONNX model needs the package onnx: pip install refsim[onnx]") from None
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except Exception:  # noqa: BLE001 protobuf's errors have no common base that it exports
        raise RefusedModel("this is no ONNX model, or one that is cut off") from None
    if not model.HasField("graph") or not model.graph.node:
        raise RefusedModel("this is no ONNX model: there is no graph with nodes in it")
    return model


def text(value: Any) -> str:
    """A text of a message; ``RefusedModel`` for bytes that are none."""
    if not isinstance(value, str):
        raise RefusedModel(f"a name in the model is no text: {value!r:.80}")
    return value


def graph_of(model: Any) -> Graph:
    """The graph of a model's message; ``RefusedModel`` as for ``load``."""
    graph = model.graph
    if model.functions or graph.sparse_initializer:
        raise RefusedModel(f"{'functions' if model.functions else 'sparse initializers'} are not supported")
    versions = versions_of(model)
    constants = {}
    for tensor in graph.initializer:
        if not text(tensor.name) or tensor.name in constants:
            raise RefusedModel(f"two initializers have the name {tensor.name!r:.80}, or it is empty")
        constants[tensor.name] = array_of(tensor, f"initializer {tensor.name!r:.80}")
    inputs = [one for one in graph.input if text(one.name) not in constants]
    for what, given in (("input", inputs), ("output", graph.output)):
        if len(given) != 1:
            names = ", ".join(f"{text(one.name)!r:.30}" for one in given[:5])
            raise RefusedModel(f"a network has one {what}, not {len(given)}{f': {names}' if names else ''}")
    known = {"", *constants, inputs[0].name}
    operators = []
    for number, node in enumerate(graph.node, start=1):
        operators.append(operator_of(number, node, versions))
        check_order(operators[-1], known)
        known.update(operators[-1].outputs)
    output = value_of(graph.output[0], "output")
    if output.name not in known:
        raise RefusedModel(f"the output {output.name!r:.80} is made by no node")
    return Graph(text(graph.name) or "network", value_of(inputs[0], "input"), tuple(operators), constants, output)


def versions_of(model: Any) -> dict[str, int]:
    """The version of the operators by domain."""
    found = {"" if one.domain == "ai.onnx" else one.domain: one.version for one in model.opset_import}
    if (version := found.get("", VERSIONS[0])) not in VERSIONS:
        raise RefusedModel(f"the versions of ONNX's operators that are read are {VERSIONS[0]} to {VERSIONS[-1]}, not {version}")
    return found


def operator_of(number: int, node: Any, versions: Mapping[str, int]) -> Operator:
    """The record of a node."""
    domain = "" if node.domain == "ai.onnx" else text(node.domain)
    name = text(node.name) or f"{text(node.op_type)}_{number}"
    if domain not in DOMAINS:
        raise RefusedModel(f"node {name!r:.80} is of the domain {domain!r:.60}; known are ONNX's own and com.microsoft")
    if domain not in versions:
        raise RefusedModel(f"node {name!r:.80} is of the domain {domain!r:.60}, of which the model states no version")
    attributes = {}
    for one in node.attribute:
        attributes[text(one.name)] = attribute_of(one, f"attribute {one.name!r:.60} of node {name!r:.80}")
    if not text(node.op_type).isidentifier():
        raise RefusedModel(f"node {name!r:.80} has the operator {node.op_type!r:.60}, which is no name of one")
    inputs, outputs = tuple(map(text, node.input)), tuple(map(text, node.output))
    return Operator(name, node.op_type, domain, versions[domain], inputs, outputs, attributes)


def attribute_of(attribute: Any, what: str) -> Any:
    """The value of an attribute: a number, a text, a list of them, or an array."""
    from onnx import AttributeProto  # noqa: PLC0415 an extra

    kind = AttributeProto.AttributeType.Name(attribute.type)
    if attribute.ref_attr_name or kind not in {"FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS", "STRINGS"}:
        raise RefusedModel(f"{what} is a {kind.lower()}, which is not supported")
    if kind == "TENSOR":
        return array_of(attribute.t, what)
    if kind in {"STRING", "STRINGS"}:
        texts = [one.decode("utf-8", "replace") for one in (attribute.strings if kind == "STRINGS" else [attribute.s])]
        return texts if kind == "STRINGS" else texts[0]
    single = {"FLOAT": attribute.f, "INT": attribute.i}
    return single[kind] if kind in single else list(attribute.floats if kind == "FLOATS" else attribute.ints)


def check_order(operator: Operator, known: set[str]) -> None:
    """``RefusedModel`` for a node that takes what no node before it makes, or makes what is there already."""
    for name in operator.inputs:
        if name not in known:
            raise RefusedModel(f"{operator} takes {name!r:.80}, which no node before it makes and no initializer has")
    for name in operator.outputs:
        if name and name in known:
            raise RefusedModel(f"{operator} makes {name!r:.80}, which is there already")


def element_of(code: int, what: str) -> np.dtype[Any]:
    """The element type of a code of ONNX."""
    from onnx import TensorProto  # noqa: PLC0415 an extra

    name = TensorProto.DataType.Name(code) if code in TensorProto.DataType.values() else str(code)
    if name not in ELEMENTS:
        raise RefusedModel(f"{what} has elements {name.lower()}; supported are {', '.join(ELEMENTS).lower()}")
    return ELEMENTS[name]


def check_sizes(dims: Iterable[int], what: str) -> int:
    """How many numbers a tensor has; ``RefusedModel`` for too many, or a negative length."""
    count, axes = 1, list(dims)
    for length in axes:
        if length < 0 or len(axes) > MOST_AXES or (count := count * length) > MOST_NUMBERS:
            raise RefusedModel(
                f"{what} has the shape {shown(axes):.80}; supported are {MOST_AXES} axes of in all {MOST_NUMBERS} numbers"
            )
    return count


def array_of(tensor: Any, what: str) -> NDArray[Any]:
    """The array of a tensor whose data are in the file and as many as its shape says; ``RefusedModel`` for another."""
    from onnx import TensorProto, numpy_helper  # noqa: PLC0415 an extra

    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise RefusedModel(f"{what} has its data in another file, which is not read")
    dtype, count = element_of(tensor.data_type, what), check_sizes(tensor.dims, what)
    given = len(tensor.raw_data) if tensor.HasField("raw_data") else None
    if given is not None and given != count * dtype.itemsize:
        raise RefusedModel(f"{what} has {given} bytes, not the {count * dtype.itemsize} of its shape {shown(tensor.dims)}")
    try:
        found = np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError, OverflowError) as error:
        raise RefusedModel(f"{what} is damaged: {' '.join(str(error).split()):.120}") from None
    return found.astype(dtype).reshape(tuple(tensor.dims))


def value_of(value: Any, what: str) -> Value:
    """The record of an input or an output."""
    named = f"the {what} {value.name!r:.80}"
    if not value.type.HasField("tensor_type"):
        raise RefusedModel(f"{named} is no tensor")
    type = value.type.tensor_type
    shape = None
    if type.HasField("shape"):
        shape = tuple(one.dim_value if one.HasField("dim_value") else None for one in type.shape.dim)
        check_sizes([1 if length is None else length for length in shape], named)
    return Value(text(value.name), element_of(type.elem_type, named), shape)
