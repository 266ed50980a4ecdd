"""Codes of numbers that binary64 knows but for a small error: of most of them the error does not matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..spec.projection import Projection
from .array import Array
from .encode import encode

LEAST = 2.0**-960
"""Below this an error may be greater than it is relative to the number."""


def between(
    found: NDArray[np.float64],
    margin: float,
    to: Projection,
    specified: Callable[[tuple[int, ...]], int],
    exact: NDArray[np.bool_] | None = None,
) -> Array:
    """The codes of numbers that are known but for a relative error, and where ``exact``, if given, without one. Where the code
    is not the same at both ends of the error, or there is no number, ``specified`` gives the code of an index."""
    wide = np.where(np.abs(found) < LEAST, LEAST, np.abs(found) * margin)
    if exact is not None:
        wide[exact] = 0
    known = np.isfinite(found)
    low: Array
    low, high = (encode(np.where(known, found + side * wide, 0.0), to) for side in (-1, 1))
    for index in zip(*np.nonzero((low.codes != high.codes) | ~known), strict=True):
        low.codes[index] = specified(tuple(int(i) for i in index))
    return low
