"""Averages of affine codes below a window, or of a whole channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from .affine import positive
from .affine_joins import (
    Affine,
    affine_of,
    affine_roles,
    check_operands,
    check_way,
    dequantized,
    in32,
    quantized,
    rounded32,
    whole32,
)
from .arithmetic import add, divide, multiply
from .convolutions import Window
from .exact import power_of_two
from .formats import Number
from .layers import check_roles, only, types
from .operands import integer
from .pooling import below, check_pool, pools
from .projection import Projection
from .requantization import requantize
from .tensors import Shape, Tensor, TensorType, gathered

WAYS = ("exact", "onnxruntime")
LEAST, BEYOND = -32, 8
"""The exponents between which ONNX Runtime takes the scale of an average of a whole channel."""


def total_of(qs: Sequence[Number], of_x: Affine) -> int:
    """The sum of the differences from the zero point."""
    return sum(integer(q.exact) - of_x.zero_point for q in qs)


def exact_mean(total: int, count: int, of_x: Affine, of_y: Affine, to: Projection) -> int:
    """The exact mean of the real numbers **must** be divided by the result's scale and quantized; ``total`` is the sum of the
    differences from the zero point. [affine-pool/exact]
    """
    return quantized(total * positive(of_x.scale) / count / positive(of_y.scale), of_y.zero_point, to)


def windowed_average(qs: Sequence[Number], count: int, of_x: Affine, of_y: Affine, to: Projection) -> int:
    """ONNX Runtime **must** dequantize what lies below a window, add it up in binary32 from zero in order, divide by the count
    and then by the result's scale, and add the zero point, every step rounded to binary32.

    ONNX Runtime 1.32, qlinear_pool.cc. [affine-pool/windowed]
    """
    total = reduce(lambda held, q: in32(add, held, dequantized(q, of_x)), qs, whole32(0))
    mean = in32(divide, in32(divide, total, whole32(count)), of_y.scale)
    return rounded32(in32(add, mean, whole32(of_y.zero_point)), to)


def channel_average(qs: Sequence[Number], of_x: Affine, of_y: Affine, to: Projection) -> int:
    """Where the window is the whole image ONNX Runtime **must** add up the differences from the zero point as integers, and
    requantize the sum by the model ``float_scale``, the scale being the input's over the product of the result's and the count,
    each rounded to binary32.

    ONNX Runtime 1.32, qlinear_global_average_pool.cc, qlgavgpool.cpp. [affine-pool/channel]
    """
    scale = channel_scale(len(qs), of_x, of_y)
    return requantize("float_scale", total_of(qs, of_x), scale.code, 0, of_y.zero_point, to.format)


def channel_scale(count: int, of_x: Affine, of_y: Affine) -> Number:
    """ONNX Runtime **must** refuse to average a channel with a scale below 2**-32, or of 2**8 and more: ``ValueError``.

    ONNX Runtime 1.32, qlgavgpool.cpp. [affine-pool/channel-scale]
    """
    scale = in32(divide, of_x.scale, in32(multiply, of_y.scale, whole32(count)))
    value = scale.exact
    if not isinstance(value, Fraction) or not power_of_two(LEAST) <= value < power_of_two(BEYOND):
        raise ValueError(f"ONNX Runtime averages a channel with a scale in 2**{LEAST}..2**{BEYOND}, not with {scale}")
    return scale


@dataclass(frozen=True)
class AffineAveragePool:
    """Each element of the result **must** be the average of the codes below the window in its channel, computed one of the
    ways. Without a kernel it is the average of the whole channel.

    Parameters: ``x_scale``, ``x_zero_point``, ``y_scale``, ``y_zero_point``, one element each. The way of ONNX Runtime takes no
    dilation. [affine-pool/element]
    """

    way: str
    to: Projection
    kernel: tuple[int, int] | None
    window: Window
    count_padding: bool
    ceil: bool

    def __post_init__(self) -> None:
        check_way("affine average pool", self.way, self.to, WAYS)
        check_pool(self.kernel, self.window)
        if self.way == "onnxruntime" and self.window.dilation != (1, 1):
            raise ValueError(f"affine average pool the way onnxruntime has no dilation, not {self.window.dilation}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """Channels, and the rows and columns of the places."""
        x = only("affine average pool", xs)
        check_roles("affine average pool", parameters, affine_roles("x", "y"))
        check_operands("affine average pool", self.way, {"x": x.format, "y": self.to.format}, parameters)
        rows, columns = pools("affine average pool", x, self.kernel, self.window, ceil=self.ceil)
        return TensorType((x.shape[0], len(rows[0]), len(columns[0])), self.to.format)

    def divisor(self, inside: int, tall: int, wide: int) -> int:
        """The divisor at a place **must** be the number of the kernel's places on the input; with ``count_padding`` it is that
        of those on the input and its padding, for ONNX Runtime of all. [affine-pool/divisor]
        """
        if not self.count_padding:
            return inside
        return self.kernel[0] * self.kernel[1] if self.way == "onnxruntime" and self.kernel else tall * wide

    def is_whole(self, shape: Shape) -> bool:
        """Whether there is one window, which is the whole image."""
        return self.kernel is None or (self.kernel == shape[1:] and not any(self.window.padding))

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        x, of_x, of_y = xs[0], affine_of(parameters, "x"), affine_of(parameters, "y")
        (rows, tall), (columns, wide) = pools("affine average pool", x.type, self.kernel, self.window, ceil=self.ceil)

        def element(index: Shape) -> int:
            c, i, j = index
            qs = below(x, c, rows[i], columns[j])
            count = self.divisor(len(qs), tall[i], wide[j])
            if self.way == "exact":
                return exact_mean(total_of(qs, of_x), count, of_x, of_y, self.to)
            if self.is_whole(x.shape):
                return channel_average(qs, of_x, of_y, self.to)
            return windowed_average(qs, count, of_x, of_y, self.to)

        return gathered(element, *made)
