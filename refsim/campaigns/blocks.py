"""The part of a layer's result that is not as in the clean run: a block of samples and channels.

A block is a pair of lists, of samples and of channels, and the codes where they cross; all other codes are the clean ones. So a
fault in one kernel is one channel wide all the way through what works by channel, and a fault in one sample one sample high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[Any]
Places = NDArray[np.int64]
FEW = 1 << 12
"""So few marks in a table are sooner listed than looked for along both axes."""


@dataclass(frozen=True, eq=False)
class Block:
    """Codes of shape (rows, channels, ...). ``rows`` and ``channels`` are in order, each once.

    A row stands for a sample of a trial: trial * samples + sample. A result whose samples have no axes has one channel.
    """

    rows: Places
    channels: Places
    codes: Codes


def union(lists: Sequence[Places]) -> Places:
    """All that is in any of some lists, in order, each once."""
    if len(lists) == 1:
        return lists[0]
    if all(same(one, lists[0]) for one in lists[1:]):
        return lists[0]
    return np.unique(np.concatenate(lists))


def crossing(codes: Codes, rows: Places, channels: Places) -> Codes:
    """The codes where samples and channels cross. Not to be written to."""
    whole = len(channels) == codes.shape[1]
    if len(rows) == len(codes) and (rows == np.arange(len(rows))).all():
        return codes if whole else np.take(codes, channels, axis=1)
    if whole:
        return np.take(codes, rows, axis=0)
    found: Codes = np.take(codes.reshape(-1, *codes.shape[2:]), rows[:, None] * codes.shape[1] + channels, axis=0)
    return found


def laid(block: Block | None, clean: Codes, rows: Places, channels: Places) -> Codes:
    """The codes where rows and channels cross: those of the block where it has some, else clean ones. Not to be written to."""
    if block is None:
        return crossing(clean, rows % len(clean), channels)
    if same(block.rows, rows) and same(block.channels, channels):
        return block.codes
    found = crossing(clean, rows % len(clean), channels)
    found = found.copy() if found is clean else found
    (i, k), (j, m) = meeting(rows, block.rows), meeting(channels, block.channels)
    codes = block.codes if len(k) == len(block.rows) else block.codes[k]
    if len(m) < len(block.channels):
        codes = codes[:, m]
    if len(j) == len(channels):
        found[i] = codes
    else:
        found[i[:, None], j] = codes
    return found


def same(one: Places, other: Places) -> bool:
    """Whether two lists hold the same."""
    return one is other or np.array_equal(one, other)


def meeting(one: Places, other: Places) -> tuple[Places, Places]:
    """Where, in two lists, that stands which is in both."""
    if not len(one):
        return one[:0], one[:0]
    place = np.searchsorted(one, other)
    both = np.flatnonzero(one[np.minimum(place, len(one) - 1)] == other)
    return place[both], both


def trimmed(block: Block, clean: Codes, *, whole: bool = False) -> Block | None:
    """The rows and channels of a block in which something is not clean, all channels where ``whole``; ``None`` where nothing
    is."""
    differs = block.codes != crossing(clean, block.rows % len(clean), block.channels)
    if differs.ndim > 2:
        differs = differs.reshape(*differs.shape[:2], -1).any(axis=2)
    rows, channels = lines(differs)
    if not len(rows):
        return None
    codes = block.codes
    if whole and len(block.channels) == clean.shape[1]:
        channels = block.channels
    if len(channels) < len(block.channels):
        codes = codes[:, channels]
    if len(rows) < len(block.rows):
        codes = codes[rows]
    return Block(block.rows[rows], block.channels[channels], codes)


def lines(marks: NDArray[np.bool_]) -> tuple[Places, Places]:
    """The rows and the columns of a table that hold a mark."""
    if np.count_nonzero(marks) > FEW:
        return np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    rows, columns = np.divmod(np.flatnonzero(marks), marks.shape[1] or 1)
    return np.flatnonzero(np.bincount(rows)), np.flatnonzero(np.bincount(columns))


def joined(blocks: Sequence[Block], clean: Codes) -> Block:
    """The blocks of several trials, in the order of the trials, as one."""
    if len(blocks) == 1:
        return blocks[0]
    channels = union([block.channels for block in blocks])
    codes = np.concatenate([laid(block, clean, block.rows, channels) for block in blocks])
    return Block(np.concatenate([block.rows for block in blocks]), channels, codes)


def divided(block: Block, trials: Sequence[int], samples: int) -> dict[int, Block]:
    """The part of each of the trials, each of which has so many samples; none for one without rows."""
    ends = np.searchsorted(block.rows, [end for trial in trials for end in (trial * samples, (trial + 1) * samples)]).tolist()
    return {
        trial: Block(block.rows[first:last], block.channels, block.codes[first:last])
        for trial, first, last in zip(trials, ends[::2], ends[1::2], strict=True)
        if last > first
    }


def over(clean: Codes, block: Block | None, other: Block) -> Block:
    """A block with another one over it."""
    if block is None:
        return other
    rows, channels = union([block.rows, other.rows]), union([block.channels, other.channels])
    codes = np.array(laid(block, clean, rows, channels))
    codes[meeting(rows, other.rows)[0][:, None], meeting(channels, other.channels)[0]] = other.codes
    return Block(rows, channels, codes)
