"""Bounds of values that may be rational, from a few operations in binary64: roots, and the activations that divide by 6 or 5.

Where a value is known exactly both bounds are that value. They are a pair of NaNs where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def hypot(x: Floats, y: Floats) -> Pair:
    """Bounds of hypot, of which the host's has an error of one unit; exact where a side is zero."""
    found = np.hypot(x, y)
    return _around(found, ((x == 0) | (y == 0)) & np.isfinite(found))


def rsqrt(x: Floats) -> Pair:
    """Bounds of the reciprocal square root; exact for powers of four."""
    root = np.sqrt(x)
    found = 1 / root
    power = (np.frexp(root)[0] == np.frexp(1.0)[0]) & (root * root == x)
    return _around(found, power & np.isfinite(found))


def hard_sigmoid(x: Floats) -> Pair:
    """Bounds of x / 6 + 1/2; exact where it is cut."""
    return _around(np.clip((x + 3) / 6, 0, 1), np.abs(x) >= 3)


def hard_sigmoid_fifth(x: Floats) -> Pair:
    """Bounds of x / 5 + 1/2; exact where it is cut."""
    return _around(np.clip((2 * x + 5) / 10, 0, 1), np.abs(x) >= 2.5)


def hard_swish(x: Floats) -> Pair:
    """Bounds of x * (x / 6 + 1/2); exact at zeros and where the sigmoid is cut."""
    found = np.where(x >= 3, x, np.where(x <= -3, -0.0, np.where(x == 0, x, x * (x + 3) / 6)))
    return _around(found, (np.abs(x) >= 3) | (x == 0))


CLOSE: dict[str, Callable[..., Pair]] = {
    "hypot": hypot,
    "strict_hypot": hypot,
    "rsqrt": rsqrt,
    "hard_sigmoid": hard_sigmoid,
    "hard_sigmoid_fifth": hard_sigmoid_fifth,
    "hard_swish": hard_swish,
}
"""The bounds by the operation's name."""
