"""Bounds of roots, which may be rational, from a few operations in binary64.

Where a value is known exactly both bounds are that value. They are a pair of NaNs where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.projection import Projection
from .floats import Values, bits_of, boundary_bits

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
"""A lower and an upper bound of each value."""

MARGIN = 2.0**-48
"""Many times the error of a few roundings, relative to the result."""
LEAST = 2.0**-960
"""Above this no relative error is hidden by binary64's least exponent."""


def _around(found: Floats, exact: Any) -> Pair:
    wide = np.abs(found) * np.where(exact, 0.0, MARGIN)
    known = exact | (np.isfinite(found) & (np.abs(found) > LEAST))
    return np.where(known, found - wide, np.nan), np.where(known, found + wide, np.nan)


def hypot(values: Values, to: Projection) -> Pair:
    """Bounds of hypot, of which the host's has an error of one unit; exact where a side is zero. With one side of less than
    2**-28 of the other, it is more than the other by less than half a unit."""
    x, y = values
    found = np.hypot(x, y)
    low, high = _around(found, ((x == 0) | (y == 0)) & np.isfinite(found))
    a, b = np.abs(x), np.abs(y)
    greater, lesser = np.maximum(a, b), np.minimum(a, b)
    beside = (lesser > 0) & (lesser < greater * 2.0**-28) & (greater > LEAST)
    # Where no boundary has 53 bits, all is alike between the greater side and what lies above it, but for that side itself.
    narrow = boundary_bits(to) < bits_of(np.dtype(np.float64))
    odd = (greater.view(np.int64) | 1).view(np.float64)
    least, most = (odd, odd) if narrow else (greater, np.nextafter(greater, np.inf))
    return np.where(beside, least, low), np.where(beside, most, high)


def rsqrt(values: Values, to: Projection) -> Pair:
    """Bounds of the reciprocal square root; exact for powers of four."""
    del to
    (x,) = values
    root = np.sqrt(x)
    found = 1 / root
    power = (np.frexp(root)[0] == np.frexp(1.0)[0]) & (root * root == x)
    return _around(found, power & np.isfinite(found))


CLOSE: dict[str, Callable[..., Pair]] = {
    "hypot": hypot,
    "strict_hypot": hypot,
    "rsqrt": rsqrt,
}
"""The bounds by the operation's name."""
