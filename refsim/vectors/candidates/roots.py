"""Candidates of square roots, their reciprocals, reciprocals, and hypotenuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import isqrt

import numpy as np

from ...spec.exact import power_of_two
from ..operations import Configuration
from .pools import (
    ALL_CODES,
    Operands,
    at,
    beside,
    codes_of,
    exponents,
    finite,
    middle,
    pool,
    precision,
    significands,
    special_codes,
    targets,
)

MOST = 26
"""Significands of at most this many bits are searched through."""
HARDEST = 20
"""How many of the nearest to a middle, and to a point, are taken."""


def square_roots(plain: Configuration) -> Iterator[Operands]:
    """Exact squares and their neighbours, and numbers whose root lies just beside a point or a middle."""
    assert plain.to is not None, "a root is projected"
    bits = precision(plain.operands[0])
    odd = [2 * n + 1 for n in (0, 1, 2, 5, (1 << bits // 2 - 1) - 1, (1 << (bits - 1) // 2) - 1)]
    exact = [Fraction(n * n) / power_of_two(2 * (n.bit_length() - 1)) for n in odd]
    result = precision(plain.to.format)
    near = _beside_squares(result, bits)
    if bits <= MOST:
        near += _hardest(bits, result, lambda x: np.sqrt(x) / 2)
        near += [2 * s for s in _hardest(bits, result, lambda x: np.sqrt(2 * x) / 2)]
    yield from _spread(plain, exact, near, 2)


def reciprocals(plain: Configuration) -> Iterator[Operands]:
    """Numbers whose reciprocal is a power of two, or lies just beside a point or a middle or round the ends of the range."""
    assert plain.to is not None, "a reciprocal is projected"
    hard = _hardest(precision(plain.operands[0]), precision(plain.to.format), lambda x: 1 / x)
    for target in targets(plain.to.format):
        if target:
            yield from ((code,) for code in beside(plain.operands[0], 1 / target))
    yield from _spread(plain, [], hard, 1)


def reciprocal_roots(plain: Configuration) -> Iterator[Operands]:
    """Powers of four and their neighbours, and numbers whose reciprocal root lies just beside a point or a middle."""
    assert plain.to is not None, "a reciprocal root is projected"
    bits, result = precision(plain.operands[0]), precision(plain.to.format)
    hard = _hardest(bits, result, lambda x: 1 / np.sqrt(x))
    hard += [2 * s for s in _hardest(bits, result, lambda x: 1 / np.sqrt(2 * x))]
    yield from _spread(plain, [Fraction(1)], hard, 2)


def _spread(plain: Configuration, exact: list[Fraction], near: list[Fraction], period: int) -> Iterator[Operands]:
    """Numbers in the middle of the range, at its ends and between, by steps that keep what is hard hard; and the pool."""
    (format,) = plain.operands
    yield from ((code,) for code in (*pool(format), *special_codes(format)))
    if format.width <= ALL_CODES:
        return
    low, top = exponents(format)
    bits = precision(format)
    start = middle(format)
    steps = sorted(
        {
            (e - start) // period * period + start
            for e in (low, low + 1, low - bits // 2, start, (low + start) // 2, top - 1, top)
        }
    )
    for exponent in steps:
        for x in exact:
            yield from ((code,) for code in beside(format, x * power_of_two(exponent)))
        for x in near if exponent == start else near[::7]:
            yield (at(format, x * power_of_two(exponent)),)
            yield (at(format, -x * power_of_two(exponent)),)


def _beside_squares(result: int, bits: int) -> list[Fraction]:
    """Numbers from 1 to 4 of so many bits whose root lies beside a point or a middle of the result as near as can be: x times a
    power of two is the square of an odd Q but for a small remainder, and Q is a square root modulo that power."""
    found = []
    for remainder in (r for n in range(8, 400, 8) for r in (1 - n, 1 + n)):
        for doubled, odd in product((result, result + 1), (0, 1)):
            # Q has `doubled` bits; its square has 2 * doubled or one bit less, of which x keeps the first ones.
            k = 2 * doubled - bits - odd
            if k < 3:
                continue
            for q in _roots_modulo(remainder, k):
                for whole in range(q, 1 << doubled, 1 << k):
                    x = whole * whole - remainder >> k
                    if whole.bit_length() == doubled and x.bit_length() == bits and (whole * whole - remainder) % (1 << k) == 0:
                        exponent = x.bit_length() - 1
                        parity = (k + exponent) % 2
                        found.append(Fraction(x) / power_of_two(exponent - parity))
                    if len(found) >= 6 * HARDEST:
                        return found
    return found


def _roots_modulo(n: int, k: int) -> list[int]:
    """The square roots modulo 2**k of a number that is 1 modulo 8, lifted a bit at a time."""
    r = 1
    for bit in range(3, k):
        if (r * r - n) >> bit & 1:
            r += 1 << bit - 1
    modulus = 1 << k
    return sorted({x % modulus for x in (r, -r, r + modulus // 2, modulus // 2 - r)})


def _hardest(bits: int, result: int, function: Callable[..., object]) -> list[Fraction]:
    """The numbers from 1 to 2 of so many bits where a function between 1/2 and 1 comes nearest to a middle and to a point."""
    if bits > MOST:
        return significands(bits)
    best: dict[str, list[tuple[float, int]]] = {"middle": [], "point": []}
    for first in range(1 << bits - 1, 1 << bits, 1 << 20):
        n = np.arange(first, min(first + (1 << 20), 1 << bits), dtype=np.float64)
        y = np.asarray(function(n / float(1 << bits - 1)), np.float64) * float(1 << result)
        rest = y - np.floor(y)
        apart = np.where(rest == 0, 1.0, np.minimum(rest, 1 - rest))
        for name, distance in (("middle", np.abs(rest - 0.5)), ("point", apart)):
            nearest = np.argsort(distance, kind="stable")[:HARDEST]
            best[name] += [(float(distance[i]), first + int(i)) for i in nearest]
    chosen = {n for name in best for _, n in sorted(best[name])[:HARDEST]}
    return [Fraction(n, 1 << bits - 1) for n in sorted(chosen)]


TRIPLES = ((3, 4), (5, 12), (8, 15), (7, 24), (20, 21), (12, 35))
"""Sides of right triangles whose hypotenuse is an integer."""


def hypotenuses(plain: Configuration) -> Iterator[Operands]:
    """Both sides: pairs of narrow formats; of wide ones triangles of integers and their neighbours, and one side much
    shorter than the other by every distance that matters."""
    a_format, b_format = plain.operands
    if max(a_format.width, b_format.width) <= ALL_CODES:
        yield from product(special_codes(a_format), special_codes(b_format))
        yield from product(pool(a_format)[::2], pool(b_format)[1::3])
        return
    yield from product(special_codes(a_format), special_codes(b_format))
    yield from product(pool(a_format)[::5], pool(b_format)[::5])
    low, top = exponents(a_format)
    bits, start = precision(a_format), middle(a_format)
    for first, second in TRIPLES:
        for exponent in (low - bits + 1, low, start, top - 6):
            for n, m in ((first, second), (-second, first)):
                a_code = at(a_format, n * power_of_two(exponent))
                yield from ((a_code, code) for code in beside(b_format, m * power_of_two(exponent)))
    for distance, a, b in product(range(bits + 3), significands(bits)[::2], significands(bits)[::3]):
        for exponent in (start, top):
            yield at(a_format, a * power_of_two(exponent)), at(b_format, -b * power_of_two(exponent - distance))
    assert plain.to is not None, "a hypotenuse is projected"
    for (a_code, a), target in product(finite(a_format, pool(a_format)[::9]), targets(plain.to.format)):
        square = target * target - a * a
        if square > 0:
            side = Fraction(isqrt(square.numerator << 128), isqrt(square.denominator << 128))
            yield from ((a_code, code) for code in beside(b_format, side))


def magnitudes_of(plain: Configuration) -> Iterator[Operands]:
    """Every code of a narrow format; of a wide one the pool and the numbers of every exponent."""
    (format,) = plain.operands
    yield from ((code,) for code in (*pool(format), *special_codes(format)))
    low, top = exponents(format)
    if format.width > ALL_CODES:
        for exponent in range(low - precision(format) + 1, top + 1):
            yield from ((code,) for code in beside(format, power_of_two(exponent)))
        for n in range(precision(format)):
            yield from ((code,) for code in codes_of(format, (1 << n) + 1))
