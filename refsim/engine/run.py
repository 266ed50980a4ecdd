"""How the engine runs an operation: in chunks, and what it cannot decide through the specification, element by element."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Result
from ..spec.projection import Projection
from .array import Array, code_dtype
from .projection import Projected

CHUNK = 1 << 14
"""Elements of a computed chunk: a dozen 64-bit temporaries of this length stay in a second-level cache."""

Finished = Any
"""``Array``, or with flags the pair of it and an array of flags; callers know which they asked for."""

Raised = tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_] | None]
"""Codes, flags if asked for, and which elements are hard, if any."""


@dataclass(frozen=True)
class Work:
    """An operation on flat arrays: the specification's answer for element i, the projection, and the result's shape."""

    specification: Callable[[int], Result]
    to: Projection
    shape: tuple[int, ...]
    flags: bool


def draws(to: Projection, draw: Any, shape: tuple[int, ...]) -> NDArray[np.uint64] | None:
    """The random bits, one flat integer a number; the specification's errors where they are wrong or not asked for."""
    if draw is None or not to.rounding.bits:
        to.rounding.check_draw(None if draw is None else 0)
        return None
    given = np.asarray(draw)
    if given.dtype.kind not in "uiO":
        raise TypeError(f"random bits must be integers, not {given.dtype}")
    if given.size:
        to.rounding.check_draw(int(given.min()))
        to.rounding.check_draw(int(given.max()))
    return np.ascontiguousarray(np.broadcast_to(given.astype(np.uint64), shape)).reshape(-1)


def map_chunks(
    to: Projection, size: int, chunk: Callable[[slice], Projected], *, flags: bool
) -> tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_]]:
    """Apply a chunk function to 0..size and put the parts together."""
    codes, hard = np.empty(size, code_dtype(to.format)), np.zeros(size, bool)
    raised = np.empty(size, np.uint8) if flags else None
    for start in range(0, size, CHUNK):
        part = slice(start, min(start + CHUNK, size))
        found = chunk(part)
        codes[part], hard[part] = found.codes, found.hard
        if raised is not None and found.flags is not None:
            raised[part] = found.flags
    return codes, raised, hard


def finish(work: Work, found: Raised | None) -> Finished:
    """The result in its shape, with the hard elements decided by the specification; all of them where nothing is found."""
    size = int(np.prod(work.shape, dtype=np.int64))
    if found is None:
        codes: NDArray[Any] = np.empty(size, code_dtype(work.to.format))
        flags: NDArray[np.uint8] | None = np.empty(size, np.uint8)
        hard: NDArray[np.bool_] | None = np.ones(size, bool)
    else:
        codes, flags, hard = found
    if hard is not None:
        for i in np.flatnonzero(hard):
            result = work.specification(int(i))
            codes[i] = result.code
            if flags is not None:
                flags[i] = int(result.flags)
    array = Array(codes.reshape(work.shape), work.to.format)
    return (array, flags.reshape(work.shape)) if work.flags and flags is not None else array
