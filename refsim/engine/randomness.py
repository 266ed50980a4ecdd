"""Randomness by counter on arrays: many words of a stream at once, and the same words of many trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import randomness as spec
from ..spec.randomness import MOST_BLOCKS, MULTIPLIERS, ROUNDS, WEYL, WORD32, WORD64, Key, Stream, check_stream

Words64 = NDArray[np.uint64]
Blocks = tuple[Words64, Words64, Words64, Words64]
"""The four words of 32 bits of each block, each held in 64 bits, where their products fit."""

CHUNK = 8192
"""Blocks that are made at once: what a round works on stays in the cache."""
_HALF, _LOW = np.uint64(32), np.uint64(WORD32)


def philox(counter: Blocks, key: Key) -> Blocks:
    """Ten rounds on every counter; the four words of a counter are broadcast."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    m0, m1 = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
    for round in range(ROUNDS):
        if round:
            k0, k1 = k0 + WEYL[0] & WORD32, k1 + WEYL[1] & WORD32
        first, second = m0 * x0, m1 * x2
        x0, x1, x2, x3 = second >> _HALF ^ x1 ^ np.uint64(k0), second & _LOW, first >> _HALF ^ x3 ^ np.uint64(k1), first & _LOW
    return x0, x1, x2, x3


def blocks(stream: Stream, trials: NDArray[Any], first: int, count: int) -> Blocks:
    """Blocks ``first`` to ``first + count - 1`` of the stream, in a row for each of the trials in place of the stream's own."""
    assert 0 <= first <= first + count <= MOST_BLOCKS, "no stream is that long"
    check_stream(stream)
    i = np.arange(first, first + count, dtype=np.uint64)[np.newaxis]
    rows = np.asarray(trials, np.uint64)[:, np.newaxis]
    c1 = i >> _HALF | np.uint64(stream.purpose << 24)
    c2 = np.full((1, 1), stream.site, np.uint64)
    return philox((i & _LOW, c1, c2, rows), (stream.seed & WORD32, stream.seed >> 32))


def words64_of_trials(stream: Stream, trials: Sequence[int], first: int, count: int) -> Words64:
    """So many words of 64 bits from word ``first`` on, in a row for each trial; ``ValueError`` for a trial out of bounds."""
    for trial in (min(trials, default=0), max(trials, default=0)):
        check_stream(stream._replace(trial=trial))
    rows = np.array(trials, np.uint64)
    found = np.empty((len(rows), 2 * _blocks_of(first, count, 2)), np.uint64)
    for at in range(0, found.shape[1] // 2, CHUNK):
        size = min(CHUNK, found.shape[1] // 2 - at)
        x0, x1, x2, x3 = blocks(stream, rows, first // 2 + at, size)
        found[:, 2 * at : 2 * (at + size) : 2] = x1 << _HALF | x0
        found[:, 2 * at + 1 : 2 * (at + size) : 2] = x3 << _HALF | x2
    return found[:, first % 2 : first % 2 + count]


def words64(stream: Stream, first: int, count: int) -> Words64:
    """Words ``first`` to ``first + count - 1`` of 64 bits: those that ``word64`` of the specification gives one by one."""
    found: Words64 = words64_of_trials(stream, [stream.trial], first, count)[0]
    return found


def words32(stream: Stream, first: int, count: int) -> NDArray[np.uint32]:
    """Words ``first`` to ``first + count - 1`` of 32 bits: those that ``word32`` of the specification gives one by one."""
    found = np.empty((_blocks_of(first, count, 4), 4), np.uint32)
    trials = np.array([stream.trial], np.uint64)
    for at in range(0, len(found), CHUNK):
        size = min(CHUNK, len(found) - at)
        for lane, words in enumerate(blocks(stream, trials, first // 4 + at, size)):
            found[at : at + size, lane] = words[0]
    return found.reshape(-1)[first % 4 : first % 4 + count]


def _blocks_of(first: int, count: int, per_block: int) -> int:
    """How many blocks hold so many words from the first one on."""
    return -(-(first % per_block + count) // per_block)


def product128(a: Words64, b: Words64 | np.uint64) -> tuple[Words64, Words64]:
    """The high and the low 64 of the 128 bits of products."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    low, one, other = a0 * b0, a0 * b1, a1 * b0
    middle = (low >> _HALF) + (one & _LOW) + (other & _LOW)
    high = a1 * b1 + (one >> _HALF) + (other >> _HALF) + (middle >> _HALF)
    return high, middle << _HALF | low & _LOW


def below(stream: Stream, bounds: Sequence[int], place: int) -> tuple[list[int], int]:
    """Numbers below each of the bounds in turn, and the place in the stream behind the words that they took.

    The errors of ``below`` of the specification.
    """
    if wrong := [bound for bound in bounds if not 1 <= bound <= WORD64]:
        spec.below(stream, wrong[0], place)
    limits = np.array(bounds, np.uint64)
    least = (~limits + np.uint64(1)) % limits
    numbers: list[int] = []
    while len(numbers) < len(limits):
        done = len(numbers)
        high, low = product128(words64(stream, place, len(limits) - done), limits[done:])
        refused = np.flatnonzero(low < least[done:])
        kept = int(refused[0]) if len(refused) else len(low)
        numbers += high[:kept].tolist()
        place += kept + (1 if len(refused) else 0)
    return numbers, place
