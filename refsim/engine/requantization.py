"""Requantization on arrays: the names of ``refsim.spec.requantization``.

Accumulators of 32 bits meet multipliers of 32, and those of 48 bits meet 16, so that no product is beyond 2**62 in magnitude
and no nudge beyond 2**61 + 2**30: 64-bit integers hold every sum. What the specification refuses is refused here in its words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import requantization as spec
from ..spec.formats import Format
from ..spec.integral import is_integer
from .array import Array, as_integers, code_dtype
from .requantization_steps import INT32, STEPS, outside
from .run import in_parts
from .tables import CHUNK

SMALL = 16
"""Results of at most so many bits are clamped in 32."""
BEYOND = ("dpu", "float_scale")
"""The models whose scaled accumulators may leave 32 bits."""
FAR = 1 << 40
"""Where numbers beyond every result of 32 bits may be clamped."""
WIDEST = 63
"""The widest operands of an ``Array``."""
NARROW = 32
"""The widest results that are computed here; the specification answers for wider ones."""


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
    operands = [integers(x, any_size=x is acc) for x in (acc, multiplier, shift, zero_point)]
    shape = np.broadcast_shapes(*(x.shape for x in operands))
    one_by_one = to_format.width > NARROW or any(x.dtype == object for x in operands)
    domain = (
        *((-way.accumulators.top_negative, way.accumulators.top), way.multipliers, way.shifts),
        (-to_format.top_negative, to_format.top),
    )
    if one_by_one or any(outside(x, *ends) for x, ends in zip(operands, domain, strict=True)):
        return _one_by_one(model, operands, shape, to_format, low, high)
    scaling = Scaling(model, to_format, least, greatest)
    found = np.empty(shape, code_dtype(to_format))
    x, *parameters = operands
    if all(y.size == 1 for y in parameters) and scaling.fits_between(x, *(int(y.item()) for y in parameters)):
        numbers, codes = np.ascontiguousarray(np.broadcast_to(x, shape)).reshape(-1), found.reshape(-1)
        m, s, z = (y.reshape(())[()] for y in parameters)
        in_parts(codes.size, lambda part: scaling.fill(codes[part], numbers[part], m, s, z, sure=True), CHUNK)
        return Array(found, to_format)
    found = found.reshape(shape or (1,))
    rows = [y.reshape(()) if y.size == 1 else np.broadcast_to(y, found.shape) for y in operands]
    length, troubles = max(1, CHUNK // max(1, found[:1].size)), []

    def fill(part: slice) -> None:
        x, m, s, z = (row[part] if row.ndim else row[()] for row in rows)
        if scaling.fill(found[part], np.broadcast_to(x, found[part].shape), m, s, z, sure=False):
            troubles.append(part.start)

    in_parts(len(found), fill, length)
    if troubles:
        rest = slice(min(troubles), None)
        again = [row[rest] if row.ndim else row for row in rows]
        found[rest] = _one_by_one(model, again, found[rest].shape, to_format, low, high).codes
    return Array(found.reshape(shape), to_format)


class Scaling(NamedTuple):
    """A model with its result format and limits."""

    model: str
    format: Format
    least: int
    greatest: int

    def fits_between(self, x: NDArray[Any], m: int, s: int, z: int) -> bool:
        """Whether the specification has results for the least and the greatest accumulator. It has then for all between them,
        since every step of every model preserves order, or reverses it, so that what fits at both ends fits between."""
        if not x.size:
            return True
        try:
            for end in {int(x.min()), int(x.max())}:
                spec.requantize(self.model, end, m, s, z, self.format)
        except ValueError:
            return False
        return True

    def fill(self, codes: NDArray[Any], x: NDArray[Any], m: Any, s: Any, z: Any, *, sure: bool) -> Any:
        """Fill in the codes, and tell whether the specification has no result somewhere; where ``sure`` it is not asked."""
        total, refused = STEPS[self.model](x, m, s, sure)
        if not sure and spec.get_model(self.model).total is spec.WHOLE32:
            # The scaled accumulator and its sum with the zero point must both fit.
            refused = refused or outside(total, np.maximum(INT32.min, INT32.min - z), np.minimum(INT32.max, INT32.max - z))
        if total.dtype == np.float32 and self.format.width in {8, 16}:
            # The sums of small integers are exact in binary32.
            ends = (np.subtract(end, z).astype(np.float32) for end in (self.least, self.greatest))
            np.add(np.clip(total, *ends, out=total), np.asarray(z, dtype=np.float32), out=total)
            total = total.astype(f"int{self.format.width}" if self.format.signed else codes.dtype).view(codes.dtype)
        elif self.format.width <= SMALL:
            # Clamped first, the sums of small results and of any number fit.
            low, high = (np.subtract(end, z).astype(np.int32) for end in (self.least, self.greatest))
            total = (np.clip(total, low, high) if self.model in BEYOND else total).astype(np.int32)
            np.clip(total, low, high, out=total)
            np.add(total, np.asarray(z, dtype=np.int32), out=total)
        else:
            total = np.clip(total, -FAR, FAR).astype(np.int64)
            np.clip(np.add(total, z, out=total), self.least, self.greatest, out=total)
        if codes.itemsize * 8 != self.format.width:
            np.bitwise_and(total, (1 << self.format.width) - 1, out=total)
        np.copyto(codes, total, casting="unsafe")
        return refused


def integers(given: Any, *, any_size: bool = False) -> NDArray[Any]:
    """The integers of an operand in 64 bits, or in as many as they have; as an object array where one is beyond 64.

    ``TypeError`` for other data.
    """
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
        return found if any_size and found.dtype.kind == "i" and found.dtype.isnative else found.astype(np.int64)
    return found.astype(object)


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
