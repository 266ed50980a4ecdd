"""Multipliers and shifts from a real scale, as converters derive them before requantization.

A scale that a converter holds in binary64 is a rational number; everything here is decided on rationals.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .arithmetic import divide, multiply
from .exact import Special, dyadic, floor_log2
from .formats import Number
from .projection import Projection
from .requantization import projected

HALF_AWAY64 = Projection("int64", "ties_to_away", "error")
BINARY64 = Projection("binary64", "ties_to_even", "infinity")


class Scaling(NamedTuple):
    """What a requantization model takes: the multiplier and the shift, by that model's sense of a shift."""

    multiplier: int
    shift: int


def significand(scale: Fraction, bits: int) -> tuple[int, int]:
    """The integer q and the exponent e of a positive scale near ``q * 2**(e - bits)``: the scale **must** be split as frexp
    splits it, into a significand from 1/2 to below 1 and a power of two, and the significand times 2**bits be rounded with ties
    away from zero; where that gives 2**bits, it is halved and the exponent grows by one.

    [multiplier/significand]
    """
    e = floor_log2(scale) + 1
    q = projected(scale * dyadic(1, bits - e), HALF_AWAY64)
    return (q // 2, e + 1) if q == 1 << bits else (q, e)


def _positive(scale: Fraction | int) -> Fraction:
    if scale < 0:
        raise ValueError(f"a scale must not be negative, not {scale}")
    return Fraction(scale)


def quantize_multiplier(scale: Fraction | int, *, single_rounding: bool) -> Scaling:
    """The multiplier **must** be the significand in 31 bits, and the shift the exponent; a scale of zero, or one whose shift is
    below -31, gives 0 and 0. For single rounding a shift above 30 gives the greatest multiplier and 30.

    TensorFlow Lite, kernels/internal/quantization_util.cc, QuantizeMultiplier; CMSIS-NN takes the same. [multiplier/tflite]
    """
    if _positive(scale) == 0:
        return Scaling(0, 0)
    q, e = significand(Fraction(scale), 31)
    if e < -31:
        return Scaling(0, 0)
    return Scaling((1 << 31) - 1, 30) if single_rounding and e > 30 else Scaling(q, e)


def quantize_multiplier_smaller_than_one(scale: Fraction | int) -> Scaling:
    """The scale **must** lie between 0 and 1, and its shift not be positive, which it is for one that rounds to 1:
    ``ValueError``.

    TensorFlow Lite, quantization_util.cc, QuantizeMultiplierSmallerThanOneExp. [multiplier/smaller-than-one]
    """
    if not 0 < scale < 1:
        raise ValueError(f"a scale smaller than one must lie between 0 and 1, not be {scale}")
    found = quantize_multiplier(scale, single_rounding=False)
    if found.shift > 0:
        raise ValueError(f"the scale {scale} rounds to 1, which is not smaller than one")
    return found


def quantize_multiplier_greater_than_one(scale: Fraction | int) -> Scaling:
    """The scale **must** be greater than 1: ``ValueError``.

    TensorFlow Lite, quantization_util.cc, QuantizeMultiplierGreaterThanOne. [multiplier/greater-than-one]
    """
    if not scale > 1:
        raise ValueError(f"a scale greater than one is needed, not {scale}")
    return quantize_multiplier(scale, single_rounding=False)


def tosa_scale(scale: Fraction | int, bits: int) -> Scaling:
    """The multiplier **must** be the significand in 31 bits, or in 15 for the 16-bit scaling, and the shift that number of bits
    less the exponent; a shift above 62 becomes 62, and the multiplier loses as many bits, at most 31. A shift below 2 is
    refused: ``ValueError``.

    LLVM, mlir/lib/Dialect/Tosa/Utils/QuantUtils.cpp, computeMultiplierAndShift; ``bits`` is 32 or 16. [multiplier/tosa]
    """
    if bits not in {16, 32}:
        raise ValueError(f"a TOSA multiplier has 16 or 32 bits, not {bits}")
    if _positive(scale) == 0:
        return Scaling(0, bits - 1)
    q, e = significand(Fraction(scale), bits - 1)
    shift = bits - 1 - e
    if shift < LEAST_TOSA_SHIFT:
        raise ValueError(f"the scale {scale} needs a TOSA shift of {shift}, which must be at least {LEAST_TOSA_SHIFT}")
    return (
        Scaling(q, shift)
        if shift <= GREATEST_TOSA_SHIFT
        else Scaling(q >> min(31, shift - GREATEST_TOSA_SHIFT), GREATEST_TOSA_SHIFT)
    )


LEAST_TOSA_SHIFT, GREATEST_TOSA_SHIFT = 2, 62


def vitis_shift(input_position: int, weight_position: int, output_position: int) -> Scaling:
    """The shift to the right **must** be the sum of the positions of the operands less that of the result, the multiplier 1.

    Vitis AI: the position of a tensor counts the fraction bits of its codes. [multiplier/vitis]
    """
    return Scaling(1, input_position + weight_position - output_position)


def effective_scale(input_scale: Number, filter_scale: Number, output_scale: Number) -> Fraction:
    """The product of the binary32 scales of the operands **must** be divided by that of the result in binary64, which rounds
    once since it holds the product.

    TensorFlow Lite, kernels/kernel_util.cc, PopulateConvolutionQuantizationParams. [multiplier/effective-scale]
    """
    for scale in (input_scale, filter_scale, output_scale):
        if scale.format.name != "binary32" or isinstance(scale.exact, Special) or not scale.exact > 0:
            raise ValueError(f"a scale must be a positive finite binary32 number, not {scale.code:#x} of {scale.format.name}")
    product = Number(multiply(input_scale, filter_scale, BINARY64).code, BINARY64.format)
    found = BINARY64.format.decode(divide(product, output_scale, BINARY64).code)
    assert isinstance(found, Fraction), "three numbers of binary32 stay well within binary64"
    return found
