"""Affine quantization: a real number as an integer q by ``(q - zero point) * scale``, exactly and as each library does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .arithmetic import divide, multiply, reciprocal
from .catalogue import get_format
from .exact import NEGATIVE_ZERO, Exact, Special, dyadic, floor_log2, is_infinite, is_nan
from .flags import Flags, Result
from .formats import Format, Number, Unrepresentable
from .integral import exact_round_to_integral
from .multipliers import BINARY64
from .operands import Setting, rational
from .projection import Projection
from .requantization import BINARY32, WHOLE32, limits, projected
from .rounding import Rounding, named


def positive(scale: Number) -> Fraction:
    """A scale **must** be a positive finite number: ``ValueError``. [affine/scale]"""
    x = scale.exact
    if isinstance(x, Special) or not isinstance(x, Fraction) or not x > 0:
        raise ValueError(f"a scale must be a positive finite number, not {scale.code:#x} of {scale.format.name}")
    return x


def shifted(x: Exact, zero_point: int, to: Projection, draw: int | None = None) -> Exact:
    """The integer that a quotient is rounded to, plus the zero point: a quotient **must** be rounded before the zero point is
    added, so that a tie does not depend on it; infinities and NaN stay.

    [affine/order]
    """
    whole = exact_round_to_integral(Setting((), to, draw), x)[0]
    if isinstance(whole, Special) and whole is not NEGATIVE_ZERO:
        return whole
    return (Fraction(0) if whole is NEGATIVE_ZERO else rational(whole)) + zero_point


def quantize(x: Number, scale: Number, zero_point: int, to: Projection, draw: int | None = None) -> Result:
    """The exact quotient of x and the scale **must** be rounded to an integer by the rounding rule, the zero point be added,
    and the sum brought into the result format by the overflow rule, which also says what becomes of infinities and NaN.

    The flags are those of the sum, and inexact where it is in range and the quotient is no integer. ``ValueError`` for a result
    format that is not one of integers, or a zero point outside it. [affine/quantize]
    """
    limits(zero_point, to.format)
    divisor, datum = positive(scale), x.exact
    to.rounding.check_draw(draw)
    quotient = datum if isinstance(datum, Special) else rational(datum) / divisor
    total = shifted(quotient, zero_point, to, draw)
    # The sum is an integer: nothing is rounded any more.
    code, flags = Projection(to.format, "toward_zero", to.overflow)(total)
    inexact = isinstance(quotient, Fraction) and quotient.denominator != 1
    return Result(code, Flags.INEXACT if inexact and not flags else flags)


def dequantize(q: Number, scale: Number, zero_point: int, to: Projection, draw: int | None = None) -> Result:
    """The exact product of the scale and the difference of q and the zero point **must** be projected once; a difference of
    zero gives zero.

    [affine/dequantize]
    """
    limits(zero_point, q.format)
    return to((rational(q.exact) - zero_point) * positive(scale), draw)


@dataclass(frozen=True)
class Model:
    """How a library quantizes binary32 numbers: the quotient as it computes it, the rule by which it rounds that to an integer,
    and whether the integer has to fit in 32 bits, as it has where the source converts before it clamps."""

    name: str
    quotient: Callable[[Number, Number], Exact]
    rounding: Rounding
    narrow: bool = False

    def __str__(self) -> str:
        return self.name


WIDEST = 16
"""The widest results of the libraries' models: with wider ones their sums in binary32 would be rounded."""


def divided(x: Number, scale: Number) -> Exact:
    """The quotient in binary32 **must** be rounded with ties to even. [affine/divided]"""
    return BINARY32.format.decode(divide(x, scale, BINARY32).code)


def times_reciprocal(x: Number, scale: Number) -> Exact:
    """The reciprocal of the scale **must** be rounded to binary32, and its product with x too, each with ties to even: a NaN
    where zero meets a reciprocal that overflowed.

    FBGEMM, QuantUtils.h, Quantize. [affine/times-reciprocal]
    """
    inverse = Number(reciprocal(scale, BINARY32).code, BINARY32.format)
    return BINARY32.format.decode(multiply(x, inverse, BINARY32).code)


def times_power(x: Number, scale: Number) -> Exact:
    """The quotient by a scale of 2**-position **must** be exact, and other scales be refused: ``ValueError``.

    Vitis AI. [affine/position]
    """
    divisor, datum = positive(scale), x.exact
    if dyadic(1, floor_log2(divisor)) != divisor:
        raise ValueError(f"a Vitis AI scale must be a power of two, not {divisor}")
    return datum if isinstance(datum, Special) else rational(datum) / divisor


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("onnx", divided, named("ties_to_even")),
        Model("tflite", divided, named("ties_to_away"), narrow=True),
        Model("pytorch", times_reciprocal, named("ties_to_even")),
        Model("vitis_dpu", times_power, named("ties_toward_positive")),
        Model("vitis_py3", times_power, named("ties_to_even")),
        Model("vitis_std", times_power, named("ties_to_away")),
    )
}
"""The models by name: ONNX QuantizeLinear; TensorFlow Lite, reference/quantize.h, AffineQuantize; PyTorch quantize_per_tensor,
as FBGEMM has it; Vitis AI, whose rounding depends on the kind of the tensor and the tool: ``dpu`` for inputs and activations,
``py3`` for weights in the TensorFlow 2 quantizer, ``std`` for constants in the graph runner."""


