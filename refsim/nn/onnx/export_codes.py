"""Networks of codes as ONNX models of quantized operators, as ONNX Runtime runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...spec.affine_functions import AffineFunction
from ...spec.affine_joins import AffineJoin
from ...spec.affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize
from ...spec.affine_pools import AffineAveragePool
from ...spec.layers import Conv2d, Dense, Elementwise
from ...spec.moves import Concat, Reshape, Transpose, Upsample
from ...spec.networks import INPUT, Node
from ...spec.pooling import MaxPool
from ..files import CodeNetwork
from ..storage import save
from .export import IR_VERSION, OPSET
from .exporting import ELEMENTS, MICROSOFT, Exporting, numbers, refusal, window
from .integer_operators import INT32


def quantize(to: Exporting, node: Node) -> None:
    """``QuantizeLinear`` and ``DequantizeLinear``."""
    if node.rule.model != "onnx":  # type: ignore[attr-defined]
        raise refusal(node, "quantizes as another library than ONNX")
    names = [to.parameter(node, role) for role in ("scale", "zero_point")]
    along: dict[str, Any] = {"axis": 1} if to.tensor(node, "scale").codes.size > 1 else {}
    to.write(
        node,
        type(node.rule).__name__,
        [*node.inputs, *names],
        **along,
    )


def wait(to: Exporting, node: Node) -> None:
    """A node that becomes part of a later one."""
    to.waiting[node.name] = node


def weights_of(to: Exporting, sums: Node) -> tuple[str, str]:
    """The names of weights of 8 bits and of their zero point: those of 9 bits are moved to begin at 0."""
    array = to.tensor(sums, "weights")
    if array.format.name in {"int8", "uint8"}:
        values = numbers(sums, array)
        return to.constant(sums, "weights", values), to.constant(sums, "weights_zero", np.zeros((), values.dtype))
    wide = array.codes.astype(np.int64)
    wide = np.where(wide >> (array.format.width - 1), wide - (1 << array.format.width), wide)
    least = int(min(wide.min(), 0))
    if wide.max() - least > 255 or least < -255:
        raise refusal(sums, f"has weights of {array.format.name} that no 8 bits with a zero point hold")
    zero = to.constant(sums, "weights_zero", np.array(-least, np.uint8))
    return to.constant(sums, "weights", (wide - least).astype(np.uint8)), zero


def requantize(to: Exporting, node: Node) -> None:
    """``QLinearConv`` or ``QGemm``, from the sums and what was taken off before them; limits become ``Max`` and ``Min``."""
    rule, sums = node.rule, to.waiting.get(node.inputs[0])
    assert isinstance(rule, Requantize), "the table says so"
    if rule.model != "float_scale" or sums is None or isinstance(sums.rule, Centre):
        raise refusal(node, "requantizes otherwise than quantized operators do, or something else than sums")
    centre = to.waiting.get(sums.inputs[0])
    x = sums.inputs[0] if centre is None else centre.inputs[0]
    element = ELEMENTS.get(to.types[x].format.name)
    if element is None or element.itemsize != 1:
        raise refusal(node, f"belongs to sums of {to.types[x].format.name}; quantized operators take int8 and uint8")
    x_zero = to.constant(node, "x_zero", np.zeros((), element)) if centre is None else to.parameter(centre, "zero_point")
    one = to.constant(node, "one", np.ones((), np.float32))
    zero = to.parameter(node, "zero_point")
    names = [
        x,
        one,
        x_zero,
        *weights_at(to, node, sums),
        *([] if isinstance(sums.rule, Conv2d) else [bias_of(to, sums)]),
        one,
        zero,
    ]
    limits = [(role, n) for role, n in (("Max", rule.low), ("Min", rule.high)) if n is not None]
    steps = [node.name + f".{i}" for i in range(len(limits))] + [node.name]
    if isinstance(sums.rule, Conv2d):
        bias = [bias_of(to, sums)] if "bias" in dict(sums.parameters) else []
        to.write(node, "QLinearConv", [*names, *bias], output=steps[0], **window(sums.rule.window))
    else:
        to.write(node, "QGemm", names, MICROSOFT, steps[0], transB=1)
    for (operator, limit), before, after in zip(limits, steps, steps[1:], strict=False):
        value = to.constant(node, operator.lower(), np.array(limit, ELEMENTS[rule.to.name]))
        to.write(node, operator, [before, value], output=after)


def weights_at(to: Exporting, node: Node, sums: Node) -> list[str]:
    """Weights, scales and zero points, of which there are as many as scales."""
    weights, zero = weights_of(to, sums)
    scale = to.parameter(node, "scale")
    if to.constants[scale].ndim:
        to.constants[zero] = np.full(to.constants[scale].shape, to.constants[zero])
    return [weights, scale, zero]


def bias_of(to: Exporting, sums: Node) -> str:
    """The name of the bias of sums, empty where there is none."""
    return to.constant(sums, "bias", numbers(sums, to.tensor(sums, "bias"))) if "bias" in dict(sums.parameters) else ""


def sums(to: Exporting, node: Node) -> None:
    """Sums that are requantized later: exact ones in 32 bits, with what outside an image is zero."""
    rule = node.rule
    assert isinstance(rule, Conv2d | Dense), "the table says so"
    if rule.path != INT32 or (isinstance(rule, Conv2d) and rule.pad) or not {"weights", "bias"} >= set(dict(node.parameters)):
        raise refusal(node, "has a datapath, a pad or scales that quantized operators do not have")
    if isinstance(rule, Dense) and len(to.types[node.inputs[0]].shape) != 1:
        raise refusal(node, "takes samples of several axes; a quantized matrix takes vectors")
    wait(to, node)


def pool(to: Exporting, node: Node) -> None:
    """``MaxPool``, ``QLinearAveragePool`` and ``QLinearGlobalAveragePool``."""
    rule = node.rule
    assert isinstance(rule, MaxPool | AffineAveragePool), "the table says so"
    maximum = isinstance(rule, MaxPool)
    if (rule.operation != "maximum") if isinstance(rule, MaxPool) else (rule.way != "onnxruntime"):
        raise refusal(node, "pools otherwise than ONNX Runtime does")
    names = [*node.inputs, *([] if maximum else affine(to, node, "x", "y"))]
    if rule.kernel is None and not maximum:
        to.write(node, "QLinearGlobalAveragePool", names, MICROSOFT)
        return
    kept = {
        **window(rule.window),
        "kernel_shape": rule.kernel or to.types[node.inputs[0]].shape[1:],
        "ceil_mode": int(rule.ceil),
    }
    kept.pop("group")
    if isinstance(rule, AffineAveragePool):
        kept.pop("dilations")
        kept["count_include_pad"] = int(rule.count_padding)
    to.write(node, "MaxPool" if maximum else "QLinearAveragePool", names, "" if maximum else MICROSOFT, **kept)


def affine(to: Exporting, node: Node, *operands: str) -> list[str]:
    """The names of the scales and zero points of operands."""
    return [to.parameter(node, f"{one}_{part}") for one in operands for part in ("scale", "zero_point")]


def join(to: Exporting, node: Node) -> None:
    """``QLinearAdd`` and ``QLinearMul``."""
    rule = node.rule
    assert isinstance(rule, AffineJoin), "the table says so"
    if rule.way != "onnxruntime":
        raise refusal(node, "joins otherwise than ONNX Runtime does")
    second = node.inputs[1] if len(node.inputs) > 1 else to.constant(node, "b", numbers(node, to.tensor(node, "b")))
    operands = [node.inputs[0], *affine(to, node, "a"), second, *affine(to, node, "b", "y")]
    to.write(node, {"add": "QLinearAdd", "multiply": "QLinearMul"}[rule.operation], operands, MICROSOFT)


def function(to: Exporting, node: Node) -> None:
    """``QLinearSigmoid`` and ``QLinearLeakyRelu``; ``QLinearConcat`` of one input is a conversion."""
    rule = node.rule
    assert isinstance(rule, AffineFunction), "the table says so"
    known = {"sigmoid": "QLinearSigmoid", "leaky_relu": "QLinearLeakyRelu", "convert": "QLinearConcat"}
    if rule.way != "binary32" or rule.operation not in known:
        raise refusal(node, f"is no function that ONNX Runtime has; it has {', '.join(known)} in binary32")
    of_x, of_y = affine(to, node, "x"), affine(to, node, "y")
    if rule.operation == "convert":
        to.write(node, "QLinearConcat", [*of_y, *node.inputs, *of_x], MICROSOFT, axis=1)
        return
    slope: dict[str, Any] = {}
    if rule.operation == "leaky_relu":
        slope["alpha"] = float(numbers(node, to.tensor(node, "b")).reshape(-1)[0])
    to.write(node, known[rule.operation], [*node.inputs, *of_x, *of_y], MICROSOFT, **slope)


def move(to: Exporting, node: Node) -> None:
    """``Reshape``, ``Transpose``, ``Concat`` and ``Resize``, with an axis of samples in front."""
    rule = node.rule
    if isinstance(rule, Reshape):
        shape = np.array([0, *to.types[node.name].shape])
        to.write(node, "Reshape", [*node.inputs, to.constant(node, "shape", shape)])
    elif isinstance(rule, Transpose):
        to.write(node, "Transpose", node.inputs, perm=[0, *(axis + 1 for axis in rule.axes)])
    elif isinstance(rule, Concat):
        to.write(node, "Concat", node.inputs, axis=rule.axis + 1)
    else:
        assert isinstance(rule, Upsample), "the table says so"
        scales = to.constant(node, "scales", np.array([1, 1, *rule.factor], np.float32))
        kept = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        to.write(node, "Resize", [*node.inputs, "", scales], **kept)


def elementwise(to: Exporting, node: Node) -> None:
    """``Max`` and ``Min`` of codes and constants."""
    rule = node.rule
    assert isinstance(rule, Elementwise), "the table says so"
    known = {"maximum": "Max", "minimum": "Min"}
    if rule.operation not in known or rule.to is None or rule.to.format != to.types[node.inputs[0]].format:
        raise refusal(node, f"is no operation that is exported; there are {', '.join(known)} of codes of one format")
    names = list(node.inputs)
    if "b" in dict(node.parameters):
        value = numbers(node, to.tensor(node, "b")).reshape(-1)
        wide = () if value.size == 1 else (-1, *[1] * (len(to.types[node.name].shape) - 1))
        names.append(to.constant(node, "b", value.reshape(wide)))
    to.write(node, known[rule.operation], names)


RULES: Mapping[type, Callable[[Exporting, Node], None]] = {
    QuantizeLinear: quantize,
    DequantizeLinear: quantize,
    Centre: wait,
    Conv2d: sums,
    Dense: sums,
    Requantize: requantize,
    MaxPool: pool,
    AffineAveragePool: pool,
    AffineJoin: join,
    AffineFunction: function,
    Elementwise: elementwise,
    **dict.fromkeys((Reshape, Transpose, Concat, Upsample), move),
}
"""By rule, how a node is exported."""


def codes_model_of(found: CodeNetwork) -> Any:
    """The ONNX model of a network of codes that ONNX Runtime has operators for. Scales of inputs and results are 1, those of
    weights the combined ones, so that the combined ones are the same.

    ``ValueError`` for a layer that it has no operator for, the layer's name first.
    """
    from onnx import helper, numpy_helper  # noqa: PLC0415 an extra

    network = found.network
    to = Exporting(found, network.types())
    for node in network.nodes:
        if type(node.rule) not in RULES:
            known = ", ".join(rule.__name__ for rule in RULES)
            raise refusal(node, f"is a {type(node.rule).__name__}; exported are {known}")
        RULES[type(node.rule)](to, node)
    last = network.nodes[-1]
    if last.name in to.waiting:
        raise refusal(last, "is the last one, but only part of a quantized operator")
    given, result = (
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(ELEMENTS[kind.format.name]), ["samples", *kind.shape]
        )
        for name, kind in ((INPUT, network.input), (last.name, network.output))
    )
    tensors = [numpy_helper.from_array(np.asarray(value, order="C"), name) for name, value in to.constants.items()]
    graph = helper.make_graph(to.made, network.name, [given], [result], tensors)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def save_codes_onnx(path: Path, found: CodeNetwork) -> None:
    """Write a network of codes as an ONNX model, whole or not at all; ``ValueError`` as for ``codes_model_of``."""
    save(path, codes_model_of(found).SerializeToString())
