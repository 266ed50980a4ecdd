"""Step functions of numbers: where the specification goes over to the next value, as numbers of the host's type.

Of the numbers of a floating-point type those at or above any rational are the ones that are not less than one number of the
type. So a comparison with that number decides exactly, and no quotient is ever rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, Exact
from ..spec.projection import Projection
from ..spec.rounding import Gap, Rounding

MANY = 255
"""Among more thresholds a number is searched for."""


class Rise(NamedTuple):
    """Where the next value begins: at a rational, or, if that is not included, past it."""

    at: Fraction
    included: bool

    def mirrored(self) -> Rise:
        """The rise on the other side of zero, where what began with it ends."""
        return Rise(-self.at, not self.included)


def rise(rounding: Rounding, low: Fraction, high: Fraction, *, odd: bool, negative: bool) -> Rise:
    """Where in the gap between two magnitudes a deterministic rule begins to go up. It depends on the place only through its
    being 0, in the lower half, the middle, or in the upper half."""
    for place, part, included in ((1, 0, False), (2, 1, True), (3, 1, False)):
        if rounding.goes_up(Gap(Fraction(place, 4), odd, negative)):
            return Rise(low + (high - low) * part / 2, included)
    return Rise(high, True)


@cache
def _upward(kind: np.dtype[Any]) -> Projection:
    return Projection(f"binary{8 * kind.itemsize}", "toward_positive", "infinity")


def thresholds(rises: Iterable[Rise], kind: np.dtype[Any]) -> NDArray[Any]:
    """Of each rise the least number of binary32 or binary64 that is past it."""
    to, found = _upward(kind), []
    for at, included in rises:
        datum = to.format.decode(to(at).code)
        x = kind.type(float(_SPECIAL.get(datum, datum)))  # type: ignore[arg-type]
        found.append(x if included or datum != at else np.nextafter(x, kind.type(np.inf)))
    return np.array(found, kind)


_SPECIAL: dict[Exact, float] = {POSITIVE_INFINITY: np.inf, NEGATIVE_INFINITY: -np.inf, NEGATIVE_ZERO: 0.0}


def passed(x: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """How many of the thresholds, which are in order, each number of a flat array has reached; of a NaN anything.

    Comparing with one threshold after the other is faster than searching, whose branches nobody can guess.
    """
    if len(at) > MANY:
        return np.searchsorted(at, x, side="right")
    found = np.zeros(x.size, np.uint8)
    reached = np.empty(x.size, bool)
    for threshold in at:
        np.greater_equal(x, threshold, out=reached)
        np.add(found, reached.view(np.uint8), out=found)
    return found


def passed_near(x: NDArray[Any], at: NDArray[Any], factor: Any, offset: Any) -> NDArray[Any]:
    """``passed`` where ``x * factor + offset``, cut to an integer, is no more than one away from the answer."""
    near = x * factor
    near += offset
    np.clip(near, 0, len(at), out=near)
    guess: NDArray[np.int32] = near.astype(np.int32)
    # No number is less than a NaN, or not less.
    ends = np.concatenate([[np.nan], at, [np.nan]]).astype(at.dtype)
    down = (x < ends.take(guess, mode="clip")).view(np.int8)
    up = (x >= ends[1:].take(guess, mode="clip")).view(np.int8)
    guess += up
    guess -= down
    return guess


def held(values: Iterable[Fraction], kind: np.dtype[Any]) -> NDArray[Any]:
    """Numbers in the host's type, NaN for those that it does not have."""
    return np.array([_same(value, kind) for value in values], kind)


def _same(value: Fraction, kind: np.dtype[Any]) -> Any:
    to = _upward(kind)
    datum = to.format.decode(to(value).code)
    return float(value) if datum == value else np.nan


def host_numbers(x: NDArray[Any]) -> NDArray[Any]:
    """A floating-point array as binary32 where that holds it, else as binary64."""
    return np.ascontiguousarray(x).reshape(-1).astype(np.float32 if x.dtype.itemsize <= 4 else np.float64, copy=False)
