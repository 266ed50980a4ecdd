"""Operators between DequantizeLinear and QuantizeLinear as the one quantized operator that ONNX Runtime has for the three.

A graph is rewritten as a graph of quantized operators, so that both spellings of a network are read as the same rules. ``Relu``
and ``Clip`` before the quantization become limits of the codes behind it: quantizing never turns an order around, so both give
the same codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...spec.affine import quantize_as
from ...spec.formats import Number
from .attributes import attributes, reading
from .coding import coded, format_of
from .constants import Constant, constant
from .model import Graph, Operator, RefusedModel, element_of

MICROSOFT = "com.microsoft"


@dataclass
class Rewriting:
    """A graph that is being rewritten: who makes and who takes each value, and constants, new ones too."""

    graph: Graph
    constants: dict[str, Constant]
    makers: dict[str, Operator] = field(default_factory=dict)
    takers: dict[str, list[Operator]] = field(default_factory=dict)

    def dequantization(self, name: str) -> Operator | None:
        """The node that makes a value, if it dequantizes with one scale or one for each channel."""
        found = self.makers.get(name)
        return (
            found if found is not None and found.type == "DequantizeLinear" and not found.attributes.get("block_size") else None
        )

    def only_taker(self, name: str) -> Operator | None:
        """The one node that takes a value which is not the graph's output."""
        found = self.takers.get(name, [])
        return found[0] if len(found) == 1 and name != self.graph.output.name else None

    def parameters(self, operator: Operator) -> tuple[str, str]:
        """The names of the scale and the zero point of a quantization or dequantization; of a missing zero point empty, or of a
        new constant where an attribute says the type."""
        zero = operator.inputs[2] if len(operator.inputs) > 2 else ""
        if not zero and operator.attributes.get("output_dtype"):
            zero = f"{operator.name} zero point"
            self.constants[zero] = np.zeros((), element_of(operator.attributes["output_dtype"], str(operator)))
        return operator.inputs[1], zero

    def same(self, a: Operator, b: Operator) -> bool:
        """Whether two nodes have equal constant scales and zero points."""
        pairs = zip(self.parameters(a), self.parameters(b), strict=True)
        return all(m == n or self.equal(m, n) for m, n in pairs)

    def equal(self, a: str, b: str) -> bool:
        """Whether two values are equal constants of one type."""
        if a not in self.constants or b not in self.constants:
            return False
        first, second = self.constants[a], self.constants[b]
        return first.dtype == second.dtype and np.array_equal(first.reshape(-1), second.reshape(-1))


Fuse = Callable[[Rewriting, Operator, Sequence[Operator], Operator], Operator | None]
"""From a node, what dequantizes its inputs and what quantizes its result to the operator for all, if there is one."""


def quantized(operator: Operator, type: str, inputs: Sequence[str], **dropped: Any) -> Operator:
    """An operator of ONNX Runtime in the place of another; ``dropped`` are attributes that must have these values."""
    kept = {name: value for name, value in operator.attributes.items() if name not in dropped}
    if any(operator.attributes.get(name, value) != value for name, value in dropped.items()):
        raise RefusedModel(f"{operator} has {', '.join(dropped)} that no quantized operator has")
    domain = "" if type in {"QLinearConv", "QLinearMatMul"} else MICROSOFT
    return replace(operator, type=type, domain=domain, inputs=tuple(inputs), attributes=kept)


def along(rewriting: Rewriting, dequantization: Operator, axis: int) -> bool:
    """Whether constant weights have one scale, or one for each index of an axis."""
    scale, weights = (rewriting.constants.get(name) for name in (dequantization.inputs[1], dequantization.inputs[0]))
    if scale is None or weights is None:
        return False
    given = dequantization.attributes.get("axis", 1)
    return scale.size == 1 or given % max(weights.ndim, 1) == axis


def is_bias(rewriting: Rewriting, dequantizations: Sequence[Operator], factor: float = 1.0) -> bool:
    """Whether a third input is of integers whose scale is that of the sums, the product of the first two and a factor, within
    rounding: else the integers cannot be added up."""
    if len(dequantizations) < 3:
        return True
    x, w, bias = (rewriting.constants.get(one.inputs[1]) for one in dequantizations)
    numbers = rewriting.constants.get(dequantizations[2].inputs[0])
    if x is None or w is None or bias is None or numbers is None or numbers.dtype != np.int32:
        return False
    try:
        return bool(
            np.allclose(
                bias.astype(np.float64), factor * x.astype(np.float64) * w.astype(np.float64).reshape(-1), rtol=1e-5, atol=0
            )
        )
    except ValueError:
        return False


