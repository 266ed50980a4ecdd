"""ONNX Runtime's operators on affine codes: sums, products, functions, averages and concatenations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.array import Array
from ...spec.affine_functions import AffineFunction
from ...spec.affine_joins import AffineJoin
from ...spec.affine_layers import DequantizeLinear, QuantizeLinear
from ...spec.affine_pools import AffineAveragePool
from ...spec.convolutions import Window
from ...spec.moves import Concat
from ...spec.projection import Projection
from ...spec.softmax import RealSoftmax
from .attributes import WINDOW, Windowing, attributes, axis_of, image_size, need, take, windowing
from .coding import Codes, Coding, coded, element_of_codes
from .constants import Constant
from .integer_operators import SMALL, Translate
from .model import Operator, RefusedModel, shown

WHOLE = Window()
REAL = Projection("binary32", "ties_to_even", "infinity")


def affine(
    coding: Coding, operator: Operator, role: str, scale: str, zero: str, element: np.dtype[Any] | None = None
) -> dict[str, Array]:
    """The scale and the zero point of an operand or of the result."""
    points = coding.zero_point(operator, zero, element)
    return {
        f"{role}_scale": coded(coding.scale(operator, scale), operator),
        f"{role}_zero_point": coded(points, operator),
    }


def to_format(result: dict[str, Array]) -> Projection:
    """The projection into the format of the result's zero point."""
    return Projection(result["y_zero_point"].format, "ties_to_even", "saturate")


def join(name: str) -> Translate:
    """``QLinearAdd`` and ``QLinearMul``."""

    def translate(coding: Coding, operator: Operator) -> Codes:
        attributes(operator)
        a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = take(operator, 7, 8, (2, 5))
        names = {"a": (a, a_scale, a_zero), "b": (b, b_scale, b_zero)}
        if not isinstance(coding.values[a], Codes):
            # Both operations are commutative, and the kernel that adds takes the operands in this order.
            raise RefusedModel(f"{operator} has a constant on the left; supported is one on the right")
        flows, parameters = [], {}
        for role, (operand, scale, zero) in names.items():
            value = coding.values[operand]
            if isinstance(value, Codes):
                flows.append(coding.codes(operator, operand, *SMALL))
                element = element_of_codes(value, operator)
            else:
                element = value.dtype
                parameters["b"] = coded(without_samples(operator, value, len(flows[0].shape)), operator)
            parameters |= affine(coding, operator, role, scale, zero, element)
        parameters |= affine(coding, operator, "y", y_scale, y_zero)
        return coding.emit(operator, AffineJoin(name, "onnxruntime", to_format(parameters)), flows, parameters)

    return translate


def without_samples(operator: Operator, value: Constant, axes: int) -> Constant:
    """A constant that is the same for all samples, without their axis; ``RefusedModel`` for another."""
    if value.ndim > axes:
        if value.ndim > axes + 1 or value.shape[0] != 1:
            raise RefusedModel(
                f"{operator} has a constant of {shown(value.shape)} for samples of {axes} axes; supported is one for all"
            )
        return value.reshape(value.shape[1:])
    return value


def function(name: str) -> Translate:
    """``QLinearSigmoid`` and ``QLinearLeakyRelu``: the table that binary32 gives."""

    def translate(coding: Coding, operator: Operator) -> Codes:
        given = attributes(operator, **({"alpha": 0.01} if name == "leaky_relu" else {}))
        x, x_scale, x_zero, y_scale, y_zero = take(operator, 4, 5, (2,))
        flow = coding.codes(operator, x, *SMALL)
        parameters = affine(coding, operator, "x", x_scale, x_zero, element_of_codes(flow, operator))
        parameters |= affine(coding, operator, "y", y_scale, y_zero)
        if "alpha" in given:
            parameters["b"] = coded(np.array([given["alpha"]], np.float32), operator)
        return coding.emit(operator, AffineFunction(name, "binary32", to_format(parameters)), [flow], parameters)

    return translate


