"""ONNX graphs of floating-point operators as networks in floating point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...spec.tensors import size
from ..files import FloatNetwork
from ..layers.kind import Floats
from ..networks import INPUT, MOST_NUMBERS, Layer, Network
from . import float_images as images
from . import float_operators as operators
from .attributes import one_output, reading
from .building import Building, Flow, free_name
from .constants import FOLDED, constant, folded, shape
from .float_operators import Translate, by_element
from .model import Graph, Operator, RefusedModel, shown

FLOAT_OPERATORS: Mapping[str, Translate] = {
    "Gemm": operators.gemm,
    "MatMul": operators.matmul,
    "Conv": operators.conv,
    "ConvTranspose": operators.conv_transpose,
    "BatchNormalization": operators.batch_normalization,
    "Relu": by_element("relu"),
    "Sigmoid": by_element("sigmoid"),
    "Tanh": by_element("tanh"),
    "Clip": operators.clip,
    "LeakyRelu": operators.leaky_relu,
    "HardSigmoid": operators.hard_sigmoid,
    "Softmax": operators.softmax,
    "Add": operators.arithmetic,
    "Sub": operators.arithmetic,
    "Mul": operators.arithmetic,
    "Div": operators.arithmetic,
    "Sum": images.total,
    "Concat": images.concat,
    "MaxPool": images.max_pool,
    "AveragePool": images.average_pool,
    "GlobalAveragePool": images.global_average_pool,
    "ReduceMean": images.reduce_mean,
    "ReduceMax": images.reduce_max,
    "Flatten": images.flatten,
    "Reshape": images.reshape,
    "Transpose": images.transpose,
    "Squeeze": images.squeeze,
    "Unsqueeze": images.squeeze,
    "Pad": images.pad,
    "Resize": images.resize,
    "Upsample": images.resize,
    "Identity": operators.identity,
    "Dropout": operators.dropout,
}
"""The operators that become layers, or another order of a layer's result."""


def import_float(graph: Graph) -> FloatNetwork:
    """The network in floating point of a graph, with its parameters in the graph's own type.

    Biases that are added behind a layer become the layer's; reshaped and transposed values are taken in by the next matrix.
    ``RefusedModel`` for a graph that has something else in it, the operator and its name first.
    """
    if graph.input.element.kind != "f":
        raise RefusedModel(
            f"the input {graph.input.name!r:.80} has elements {graph.input.element}, and no operator takes them as codes"
        )
    first = Flow(INPUT, graph.input.sample)
    building = Building(graph, graph.uses(), {**graph.constants, graph.input.name: first}, {INPUT: first.shape})
    for operator in graph.needed():
        with reading(operator):
            translate(building, operator)
    return network_of(building)


def translate(building: Building, operator: Operator) -> None:
    """One node: a constant, or a layer."""
    values = [building.values[name] for name in operator.inputs if name]
    if operator.type == "Dropout":
        if any(building.uses.get(name) for name in operator.outputs[1:]):
            raise RefusedModel(f"{operator} gives a mask that is taken; supported is its first output only")
        name = operator.outputs[0]
    else:
        name = one_output(operator)
    if operator.type == "Constant" and not operator.domain:
        building.values[name] = constant(operator)
    elif operator.type == "Shape" and len(values) == 1 and isinstance(flow := values[0], Flow):
        building.values[name] = shape(operator, [(building.graph.input.shape or [None])[0], *flow.shape])
    elif operator.type in FOLDED and values and not any(isinstance(value, Flow) for value in values):
        building.values[name] = folded(operator, [value for value in values if not isinstance(value, Flow)])
    elif operator.domain or operator.type not in FLOAT_OPERATORS:
        known = ", ".join(sorted(FLOAT_OPERATORS))
        raise RefusedModel(f"{operator} is an operator that is not supported in floating point; supported are {known}")
    else:
        found = FLOAT_OPERATORS[operator.type](building, operator)
        if size(found.shape) > MOST_NUMBERS:
            raise RefusedModel(f"{operator} makes samples of {shown(found.shape)}; supported are {MOST_NUMBERS} numbers")
        building.values[name] = found


def network_of(building: Building) -> FloatNetwork:
    """The layers that the output needs, in order, and their parameters."""
    graph = building.graph
    last = Operator(graph.output.name, "the output", "", 0, (graph.output.name,), (), {})
    found = building.plain(last, graph.output.name)
    if found.layer == INPUT:
        raise RefusedModel(f"the output {graph.output.name!r:.80} is the input: there are no layers")
    declared = graph.output.shape
    if declared is not None and (len(declared) != len(found.shape) + 1 or not agree(declared[1:], found.shape)):
        raise RefusedModel(
            f"the output {graph.output.name!r:.80} is declared as {shown(declared)}, but its samples are {shown(found.shape)}"
        )
    needed = {found.layer}
    for layer in reversed(building.layers.values()):
        if layer.name in needed:
            needed.update(layer.inputs)
    layers = tuple(layer for layer in building.layers.values() if layer.name in needed)
    parameters = {key: value for key, value in building.parameters.items() if key.rsplit(".", 1)[0] in needed}
    return FloatNetwork(last_first(free_name(graph.name, {}), building, layers, found.layer), one_type(parameters))


def last_first(name: str, building: Building, layers: Sequence[Layer], last: str) -> Network:
    """The network, whose last layer must be that of the output: what it needs stands before it."""
    assert layers[-1].name == last, "layers stand in the order in which they were made"
    return Network(name, building.graph.input.sample, tuple(layers))


def agree(declared: Sequence[int | None], shape: Sequence[int]) -> bool:
    """Whether a shape is as declared."""
    return all(a is None or a == b for a, b in zip(declared, shape, strict=True))


def one_type(parameters: Mapping[str, Floats]) -> dict[str, Floats]:
    """The parameters, which must all be of one type."""
    kinds = sorted({str(value.dtype) for value in parameters.values()})
    if len(kinds) > 1:
        raise RefusedModel(f"the parameters of a network are of one type, not of {' and '.join(kinds)}")
    return dict(parameters)
