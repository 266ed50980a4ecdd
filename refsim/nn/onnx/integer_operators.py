"""ONNX's and ONNX Runtime's operators on quantized numbers as rules on codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.affine import dequantize_as
from ...engine.array import Array
from ...spec.affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize, centred_format, combined_scale
from ...spec.catalogue import get_format
from ...spec.convolutions import Window
from ...spec.datapath_names import get_datapath
from ...spec.formats import Number
from ...spec.layers import Conv2d, Dense
from ...spec.transposed import ConvTranspose2d
from .attributes import WINDOW, attributes, axis_of, image_size, need, take, windowing
from .coding import Codes, Coding, as_codes, coded, element_of_codes, flat_rows, format_of
from .constants import Constant
from .model import Operator, RefusedModel, element_of, shown

Translate = Callable[[Coding, Operator], Codes]
INT32 = get_datapath("datapath(exact,sequential(int32/toward_zero/wrap),first,sum)")
"""Exact products added up in 32 bits that wrap, beginning with the bias."""
SMALL = ("int8", "uint8")
BINARY32 = get_format("binary32")


def quantize(coding: Coding, operator: Operator) -> Codes:
    """``QuantizeLinear`` of binary32 numbers, for a whole tensor or each channel."""
    given = attributes(operator, axis=1, saturate=1, block_size=0, output_dtype=0, precision=0)
    need(operator, "block_size", given["block_size"], 0)
    x, scale, zero = take(operator, 2, 3)
    flow = coding.codes(operator, x, "binary32")
    count = channels(operator, flow, given["axis"])
    element = element_of(given["output_dtype"], str(operator)) if given["output_dtype"] else None
    points = coding.zero_point(operator, zero, element, count)
    parameters = {"scale": coded(coding.scale(operator, scale, count), operator), "zero_point": coded(points, operator)}
    check_along(operator, given["axis"], flow, *parameters.values())
    return coding.emit(operator, QuantizeLinear("onnx", format_of(points.dtype, operator)), [flow], parameters)


def channels(operator: Operator, flow: Codes, axis: int) -> int | None:
    """How many scales there may be besides one."""
    where = axis_of(operator, axis, len(flow.shape) + 1) if flow.shape and axis < len(flow.shape) + 1 else 0
    return flow.shape[where - 1] if where else None


def check_along(operator: Operator, axis: int, flow: Codes, *parameters: Array) -> None:
    """``RefusedModel`` for scales along another axis than the channels."""
    several = max(parameter.codes.size for parameter in parameters) > 1
    if several and axis_of(operator, axis, len(flow.shape) + 1) != 1:
        raise RefusedModel(f"{operator} has scales along axis {axis}; supported are those of the channels, axis 1")


def dequantized_constant(operator: Operator, x: Constant, scale: Constant, zero: Constant | None = None) -> Constant:
    """``DequantizeLinear`` of a constant."""
    axis = attributes(operator, axis=1, block_size=0, output_dtype=0)["axis"]
    points = np.zeros(1, x.dtype) if zero is None else zero.reshape(-1)
    wide = [1] * x.ndim
    if max(scale.size, points.size) > 1:
        wide[axis_of(operator, axis, x.ndim)] = -1
    try:
        steps = coded(scale.reshape(wide if scale.size > 1 else [1] * x.ndim), operator)
        found = dequantize_as(
            "onnx", coded(x, operator), steps, points.astype(np.int64).reshape(wide if points.size > 1 else [1] * x.ndim)
        )
    except ValueError as error:
        raise RefusedModel(f"{operator}: {error}") from None
    return found.codes.view(np.float32)


def dequantize(coding: Coding, operator: Operator) -> Codes:
    """``DequantizeLinear`` of integers to binary32 numbers, for a whole tensor or each channel."""
    given = attributes(operator, axis=1, block_size=0, output_dtype=0)
    need(operator, "block_size", given["block_size"], 0)
    need(operator, "output_dtype", given["output_dtype"], 0, 1)
    x, scale, zero = take(operator, 2, 3)
    flow = coding.codes(operator, x)
    count = channels(operator, flow, given["axis"])
    points = coding.zero_point(operator, zero, element_of_codes(flow, operator), count)
    parameters = {"scale": coded(coding.scale(operator, scale, count), operator), "zero_point": coded(points, operator)}
    check_along(operator, given["axis"], flow, *parameters.values())
    return coding.emit(operator, DequantizeLinear("onnx"), [flow], parameters)


def centred(coding: Coding, operator: Operator, name: str, zero: str) -> Codes:
    """Codes less their zero point; where that is 0, the codes as they are."""
    flow = coding.codes(operator, name, *SMALL)
    points = coding.zero_point(operator, zero, element_of_codes(flow, operator))
    if not points.any():
        return flow
    return coding.emit(operator, Centre(), [flow], {"zero_point": coded(points, operator)}, "_centre")


def centred_weights(weights: Constant, points: NDArray[Any], axis: int, operator: Operator) -> Array:
    """Constant weights less their zero points, one or one for each index of an axis."""
    if not points.any():
        return coded(weights, operator)
    wide = [1] * weights.ndim
    wide[axis] = -1
    differences = weights.astype(np.int64) - points.astype(np.int64).reshape(wide)
    return as_codes(differences, centred_format(format_of(weights.dtype, operator)))


def combined(operator: Operator, factors: Sequence[NDArray[np.float32]], divisor: NDArray[np.float32]) -> Array:
    """The scales by which accumulators are requantized, one or one for each output."""
    count = max(factor.size for factor in factors)
    found = []
    for scales in zip(*(np.broadcast_to(coded(factor, operator).codes, count).tolist() for factor in factors), strict=True):
        numbers = [Number(code, BINARY32) for code in scales]
        found.append(combined_scale(numbers, Number(int(coded(divisor, operator).codes[0]), BINARY32)).code)
    return Array(np.array(found, np.uint32), BINARY32)


def requantized(coding: Coding, operator: Operator, sums: Codes, scale: Array, zero: str) -> Codes:
    """Accumulators as codes of the format of the zero point."""
    points = coding.zero_point(operator, zero, None)
    rule = Requantize("float_scale", format_of(points.dtype, operator))
    return coding.emit(operator, rule, [sums], {"scale": scale, "zero_point": coded(points, operator)})


def convolved(coding: Coding, operator: Operator, flow: Codes, weights: Array, bias: Constant | None, suffix: str) -> Codes:
    """The convolution of centred codes into 32 bits."""
    given = attributes(operator, **WINDOW, group=1)
    if len(weights.shape) != 4:
        raise RefusedModel(f"{operator} has weights of {shown(weights.shape)}; supported are convolutions of images, of 4 axes")
    how = windowing(operator, given, image_size(operator, flow.shape), weights.shape[2:])
    rule = Conv2d(INT32, Window(how.stride, how.padding, how.dilation, given["group"]), 0)
    return coding.emit(operator, rule, [flow], with_bias(operator, weights, bias), suffix)


def with_bias(operator: Operator, weights: Array, bias: Constant | None) -> dict[str, Array]:
    """The parameters of a matrix or a convolution."""
    return {"weights": weights} if bias is None else {"weights": weights, "bias": coded(bias.reshape(-1), operator)}


def qlinear_conv(coding: Coding, operator: Operator) -> Codes:
    """``QLinearConv``: the zero point taken off, a convolution into 32 bits, and the sums requantized for each kernel."""
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, b = take(operator, 8, 9, (2, 5, 7))
    raw = coding.constant(operator, w, "weights", *SMALL)
    count = raw.shape[0] if raw.ndim else 0
    scales = [coding.scale(operator, x_scale), coding.scale(operator, w_scale, count)]
    weights = centred_weights(raw, coding.zero_point(operator, w_zero, raw.dtype, count), 0, operator)
    bias = coding.constant(operator, b, "a bias", "int32") if b else None
    sums = convolved(coding, operator, centred(coding, operator, x, x_zero), weights, bias, "_sums")
    return requantized(coding, operator, sums, combined(operator, scales, coding.scale(operator, y_scale)), y_zero)


def qlinear_conv_transpose(coding: Coding, operator: Operator) -> Codes:
    """A transposed convolution between dequantization and quantization, for which neither ONNX nor ONNX Runtime has a name: as
    ``QLinearConv``, with one scale for all weights, or of one group one for each kernel."""
    given = attributes(operator, **WINDOW, group=1, output_padding=None, output_shape=None)
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, b = take(operator, 8, 9, (2, 5, 7))
    raw = coding.constant(operator, w, "weights", *SMALL)
    need(operator, "auto_pad", given["auto_pad"], "NOTSET", "VALID")
    need(operator, "output_shape", given["output_shape"], None)
    if raw.ndim != 4:
        raise RefusedModel(f"{operator} has weights of {shown(raw.shape)}; supported are convolutions of images, of 4 axes")
    flow = centred(coding, operator, x, x_zero)
    how = windowing(operator, given, image_size(operator, flow.shape), raw.shape[2:])
    count = raw.shape[1] if given["group"] == 1 else None
    weights = centred_weights(raw, coding.zero_point(operator, w_zero, raw.dtype, count), 1, operator)
    extra = given["output_padding"] or [0, 0]
    rule = ConvTranspose2d(INT32, Window(how.stride, how.padding, how.dilation, given["group"]), tuple(extra), 0)
    bias = coding.constant(operator, b, "a bias", "int32") if b else None
    sums = coding.emit(operator, rule, [flow], with_bias(operator, weights, bias), "_sums")
    scales = [coding.scale(operator, x_scale), coding.scale(operator, w_scale, count)]
    return requantized(coding, operator, sums, combined(operator, scales, coding.scale(operator, y_scale)), y_zero)


def conv_integer(coding: Coding, operator: Operator) -> Codes:
    """``ConvInteger``: the sums of a convolution."""
    x, w, x_zero, w_zero = take(operator, 2, 4)
    raw = coding.constant(operator, w, "weights", *SMALL)
    weights = centred_weights(raw, coding.zero_point(operator, w_zero, raw.dtype, raw.shape[0] if raw.ndim else 0), 0, operator)
    return convolved(coding, operator, centred(coding, operator, x, x_zero), weights, None, "")


def multiplied(
    coding: Coding,
    operator: Operator,
    names: tuple[str, str, str, str],
    bias: Constant | None,
    suffix: str,
    *,
    rows: bool = False,
) -> Codes:
    """The product, into 32 bits, of codes and a constant matrix, each less its zero point; ``rows`` for a transposed matrix."""
    x, x_zero, w, w_zero = names
    given = flat_rows(operator, coding.constant(operator, w, "weights", *SMALL))
    raw = given if rows else given.T
    weights = centred_weights(raw, coding.zero_point(operator, w_zero, raw.dtype, len(raw)), 0, operator)
    flow = centred(coding, operator, x, x_zero)
    return coding.emit(operator, Dense(INT32), [flow], with_bias(operator, weights, bias), suffix)


def qlinear_matmul(coding: Coding, operator: Operator) -> Codes:
    """``QLinearMatMul`` by a constant matrix."""
    attributes(operator)
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero = take(operator, 8, 8, (2, 5, 7))
    sums = multiplied(coding, operator, (x, x_zero, w, w_zero), None, "_sums")
    scales = [coding.scale(operator, x_scale), coding.scale(operator, w_scale, sums.shape[-1])]
    scale = combined(operator, scales, coding.scale(operator, y_scale))
    check_columns(operator, sums, scale)
    return requantized(coding, operator, sums, scale, y_zero)


def check_columns(operator: Operator, sums: Codes, scale: Array) -> None:
    """``RefusedModel`` for scales of columns where samples have more axes: a layer's scales are those of the first one."""
    if scale.codes.size > 1 and len(sums.shape) != 1:
        raise RefusedModel(f"{operator} has scales for each column of samples of {shown(sums.shape)}; supported are vectors")


