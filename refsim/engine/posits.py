"""Posits on arrays: a posit is an integer, and the integer is what is rounded.

The bits of a posit, read as an integer, are its point; what its infinitely long form has behind them is the place in the gap.
So a number becomes an integer with bits behind the point, and is projected onto the integers of the posit's codes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import UniformGrid
from ..spec.posits import PositGrid
from ..spec.projection import Projection

Ints = NDArray[np.int64]
WIDEST = 32
MOST_RANDOM_BITS = 20
LEAD = 61
"""The leading bit of the integers: those beyond the last posit have it."""


@lru_cache(maxsize=1024)
def on_patterns(to: Projection) -> Projection:
    """The projection onto the integers that are a posit's codes."""
    format = replace(to.format, grid=UniformGrid(0))
    return Projection(format, to.rounding, to.overflow, to.tininess, to.subnormals, to.nan)


def significands(n: Ints, grid: PositGrid) -> tuple[Ints, Any]:
    """The magnitudes of points as integer significands with the exponents of their last bits."""
    body = grid.width - 1
    leading = (n >> body - 1) & 1
    differs = np.where(leading == 1, n ^ grid.top, n)
    run = body - np.frexp(differs.astype(np.float64))[1].astype(np.int64)
    room = body - np.minimum(run + 1, body)
    fraction_bits = np.maximum(room - grid.es, 0)
    exponent_bits = room - fraction_bits
    exponent = ((n >> fraction_bits) & (np.int64(1) << exponent_bits) - 1) << grid.es - exponent_bits
    hidden = np.int64(1) << fraction_bits
    significand = np.where(n > 0, hidden | n & hidden - 1, 0)
    regime = np.where(leading == 1, run - 1, -run) << grid.es
    return significand, np.where(n > 0, regime + exponent - fraction_bits, grid.quantum)


def patterns(m: Ints, e: Ints, lead: int, grid: PositGrid) -> tuple[Ints, int]:
    """Numbers ``m * 2**e`` whose leading bit is bit ``lead`` as integers, and how many bits of those are behind the point; the
    last one is raised where anything follows.

    That is enough of a number rounded to odd, too: of 52 bits behind the leading one a posit keeps at most 29, so 23 are left,
    and a rule asks for two more than its random bits and for whether anything follows.
    """
    # Exponent and fraction must fit in 63 bits; of an integer of 62 bits the last ones go, but for whether any is set.
    spare = max(lead + grid.es - LEAD, 0)
    m, e, lead = m >> spare | ((m & (1 << spare) - 1) != 0), e + spare, lead - spare
    body = grid.width - 1
    behind = LEAD - body
    # Past the second gap beyond the last posit, and below the first posit, all numbers are alike.
    scale = np.clip(e + lead, grid.quantum, (2 << grid.es) - 1 - grid.quantum)
    regime = scale >> grid.es
    tail = (scale & (1 << grid.es) - 1) << lead | m & (1 << lead) - 1
    # A run of ones and a zero, or of zeros and a one; the last run has no room for its end, and past it the codes go on.
    run = np.minimum(np.where(regime >= 0, regime + 1, -regime), body)
    last = regime >= body - 1
    head = np.where(regime >= 0, (np.int64(2) << run) - 2, 1)
    head = np.where(last, regime + (grid.top - body + 1), head)
    room = LEAD - np.minimum(run + 1, body)
    drop = grid.es + lead - room
    right = np.maximum(drop, 0)
    kept = (tail >> right) << np.maximum(-drop, 0)
    kept |= (tail & (np.int64(1) << right) - 1) != 0
    found = np.where(e + lead < grid.quantum, 1, head << room | kept)
    return np.where(m == 0, 0, found), behind
