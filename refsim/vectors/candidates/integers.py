"""Candidates of roundings to integers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ...spec.formats import UniformGrid
from ..operations import Configuration
from .conversions import conversion_sources
from .pools import Operands, beside, exponents, pool, precision, special_codes


def integers(plain: Configuration) -> Iterator[Operands]:
    """Numbers at, between and beside small and great integers, odd and even, of every exponent from those that round to zero to
    those that have no fraction; and the ends of an integer format."""
    assert plain.to is not None, "an integral value is projected"
    (format,) = plain.operands
    yield from ((code,) for code in (*pool(format), *special_codes(format)))
    _, top = exponents(format)
    wholes = {0, 1, 2, 3, 4, 5, 6, 7}
    for k in range(3, min(precision(format) + 3, top + 1)):
        wholes |= {(1 << k) - 2, (1 << k) - 1, 1 << k, (1 << k) + 1, (1 << k) + 2}
    for whole in sorted(wholes):
        for part in (0, Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(7, 8)):
            for sign in (1, -1) if format.signed else (1,):
                yield from ((code,) for code in beside(format, sign * (whole + Fraction(part)), 1 if part else 0))
    if isinstance(plain.to.format.grid, UniformGrid):
        yield from ((code,) for code in conversion_sources(format, plain.to))
