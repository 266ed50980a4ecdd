"""The scaling steps of requantization on arrays, in 64-bit integers; see ``requantization``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[Any]
Step = Callable[[Integers, Any, Any, bool], tuple[Numbers, Any]]
"""From accumulators, multipliers and shifts to the scaled accumulators, and whether the specification has no result for one of
them on the way there, which is known not to be where the last argument says so."""
INT32 = np.iinfo(np.int32)


def outside(x: NDArray[Any], least: Any, greatest: Any) -> bool:
    """Whether any number is outside two bounds, which are numbers or arrays of them."""
    if not x.size:
        return False
    if np.ndim(least):
        return bool(((x < least) | (x > greatest)).any())
    return bool(x.min() < least or x.max() > greatest)


def _product(x: Integers, m: Any) -> Integers:
    """The products, a new array. The greatest of all, which would round to 2**31, becomes the one that rounds to the last
    integer of 32 bits: so the doubling high multiply saturates."""
    product: Integers = np.multiply(x, m, dtype=np.int64)
    if np.any(np.equal(m, INT32.min)):
        np.minimum(product, INT32.max << 31, out=product)
    return product


def _shifted(x: Integers, places: Any, *, sure: bool) -> tuple[Integers, bool]:
    """Accumulators to the left, and whether one leaves 32 bits. Places are at most 30: 64 bits hold the result."""
    if np.all(np.less_equal(places, 0)):
        return x, False
    moved = np.left_shift(x, np.maximum(places, 0), dtype=np.int64)
    return moved, not sure and outside(moved, INT32.min, INT32.max)


def _half_up(product: Integers, places: Any) -> Integers:
    """To the right with ties toward plus infinity, by one place or more."""
    np.add(product, np.left_shift(np.int64(1), np.subtract(places, 1)), out=product)
    np.right_shift(product, places, out=product)
    return product


def _twice(product: Integers, right: Any) -> Integers:
    """To the right by 31 places, half up, and by some more, half away from zero.

    The floor of a floor is one floor, so that both halves are added in front of one shift. Ties of the second rounding go down
    for negative numbers: one less is added there, 2**31 before the shift. A product that is negative and rounds to zero is no
    tie.
    """
    more = np.greater(right, 0)
    if np.any(more):
        signs = np.right_shift(product, 63)
        np.left_shift(signs, 31, out=signs)
        np.add(product, signs if np.ndim(more) == 0 else np.where(more, signs, 0), out=product)
    return _halves(product, right)


def _halves(product: Integers, right: Any) -> Integers:
    """To the right by 31 places and by some more, half up both times."""
    np.add(product, (1 << 30) + (np.left_shift(np.int64(1), right) >> 1 << 31), out=product)
    np.right_shift(product, np.add(right, 31), out=product)
    return product


def gemmlowp(x: Integers, m: Any, s: Any, sure: bool) -> tuple[Integers, Any]:
    """Twice rounded: half up, then away from zero."""
    x, refused = _shifted(x, s, sure=sure)
    return _twice(_product(x, m), np.maximum(np.negative(s), 0)), refused


def tflite_single(x: Integers, m: Any, s: Any, _: bool) -> tuple[Integers, Any]:
    """Rounded once at 31 - s places."""
    return _half_up(np.multiply(x, m, dtype=np.int64), np.subtract(31, s)), False


def tflite_int64(x: Integers, m: Any, s: Any, _: bool) -> tuple[Integers, Any]:
    """Rounded once at 15 - s places, after the multiplier."""
    reduced = np.minimum(np.add(m, 1 << 15) >> 16, 0x7FFF)
    return _half_up(np.multiply(x, reduced, dtype=np.int64), np.subtract(15, s)), False


def tosa(x: Integers, m: Any, s: Any, _: bool) -> tuple[Integers, Any]:
    """Rounded once at s places, from accumulators of any width."""
    return _half_up(np.multiply(x, m, dtype=np.int64), s), False


def _reach(x: Integers, s: Any) -> Any:
    """Whether an accumulator is beyond 2**(s - 1); from 32 places on none is."""
    return bool(np.any(s < 32)) and outside(x, -(1 << np.subtract(s, 1)), (1 << np.subtract(s, 1)) - 1)


def tosa_32(x: Integers, m: Any, s: Any, sure: bool) -> tuple[Integers, Any]:
    """Rounded once at s places."""
    return tosa(x, m, s, sure)[0], not sure and _reach(x, s)


def tosa_32_double(x: Integers, m: Any, s: Any, sure: bool) -> tuple[Integers, Any]:
    """Rounded once, with a nudge by the sign of the accumulator, which is that of the product, for shifts above 31."""
    product = np.multiply(x, m, dtype=np.int64)
    more = np.greater(s, 31)
    if np.any(more):
        signs = np.right_shift(product, 63)
        np.add(np.left_shift(signs, 31, out=signs), 1 << 30, out=signs)
        np.add(product, signs if np.ndim(more) == 0 else np.where(more, signs, 0), out=product)
    return _half_up(product, s), not sure and _reach(x, s)


def cmsis_nn_single(x: Integers, m: Any, s: Any, sure: bool) -> tuple[Integers, Any]:
    """Rounded down at one place less, one added, halved: both in 32 bits."""
    product = np.multiply(x, m, dtype=np.int64)
    np.right_shift(product, np.subtract(30, s), out=product)
    refused = not sure and outside(product, INT32.min, INT32.max - 1)
    return np.right_shift(np.add(product, 1, out=product), 1, out=product), refused


def halide(x: Integers, m: Any, s: Any, _: bool) -> tuple[Integers, Any]:
    """Twice rounded, half up."""
    return _halves(_product(x, m), np.negative(s)), False


def dpu(x: Integers, _m: Any, s: Any, _: bool) -> tuple[Integers, Any]:
    """Rounded once at s places, or moved to the left, by at most 31."""
    right = np.maximum(s, 0)
    moved = np.left_shift(x, np.maximum(np.negative(s), 0), dtype=np.int64)
    np.add(moved, np.left_shift(np.int64(1), right) >> 1, out=moved)
    return np.right_shift(moved, right, out=moved), False


@np.errstate(over="ignore", under="ignore")
def float_scale(x: Integers, m: Any, _s: Any, _: bool) -> tuple[Numbers, Any]:
    """NumPy's binary32 rounds as the specification does; the integers are given as binary32 numbers."""
    codes = np.asarray(m, dtype=np.int64)
    if outside(codes, 1, POSITIVE_INFINITY - 1):
        return np.zeros(x.shape, np.float32), True
    product = x.astype(np.float32)
    np.multiply(product, codes.astype(np.uint32).view(np.float32), out=product)
    return np.rint(product, out=product), False


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
