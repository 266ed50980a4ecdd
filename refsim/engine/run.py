"""How the engine runs an operation: in chunks, on all cores, and what it cannot decide through the specification."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Result
from ..spec.projection import Projection
from .array import Array, code_dtype
from .host import check_host
from .projection import Projected

CHUNK = 1 << 17
"""Elements of a computed chunk: few enough for the cache, so many that threads seldom wait for each other to call the next
operation."""
PARALLEL = 1 << 18
"""Arrays of at least so many elements are worked on by several threads: NumPy leaves its lock while it computes."""

Finished = Any
"""``Array``, or with flags the pair of it and an array of flags; callers know which they asked for."""

Raised = tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_] | None]
"""Codes, flags if asked for, and which elements are hard, if any."""


@dataclass(frozen=True)
class Work:
    """An operation on flat arrays: the specification's answer for element i, the projection, and the result's shape.

    ``columns``: the arrays of which an element's answer is a function, so that equal elements are asked for once.
    """

    specification: Callable[[int], Result]
    to: Projection
    shape: tuple[int, ...]
    flags: bool
    columns: tuple[NDArray[Any], ...] = ()


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


class _Here(threading.local):
    """What a thread is doing: whether it is working on a part already."""

    busy = False


_HERE = _Here()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="refsim")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)  # The child has none of its parent's threads.


def in_parts(size: int, part: Callable[[slice], None], chunk: int = CHUNK) -> None:
    """Call a function that fills its part of arrays for every chunk of 0..size, on several threads where that pays."""

    def stretch(begin: int, end: int) -> None:
        check_host()  # Rounding and flushing are modes of each thread.
        outer, _HERE.busy = _HERE.busy, True
        try:
            with np.errstate(all="ignore"):
                for start in range(begin, end, chunk):
                    part(slice(start, min(start + chunk, end)))
        finally:
            _HERE.busy = outer

    # A part that makes a table must not wait for the threads that wait for it.
    cores = (os.cpu_count() or 1) if size >= PARALLEL and not _HERE.busy else 1
    if cores == 1:
        stretch(0, size)
        return
    each = -(-size // cores)
    # One stretch is done by the calling thread itself.
    others = [_threads().submit(stretch, start, min(start + each, size)) for start in range(each, size, each)]
    stretch(0, each)
    for other in others:
        other.result()


def map_chunks(
    to: Projection, size: int, chunk: Callable[[slice], Projected], *, flags: bool
) -> tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_]]:
    """Apply a chunk function to 0..size and put the parts together."""
    codes, hard = np.empty(size, code_dtype(to.format)), np.zeros(size, bool)
    raised = np.empty(size, np.uint8) if flags else None

    def fill(part: slice) -> None:
        found = chunk(part)
        codes[part], hard[part] = found.codes, found.hard
        if raised is not None and found.flags is not None:
            raised[part] = found.flags

    in_parts(size, fill)
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
        decide(work, codes, flags, hard)
    array = Array(codes.reshape(work.shape), work.to.format)
    return (array, flags.reshape(work.shape)) if work.flags and flags is not None else array


def decide(work: Work, codes: NDArray[Any], flags: NDArray[np.uint8] | None, hard: NDArray[np.bool_]) -> None:
    """Fill in the hard elements from the specification, asked once for equal ones."""
    where = np.flatnonzero(hard)
    first, same = where, None
    if len(where) > 1 and work.columns and all(column.dtype != object for column in work.columns):
        keys = np.stack([column[where].astype(np.uint64) for column in work.columns])
        _, index, same = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        first = where[index]
    # In the order of the array, so that of several refusals the first is raised.
    results: list[Any] = [None] * len(first)
    for place in np.argsort(first, kind="stable"):
        results[place] = work.specification(int(first[place]))
    found = [result.code for result in results]
    raised = np.array([int(result.flags) for result in results], np.uint8)
    answers = np.array(found, codes.dtype) if found else np.empty(0, codes.dtype)
    codes[where] = answers if same is None else answers[same.reshape(-1)]
    if flags is not None:
        flags[where] = raised if same is None else raised[same.reshape(-1)]
