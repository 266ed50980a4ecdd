"""Operands that a multiplier is asked: all there are, or edges with one another and others at random."""

from __future__ import annotations

from itertools import product
from random import Random

from ...spec.formats import FloatGrid, Format
from .multipliers import Multiplier

SEED = 20250101
ALL = 12
"""A multiplier with at most so many operand bits is asked everything."""
AT_RANDOM = 4000


def questions(multiplier: Multiplier) -> list[tuple[int, ...]]:
    """Codes of the operands, the same ones each time; all of them where there are few."""
    formats = multiplier.operands
    if sum(format.width for format in formats) <= ALL:
        return list(product(*(range(1 << format.width) for format in formats)))
    random = Random(SEED)  # noqa: S311 trials, no secrets
    a, b, *third = formats
    pairs = [*product(edges(a), edges(b)), *(_pair(a, b, random) for _ in range(AT_RANDOM))]
    return [(*pair, *(_code(format, random) for format in third)) for pair in pairs]


def edges(format: Format) -> list[int]:
    """The codes at the ends and in the middle of a format, and beside them, with both signs; in floating point also those where
    the binades of one, of two and of the subnormal numbers begin."""
    last = (1 << format.width) - 1
    half = 1 << format.width - 1
    marks = {0, 1, last // 3, half}
    if isinstance(format.grid, FloatGrid):
        fraction = format.grid.precision - 1
        one = half - 1 >> fraction + 1 << fraction
        marks |= {1 << fraction, one, one + (1 << fraction), format.top, format.top + 1 + (1 << fraction - 1)}
    near = {mark + step & last for mark in marks for step in (-1, 0, 1)}
    return sorted(near | {code ^ half for code in near})


def _pair(a: Format, b: Format, random: Random) -> tuple[int, int]:
    """Two codes; in floating point, half of the products lie near the least normal number, where they are rounded anew."""
    first, second = _code(a, random), _code(b, random)
    if isinstance(b.grid, FloatGrid) and isinstance(a.grid, FloatGrid) and random.random() < 0.5:
        fraction = b.grid.precision - 1
        top = (1 << b.width - 1 - fraction) - 1
        exponent = first >> fraction & top
        wanted = (top >> 1) - exponent + random.randint(-fraction - 3, 2)
        field = min(max(wanted, 0), top - 1)
        second = second & ~(top << fraction) | field << fraction
    return first, second


def _code(format: Format, random: Random) -> int:
    """A code: even, or with few bits set, or with few bits clear."""
    few = random.choice((None, None, 1, 2, 3))
    if few is None:
        return random.getrandbits(format.width)
    code = sum({1 << random.randrange(format.width) for _ in range(few)})
    return code ^ (random.getrandbits(1) and (1 << format.width) - 1)
