"""Candidates of operations on three and more operands: fused sums, scaled operations and dot products."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.exact import floor_log2, power_of_two
from ...spec.formats import Format
from ..operations import Configuration
from .pools import (
    Operands,
    at,
    beside,
    exponents,
    few_codes,
    finite,
    middle,
    pool,
    precision,
    significands,
    special_codes,
    targets,
)


def multiply_adds(plain: Configuration) -> Iterator[Operands]:
    """Factors and addend: every distance of the addend from the product, cancellation of the product's leading bits, products
    whose own rounding, overflow or underflow the addend undoes, and all special data."""
    assert plain.to is not None, "a sum is projected"
    a_format, b_format, c_format = plain.operands
    yield from product(*map(few_codes, plain.operands))
    factors = list(_factors(a_format, b_format, c_format))
    yield from _distances(plain, factors)
    yield from _cancellations(plain)
    least = finite(c_format, special_codes(c_format))
    for a_code, b_code, p in factors:
        yield from ((a_code, b_code, code) for code in beside(c_format, -p, 2))
        yield from ((a_code, b_code, code) for code, _ in least)
        unit = power_of_two(floor_log2(abs(p)) - precision(plain.to.format) + 1)
        yield from ((a_code, b_code, at(c_format, sign * unit / part)) for part in (1, 2, 4) for sign in (1, -1))
    for (a_code, b_code, p), target in product(factors[::3], targets(plain.to.format)):
        yield from ((a_code, b_code, code) for code in beside(c_format, target - p, 0))


def _factors(a_format: Format, b_format: Format, c_format: Format) -> Iterator[tuple[int, int, Fraction]]:
    """Pairs of factors with their products: in the middle of the range, round the ends of the addend's range, and below it."""
    low, top = exponents(c_format)
    (a_low, a_top), (b_low, b_top) = exponents(a_format), exponents(b_format)
    a_bits, b_bits, bits = precision(a_format), precision(b_format), precision(c_format)
    pairs = list(product(significands(a_bits), significands(b_bits)))
    chosen = pairs[:: max(1, len(pairs) // 20)]
    for exponent in (middle(c_format), low + bits, low, low - 1, low - bits, low - bits - 1, top - 1, top):
        first = min(max(exponent // 2, a_low), a_top)
        second = min(max(exponent - first, b_low), b_top)
        for number, (a, b) in enumerate(chosen):
            sign = (1, -1)[number % 2]
            a_code = at(a_format, sign * a * power_of_two(first))
            b_code = at(b_format, b * power_of_two(second))
            x, y = a_format.decode(a_code), b_format.decode(b_code)
            if isinstance(x, Fraction) and isinstance(y, Fraction) and x * y:
                yield a_code, b_code, x * y


def _distances(plain: Configuration, factors: list[tuple[int, int, Fraction]]) -> Iterator[Operands]:
    """The addend at every distance at which any of its bits meet the product's, and a little beyond."""
    a_format, b_format, c_format = plain.operands
    bits = precision(c_format)
    reach = precision(a_format) + precision(b_format) + 3
    for a_code, b_code, p in factors[:20:3]:
        for distance, c, sign in product(range(-reach, bits + 4), significands(bits)[::2], (1, -1)):
            yield a_code, b_code, at(c_format, sign * c * power_of_two(floor_log2(abs(p)) + distance))


def _cancellations(plain: Configuration) -> Iterator[Operands]:
    """Products of two numbers with two ones each, and addends that cancel so many of their leading bits: down to the last bit,
    which is the product of the lower ones, and less."""
    a_format, b_format, c_format = plain.operands
    a_bits, b_bits, start = precision(a_format), precision(b_format), middle(c_format)
    for total in range(2, a_bits + b_bits - 1):
        i = min(total - 1, a_bits - 1)
        j = min(total - i, b_bits - 1)
        for sign in (1, -1):
            x, y = sign * (1 + power_of_two(-i)) * power_of_two(middle(a_format)), (1 + power_of_two(-j)) * power_of_two(start)
            a_code, b_code = at(a_format, x), at(b_format, y)
            p, q = a_format.decode(a_code), b_format.decode(b_code)
            if isinstance(p, Fraction) and isinstance(q, Fraction):
                yield from ((a_code, b_code, code) for code in beside(c_format, -p * q))
                yield a_code, b_code, at(c_format, -p * q * (1 + power_of_two(-total)))
                yield a_code, b_code, at(c_format, -p * q * (1 - power_of_two(-total)))


def totals(plain: Configuration) -> Iterator[Operands]:
    """Three addends: two at every distance with a third that cancels one of them, or that lies beyond the last place of their
    rounded sum; and all special data."""
    assert plain.to is not None, "a sum is projected"
    yield from product(*map(few_codes, plain.operands))
    formats, bits = plain.operands, precision(plain.to.format)
    low, top = exponents(formats[0])
    start = max(low + bits + 6, middle(formats[0])) if low + bits + 6 <= top else middle(formats[0])
    chosen = significands(bits)[::2]
    for distance, x, y, sign in product(range(bits + 4), chosen, chosen[::2], (1, -1)):
        a, b = x * power_of_two(start), sign * y * power_of_two(start - distance)
        unit = power_of_two(start - bits)
        for number, c in enumerate(
            (-a, -b, -(a + b), unit, -unit, unit / 2, unit / power_of_two(bits), -unit / power_of_two(bits))
        ):
            yield _turned(formats, (a, b, c), number + distance)
    codes = finite(formats[0], special_codes(formats[0]))
    for (a_code, a), (_, b), target in product(codes, codes[::2], targets(plain.to.format)):
        yield from ((a_code, at(formats[1], b), code) for code in beside(formats[2], target - a - b, 0))


def _turned(formats: tuple[Format, ...], numbers: tuple[Fraction, ...], by: int) -> Operands:
    """The codes of numbers, in an order that is turned round by so many places."""
    by %= len(numbers)
    return tuple(at(format, x) for format, x in zip(formats, (*numbers[by:], *numbers[:by]), strict=True))


SCALES = (0, 1, -1, 2, -5, 7, 24, -30)
"""Exponents of scales: none, small, and so great that terms lie far apart."""


def scaled_sums(plain: Configuration) -> Iterator[Operands]:
    """Addends with scales that put them at distances of all kinds, and at the ends of the exponents."""
    a_format, s_format, b_format, _ = plain.operands
    ends = sorted({at(s_format, Fraction(s)) for s in (*SCALES, -1000, 1000)})
    few = [(a, b) for a in few_codes(a_format) for b in few_codes(b_format)]
    yield from ((a, s, b, t) for (a, b) in few for s, t in product(ends[::4], ends[::3]))
    chosen = finite(a_format, pool(a_format))[::9]
    for (a, _), (b, _), s, t in product(chosen, finite(b_format, pool(b_format))[::11], ends, ends):
        yield a, s, b, t
    yield from _to_targets(plain)


def scaled_products(plain: Configuration) -> Iterator[Operands]:
    """Factors with a scale that brings their product to the ends of the range, and past them by far."""
    assert plain.to is not None, "a product is projected"
    a_format, b_format, s_format = plain.operands
    yield from product(
        few_codes(a_format), few_codes(b_format), sorted({at(s_format, Fraction(s)) for s in (*SCALES, -1000, 1000)})
    )
    low, top = exponents(plain.to.format)
    bits = precision(plain.to.format)
    chosen, others = finite(a_format, pool(a_format))[::5], finite(b_format, pool(b_format))[::7]
    for (a, x), (b, y) in product(chosen, others):
        exponent = floor_log2(abs(x * y))
        for wanted in (low - bits - 1, low - bits, low - bits + 1, low - 2, low - 1, low, top - 1, top, top + 1):
            yield a, b, at(s_format, Fraction(wanted - exponent))


def scaled_multiply_adds(plain: Configuration) -> Iterator[Operands]:
    """Factors, addend and both scales: those of the fused multiply-add, with scales near zero and far from it."""
    a_format, b_format, s_format, c_format, t_format = plain.operands
    inner = Configuration("fma", (a_format, b_format, c_format), plain.to)
    for number, (a, b, c) in enumerate(multiply_adds(inner)):
        s = SCALES[number % len(SCALES)] if number % 3 else 0
        yield a, b, at(s_format, Fraction(s)), c, at(t_format, Fraction(s if number % 2 else SCALES[number // 2 % 4]))


def _to_targets(plain: Configuration) -> Iterator[Operands]:
    """Second addends that bring the sum to the ends of the result's range."""
    assert plain.to is not None, "a sum is projected"
    a_format, s_format, b_format, t_format = plain.operands
    for (a, x), target, shift in product(finite(a_format, pool(a_format))[::13], targets(plain.to.format), (0, 3)):
        s, t = at(s_format, Fraction(shift)), at(t_format, Fraction(-shift))
        yield from ((a, s, b, t) for b in beside(b_format, (target - x * power_of_two(shift)) * power_of_two(shift), 0))


def scalings(plain: Configuration) -> Iterator[Operands]:
    """A number and an exponent that bring the result among the subnormal numbers, at every depth, and to the ends and past."""
    assert plain.to is not None, "a number is projected"
    x_format, n_format = plain.operands
    limits = sorted({0, 1, 1 << n_format.width - 1, (1 << n_format.width) - 1, (1 << n_format.width - 1) - 1})
    yield from product(special_codes(x_format), limits)
    low, top = exponents(plain.to.format)
    bits = precision(plain.to.format)
    for code, x in finite(x_format, pool(x_format)):
        exponent = floor_log2(abs(x))
        for wanted in (*range(low - bits - 2, low + 2), top - 1, top, top + 1):
            yield code, at(n_format, Fraction(wanted - exponent))


def dot_products(plain: Configuration) -> Iterator[Operands]:
    """Two vectors: great terms that cancel and leave small ones, terms that vanish with either sign, sums that pass the end and
    come back, and special data at every place."""
    half = len(plain.operands) // 2
    first, second = plain.operands[0], plain.operands[half]
    alphabet = list(_terms(first, second))
    for terms in product(alphabet, repeat=min(half, 4)):
        yield _laid(terms, half)
    one = alphabet[2]
    for special, place, other in product(
        product(few_codes(first), few_codes(second)), range(half), (one, alphabet[0], alphabet[-1])
    ):
        yield _laid([special if i == place else other for i in range(half)], half)
    infinite = [(a, b) for a, b in product(few_codes(first)[-6:], few_codes(second)[-6:])]
    for (x, y), place in product(zip(infinite, infinite[::-1], strict=True), range(half - 1)):
        yield _laid([x if i == place else y if i == place + 1 else one for i in range(half)], half)


def _laid(terms: object, half: int) -> Operands:
    """The pairs of factors as the first vector and then the second, filled up with the first pair."""
    pairs = list(terms)  # type: ignore[call-overload]
    pairs += [pairs[0]] * (half - len(pairs))
    return (*(a for a, _ in pairs), *(b for _, b in pairs))


def _terms(a: Format, b: Format) -> Iterator[tuple[int, int]]:
    """Pairs of factors: great products, one and its neighbours, small products, and zeros of both signs."""
    bits, (low, top) = precision(a), exponents(a)
    one, last = Fraction(1), power_of_two(1 - bits)
    big, small = power_of_two(top // 2 + 1), power_of_two(max(low, -bits) // 2)
    for x, y in (
        (big, big),
        (-big, big),
        (one, one),
        (-one, one),
        (1 + last, 1 + last),
        (-1 - 2 * last, one),
        (small, small * (1 + last)),
        (power_of_two(low), power_of_two(low) * (1 + last)),
        (-power_of_two(top), power_of_two(top)),
    ):
        yield at(a, x), at(b, y)
    yield at(a, one), at(b, Fraction(0))
    yield at(a, -one), at(b, Fraction(0))