def softmax(coding: Coding, operator: Operator) -> Codes:
    """``QLinearSoftmax``: the exact softmax of the dequantized numbers in binary32, quantized."""
    given = attributes(operator, axis=-1, opset=13)
    x, x_scale, x_zero, y_scale, y_zero = take(operator, 5, 5, (2,))
    flow = coding.codes(operator, x, *SMALL)
    axis = sample_axis(operator, given["axis"], flow)
    if given["opset"] < 13 and len(flow.shape) != 1:
        raise RefusedModel(f"{operator} is over several axes at once; supported is one")
    own = affine(coding, operator, "x", x_scale, x_zero, element_of_codes(flow, operator))
    result = affine(coding, operator, "y", y_scale, y_zero)
    parts = ("scale", "zero_point")
    real = coding.emit(operator, DequantizeLinear("onnx"), [flow], {part: own[f"x_{part}"] for part in parts}, "_real")
    shares = coding.emit(operator, RealSoftmax(axis, REAL), [real], {}, "_shares")
    rule = QuantizeLinear("onnx", result["y_zero_point"].format)
    return coding.emit(operator, rule, [shares], {part: result[f"y_{part}"] for part in parts})


def average_pool(coding: Coding, operator: Operator) -> Codes:
    """``QLinearAveragePool``, channels first."""
    given = attributes(operator, **WINDOW, ceil_mode=0, count_include_pad=0, channels_last=0)
    need(operator, "channels_last", given["channels_last"], 0)
    x, x_scale, x_zero, y_scale, y_zero = take(operator, 4, 5, (2,))
    flow = coding.codes(operator, x, *SMALL)
    how = windowing(operator, given, image_size(operator, flow.shape))
    parameters = affine(coding, operator, "x", x_scale, x_zero, element_of_codes(flow, operator))
    parameters |= affine(coding, operator, "y", y_scale, y_zero)
    window, counted, ceil = window_of(how), bool(given["count_include_pad"]), bool(given["ceil_mode"])
    rule = AffineAveragePool("onnxruntime", to_format(parameters), how.kernel, window, counted, ceil)
    return coding.emit(operator, rule, [flow], parameters)


def window_of(how: Windowing) -> Window:
    """The window of a pool."""
    return Window(how.stride, how.padding, how.dilation)


def global_average_pool(coding: Coding, operator: Operator) -> Codes:
    """``QLinearGlobalAveragePool``, channels first."""
    need(operator, "channels_last", attributes(operator, channels_last=0)["channels_last"], 0)
    x, x_scale, x_zero, y_scale, y_zero = take(operator, 5, 5, (2, 4))
    flow = coding.codes(operator, x, *SMALL)
    parameters = affine(coding, operator, "x", x_scale, x_zero, element_of_codes(flow, operator))
    parameters |= affine(coding, operator, "y", y_scale, y_zero)
    rule = AffineAveragePool("onnxruntime", to_format(parameters), None, WHOLE, count_padding=False, ceil=False)
    return coding.emit(operator, rule, [flow], parameters)


def concat(coding: Coding, operator: Operator) -> Codes:
    """``QLinearConcat`` within samples: every input is brought to the scale of the result, and they are joined."""
    axis = attributes(operator, axis=1)["axis"]
    y_scale, y_zero, *inputs = take(operator, 5, max(len(operator.inputs), 5), (1, 4, *range(7, len(operator.inputs), 3)))
    if len(inputs) % 3:
        raise RefusedModel(f"{operator} takes inputs with a scale and a zero point each, not {len(inputs)} values")
    result = affine(coding, operator, "y", y_scale, y_zero)
    flows = []
    for i in range(0, len(inputs), 3):
        flow = coding.codes(operator, inputs[i], *SMALL)
        own = affine(coding, operator, "x", inputs[i + 1], inputs[i + 2], element_of_codes(flow, operator))
        same = all((own[f"x_{part}"].codes == result[f"y_{part}"].codes).all() for part in ("scale", "zero_point"))
        if flow.format != to_format(result).format or not same:
            rule = AffineFunction("convert", "binary32", to_format(result))
            flow = coding.emit(operator, rule, [flow], own | result, f"_input_{i // 3 + 1}")
        flows.append(flow)
    where = sample_axis(operator, axis, flows[0])
    return flows[0] if len(flows) == 1 else coding.emit(operator, Concat(where), flows)


def sample_axis(operator: Operator, axis: int, flow: Codes) -> int:
    """An axis of samples; ``RefusedModel`` for that along which the samples are."""
    found = axis_of(operator, axis, len(flow.shape) + 1)
    if not found:
        raise RefusedModel(f"{operator} is along axis 0, which is that of the samples")
    return found - 1