def conv(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator | None:
    """``Conv`` as ``QLinearConv``."""
    if not along(rewriting, before[1], 0) or not is_bias(rewriting, before):
        return None
    x, w = ((one.inputs[0], *rewriting.parameters(one)) for one in before[:2])
    return quantized(operator, "QLinearConv", [*x, *w, *rewriting.parameters(after), *(one.inputs[0] for one in before[2:])])


def conv_transpose(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator | None:
    """``ConvTranspose``, whose kernels are the second axis of its weights: no library has an operator for it, but it is as
    ``Conv``."""
    scale = rewriting.constants.get(before[1].inputs[1])
    grouped = operator.attributes.get("group", 1) != 1 and (scale is None or scale.size != 1)
    if grouped or not along(rewriting, before[1], 1) or not is_bias(rewriting, before):
        return None
    x, w = ((one.inputs[0], *rewriting.parameters(one)) for one in before[:2])
    names = [*x, *w, *rewriting.parameters(after), *(one.inputs[0] for one in before[2:])]
    return quantized(operator, "QLinearConvTranspose", names)


def matmul(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator | None:
    """``MatMul`` by constant weights as ``QLinearMatMul``."""
    if not along(rewriting, before[1], 1):
        return None
    x, w = ((one.inputs[0], *rewriting.parameters(one)) for one in before)
    return quantized(operator, "QLinearMatMul", [*x, *w, *rewriting.parameters(after)])


def gemm(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator | None:
    """``Gemm`` by constant weights as ``QGemm``."""
    if not along(rewriting, before[1], 0 if operator.attributes.get("transB") else 1):
        return None
    if not is_bias(rewriting, before, operator.attributes.get("alpha", 1.0)):
        return None
    x, w = ((one.inputs[0], *rewriting.parameters(one)) for one in before[:2])
    bias = before[2].inputs[0] if len(before) > 2 else ""
    return quantized(operator, "QGemm", [*x, *w, bias, *rewriting.parameters(after)], beta=1.0)


def by_operands(type: str) -> Fuse:
    """A quantized operator that takes its operands, each with scale and zero point, and then those of the result."""

    def fuse(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator:
        names = [name for one in before for name in (one.inputs[0], *rewriting.parameters(one))]
        return quantized(operator, type, [*names, *rewriting.parameters(after)])

    return fuse


def concat(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator:
    """``Concat`` as ``QLinearConcat``."""
    names = [name for one in before for name in (one.inputs[0], *rewriting.parameters(one))]
    return quantized(operator, "QLinearConcat", [*rewriting.parameters(after), *names])


def on_codes(rewriting: Rewriting, operator: Operator, before: Sequence[Operator], after: Operator) -> Operator | None:
    """An operator that moves or chooses numbers, on codes where the scale stays."""
    if not rewriting.same(before[0], after):
        return None
    return replace(operator, inputs=(before[0].inputs[0], *operator.inputs[1:]))


FUSED: Mapping[str, tuple[Fuse, int]] = {
    "Conv": (conv, 3),
    "ConvTranspose": (conv_transpose, 3),
    "MatMul": (matmul, 2),
    "Gemm": (gemm, 3),
    "Add": (by_operands("QLinearAdd"), 2),
    "Mul": (by_operands("QLinearMul"), 2),
    "Sigmoid": (by_operands("QLinearSigmoid"), 1),
    "LeakyRelu": (by_operands("QLinearLeakyRelu"), 1),
    "AveragePool": (by_operands("QLinearAveragePool"), 1),
    "GlobalAveragePool": (by_operands("QLinearGlobalAveragePool"), 1),
    "Concat": (concat, 1 << 16),
    **dict.fromkeys(("MaxPool", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze"), (on_codes, 1)),
}
"""The operators, and how many of their inputs are dequantized."""


def fused(graph: Graph) -> Graph:
    """The graph with a quantized operator wherever there is one for a node, what dequantizes its inputs, and what quantizes its
    result. What is left without takers stays in the graph."""
    rewriting = Rewriting(graph, dict(graph.constants))
    for operator in graph.operators:
        rewriting.makers.update(dict.fromkeys(operator.outputs, operator))
        for name in operator.inputs:
            rewriting.takers.setdefault(name, []).append(operator)
        if operator.type == "Constant" and not operator.domain and len(operator.outputs) == 1:
            rewriting.constants[operator.outputs[0]] = constant(operator)
    replaced: dict[int, list[Operator]] = {}
    for operator in graph.operators:
        with reading(operator):
            found = group(rewriting, operator)
        if found is not None:
            chain, after, made = found
            replaced.update({id(one): [] for one in chain})
            replaced[id(after)] = made
    operators = tuple(one for operator in graph.operators for one in replaced.get(id(operator), [operator]))
    made_already = {name for operator in operators for name in operator.outputs}
    constants = {name: value for name, value in rewriting.constants.items() if name not in made_already}
    return replace(graph, operators=operators, constants=constants)


def group(rewriting: Rewriting, operator: Operator) -> tuple[list[Operator], Operator, list[Operator]] | None:
    """A node with the activations behind it, what quantizes their result, and the operators for all of them."""
    if operator.domain or operator.type not in FUSED or len(operator.outputs) != 1:
        return None
    fuse, most = FUSED[operator.type]
    before = [rewriting.dequantization(name) for name in operator.inputs[:most] if name]
    chain, after = [operator], rewriting.only_taker(operator.outputs[0])
    while after is not None and after.type in {"Relu", "Clip"} and not after.domain:
        chain.append(after)
        after = rewriting.only_taker(after.outputs[0])
    if after is None or after.type != "QuantizeLinear" or None in before or after.inputs[0] != chain[-1].outputs[0]:
        return None
    limits = [limit for one in chain[1:] for limit in limits_of(rewriting, one, after)]
    made = fuse(rewriting, operator, [one for one in before if one is not None], after)
    if made is None:
        return None
    return chain, after, limited(made, after.outputs[0], limits)


def limited(made: Operator, output: str, limits: Sequence[tuple[str, str]]) -> list[Operator]:
    """An operator and the limits of its codes one behind the other, the last of which makes the output."""
    names = [f"{output} {i}" for i in range(len(limits))] + [output]
    found = [replace(made, outputs=(names[0],))]
    for i, (type, limit) in enumerate(limits):
        name = f"{made.name}_{type.lower()}"
        found.append(Operator(name, type, "", 13, (names[i], limit), (names[i + 1],), {}))
    return found


def limits_of(rewriting: Rewriting, operator: Operator, after: Operator) -> list[tuple[str, str]]:
    """The limits of an activation as constants of codes, with ``Max`` or ``Min`` for each."""
    given = attributes(operator, min=None, max=None) if operator.type == "Clip" else {"min": 0.0, "max": None}
    names = (*operator.inputs[1:], "", "") if operator.type == "Clip" else ("", "")
    found = []
    for role, type, name in (("min", "Max", names[0]), ("max", "Min", names[1])):
        value = rewriting.constants.get(name) if name else given[role]
        if value is None and name:
            raise RefusedModel(f"{operator} takes a {role} {name!r:.80} that is no constant")
        if value is not None:
            found.append((type, code_of(rewriting, operator, float(np.reshape(value, -1)[0]), after)))
    return found


def code_of(rewriting: Rewriting, operator: Operator, number: float, after: Operator) -> str:
    """The name of a new constant: what a number is quantized to."""
    scale, zero = (rewriting.constants.get(name) for name in rewriting.parameters(after))
    point = np.zeros((), np.uint8) if zero is None else zero.reshape(-1)
    if scale is None or scale.size != 1 or point.size != 1:
        raise RefusedModel(f"{operator} is quantized by {after} without one constant scale and zero point")
    x, by = (
        Number(int(coded(np.array([n], np.float32), operator).codes[0]), format_of(np.dtype(np.float32), operator))
        for n in (number, scale.item())
    )
    format = format_of(point.dtype, operator)
    code = quantize_as("onnx", x, by, int(point.item()), format)
    name = f"{operator.name} limit {code}"
    rewriting.constants[name] = np.array([code], f"uint{8 * point.dtype.itemsize}").view(point.dtype)
    return name
