"""Requantization: from a wide integer accumulator to a narrow code, by a multiplier and a shift, as each library does it.

The models compute the same real number, ``acc * multiplier * 2**e``, and differ in how often they round it, in the rule for
ties, and in what fits where. Each is written as exact steps with a projection after each one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .catalogue import get_format
from .exact import Exact, Special, dyadic
from .formats import Format
from .integral import is_integer
from .operands import integer, rational
from .projection import Projection

WHOLE32 = Projection("int32", "toward_zero", "error")
"""A sum or a left shift in 32 bits: nothing to round, and no result where it does not fit, since C has none."""
WHOLE64 = Projection("int64", "toward_zero", "error")
WHOLE64_SATURATED = Projection("int64", "toward_zero", "saturate")
FLOOR32 = Projection("int32", "toward_negative", "error")
HALF_UP32 = Projection("int32", "ties_toward_positive", "error")
HALF_UP32_SATURATED = Projection("int32", "ties_toward_positive", "saturate")
HALF_UP64 = Projection("int64", "ties_toward_positive", "error")
HALF_UP16_SATURATED = Projection("int16", "ties_toward_positive", "saturate")
HALF_AWAY32 = Projection("int32", "ties_to_away", "error")
HALF_EVEN64_SATURATED = Projection("int64", "ties_to_even", "saturate")
BINARY32 = Projection("binary32", "ties_to_even", "infinity")


def projected(x: Exact | int, to: Projection) -> int:
    """The integer that a number becomes in an integer format."""
    return integer(to.format.decode(to(x).code))


def doubling_high_multiply(a: int, b: int) -> int:
    """The product of two 32-bit integers over 2**31 **must** be rounded to 32 bits with ties toward plus infinity, and
    saturated: only -2**31 times itself is.

    gemmlowp, fixedpoint/fixedpoint.h, SaturatingRoundingDoublingHighMul; Arm VQRDMULH. [requantize/doubling-high-multiply]
    """
    return projected(dyadic(a * b, -31), HALF_UP32_SATURATED)


def divide_by_power_of_two(x: int, exponent: int) -> int:
    """The quotient of a 32-bit integer and 2**exponent **must** be rounded with ties away from zero.

    gemmlowp, fixedpoint/fixedpoint.h, RoundingDivideByPOT; CMSIS-NN, arm_nn_divide_by_power_of_two.
    [requantize/divide-by-power-of-two]
    """
    return projected(dyadic(x, -exponent), HALF_AWAY32)


def shifted_left(x: int, places: int) -> int:
    """A left shift of an accumulator **must** have no result where it leaves 32 bits: ``OverflowRaised``. The sources multiply
    32-bit integers there, and C defines no result; compiled code mostly wraps. [requantize/left-shift]
    """
    return projected(x << places, WHOLE32)


def gemmlowp(x: int, m: int, s: int) -> int:
    """The accumulator, shifted left where the shift is positive, **must** go through the doubling high multiply, and its result
    be divided by 2**-shift where the shift is negative: rounded twice, ties toward plus infinity first, then away from zero.

    TensorFlow Lite, kernels/internal/common.cc, MultiplyByQuantizedMultiplier, the default. [requantize/gemmlowp]
    """
    return divide_by_power_of_two(doubling_high_multiply(shifted_left(x, max(s, 0)), m), max(-s, 0))


def tflite_single(x: int, m: int, s: int) -> int:
    """The exact ``x * m * 2**(s - 31)`` **must** be rounded once, with ties toward plus infinity, to 32 bits that hold it.

    TensorFlow Lite, kernels/internal/common.cc, MultiplyByQuantizedMultiplier under TFLITE_SINGLE_ROUNDING.
    [requantize/tflite-single]
    """
    return projected(dyadic(x * m, s - 31), HALF_UP32)


def reduced_multiplier(m: int) -> int:
    """A 32-bit multiplier **must** be reduced to its upper 16 bits, rounded to the nearest with ties up, the greatest being
    0x7FFF.

    TensorFlow Lite, kernels/internal/common.cc; CMSIS-NN, REDUCE_MULTIPLIER. [requantize/reduced-multiplier]
    """
    return projected(dyadic(m, -16), HALF_UP16_SATURATED)


def tflite_int64(x: int, m: int, s: int) -> int:
    """The exact ``x * r * 2**(s - 15)``, r being the reduced multiplier, **must** be rounded once, with ties toward plus
    infinity, to 32 bits that hold it.

    TensorFlow Lite, kernels/internal/common.cc, MultiplyByQuantizedMultiplier of int64_t, for 16-bit activations; CMSIS-NN,
    arm_nn_requantize_s64. [requantize/tflite-int64]
    """
    return projected(dyadic(x * reduced_multiplier(m), s - 15), HALF_UP32)


def tosa_32(x: int, m: int, s: int) -> int:
    """The exact ``x * m * 2**-s`` **must** be rounded once, with ties toward plus infinity, to 32 bits that hold it.

    TOSA 1.0, apply_scale_32 with SINGLE_ROUND. [requantize/tosa-32]
    """
    check_reach(x, s)
    return projected(dyadic(x * m, -s), HALF_UP32)


def tosa_32_double(x: int, m: int, s: int) -> int:
    """Where the shift exceeds 31, 2**30 **must** be added to the exact product, or subtracted where the accumulator is
    negative, before it is rounded as with a single rounding.

    TOSA 1.0, apply_scale_32 with DOUBLE_ROUND. [requantize/tosa-32-double]
    """
    check_reach(x, s)
    nudge = 0 if s <= 31 else -(1 << 30) if x < 0 else 1 << 30
    return projected(dyadic(x * m + nudge, -s), HALF_UP32)


def check_reach(x: int, s: int) -> None:
    """The accumulator **must** lie in -2**(s - 1)..2**(s - 1) - 1: ``ValueError``. TOSA 1.0, apply_scale_32.

    [requantize/tosa-reach]
    """
    if not -1 << s - 1 <= x < 1 << s - 1:
        raise ValueError(f"accumulator {x} is not in -2**{s - 1}..2**{s - 1} - 1, which a TOSA shift of {s} needs")


def tosa_16(x: int, m: int, s: int) -> int:
    """The exact ``x * m * 2**-s``, of a 48-bit accumulator and a 16-bit multiplier, **must** be rounded once, with ties toward
    plus infinity, to 32 bits that hold it.

    TOSA 1.0, apply_scale_16. [requantize/tosa-16]
    """
    return projected(dyadic(x * m, -s), HALF_UP32)


def cmsis_nn(x: int, m: int, s: int) -> int:
    """The steps **must** be those of ``gemmlowp``; a multiplier of -2**31 is not in the domain, so that nothing saturates.

    CMSIS-NN, arm_nnsupportfunctions.h, arm_nn_requantize. [requantize/cmsis-nn]
    """
    return gemmlowp(x, m, s)


def cmsis_nn_single(x: int, m: int, s: int) -> int:
    """The exact ``x * m * 2**(s - 30)`` **must** be rounded down to 32 bits that hold it, one be added in 32 bits, and half
    of that be rounded down: the number is rounded once, with ties toward plus infinity, if its double fits.

    CMSIS-NN, arm_nnsupportfunctions.h, arm_nn_requantize under CMSIS_NN_USE_SINGLE_ROUNDING. [requantize/cmsis-nn-single]
    """
    return projected(dyadic(projected(projected(dyadic(x * m, s - 30), FLOOR32) + 1, WHOLE32), -1), FLOOR32)


def halide(x: int, m: int, s: int) -> int:
    """The result of the doubling high multiply **must** be divided by 2**-shift and rounded again, with ties toward plus
    infinity both times.

    Halide, apps/hannk/halide/common_halide.cpp, multiply_quantized. [requantize/halide]
    """
    return projected(dyadic(doubling_high_multiply(x, m), s), HALF_UP32)


def dpu(x: int, _: int, s: int) -> int:
    """The exact ``x * 2**-s`` **must** be rounded once, with ties toward plus infinity; a negative shift is one to the left.
    The multiplier is 1.

    Vitis AI: scales are powers of two, s is the sum of the positions of the operands less that of the result, and the DPU
    rounds as ``floor(y + 0.5)``. [requantize/dpu]
    """
    return projected(dyadic(x, -s), HALF_UP64)


def float_scale(x: int, m: int, _: int) -> int:
    """The accumulator **must** be rounded to binary32, multiplied in binary32 by the scale whose code the multiplier is, and
    the product rounded to an integer, each time with ties to even. The shift is 0.

    ONNX Runtime, core/mlas/lib/quantize.cpp, MlasRequantizeOutput; XNNPACK, src/qs8-requantization, fp32.
    [requantize/float-scale]
    """
    scale = BINARY32.format.decode(m)
    if isinstance(scale, Special) or not scale > 0:
        raise ValueError(f"float_scale needs the binary32 code of a positive finite scale, not {m:#x}")
    rounded = BINARY32.format.decode(BINARY32(x).code)
    product = 0 if x == 0 else rational(rounded) * rational(scale)
    return projected(BINARY32.format.decode(BINARY32(product).code), HALF_EVEN64_SATURATED)


@dataclass(frozen=True)
class Model:
    """One way to requantize: its scaling step, the accumulators, multipliers and shifts that it takes, and the integers in
    which the zero point is added.

    ``point``: multiplier and shift stand for ``m * 2**(s - point)``; ``None`` where the shift is one to the right, and they
    stand for ``m * 2**-s``.
    """

    name: str
    scaled: Callable[[int, int, int], int]
    accumulators: Format
    multipliers: tuple[int, int]
    shifts: tuple[int, int]
    total: Projection
    point: int | None = None

    def __str__(self) -> str:
        return self.name

    def check(self, acc: int, multiplier: int, shift: int) -> None:
        """An accumulator, a multiplier or a shift outside the domain of the model **must** be refused: ``ValueError``.

        [requantize/domain]
        """
        format = self.accumulators
        for what, value, low, high in (
            ("accumulator", acc, -format.top_negative, format.top),
            ("multiplier", multiplier, *self.multipliers),
            ("shift", shift, *self.shifts),
        ):
            if not low <= value <= high:
                raise ValueError(f"{what} {value} of {self.name} is not in {low}..{high}")


_INT32, _INT48 = get_format("int32"), get_format("int48")
_Q31, _POSITIVE = (-1 << 31, (1 << 31) - 1), (0, (1 << 31) - 1)

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("gemmlowp", gemmlowp, _INT32, _Q31, (-31, 30), WHOLE32, 31),
        Model("tflite_single", tflite_single, _INT32, _POSITIVE, (-31, 30), WHOLE32, 31),
        Model("tflite_int64", tflite_int64, _INT48, _POSITIVE, (-31, 7), WHOLE32, 31),
        Model("tosa_32", tosa_32, _INT32, _POSITIVE, (2, 62), WHOLE32),
        Model("tosa_32_double", tosa_32_double, _INT32, _POSITIVE, (2, 62), WHOLE32),
        Model("tosa_16", tosa_16, _INT48, (0, (1 << 15) - 1), (2, 62), WHOLE32),
        Model("cmsis_nn", cmsis_nn, _INT32, (_Q31[0] + 1, _Q31[1]), (-31, 30), WHOLE32, 31),
        Model("cmsis_nn_single", cmsis_nn_single, _INT32, (_Q31[0] + 1, _Q31[1]), (-31, 30), WHOLE32, 31),
        Model("halide", halide, _INT32, _Q31, (-31, 0), WHOLE64, 31),
        Model("dpu", dpu, _INT32, (1, 1), (-31, 31), WHOLE64),
        Model("float_scale", float_scale, _INT32, (1, (1 << 32) - 1), (0, 0), WHOLE64_SATURATED),
    )
}
"""The models by name."""


def get_model(name: str) -> Model:
    """The model of a name; ``ValueError`` for an unknown one."""
    if name not in MODELS:
        raise ValueError(f"unknown requantization model {name!r}; the models are {', '.join(MODELS)}")
    return MODELS[name]


def limits(zero_point: int, to_format: Format, low: int | None = None, high: int | None = None) -> tuple[int, int]:
    """The least and the greatest result, those of the format where none are given; zero point and limits **must** be integers
    of the result format, the lower limit not above the upper one: ``ValueError``.

    [requantize/limits]
    """
    if not is_integer(to_format):
        raise ValueError(f"a result of requantization needs an integer format, which {to_format.name} is not")
    least, greatest = -to_format.top_negative, to_format.top
    first, last = least if low is None else low, greatest if high is None else high
    for what, value in (("zero point", zero_point), ("low", first), ("high", last)):
        if not least <= value <= greatest:
            raise ValueError(f"{what} {value} is not in {least}..{greatest} of {to_format.name}")
    if first > last:
        raise ValueError(f"low {first} is above high {last}")
    return first, last


def requantize(
    model: str,
    acc: int,
    multiplier: int,
    shift: int,
    zero_point: int,
    to_format: Format,
    low: int | None = None,
    high: int | None = None,
) -> int:
    """The zero point **must** be added to the scaled and rounded accumulator, and the sum be clamped to the range of the result
    format or to the narrower range from ``low`` to ``high``, that of an activation function.

    The result is a code of the format. The models whose sources add in 32 bits have no result where that overflows:
    ``OverflowRaised``. ``ValueError`` outside the domain. [requantize/output-stage]
    """
    way = get_model(model)
    first, last = limits(zero_point, to_format, low, high)
    way.check(acc, multiplier, shift)
    total = projected(way.scaled(acc, multiplier, shift) + zero_point, way.total)
    return Projection(to_format, "toward_zero", "error")(max(first, min(last, total))).code
