"""Affine layers: real numbers become integer codes and come back, zero points are taken off, accumulators become codes again.

A code q of an integer format stands for ``(q - zero point) * scale``. Scales are binary32 codes, zero points codes of the
format that they belong to; both are parameters, one for all or one for each channel. A quantized convolution is three layers:
``Centre`` of its input, ``Conv2d`` or ``Dense`` of exact integers, ``Requantize``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from .affine import DEQUANTIZATIONS, dequantize_as, get_model, quantize_as
from .arithmetic import divide, multiply
from .catalogue import get_format
from .formats import Format, Number
from .integral import is_integer
from .layers import channel, check_roles, only, types
from .operands import integer
from .requantization import BINARY32, limits, requantize
from .requantization import get_model as get_requantization
from .tensors import Shape, Tensor, TensorType, gathered

WIDEST, NARROW = 64, 16
"""The widest integers of these layers, and the widest whose zero point is taken off."""


def check_integers(what: str, format: Format, widest: int = WIDEST) -> None:
    """``ValueError`` for a format whose numbers are not the integers between two bounds, or of more bits than the widest."""
    if not is_integer(format) or format.width > widest:
        raise ValueError(f"{what} needs an integer format of at most {widest} bits, not {format.name}")


def check_affine(
    what: str, parameters: Mapping[str, TensorType], formats: Mapping[str, Format | None], channels: Sequence[int] = ()
) -> None:
    """``ValueError`` for a parameter that is not of its format, an integer format where none is named, or that has not one
    element; where ``channels`` holds the length of the first axis, it may have as many."""
    for role, format in formats.items():
        given = parameters[role]
        if format is None:
            check_integers(f"the {role} of {what}", given.format)
        elif given.format != format:
            raise ValueError(f"the {role} of {what} is of {format.name}, not of {given.format.name}")
        if given.shape not in {(), (1,), tuple(channels[:1])}:
            several = f" or {channels[0]} elements" if channels else ""
            raise ValueError(f"the {role} of {what} has one element{several}, not the shape {given.shape}")


def each(
    x: Tensor, parameters: Mapping[str, Tensor], made: TensorType, code: Callable[[Number, dict[str, Number]], int]
) -> Tensor:
    """The tensor of the codes that a function makes of each number and the parameters of its channel."""

    def element(index: Shape) -> int:
        return code(x.at(*index), {role: channel(parameter, index) for role, parameter in parameters.items()})

    return gathered(element, made.shape, made.format)


def combined_scale(factors: Sequence[Number], divisor: Number) -> Number:
    """The scale by which ONNX Runtime requantizes **must** be the product of the scales of the operands, the first two first,
    divided by the scale of the result, rounded to binary32 with ties to even after each step.

    For QLinearConv and QLinearMatMul the factors are those of input and weights, for QGemm alpha and these two. ONNX Runtime
    1.32, qlinearconv.cc, quantize_linear_matmul.cc, quant_gemm.cc. [affine-layer/combined-scale]
    """
    product = reduce(lambda a, b: Number(multiply(a, b, BINARY32).code, BINARY32.format), factors)
    return Number(divide(product, divisor, BINARY32).code, BINARY32.format)


@dataclass(frozen=True)
class QuantizeLinear:
    """Each binary32 number **must** become the integer code that the model, one of ``affine.MODELS``, makes of it.

    Parameters: ``scale`` (binary32) and ``zero_point`` (the result's format), one element or one for each channel.
    [affine-layer/quantize]
    """

    model: str
    to: Format

    def __post_init__(self) -> None:
        get_model(self.model)
        check_integers("quantize_linear", self.to)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        x = only("quantize_linear", xs)
        check_roles("quantize_linear", parameters, ["scale", "zero_point"])
        if x.format != BINARY32.format:
            raise ValueError(f"quantize_linear takes numbers of binary32, not of {x.format.name}")
        check_affine("quantize_linear", parameters, {"scale": BINARY32.format, "zero_point": self.to}, x.shape)
        return TensorType(x.shape, self.to)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def code(x: Number, own: dict[str, Number]) -> int:
            return quantize_as(self.model, x, own["scale"], integer(own["zero_point"].exact), self.to)

        return each(xs[0], parameters, made, code)


@dataclass(frozen=True)
class DequantizeLinear:
    """Each integer code **must** become the binary32 number that the model, one of ``affine.DEQUANTIZATIONS``, makes of it.

    Parameters: ``scale`` (binary32) and ``zero_point`` (the input's format), one element or one for each channel.
    [affine-layer/dequantize]
    """

    model: str

    def __post_init__(self) -> None:
        if self.model not in DEQUANTIZATIONS:
            raise ValueError(f"unknown dequantization model {self.model!r}; the models are {', '.join(DEQUANTIZATIONS)}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        x = only("dequantize_linear", xs)
        check_roles("dequantize_linear", parameters, ["scale", "zero_point"])
        check_integers("dequantize_linear", x.format)
        check_affine("dequantize_linear", parameters, {"scale": BINARY32.format, "zero_point": x.format}, x.shape)
        return TensorType(x.shape, BINARY32.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def code(q: Number, own: dict[str, Number]) -> int:
            return dequantize_as(self.model, q, own["scale"], integer(own["zero_point"].exact))

        return each(xs[0], parameters, made, code)


def centred_format(format: Format) -> Format:
    """The format of the differences of two integers of a format: signed, and one bit wider."""
    check_integers("centre", format, NARROW)
    return get_format(f"int{format.width + 1}")


@dataclass(frozen=True)
class Centre:
    """Each integer less the zero point **must** be held exactly in the signed format that is one bit wider. So the zero point
    becomes 0, which is what stands outside an image whose padding is the real number zero.

    Parameters: ``zero_point`` (the input's format), one element or one for each channel. [affine-layer/centre]
    """

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape, in integers one bit wider."""
        x = only("centre", xs)
        check_roles("centre", parameters, ["zero_point"])
        to = centred_format(x.format)
        check_affine("centre", parameters, {"zero_point": x.format}, x.shape)
        return TensorType(x.shape, to)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        mask = (1 << made.format.width) - 1

        def code(q: Number, own: dict[str, Number]) -> int:
            return integer(q.exact) - integer(own["zero_point"].exact) & mask

        return each(xs[0], parameters, made, code)


@dataclass(frozen=True)
class Requantize:
    """Each accumulator **must** become the code that the model, one of ``requantization.MODELS``, makes of it, clamped from
    ``low`` to ``high`` where they are given: a ReLU that is part of the layer has the zero point for ``low``.

    Parameters: ``zero_point`` (the result's format); and ``scale`` (binary32) for ``float_scale``, ``shift`` for ``dpu``,
    ``multiplier`` and ``shift`` for the other models, in any integer formats; one element or one for each channel.
    [affine-layer/requantize]
    """

    model: str
    to: Format
    low: int | None = None
    high: int | None = None

    def __post_init__(self) -> None:
        get_requantization(self.model)
        limits(0 if self.to.signed else self.to.top, self.to, self.low, self.high)

    @property
    def roles(self) -> tuple[str, ...]:
        """The parameters besides the zero point."""
        return {"float_scale": ("scale",), "dpu": ("shift",)}.get(self.model, ("multiplier", "shift"))

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        x = only("requantize", xs)
        check_roles("requantize", parameters, [*self.roles, "zero_point"])
        check_integers("requantize", x.format)
        formats = {role: BINARY32.format if role == "scale" else None for role in self.roles}
        check_affine("requantize", parameters, {**formats, "zero_point": self.to}, x.shape)
        return TensorType(x.shape, self.to)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def code(acc: Number, own: dict[str, Number]) -> int:
            shift, zero = (integer(own[role].exact) if role in own else 0 for role in ("shift", "zero_point"))
            multiplier = own["scale"].code if "scale" in own else integer(own["multiplier"].exact) if "multiplier" in own else 1
            return requantize(self.model, integer(acc.exact), multiplier, shift, zero, self.to, self.low, self.high)

        return each(xs[0], parameters, made, code)
