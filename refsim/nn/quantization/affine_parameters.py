"""Scales and zero points of integers, from ranges; and the multipliers and shifts by which sums are requantized."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...engine import affine as engine
from ...engine.array import Array
from ...engine.decode import decode
from ...spec.affine_layers import combined_scale
from ...spec.calibration import POSITION_OF_ZERO, choose_parameters, overflow_position, symmetric_scale
from ...spec.catalogue import get_format
from ...spec.exact import floor_log2, power_of_two
from ...spec.formats import Format, Number
from ...spec.multipliers import BINARY64, Scaling, effective_scale, quantize_multiplier, tosa_scale, vitis_shift
from ...spec.operands import rational
from ...spec.projection import Projection
from ...spec.requantization import BINARY32, get_model
from ..calibration import Calibration, Numbers, Range, find_range


class Affine(NamedTuple):
    """What codes of a format stand for: (code - zero point) * scale, the scale being a number of binary32."""

    scale: Number
    zero_point: int
    format: Format

    @property
    def value(self) -> Fraction:
        """The scale."""
        return rational(self.scale.exact)

    def scales(self) -> Array:
        """The scale as a parameter."""
        return numbers32([self.scale])

    def points(self) -> Array:
        """The zero point as a parameter."""
        return integers([self.zero_point], self.format)

    def roles(self, name: str) -> dict[str, Array]:
        """Scale and zero point as parameters of an operand, or of a result."""
        return {f"{name}_scale": self.scales(), f"{name}_zero_point": self.points()}


def numbers32(given: Sequence[Number]) -> Array:
    """Numbers of binary32 as an array."""
    return Array(np.array([x.code for x in given], np.uint32), BINARY32.format)


def integers(given: Sequence[int], format: Format) -> Array:
    """Integers as an array of codes."""
    return Array(np.array([n & (1 << format.width) - 1 for n in given], object), format)


def number32(x: Fraction | float) -> Number:
    """The nearest number of binary32."""
    return Number(BINARY32(Fraction(x)).code, BINARY32.format)


def from_range(range: Range, format: Format, *, symmetric: bool, power_of_two_scale: bool) -> Affine:
    """The scale and the zero point of a range; 1 and 0 where it has nothing but zero, or hardly anything.

    Powers of two by the position at which nothing overflows, symmetric scales without the least integer, the others so that
    zero is an integer: ``overflow_position``, ``symmetric_scale`` and ``choose_parameters`` of the specification, of which the
    last computes in binary64 and the scale is rounded to binary32.
    """
    low, high = Fraction(range.low), Fraction(range.high)
    if not range.reach:
        return Affine(number32(1.0), 0, format)
    if power_of_two_scale:
        position = overflow_position([low, high], format.width)
        return Affine(number32(power_of_two(0 if position == POSITION_OF_ZERO else -position)), 0, format)
    if symmetric:
        return Affine(symmetric_scale(number32(low), number32(high), format, narrow_range=True).scale, 0, format)
    least, greatest = (Number(BINARY64(x).code, BINARY64.format) for x in (low, high))
    found = choose_parameters(least, greatest, format, narrow_range=False)
    return Affine(number32(rational(found.scale.exact)), found.zero_point, format)


def quantized(model: str, values: NDArray[np.float64], of: Affine) -> Array:
    """The codes of numbers, rounded to binary32 first."""
    return engine.quantize_as(model, values.astype(np.float32), np.float32(float(of.value)), of.zero_point, of.format)


def restored(codes: Array, of: Affine) -> NDArray[np.float64]:
    """The numbers of codes, in binary64."""
    found: NDArray[np.float64] = (decode(codes) - of.zero_point) * float(of.value)
    return found


def find_affine(
    numbers: Numbers, calibration: Calibration, model: str, format: Format, *, symmetric: bool, power_of_two_scale: bool
) -> Affine:
    """The scale and the zero point for numbers: of the range that the calibration leaves.

    For ``l2`` numbers are quantized by the model at each candidate, and the least squared error decides.
    """
    found = partial(from_range, format=format, symmetric=symmetric, power_of_two_scale=power_of_two_scale)

    def tried(values: NDArray[np.float64], range: Range) -> NDArray[np.float64]:
        of = found(range)
        return restored(quantized(model, values, of), of)

    return found(find_range(numbers, calibration, tried))


def position_of(of: Affine) -> int:
    """The position of a scale that is a power of two."""
    return -floor_log2(of.value)


def _float_scale(x: Affine, w: Affine, y: Affine) -> dict[str, Number]:
    return {"scale": combined_scale([x.scale, w.scale], y.scale)}


def _shift(x: Affine, w: Affine, y: Affine) -> dict[str, int]:
    return {"shift": vitis_shift(position_of(x), position_of(w), position_of(y)).shift}


def _scaled(scaling: Callable[[Fraction], Scaling]) -> Callable[[Affine, Affine, Affine], dict[str, int]]:
    return lambda x, w, y: scaling(effective_scale(x.scale, w.scale, y.scale))._asdict()


_TFLITE, _SINGLE = (_scaled(partial(quantize_multiplier, single_rounding=single)) for single in (False, True))
SCALINGS: Mapping[str, Callable[[Affine, Affine, Affine], Mapping[str, int | Number]]] = {
    "float_scale": _float_scale,
    "dpu": _shift,
    **dict.fromkeys(("gemmlowp", "tflite_int64", "cmsis_nn", "halide"), _TFLITE),
    **dict.fromkeys(("tflite_single", "cmsis_nn_single"), _SINGLE),
    **dict.fromkeys(("tosa_32", "tosa_32_double"), _scaled(partial(tosa_scale, bits=32))),
    "tosa_16": _scaled(partial(tosa_scale, bits=16)),
}
"""By requantization model, its parameters from what input, weights and result stand for."""
PARAMETERS = {"multiplier": get_format("int32"), "shift": get_format("int8")}
"""The formats of multipliers and shifts."""


def requantization(model: str, x: Affine, weights: Sequence[Affine], y: Affine) -> dict[str, Array]:
    """The parameters by which the sums of each output are requantized, and the result's zero point."""
    each = [SCALINGS[model](x, w, y) for w in weights]
    for one in each:
        shift, multiplier = one.get("shift", 0), one.get("multiplier", 1)
        assert isinstance(shift, int)
        assert isinstance(multiplier, int), "the one number that is none of these is the scale"
        get_model(model).check(0, multiplier, shift)
    made: dict[str, Array] = {}
    for role in each[0]:
        values = [one[role] for one in each]
        made[role] = (
            numbers32([v for v in values if isinstance(v, Number)])
            if role == "scale"
            else integers([v for v in values if isinstance(v, int)], PARAMETERS[role])
        )
    return {**made, "zero_point": y.points()}


def biases(values: NDArray[np.float64], x: Affine, weights: Sequence[Affine], format: Format) -> Array:
    """Biases as integers at the scale of the products, which is rounded to binary32; to the nearest, ties to even."""
    to = Projection(format, "ties_to_even", "saturate")
    scales = [number32(x.value * w.value) for w in weights]
    found = engine.quantize(
        values.astype(np.float32), Array(np.array([s.code for s in scales], np.uint32), BINARY32.format), 0, to
    )
    assert isinstance(found, Array), "no flags were asked for"
    return found
