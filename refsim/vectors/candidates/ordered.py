"""Candidates of operations that compare: all pairs of data that differ in kind, in sign, by one code, or in payload."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.exact import Special, power_of_two
from ...spec.formats import Format
from ..operations import Configuration
from .pools import Operands, beside, codes_of, exponents, few_codes, middle, pool, precision, special_codes


def ordered_codes(format: Format) -> list[int]:
    """Codes of a format that stand for the ways in which data can lie to each other."""
    codes = set(special_codes(format))
    low, start = format.least_normal or 1, middle(format)
    for n in (2, low + 1):
        codes.update(codes_of(format, n))
    one, last = power_of_two(start), power_of_two(start + 1 - precision(format))
    for x in (one, one + last, one * 3 / 2, 2 * one):
        codes.update(code for sign in (1, -1) for code in beside(format, sign * x, 0))
    for block in format.specials:
        if block.datum in {Special.NAN, Special.SIGNALING_NAN} and block.last > block.first + 2:
            codes |= {block.first + 1, (block.first + block.last) // 2}
    return sorted(codes)


def ordered_pairs(plain: Configuration) -> Iterator[Operands]:
    """All pairs of such codes."""
    a, b = plain.operands
    yield from product(ordered_codes(a), ordered_codes(b))
    yield from ((x, y) for x, n in _numbers(a) for y in beside(b, n))


def _numbers(format: Format) -> Iterator[tuple[int, Fraction]]:
    for code in pool(format)[::7]:
        x = format.decode(code)
        if isinstance(x, Fraction) and x:
            yield code, x


def clamps(plain: Configuration) -> Iterator[Operands]:
    """A number with two bounds, in every order, equal, and special."""
    chosen = [{*few_codes(format), *ordered_codes(format)[::3]} for format in plain.operands]
    yield from product(*map(sorted, chosen))


def single_codes(plain: Configuration) -> Iterator[Operands]:
    """Every code of a narrow format; of a wide one the pool, every special code, and the ends of every binade."""
    (format,) = plain.operands
    yield from ((code,) for code in sorted({*pool(format), *ordered_codes(format)}))
    low, top = exponents(format)
    for exponent in (low - 2, low, low + 1, (low + top) // 2, top):
        yield from ((code,) for code in beside(format, power_of_two(exponent)))
