"""Strikes on arrays: which of many things a rate hits, which hits a mark keeps, and bits of elements as masks."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.gaps import gap_table
from ..spec.randomness import Stream, stream
from ..spec.samplers import check_rate
from .array import code_dtype
from .faults import Masks, Target
from .gaps import Positions, hits

table_of = lru_cache(maxsize=256)(gap_table)


def struck_in(p: Fraction, words: Stream, count: int) -> Positions:
    """The numbers that a rate hits in a stream; at the rate 0 none, at the rate 1 all of them."""
    check_rate(p)
    if p in {0, 1}:
        return np.arange(count if p else 0, dtype=np.int64)
    return hits(table_of(p), words, count)


def struck(p: Fraction, seed: int, trial: int, number: int, count: int) -> Positions:
    """The numbers of the candidates of a site that a rate hits."""
    return struck_in(p, stream(seed, trial, number, "positions"), count)


def kept(marks: NDArray[np.uint64], limit: int) -> NDArray[np.bool_]:
    """Which hits are kept by their marks; the limit 2**64 keeps all."""
    return marks < np.uint64(limit) if limit < 1 << 64 else np.ones(len(marks), bool)


def masks_of_bits(target: Target, elements: Positions, bits: Positions, rises: Any, falls: Any) -> Masks:
    """The masks of bits of elements in order, each bit once: those that rise are set, those that fall are cleared, and those
    that do both are inverted. Bits of one element are in one mask.
    """
    dtype = code_dtype(target.site.format)
    powers = np.array([1 << bit for bit in range(target.site.format.width)], dtype)[bits]
    first = np.flatnonzero(np.diff(elements, prepend=-1))

    def of(which: Any) -> NDArray[Any]:
        chosen = powers * which
        return np.bitwise_or.reduceat(chosen, first) if len(first) else chosen

    return Masks(elements[first], of(rises & falls), of(falls & ~rises), of(rises & ~falls))
