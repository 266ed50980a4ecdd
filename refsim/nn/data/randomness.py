"""Random numbers of data sets: the raw words of Philox, which no version of NumPy and no machine changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KEY = 0x64617461
"""The second half of Philox's key, which nothing else has: training draws other numbers from the same seed."""
LANES = 4
"""The 16-bit numbers in a word."""
LANE = 0xFFFF
EVERY_OTHER = np.uint64(0x0000FFFF0000FFFF)


def words(count: int, seed: int, purpose: int, index: int = 0) -> NDArray[np.uint64]:
    """64-bit words, others for each seed, purpose and index. ``ValueError`` for a seed that is none."""
    if not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise ValueError(f"a seed is a whole number from 0 to 2**63 - 1, not {seed!r:.60}")
    found: NDArray[np.uint64] = np.random.Philox(key=[seed, KEY], counter=[0, 0, purpose, index]).random_raw(count)
    return found


def order(count: int, seed: int) -> NDArray[np.intp]:
    """The numbers from 0 up to ``count`` in an order that the seed decides."""
    return np.argsort(words(count, seed, 0), kind="stable")


def uniform(drawn: NDArray[np.uint64]) -> NDArray[np.float64]:
    """A word as a multiple of 2**-53 from 0 up to 1."""
    found: NDArray[np.float64] = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def bell(drawn: NDArray[np.uint64]) -> NDArray[np.float64]:
    """A word as the sum of its four 16-bit numbers, about 0, with a standard deviation of 1: nearly a normal distribution."""
    pairs = (drawn & EVERY_OTHER) + ((drawn >> np.uint64(16)) & EVERY_OTHER)
    total = (pairs & np.uint64(0xFFFFFFFF)) + (pairs >> np.uint64(32))
    found: NDArray[np.float64] = (total.astype(np.float64) - LANES * LANE / 2) / np.sqrt(LANES * ((LANE + 1) ** 2 - 1) / 12)
    return found