def get_model(name: str) -> Model:
    """The model of a name; ``ValueError`` for an unknown one."""
    if name not in MODELS:
        raise ValueError(f"unknown quantization model {name!r}; the models are {', '.join(MODELS)}")
    return MODELS[name]


def quantize_as(model: str, x: Number, scale: Number, zero_point: int, to_format: Format) -> int:
    """The quotient that the model computes **must** be rounded to an integer by the model's rule, the zero point be added, and
    the sum be clamped to the result format; an infinity becomes the integer at its end.

    NaN has no result, ``Unrepresentable``: the sources convert it to an integer, which C leaves undefined. ``tflite``
    converts before it clamps, so that infinities and quotients outside 32 bits have no result either: ``OverflowRaised``. x
    and scale are binary32. [affine/quantize-as]
    """
    way = get_model(model)
    to = Projection(to_format, way.rounding, "saturate")
    _check_narrow(zero_point, to_format)
    check_binary32(x, scale)
    total = shifted(way.quotient(x, scale), zero_point, to)
    if is_nan(total):
        raise Unrepresentable(f"{model} has no result for a quotient that is NaN")
    if way.narrow:
        first = total if is_infinite(total) else rational(total) - zero_point
        total = Fraction(projected(projected(first, WHOLE32) + zero_point, WHOLE32))
    return to(total).code


def _check_narrow(zero_point: int, format: Format) -> None:
    limits(zero_point, format)
    if format.width > WIDEST:
        raise ValueError(f"the models quantize to at most {WIDEST} bits, not to {format.name}")


def check_binary32(*numbers: Number) -> None:
    """``ValueError`` for an operand that is not binary32, and for a scale, the last one, that is not positive and finite."""
    for number in numbers:
        if number.format.name != "binary32":
            raise ValueError(f"the models work on binary32 numbers, not on {number.format.name}")
    positive(numbers[-1])


DEQUANTIZATIONS = ("onnx", "tflite", "pytorch")
"""The libraries whose dequantization is known."""


def dequantize_as(model: str, q: Number, scale: Number, zero_point: int) -> int:
    """The difference of q and the zero point **must** fit in 32 bits, be rounded to binary32 and multiplied there by the scale;
    for ``tflite`` the product is made in binary64 first and that is rounded to binary32. The result is a binary32 code.

    ONNX DequantizeLinear; FBGEMM, QuantUtils.h, Dequantize; TensorFlow Lite, reference/dequantize.h. [affine/dequantize-as]
    """
    if model not in DEQUANTIZATIONS:
        raise ValueError(f"unknown dequantization model {model!r}; the models are {', '.join(DEQUANTIZATIONS)}")
    limits(zero_point, q.format)
    check_binary32(scale)
    difference = Number(WHOLE32(rational(q.exact) - zero_point).code, get_format("int32"))
    if model == "tflite":
        return BINARY32(BINARY64.format.decode(multiply(difference, scale, BINARY64).code)).code
    return multiply(Number(BINARY32(difference.exact).code, BINARY32.format), scale, BINARY32).code


@dataclass(frozen=True)
class Granularity:
    """Which numbers of a tensor share a scale and a zero point: all of them where there is no axis; those of one channel along
    the axis; or those of one group of neighbours along the axis."""

    axis: int | None = None
    group: int | None = None

    def __post_init__(self) -> None:
        if self.group is not None and (self.axis is None or self.group < 1):
            raise ValueError(f"a group needs an axis and at least one number, not axis {self.axis} and group {self.group}")

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the parameters of a tensor: there **must** be one for the whole tensor; one for each channel; or, in
        groups, one for each group along the axis and for each place along the other axes, the last group of a row being shorter
        where the group does not divide the axis.

        ONNX QuantizeLinear: per-tensor, per-axis, blocked. [affine/granularity]
        """
        if self.axis is None:
            return ()
        if not 0 <= self.axis < len(shape):
            raise ValueError(f"axis {self.axis} is not in 0..{len(shape) - 1} of a tensor of {len(shape)} axes")
        if self.group is None:
            return (shape[self.axis],)
        return tuple(-(-n // self.group) if axis == self.axis else n for axis, n in enumerate(shape))

    def index(self, shape: Sequence[int], place: Sequence[int]) -> tuple[int, ...]:
        """The index of the parameters that belong to the number at a place of the tensor. ``ValueError`` for one outside it."""
        self.shape(shape)
        if len(place) != len(shape) or not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
            raise ValueError(f"{tuple(place)} is no place of a tensor of shape {tuple(shape)}")
        if self.axis is None:
            return ()
        if self.group is None:
            return (place[self.axis],)
        return tuple(i // self.group if axis == self.axis else i for axis, i in enumerate(place))
