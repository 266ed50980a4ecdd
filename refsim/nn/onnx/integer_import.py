"""ONNX graphs of quantized operators as networks of codes."""

from __future__ import annotations

from collections.abc import Mapping

from ...spec.networks import INPUT, Network
from ...spec.tensors import TensorType, size
from ..files import CodeNetwork
from ..networks import MOST_NUMBERS
from . import integer_joins as joins
from . import integer_moves as moves
from . import integer_operators as operators
from .attributes import one_output, reading
from .building import free_name
from .coding import Codes, Coding, format_of
from .constants import FOLDED, constant, folded, shape
from .integer_operators import Translate
from .model import Graph, Operator, RefusedModel, shown
from .qdq import fused

ONNX: Mapping[str, Translate] = {
    "QuantizeLinear": operators.quantize,
    "DequantizeLinear": operators.dequantize,
    "QLinearConv": operators.qlinear_conv,
    "QLinearMatMul": operators.qlinear_matmul,
    "ConvInteger": operators.conv_integer,
    "MatMulInteger": operators.matmul_integer,
    "MaxPool": moves.max_pool,
    "Flatten": moves.flatten,
    "Reshape": moves.reshape,
    "Squeeze": moves.squeeze,
    "Unsqueeze": moves.squeeze,
    "Transpose": moves.transpose,
    "Concat": moves.concat,
    "Pad": moves.pad,
    "Relu": moves.relu,
    "Clip": moves.clip,
    "Max": moves.extremum("maximum"),
    "Min": moves.extremum("minimum"),
    "Cast": moves.cast,
    "Add": moves.elementwise("add"),
    "Sub": moves.elementwise("subtract"),
    "Mul": moves.elementwise("multiply"),
    "Div": moves.elementwise("divide"),
    "Sigmoid": moves.elementwise("sigmoid"),
    "Tanh": moves.elementwise("tanh"),
    "HardSigmoid": moves.hard_sigmoid,
    "Softmax": moves.softmax,
    "Resize": moves.resize,
    "Upsample": moves.resize,
    "Identity": moves.same,
    "Dropout": moves.same,
}
"""The operators of ONNX that become rules; those of real numbers are on binary32."""
MICROSOFT: Mapping[str, Translate] = {
    "QLinearAdd": joins.join("add"),
    "QLinearMul": joins.join("multiply"),
    "QLinearSigmoid": joins.function("sigmoid"),
    "QLinearLeakyRelu": joins.function("leaky_relu"),
    "QLinearSoftmax": joins.softmax,
    "QLinearAveragePool": joins.average_pool,
    "QLinearGlobalAveragePool": joins.global_average_pool,
    "QLinearConcat": joins.concat,
    "QGemm": operators.qgemm,
    "QLinearConvTranspose": operators.qlinear_conv_transpose,
    "QuantizeLinear": operators.quantize,
    "DequantizeLinear": operators.dequantize,
}
"""Those of ONNX Runtime's own domain, com.microsoft."""
QUANTIZED = (
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "QLinearConv",
    "QLinearMatMul",
    "ConvInteger",
    "MatMulInteger",
)


def is_quantized(graph: Graph) -> bool:
    """Whether a graph is of codes: one node quantizes or computes with integers, or the input is of integers."""
    return graph.input.element.kind != "f" or any(one.domain or one.type in QUANTIZED for one in graph.operators)


def import_codes(graph: Graph) -> CodeNetwork:
    """The network of codes of a graph, and its tensors.

    What stands between ``DequantizeLinear`` and ``QuantizeLinear`` becomes one quantized operator where ONNX Runtime has one.
    ``RefusedModel`` for a graph that has something else in it, the operator and its name first.
    """
    whole = fused(graph)
    named = f"the input {graph.input.name!r:.80}"
    first = Codes(INPUT, TensorType(graph.input.sample, format_of(graph.input.element, named)))
    coding = Coding(whole, {**whole.constants, graph.input.name: first})
    for operator in whole.needed():
        with reading(operator):
            translate(coding, operator)
    return network_of(coding)


def translate(coding: Coding, operator: Operator) -> None:
    """One node: a constant, or rules."""
    name = operator.outputs[0] if operator.type == "Dropout" else one_output(operator)
    values = [coding.values[one] for one in operator.inputs if one]
    table = MICROSOFT if operator.domain else ONNX
    if operator.type == "Constant" and not operator.domain:
        coding.values[name] = constant(operator)
    elif operator.type == "Shape" and len(values) == 1 and isinstance(values[0], Codes):
        coding.values[name] = shape(operator, [(coding.graph.input.shape or [None])[0], *values[0].shape])
    elif operator.type == "DequantizeLinear" and values and not any(isinstance(value, Codes) for value in values):
        coding.values[name] = operators.dequantized_constant(
            operator, *(value for value in values if not isinstance(value, Codes))
        )
    elif operator.type in FOLDED and values and not any(isinstance(value, Codes) for value in values):
        coding.values[name] = folded(operator, [value for value in values if not isinstance(value, Codes)])
    elif operator.type not in table:
        known = f"{', '.join(sorted(ONNX))}; of com.microsoft {', '.join(sorted(MICROSOFT))}"
        raise RefusedModel(
            f"{operator} is an operator that quantized networks do not have, or not where no quantization encloses it; "
            f"supported are {known}"
        )
    else:
        made = table[operator.type](coding, operator)
        if size(made.shape) > MOST_NUMBERS:
            raise RefusedModel(f"{operator} makes samples of {shown(made.shape)}; supported are {MOST_NUMBERS} numbers")
        coding.values[name] = made


def network_of(coding: Coding) -> CodeNetwork:
    """The nodes in order, and their tensors."""
    graph = coding.graph
    found = coding.values[graph.output.name]
    if not isinstance(found, Codes) or found.layer == INPUT:
        raise RefusedModel(f"the output {graph.output.name!r:.80} is a constant or the input: there are no layers")
    declared = graph.output.shape
    if declared is not None and (
        len(declared) != len(found.shape) + 1 or any(a not in {None, b} for a, b in zip(declared[1:], found.shape, strict=True))
    ):
        raise RefusedModel(
            f"the output {graph.output.name!r:.80} is declared as {shown(declared)}, but its samples are {shown(found.shape)}"
        )
    needed = {found.layer}
    for node in reversed(coding.nodes.values()):
        if node.name in needed:
            needed.update(node.inputs)
    nodes = tuple(node for node in coding.nodes.values() if node.name in needed)
    tensors = {name: coding.tensors[name] for node in nodes for _, name in node.parameters}
    types = {name: TensorType(tensor.shape, tensor.format) for name, tensor in tensors.items()}
    given = coding.values[graph.input.name]
    assert isinstance(given, Codes), "it is the first value"
    return CodeNetwork(Network(free_name(graph.name, {}), given.type, nodes, types), tensors)
