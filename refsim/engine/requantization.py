"""Requantization on arrays: the names of ``refsim.spec.requantization``.

Accumulators of 32 bits meet multipliers of 32, and those of 48 bits meet 16, so that no product is beyond 2**62 in magnitude
and no nudge beyond 2**61 + 2**30: 64-bit integers hold every sum. What the specification refuses is refused here in its words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import requantization as spec
from ..spec.formats import Format
from ..spec.integral import is_integer
from .array import Array, as_integers, code_dtype
from .tables import CHUNK

Integers = NDArray[np.int64]
Step = Callable[[Integers, Any, Any], tuple[Integers, Any]]
"""From accumulators that it may overwrite, multipliers and shifts to the scaled accumulators, and whether and where the
specification has no result on the way there."""

WIDEST = 63
"""The widest operands of an ``Array``."""
NARROW = 32
"""The widest results that are computed here; the specification answers for wider ones."""
INT32 = np.iinfo(np.int32)


def requantize(
    model: str,
    acc: Any,
    multiplier: Any,
    shift: Any,
    zero_point: Any,
    to_format: Format,
    low: int | None = None,
    high: int | None = None,
) -> Array:
    """The codes that accumulators are requantized to; multipliers, shifts and zero points are broadcast with them.

    All four are integers, or an ``Array`` of an integer format. The limits hold for all. ``ValueError`` and ``OverflowRaised``
    as the specification raises them, for the first number that it refuses; ``TypeError`` for what is no integer.
    """
    way = spec.get_model(model)
    least, greatest = spec.limits(0 if to_format.signed else to_format.top, to_format, low, high)
    operands = [integers(x) for x in (acc, multiplier, shift, zero_point)]
    shape = np.broadcast_shapes(*(x.shape for x in operands))
    one_by_one = to_format.width > NARROW or any(x.dtype == object for x in operands)
    domain = (
        *((-way.accumulators.top_negative, way.accumulators.top), way.multipliers, way.shifts),
        (-to_format.top_negative, to_format.top),
    )
    if one_by_one or any(outside(x, *ends) for x, ends in zip(operands, domain, strict=True)):
        return _one_by_one(model, operands, shape, to_format, low, high)
    found = np.empty(shape or (1,), code_dtype(to_format))
    rows = [_rows(x, found.shape) for x in operands]
    length = max(1, CHUNK // max(1, found[:1].size))
    for start in range(0, len(found), length):
        part = slice(start, min(start + length, len(found)))
        x, m, s, z = (row[part] if row.ndim else row[()] for row in rows)
        y, refused = STEPS[model](np.broadcast_to(x, found[part].shape).astype(np.int64), m, s)
        if way.total is spec.WHOLE32:  # the scaled accumulator and its sum with the zero point must both fit
            refused = refused or outside(y, np.maximum(INT32.min, INT32.min - z), np.minimum(INT32.max, INT32.max - z))
        if refused:
            return _one_by_one(
                model, [row[start:] if row.ndim else row for row in rows], found[start:].shape, to_format, low, high
            )
        np.add(y, z, out=y)
        np.clip(y, least, greatest, out=y)
        if found.itemsize * 8 != to_format.width:
            np.bitwise_and(y, (1 << to_format.width) - 1, out=y)
        np.copyto(found[part], y, casting="unsafe")
    return Array(found.reshape(shape), to_format)


def integers(given: Any) -> NDArray[Any]:
    """The integers of an operand in 64 bits, as an object array where one is beyond them; ``TypeError`` for other data."""
    if isinstance(given, Array):
        if not is_integer(given.format) or given.format.width > WIDEST:
            raise TypeError(f"an operand needs an integer format of at most {WIDEST} bits, which {given.format} is not")
        sign = 1 << given.format.width - 1 if given.format.signed else 0
        return (given.codes.astype(np.int64) ^ sign) - sign
    found = as_integers(given)
    wrong = (
        [x for x in found.flat if not isinstance(x, int | np.integer) or isinstance(x, bool)] if found.dtype == object else []
    )
    if wrong or (found.dtype.kind not in "iuO" and found.size):
        raise TypeError(f"an operand needs integers, not {type(wrong[0]).__name__ if wrong else found.dtype}")
    if found.dtype.kind == "i" or not outside(found, -(1 << 63), (1 << 63) - 1):
        return found.astype(np.int64, copy=False)
    return found.astype(object)


def outside(x: NDArray[Any], least: Any, greatest: Any) -> bool:
    """Whether any number is outside two bounds, which are numbers or arrays of them."""
    if not x.size:
        return False
    if np.ndim(least):
        return bool(((x < least) | (x > greatest)).any())
    return bool(x.min() < least or x.max() > greatest)


def _rows(x: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """A number as it is, so that NumPy does not walk along copies of it; anything else in the full shape."""
    return x.reshape(()) if x.size == 1 else np.broadcast_to(x, shape)


def _one_by_one(
    model: str, operands: list[NDArray[Any]], shape: tuple[int, ...], to_format: Format, low: int | None, high: int | None
) -> Array:
    """What the specification says of each number, its refusal of the first among them."""
    found = np.zeros(shape, code_dtype(to_format))
    spread = [np.broadcast_to(x, shape) for x in operands]
    for index in np.ndindex(shape):
        acc, multiplier, shift, zero_point = (int(x[index]) for x in spread)
        found[index] = spec.requantize(model, acc, multiplier, shift, zero_point, to_format, low, high)
    return Array(found, to_format)


def _high(x: Integers, m: Any) -> Integers:
    """The doubling high multiply: half up and saturated, which only the greatest product needs."""
    np.multiply(x, m, out=x)
    np.add(x, 1 << 30, out=x)
    np.right_shift(x, 31, out=x)
    np.minimum(x, INT32.max, out=x)
    return x


def _shifted(x: Integers, places: Any) -> tuple[Integers, bool]:
    """Accumulators to the left, and whether one leaves 32 bits. Places are at most 30: 64 bits hold the result."""
    if np.ndim(places) == 0 and places <= 0:
        return x, False
    np.left_shift(x, np.maximum(places, 0), out=x)
    return x, outside(x, INT32.min, INT32.max)


def _half_up(x: Integers, places: Any) -> Integers:
    """To the right with ties toward plus infinity, by one place or more."""
    np.add(x, np.left_shift(np.int64(1), np.subtract(places, 1)), out=x)
    np.right_shift(x, places, out=x)
    return x


def gemmlowp(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Twice rounded: half up, then away from zero, where half less one for negative numbers rounds ties down."""
    x, refused = _shifted(x, s)
    x, right = _high(x, m), np.maximum(np.negative(s), 0)
    if np.any(right):
        np.add(x, np.where(right > 0, x >> 63, 0) if np.ndim(right) else x >> 63, out=x)
        np.add(x, np.left_shift(np.int64(1), right) >> 1, out=x)
        np.right_shift(x, right, out=x)
    return x, refused


