"""Candidates of conversions: sources by the place of their number among the numbers of the result."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ...spec.exact import Exact, is_negative, magnitude
from ...spec.formats import FloatGrid, Format
from ...spec.posits import PositGrid
from ...spec.projection import Projection
from ..places import at_place
from .pools import ALL_CODES, beside, codes_of, points, pool, precision


def conversion_sources(source: Format, to: Projection) -> list[int]:
    """Source codes at and beside every point and every middle of the result's grid, or of a choice of its points where they
    are many; past its ends; at its own ends; and its special data."""
    if source.width <= ALL_CODES:
        return list(range(1 << source.width))
    grid, top = to.format.grid, max(to.format.top, to.format.top_negative)
    inside = range(top + 1) if to.format.width <= ALL_CODES else points(to.format)
    numbers: set[Fraction] = set()
    middles: set[Fraction] = set()
    quarters: set[Fraction] = set()
    # Points past a posit's last one grow too fast to go far.
    past = (top + 1, top + 2, top + 3) if isinstance(grid, PositGrid) else (top + 1, top + 2, 2 * top + 1, 3 * top)
    for n in (*inside, *past):
        numbers.add(grid.magnitude(n))
        middles.add(at_place(grid, n, Fraction(1, 2)))
        quarters |= {at_place(grid, n, Fraction(1, 4)), at_place(grid, n, Fraction(3, 4))}
    codes = {code for block in source.specials for code in (block.first, block.last)}
    at = Projection(source, "toward_zero", "saturate")
    for sign in (1, -1) if source.signed else (1,):
        codes.update(code for m in numbers | middles for code in beside(source, sign * m))
        codes.update(code for m in middles for code in _sticky(source, to.format, sign * m))
        codes.update(at(sign * m).code for m in quarters)
    if precision(to.format) >= precision(source):
        codes.update(pool(source))
    for n in (*range(3), *(range(max(source.top - 2, 0), source.top + 1))):
        codes.update(codes_of(source, n))
    return sorted(codes)


def _sticky(source: Format, result: Format, x: Exact) -> Iterator[int]:
    """Codes of the source above x by one bit: halfway down the lost ones, and nearer to those that are kept."""
    negative, grids = is_negative(x), (source.grid, result.grid)
    n = source.grid.floor(magnitude(x))
    kept, left = (grid.precision if isinstance(grid, FloatGrid) else 0 for grid in grids)
    lost = max(kept - left, 0)
    for point in (n + (1 << lost // 2), n + (1 << 3 * lost // 4), n + (1 << 7 * lost // 8)):
        if source.first <= point <= source.limit(negative):
            yield source.code(negative, point)
