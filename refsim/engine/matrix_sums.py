"""Sums of products of integers, exact: through the host's matrix product in pieces in which it cannot round.

All integers of at most 2**24 are numbers of binary32, of at most 2**53 of binary64. Where so many products stay below that when
their magnitudes are added, so does every sum of some of them, in whatever order the host adds and whether or not it fuses: it
makes no error. Pieces are added as integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Floats = NDArray[Any]

EXACT = ((np.dtype(np.float32), 1 << 24), (np.dtype(np.float64), 1 << 53))
"""The types in which the host multiplies matrices, and up to where they have every integer."""
SHORTEST = 64
"""Fewer terms at once are not worth a call."""
MOST = (1 << 62) - 1
"""What a sum of integers of 64 bits may reach."""


def greatest(x: Ints) -> int:
    """The greatest magnitude."""
    return max(-int(x.min()), int(x.max())) if x.size else 0


def by_host(x: Ints, y: Ints, most: int) -> tuple[Floats | Ints, bool]:
    """The sums over the first axis for every pair of columns, no product of which exceeds ``most``, and whether they are still
    in the host's floating point. ``is_whole`` must hold."""
    length = len(x)
    for kind, limit in EXACT:
        at_once = limit // max(most, 1)
        if at_once >= min(length, SHORTEST) or kind == np.float64:
            break
    if at_once >= length:
        return x.astype(kind).T @ y.astype(kind), True
    total = np.zeros((x.shape[1], y.shape[1]), np.int32 if most * length < 1 << 31 else np.int64)
    for start in range(0, length, at_once):
        part = slice(start, start + at_once)
        total += (x[part].astype(kind).T @ y[part].astype(kind)).astype(total.dtype)
    return total, False


def is_whole(most: int, length: int) -> bool:
    """Whether the sums can be had in one piece."""
    return most * min(length, SHORTEST) <= EXACT[1][1] and most * length <= MOST


def pieces(x: Ints, y: Ints, length: int) -> Iterator[tuple[Ints, Ints, int]]:
    """The operands cut into pieces of fewer bits until the sums of each can be had whole, with the place of each."""
    most_x, most_y = greatest(x), greatest(y)
    if is_whole(most_x * most_y, length):
        yield x, y, 0
        return
    wider, other = (x, y) if most_x >= most_y else (y, x)
    half = max(most_x, most_y).bit_length() // 2
    for part, place in ((wider & (1 << half) - 1, 0), (wider >> half, half)):
        for a, b, further in pieces(part, other, length):
            yield (a, b, place + further) if wider is x else (b, a, place + further)


def matrix_sums(x: Ints, y: Ints, *, modular: bool) -> Ints:
    """The exact sums over the first axis for every pair of columns: integers of 32 or 64 bits, Python's where 62 are too few;
    ``modular`` asks for no more than the last 64 bits of them.
    """
    length, most = len(x), greatest(x) * greatest(y)
    if is_whole(most, length):
        found, _ = by_host(x, y, most)
        return found.astype(np.int32 if most * length < 1 << 31 else np.int64, copy=False)
    kind = np.dtype(np.int64 if modular or most * length <= MOST else object)
    total = np.zeros((x.shape[1], y.shape[1]), kind)
    for a, b, place in pieces(wide(x), wide(y), length):
        if kind.hasobject or place < 64:
            total += by_host(a, b, greatest(a) * greatest(b))[0].astype(np.int64).astype(kind) << place
    return total


def pair_sums(x: Ints, y: Ints, *, modular: bool) -> Ints:
    """The exact sums over the first axis for every pair of columns in the same place."""
    length, most = len(x), greatest(x) * greatest(y)
    kind = np.dtype(np.int64 if modular or most * length <= MOST else object)
    total = np.zeros(x.shape[1:], kind)
    at_once = max(AT_ONCE // max(total.size, 1), 1)
    for start in range(0, length, at_once):
        part = slice(start, start + at_once)
        total += np.sum(x[part].astype(kind) * y[part].astype(kind), axis=0)
    return total


AT_ONCE = 1 << 18
"""The products of pairs that are computed at once."""


def wide(x: Ints) -> Ints:
    """Integers of at most 64 bits in a type that holds them with a sign."""
    return x.astype(object if x.dtype == np.uint64 and greatest(x) >> 63 else np.int64, copy=False)
