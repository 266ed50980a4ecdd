"""Gaps on arrays: where a rate hits, for as much work as there are hits.

A gap is a binary search in products of the table, and falls as its word grows. Its logarithm tells nearly where the search
ends: where that is clear it is not searched, and elsewhere integers decide. So no result depends on how a machine rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.gaps import TABLE_BITS, gap_table
from ..spec.randomness import WORD64, Stream
from .randomness import Words64, product128, words64, words64_of_trials

Positions = NDArray[np.int64]

__all__ = ["TABLE_BITS", "gap", "gap_table", "hits", "hits_of_trials", "searched"]

MOST_WORDS = 16384
"""Words of a chunk: all its arrays stay in the cache."""
RELATIVE, ABSOLUTE = 2.0**-46, 2.0**13
"""How far off the guess may be: the logarithm and its factor by some units of 2**-53 of themselves; a word by the 2**11 units
that binary64 lacks, and a product of at most 48 entries, each rounded down, by less than 2**8."""


class _Guess(NamedTuple):
    """``scale`` times the logarithm of a word as a fraction is its gap; ``blur`` divided by a word is how far off units of the
    word put that.
    """

    scale: float
    blur: float


@cache
def _guess(table: tuple[int, ...]) -> _Guess | None:
    """From the entry of the table that is next to one half, whose logarithm is known best; ``None`` where none is near."""
    j = min(range(len(table)), key=lambda j: abs(table[j] - (1 << 63)))
    if not 1 << 56 < table[j] < 3 << 62:
        return None
    scale = float(1 << j) / float(np.log(table[j] / 2.0**64))
    return _Guess(scale, ABSOLUTE * -scale)


def searched(words: Words64, table: tuple[int, ...]) -> Positions:
    """The gaps of words, by the search of the specification."""
    a, found = np.full(words.shape, WORD64, np.uint64), np.zeros(words.shape, np.int64)
    for j in range(len(table) - 1, -1, -1):
        t = product128(a, np.uint64(table[j]))[0]
        more = t > words
        a = np.where(more, t, a)
        found[more] += 1 << j
    return found


def gap(words: Words64, table: tuple[int, ...]) -> Positions:
    """The gaps of words: ``floor(log(word / 2**64) / log(1 - p))`` where that is clear, and by the search elsewhere."""
    guess = _guess(table)
    if guess is None:
        return searched(words, table)
    u = words.astype(np.float64)
    u += 0.5
    blur = guess.blur / u
    u *= 2.0**-64
    x = np.log(u, out=u)
    x *= guess.scale
    blur += RELATIVE * x
    blur += RELATIVE
    found = x.astype(np.int64)
    x -= found
    doubtful = (x <= blur) | (x >= 1 - blur)
    if doubtful.any():
        found[doubtful] = searched(words[doubtful], table)
    return found


def _expected(table: tuple[int, ...], count: int) -> int:
    """A number of words that is rarely exceeded: the mean number of hits, and five deviations more."""
    mean = count * (2**64 - table[0]) / 2.0**64
    return int(mean + 5 * mean**0.5) + 4


def hits(table: tuple[int, ...], stream: Stream, count: int) -> Positions:
    """The hits among so many candidates, in order: those that ``hits`` of the specification yields."""
    found: list[Positions] = []
    place, behind = 0, 0
    while behind < count:
        size = min(_expected(table, count - behind), MOST_WORDS)
        steps = gap(words64(stream, place, size), table)
        steps += 1
        positions = np.cumsum(steps, out=steps)
        positions += behind - 1
        place, behind = place + size, int(positions[-1]) + 1
        found.append(positions)
    if found:
        found[-1] = found[-1][: np.searchsorted(found[-1], count)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def hits_of_trials(table: tuple[int, ...], stream: Stream, trials: Sequence[int], count: int) -> list[Positions]:
    """The hits of each of the trials, in place of the stream's own; faster together than one by one where hits are few."""
    size = _expected(table, count)
    if size * len(trials) > MOST_WORDS:
        half = len(trials) // 2
        if not half:
            return [hits(table, stream._replace(trial=trial), count) for trial in trials]
        return [one for part in (trials[:half], trials[half:]) for one in hits_of_trials(table, stream, part, count)]
    steps = gap(words64_of_trials(stream, trials, 0, size), table)
    positions = np.cumsum(steps + 1, axis=1) - 1
    ends = (positions < count).sum(axis=1).tolist()
    return [
        row[:end] if end < size else hits(table, stream._replace(trial=trial), count)
        for row, end, trial in zip(positions, ends, trials, strict=True)
    ]
