"""Places in the gaps of a grid: of numbers, and the numbers at them. Where a gap has parts, one counts as much as another."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..spec.exact import Magnitude
from ..spec.formats import AnyGrid
from ..spec.log_grids import LogGrid
from ..spec.surds import power

FINE = 256
"""The parts of a gap, or of a part of one, in which an irrational number is placed."""


def place_in_gap(grid: AnyGrid, n: int, m: Magnitude) -> Fraction:
    """The place of a number in the gap above point n; of an irrational one the middle of the 256th part that it lies in."""
    if isinstance(grid, LogGrid):
        return grid.place(n, m, FINE)
    cuts = grid.cuts(n)
    if len(cuts) == 2:
        return _between(m, *cuts)
    part = sum(not m < cut for cut in cuts[1:-1])
    return (part + _between(m, cuts[part], cuts[part + 1])) / (len(cuts) - 1)


def _between(m: Magnitude, low: Fraction, high: Fraction) -> Fraction:
    if isinstance(m, Fraction):
        return (m - low) / (high - low)
    before, after = 0, FINE
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if m > low + (high - low) * Fraction(middle, FINE) else (before, middle)
    return Fraction(2 * before + 1, 2 * FINE)


def at_place(grid: AnyGrid, n: int, t: Fraction) -> Any:
    """The number at a place in the gap above point n, a ``Fraction`` unless the grid is logarithmic."""
    if isinstance(grid, LogGrid):
        return power((grid.least + n - 1 + t) / (1 << grid.fraction)) if n or t else Fraction(0)
    cuts = grid.cuts(n)
    parts = len(cuts) - 1
    part = min(int(t * parts), parts - 1)
    return cuts[part] + (cuts[part + 1] - cuts[part]) * (t * parts - part)
