"""Candidates of quotients and of the remainders of integral ones.

A quotient near a point or a middle Q of the grid is solved in integers: with significands A and B, A * 2**k - Q * B = r for a
small r gives B modulo 2**k by an inverse, because Q is odd.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.exact import power_of_two
from ..operations import Configuration
from .pools import (
    ALL_CODES,
    Operands,
    at,
    beside,
    exponents,
    finite,
    middle,
    pool,
    precision,
    significands,
    special_codes,
    targets,
)

SMALL = (1, -1, 2, -2, 3, -3, 5, -5, 7, -7)
"""Remainders of a division that is nearly exact."""
SPREAD = 0x9E3779B97F4A7C15
"""An odd number whose multiples spread over the significands, as the golden ratio's do."""


def divisions(plain: Configuration) -> Iterator[Operands]:
    """Dividend and divisor: all pairs of narrow formats; of wide ones the pools, exact quotients, quotients just beside points
    and middles, and quotients round the ends of the range."""
    assert plain.to is not None, "a quotient is projected"
    a_format, b_format = plain.operands
    if max(a_format.width, b_format.width) <= ALL_CODES:
        yield from product(pool(a_format), pool(b_format))
        return
    yield from product(special_codes(a_format), special_codes(b_format))
    yield from product(pool(a_format)[::5], pool(b_format)[::3])
    a_bits, b_bits, bits = precision(a_format), precision(b_format), precision(plain.to.format)
    hard = [*_exact(bits, a_bits, b_bits), *_nearly(bits, a_bits, b_bits)]
    a_scale, b_scale = (power_of_two(middle(format)) for format in plain.operands)
    signs = ((1, 1), (-1, 1), (1, -1), (-1, -1))
    for number, (a, b) in enumerate(hard):
        sign, other = signs[number % 4]
        yield at(a_format, sign * a * a_scale), at(b_format, other * b * b_scale)
    yield from _at_the_ends(plain, hard[:: max(1, len(hard) // 24)])
    for (b_code, b), target in product(finite(b_format, pool(b_format)[::3]), targets(plain.to.format)):
        yield from ((code, b_code) for code in beside(a_format, target * b))


def _odd_quotients(bits: int, count: int) -> Iterator[int]:
    """Odd integers of so many bits, spread over their range."""
    low = 1 << bits - 1
    for i in range(count):
        yield low + (SPREAD * (i + 1) >> 3) % low | 1


def _exact(bits: int, a_bits: int, b_bits: int) -> Iterator[tuple[Fraction, Fraction]]:
    """Significands whose quotient is a point, or a middle between two, exactly."""
    for quotient_bits in (bits, bits + 1):
        for divisor in (1, 3, 5, 7, 11):
            width = min(a_bits - divisor.bit_length(), quotient_bits)
            for q in {1, *_odd_quotients(width, 4)} if width > 1 else {1}:
                if (q * divisor).bit_length() <= a_bits and divisor.bit_length() <= b_bits:
                    yield _one_to_two(q * divisor), _one_to_two(divisor)


def _nearly(bits: int, a_bits: int, b_bits: int) -> Iterator[tuple[Fraction, Fraction]]:
    """Significands whose quotient lies beside a point or a middle by less than nearly all others do."""
    for quotient_bits, remainder in product((bits, bits + 1), SMALL):
        found = 0
        for q in _odd_quotients(quotient_bits, 64):
            for k in (quotient_bits + b_bits - a_bits, quotient_bits + b_bits - a_bits - 1):
                if k < 1 or found >= 3:
                    continue
                modulus = 1 << k
                b = -remainder * pow(q, -1, modulus) % modulus
                b += -(-((1 << b_bits - 1) - b) // modulus) * modulus if b < 1 << b_bits - 1 else 0
                a = (q * b + remainder) // modulus
                if b.bit_length() == b_bits and a.bit_length() == a_bits:
                    found += 1
                    yield _one_to_two(a), _one_to_two(b)


def _one_to_two(n: int) -> Fraction:
    return Fraction(n) / power_of_two(n.bit_length() - 1)


def _at_the_ends(plain: Configuration, hard: list[tuple[Fraction, Fraction]]) -> Iterator[Operands]:
    """The same significands with exponents that bring the quotient among the subnormal numbers and to the ends."""
    assert plain.to is not None, "a quotient is projected"
    a_format, b_format = plain.operands
    (a_low, a_top), (b_low, b_top), (low, top) = map(exponents, (a_format, b_format, plain.to.format))
    bits = precision(plain.to.format)
    for exponent in (*range(low - bits - 1, low + 2), top - 1, top, top + 1):
        b_exponent = min(max((a_low + a_top) // 2 - exponent, b_low), b_top)
        if not a_low <= exponent + b_exponent <= a_top:
            b_exponent = min(max((a_low if exponent < 0 else a_top) - exponent, b_low), b_top)
        for a, b in hard:
            yield (
                at(a_format, a * power_of_two(min(max(exponent + b_exponent, a_low), a_top))),
                at(b_format, b * power_of_two(b_exponent)),
            )


def remainders(plain: Configuration) -> Iterator[Operands]:
    """Dividend and divisor: all pairs of narrow formats; of wide ones dividends at and beside the multiples of a divisor and
    the middles between them, with small, great, odd and even quotients."""
    a_format, b_format = plain.operands
    if max(a_format.width, b_format.width) <= ALL_CODES:
        yield from product(pool(a_format), pool(b_format))
        return
    yield from product(special_codes(a_format), special_codes(b_format))
    yield from product(pool(a_format)[::5], pool(b_format)[::5])
    bits, (low, top) = precision(a_format), exponents(a_format)
    quotients = {*range(5), *(n for k in range(3, bits + 1) for n in ((1 << k) - 1, 1 << k, (1 << k) + 1))}
    parts = (Fraction(0), Fraction(1, 2), Fraction(1, 4), Fraction(3, 4))
    chosen = [
        s * power_of_two(e) for s in significands(precision(b_format))[::2] for e in (low, middle(b_format), (low + top) // 3)
    ]
    chosen += [Fraction(n) * power_of_two(middle(b_format)) for n in (3, 5, 7)]
    for number, (y, n, part) in enumerate(product(chosen, sorted(quotients), parts)):
        sign, other = (1, -1)[number % 2], (1, -1)[number // 2 % 2]
        b_code = at(b_format, other * y)
        divisor = b_format.decode(b_code)
        if isinstance(divisor, Fraction) and divisor:
            yield from ((code, b_code) for code in beside(a_format, sign * abs(divisor) * (n + part)))