def tflite_single(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once at 31 - s places."""
    return _half_up(np.multiply(x, m, out=x), np.subtract(31, s)), False


def tflite_int64(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once at 15 - s places, after the multiplier."""
    reduced = np.minimum((np.asarray(m, dtype=np.int64) + (1 << 15)) >> 16, 0x7FFF)
    return _half_up(np.multiply(x, reduced, out=x), np.subtract(15, s)), False


def tosa(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once at s places, from accumulators of any width."""
    return _half_up(np.multiply(x, m, out=x), s), False


def _reach(x: Integers, s: Any) -> Any:
    """Whether an accumulator is beyond 2**(s - 1); from 32 places on none is."""
    return bool(np.any(s < NARROW)) and outside(x, -(1 << np.subtract(s, 1)), (1 << np.subtract(s, 1)) - 1)


def tosa_32(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once at s places."""
    refused = _reach(x, s)
    return tosa(x, m, s)[0], refused


def tosa_32_double(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once, with a nudge by the sign of the accumulator for shifts above 31."""
    refused = _reach(x, s)
    signs = x >> 63
    np.multiply(x, m, out=x)
    if np.any(np.greater(s, 31)):
        np.add(np.left_shift(signs, 31, out=signs), 1 << 30, out=signs)
        np.add(x, signs if np.ndim(s) == 0 else np.where(np.greater(s, 31), signs, 0), out=x)
    return _half_up(x, s), refused


def cmsis_nn_single(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded down at one place less, one added, halved: both in 32 bits."""
    np.right_shift(np.multiply(x, m, out=x), np.subtract(30, s), out=x)
    refused = outside(x, INT32.min, INT32.max - 1)
    return np.right_shift(np.add(x, 1, out=x), 1, out=x), refused


def halide(x: Integers, m: Any, s: Any) -> tuple[Integers, Any]:
    """Twice rounded, half up."""
    places = np.negative(s)
    x = _high(x, m)
    np.add(x, np.left_shift(np.int64(1), places) >> 1, out=x)
    return np.right_shift(x, places, out=x), False


def dpu(x: Integers, _: Any, s: Any) -> tuple[Integers, Any]:
    """Rounded once at s places, or moved to the left, by at most 31."""
    right = np.maximum(s, 0)
    np.left_shift(x, np.maximum(np.negative(s), 0), out=x)
    np.add(x, np.left_shift(np.int64(1), right) >> 1, out=x)
    return np.right_shift(x, right, out=x), False


@np.errstate(over="ignore", under="ignore")
def float_scale(x: Integers, m: Any, _: Any) -> tuple[Integers, Any]:
    """NumPy's binary32 rounds as the specification does. Results have at most 32 bits, so that 2**40 stands for all beyond."""
    codes = np.asarray(m, dtype=np.int64)
    if outside(codes, 1, POSITIVE_INFINITY - 1):
        return x, True
    product = x.astype(np.float32) * codes.astype(np.uint32).view(np.float32)
    return np.rint(np.clip(product, np.float32(-(2.0**40)), np.float32(2.0**40))).astype(np.int64), False


POSITIVE_INFINITY = 0x7F800000
STEPS: dict[str, Step] = {
    "gemmlowp": gemmlowp,
    "tflite_single": tflite_single,
    "tflite_int64": tflite_int64,
    "tosa_32": tosa_32,
    "tosa_32_double": tosa_32_double,
    "tosa_16": tosa,
    "cmsis_nn": gemmlowp,
    "cmsis_nn_single": cmsis_nn_single,
    "halide": halide,
    "dpu": dpu,
    "float_scale": float_scale,
}
"""The scaling steps of the models."""