def matmul_integer(coding: Coding, operator: Operator) -> Codes:
    """``MatMulInteger`` by a constant matrix: the sums."""
    attributes(operator)
    x, w, x_zero, w_zero = take(operator, 2, 4)
    return multiplied(coding, operator, (x, x_zero, w, w_zero), None, "")


def qgemm(coding: Coding, operator: Operator) -> Codes:
    """``QGemm`` by a constant matrix; without the result's scale the sums become binary32 numbers."""
    given = attributes(operator, alpha=1.0, transA=0, transB=0)
    need(operator, "transA", given["transA"], 0)
    x, x_scale, x_zero, w, w_scale, w_zero, c, y_scale, y_zero = take(operator, 6, 9, (2, 5))
    bias = coding.constant(operator, c, "a bias", "int32") if c else None
    sums = multiplied(coding, operator, (x, x_zero, w, w_zero), bias, "_sums", rows=bool(given["transB"]))
    factors = [np.array([given["alpha"]], np.float32), coding.scale(operator, x_scale)]
    factors.append(coding.scale(operator, w_scale, sums.shape[-1]))
    one = np.ones(1, np.float32)
    scale = combined(operator, factors, coding.scale(operator, y_scale) if y_scale else one)
    check_columns(operator, sums, scale)
    if y_scale:
        return requantized(coding, operator, sums, scale, y_zero)
    zero = coded(np.zeros(1, np.int32), operator)
    return coding.emit(operator, DequantizeLinear("onnx"), [sums], {"scale": scale, "zero_point": zero})
