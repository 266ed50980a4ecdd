"""Codes of a format that are worth combining, and codes at and beside exact numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache

from ...spec.exact import dyadic, floor_log2, is_negative, magnitude, power_of_two
from ...spec.formats import FloatGrid, Format
from ...spec.posits import PositGrid
from ...spec.projection import Projection
from ..places import at_place

Operands = tuple[int, ...]
ALL_CODES = 8
"""Formats of at most this many bits lend all their codes as operands."""


def pool(format: Format) -> list[int]:
    """Codes of a format that are worth combining: all of a narrow one; of a wide one the special data, the ends, and through
    a choice of exponents the significands that carry, tie or cancel."""
    if format.width <= ALL_CODES:
        return list(range(1 << format.width))
    codes = {code for block in format.specials for code in (block.first, block.last)}
    for n in points(format):
        codes.update(codes_of(format, n))
    return sorted(codes)


def codes_of(format: Format, n: int) -> Iterator[int]:
    """The codes of a point on both sides of zero, as far as there are any."""
    for negative in (False, True):
        if format.first <= n <= format.limit(negative):
            yield format.code(negative, n)


def points(format: Format) -> list[int]:
    """Points of the grid near zero, near the ends, and in chosen binades at significands with few ones or few zeros."""
    top, points = max(format.top, format.top_negative), set(range(4))
    points.update(range(top - 2, top + 1))
    grid = format.grid
    if isinstance(grid, PositGrid):
        points.update(_in_regimes(format.width))
    elif not isinstance(grid, FloatGrid):
        points.update(n for k in range(format.width) for n in ((1 << k) - 1, 1 << k, (1 << k) + 1, 3 << k >> 1))
    else:
        binade, p = 1 << grid.precision - 1, grid.precision
        points.update(grid.first_normal + d for d in (-2, -1, 0, 1))
        last = (top - grid.first_normal) // binade
        middle = -grid.emin
        chosen = {
            0,
            1,
            2,
            last - 1,
            last,
            *range(middle - 2, middle + 3),
            middle - p,
            middle + p,
            middle - p - 1,
            middle + p + 2,
        }
        for exponent in (e for e in chosen if 0 <= e <= last):
            start = grid.first_normal + exponent * binade
            points.update(
                start + f for f in (0, 1, binade // 2, binade // 2 + 1, binade - 1, binade - 2, binade // 3, binade // 3 + 1)
            )
    return sorted(n for n in points if 0 <= n <= top)


def _in_regimes(width: int) -> Iterator[int]:
    """Points of a posit at the starts of its regimes, and in those at one and at the ends at significands with few ones or few
    zeros."""
    body = width - 1
    starts = [1 << k for k in range(body)] + [(1 << body) - (1 << k) for k in range(1, body)]
    for start in starts:
        yield from (start - 1, start, start + 1)
    for k in (1, 2, 3, body // 2, body - 2, body - 1):
        for start, size in ((1 << k, 1 << k), ((1 << body) - (1 << k + 1), 1 << k), (1 << body - 1, 1 << max(body - 4, 0))):
            yield from (start + f for f in (size // 2, size // 2 + 1, size - 2, size - 1, size // 3, size // 3 + 1))


def beside(source: Format, x: Fraction, reach: int = 1) -> Iterator[int]:
    """The codes of the source at or next to x on both sides, or so many steps on."""
    negative = is_negative(x)
    n = source.grid.floor(magnitude(x))
    for point in range(n - reach, n + reach + 1):
        if source.first <= point <= source.limit(negative):
            yield source.code(negative, point)


@lru_cache(maxsize=64)
def _nearest(format: Format) -> Projection:
    return Projection(format, "ties_to_even", "saturate")


def at(format: Format, x: Fraction) -> int:
    """The code nearest to an exact number."""
    return _nearest(format)(x).code


def precision(format: Format) -> int:
    """The significant bits of a format."""
    return format.grid.precision if isinstance(format.grid, FloatGrid) else format.width


def exponents(format: Format) -> tuple[int, int]:
    """The exponents of the least normal and of the greatest number."""
    top = floor_log2(format.grid.magnitude(max(format.top, format.top_negative)))
    return (format.grid.emin if isinstance(format.grid, FloatGrid) else format.grid.quantum), top


def middle(format: Format) -> int:
    """An exponent in the middle of the range: 0 where the format has a one."""
    low, high = exponents(format)
    return 0 if low <= 0 <= high else (low + high) // 2


def significands(bits: int) -> list[Fraction]:
    """Numbers from 1 to 2 of so many bits, with few ones, few zeros, or ones and zeros by turns."""
    last = power_of_two(1 - bits)
    wanted = (Fraction(1), 1 + last, 1 + 2 * last, Fraction(3, 2), Fraction(3, 2) - last, Fraction(3, 2) + last, 2 - 2 * last)
    turns = dyadic(int("10" * bits, 2) >> bits, 1 - bits)
    return sorted({x for x in (*wanted, 2 - last, turns) if 1 <= x < 2 and (x / last).denominator == 1})


def special_codes(format: Format) -> list[int]:
    """Every NaN, infinity and zero that differs in kind or sign, the ends of the range, and one."""
    codes = {code for block in format.specials for code in (block.first, block.last)}
    low = format.least_normal or 1
    one = format.grid.floor(power_of_two(middle(format)))
    for n in (0, 1, low - 1, low, one, max(format.top, format.top_negative)):
        codes.update(codes_of(format, n))
    return sorted(codes)


def few_codes(format: Format) -> list[int]:
    """Zero, one, the least and the greatest number, infinity, and a NaN of each kind, with either sign."""
    one = format.grid.floor(power_of_two(middle(format)))
    codes = {block.first for block in format.specials}
    for n in (0, 1, one, max(format.top, format.top_negative)):
        codes.update(codes_of(format, n))
    return sorted(codes)


def targets(format: Format) -> list[Fraction]:
    """Places at, between and beside the points round the ends of a format's range, of both signs where it has both."""
    top, least, grid = format.top, format.least_normal or 1, format.grid
    quarters = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    found = [
        at_place(grid, n, t) for n in (0, 1, 2, least - 2, least - 1, least, top - 1, top, top + 1) for t in quarters if n >= 0
    ]
    return [*found, *(-x for x in found if x)] if format.signed else found


def finite(format: Format, codes: Iterable[int]) -> list[tuple[int, Fraction]]:
    """The codes that are numbers other than zero, with their numbers."""
    data = ((code, format.decode(code)) for code in codes)
    return [(code, x) for code, x in data if isinstance(x, Fraction) and x]
