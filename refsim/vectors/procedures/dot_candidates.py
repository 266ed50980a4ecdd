"""Operands of dot products: aimed at limits, orders, alignments and lanes, where implementations of sums differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product

from ...spec.exact import floor_log2, power_of_two
from ...spec.formats import FloatGrid, Format
from ..candidates.pools import at, few_codes, finite, pool, precision, significands
from .dot import Shape, given, shape
from .dot_edges import about_the_least_normal, least_and_greatest, zeros_on_wires
from .dot_material import POLICIES, Row, aimed, apart, limits, of_values, padded, products, widths, zero_pair
from .procedure import Parameters, Values

MOST = 26
"""The rows of a class: half as many where scales take turns."""


def lanes(s: Shape) -> Iterator[Row]:
    """One product that is not zero, in each place, of each sign; and each place with a product of its own."""
    found = products(s.x, s.y)
    one, middle = found.below(Fraction(1)) or found.ordered[0], len(found.ordered) // 2
    for i in range(s.length):
        for value in (one, -found.greatest, -one) if i % 3 else (one, found.greatest):
            if value in found.pairs:
                yield of_values(s, [value if k == i else None for k in range(s.length)])
    for step in (1, 3, 7, 11):
        chosen = found.ordered[middle::step][: s.length] if len(found.ordered) - middle >= step * s.length else ()
        if len(chosen) == s.length:
            yield of_values(s, chosen)
            yield of_values(s, [-x if i % 2 and -x in found.pairs else x for i, x in enumerate(reversed(chosen))])


def at_limits(s: Shape) -> Iterator[Row]:
    """Sums at the ends of registers of the right width, of one bit less and of one more, and one step beside them."""
    found = products(s.x, s.y)
    for turn, ((bottom, top, step), d, low) in enumerate(product(limits(s, (0, -1, 1)), (-1, 0, 1), (False, True))):
        target = bottom - d * step if low else top + d * step
        for bias in (Fraction(0), *([target - d * step - 3 * step * (-1 if low else 1)] if s.bias is not None else [])):
            parts = found.sum_to(target - bias, s.length)
            if parts:
                yield of_values(s, padded(parts, s.length, before=turn % 2 == 1), bias)


def there_and_back(s: Shape) -> Iterator[Row]:
    """Sums that pass an end of a register in the first k products and come back in the others, for every k and both ends."""
    yield from _there_and_back(s, limits(s, [0]))


def there_and_back_beside(s: Shape) -> Iterator[Row]:
    """The same for registers of one bit less and of one bit more."""
    yield from _there_and_back(s, limits(s, (-1, 1)))


def _there_and_back(s: Shape, ends_of: Sequence[tuple[Fraction, Fraction, Fraction]]) -> Iterator[Row]:
    found = products(s.x, s.y)
    for k, (bottom, top, step), up in product(range(1, s.length), ends_of, (True, False)):
        over = top + step if up else bottom - step
        for bias in (Fraction(0), *([over - (2 * step if up else -2 * step)] if s.bias is not None else [])):
            parts = found.sum_to(over - bias, k)
            if parts is None:
                continue
            back = found.sum_to(-sum(parts) - bias + (7 * step if k % 2 else -5 * step), s.length - k) or found.sum_to(
                -Fraction(parts[0]), s.length - k
            )
            if back:
                yield of_values(s, [*padded(parts, k, before=True), *padded(back, s.length - k)], bias)


def extremes(s: Shape) -> Iterator[Row]:
    """The greatest products of each sign in neighbouring pairs, in all lanes, and by turns."""
    found, zero = products(s.x, s.y), zero_pair(s)
    least = next(iter(finite(s.x, [s.x.code(True, s.x.top_negative)])), (0, Fraction(0)))[0] if s.x.signed else zero[0]
    other = s.y.code(True, s.y.top_negative) if s.y.signed else s.y.code(False, s.y.top)
    most, top = (least, other), found.pairs[found.greatest]
    opposite = (least, s.y.code(False, s.y.top))
    for pair in (most, top, opposite):
        yield Row([pair] * s.length)
        yield from (Row([pair if k // 2 == i else zero for k in range(s.length)]) for i in range(s.length // 2))
    yield Row([(most, opposite)[k % 2] for k in range(s.length)])
    for halves in ((opposite, most), (most, opposite)):
        yield Row([halves[k * 2 // s.length] for k in range(s.length)])


def patterns(s: Shape, great: Fraction, small: Fraction) -> Iterator[Row]:
    """A great product among small ones, in front, behind, inside, cancelled, and of either sign."""
    n, rest = s.length, s.length - 1
    yield of_values(s, [great, *[small] * rest])
    yield of_values(s, [-great, *[small] * rest])
    yield of_values(s, [*[-small] * rest, great])
    if n >= 3:
        yield of_values(s, [great, *[small] * (n - 2), -great])
        yield of_values(s, [great, *[-small] * (n - 2), -great])
        yield of_values(s, [*padded([great, -small], n - 2), -great, small])
        yield of_values(s, padded([-great, small, small], n))
    if n >= 4:
        yield of_values(s, [small, great, *[None] * (n - 4), -small, -great])
        yield of_values(s, [*[small] * (n // 2), great, *[-small] * (n - n // 2 - 1)])
    if s.bias is not None:
        yield of_values(s, [small] * n, great)
        yield of_values(s, [great, *[None] * (n - 2), -great] if n > 1 else [great], small)
        yield of_values(s, padded([great, small], n) if n > 1 else [small], -great)


def sizes(s: Shape) -> Iterator[Row]:
    """Great and small products as far apart as the bits of registers and alignments, one place more and less."""
    for width, d, significand in product(widths(s), (0, -1, 1, 2, -2), (Fraction(1), Fraction(9, 4))):
        scale = apart(s, width + d, significand) if width + d > 0 else None
        if scale is not None:
            yield from patterns(s, *scale)


def ties(s: Shape) -> Iterator[Row]:
    """Sums in the middle between two numbers of a register, and beside it by a product so small that another register would
    lose it."""
    found = products(s.x, s.y).pairs
    for width, beside, odd, minus in product(widths(s), (2, 3, 26), (False, True), (False, True)):
        scale = apart(s, width + beside)
        if scale is None:
            continue
        sign = -1 if minus else 1
        e = floor_log2(scale.great)
        ulp, half = (sign * power_of_two(e - width + 1 - d) for d in (0, 1))
        base = [sign * scale.great, *([ulp] if odd else [])]
        for tail in ([half], [half, scale.small], [half, -scale.small], [-half, scale.small], [half, half]):
            values = [*base, *tail]
            if len(values) <= s.length and all(value in found for value in values):
                yield of_values(s, padded(values, s.length))


def long_products(s: Shape) -> Iterator[Row]:
    """Products with as many significant bits as there can be, nearly cancelled by the product before."""
    xs, ys = (_significands(format) for format in (s.x, s.y))
    one = at(s.y, Fraction(1))
    for (a, x), (b, y) in product(xs, ys):
        beside = at(s.x, -x * y)
        if s.length > 1 and s.x.decode(beside) != 0 and s.y.decode(one) == 1:
            yield Row([(beside, one), (a, b), *[zero_pair(s)] * (s.length - 2)])
            yield Row([*[zero_pair(s)] * (s.length - 2), (a, b), (beside, one)])


def _significands(format: Format) -> list[tuple[int, Fraction]]:
    wanted = significands(precision(format)) if isinstance(format.grid, FloatGrid) else []
    return [(at(format, x), x) for x in wanted if format.decode(at(format, x)) == x][:5]


def special_data(s: Shape) -> Iterator[Row]:
    """Infinities, NaNs and zeros of both signs against each other and against one, in a lane that
    wanders."""
    zero, found = zero_pair(s), products(s.x, s.y)
    one = found.pairs[found.below(Fraction(1)) or found.ordered[0]]
    for turn, pair in enumerate(product(few_codes(s.x), few_codes(s.y))):
        yield Row([pair if k == turn % s.length else (zero, one)[turn % 2] for k in range(s.length)])
    for kind in s.x.specials:
        for other in s.x.specials:
            if s.length > 1:
                yield Row([(kind.first, one[1]), (other.first, one[1]), *[one] * (s.length - 2)])


def zeros(s: Shape) -> Iterator[Row]:
    """Sums of zeros of either sign, and sums that vanish."""
    zero, found = zero_pair(s), products(s.x, s.y)
    one = found.pairs[found.below(Fraction(1)) or found.ordered[0]]
    minus = s.x.code(True, 0) if s.x.has_negative_zero else None
    if minus is not None:
        yield Row([(minus, one[1])] * s.length)
        yield Row([(minus, one[1])] * (s.length - 1) + [(one[0], s.y.code(True, 0) if s.y.has_negative_zero else one[1])])
        yield Row([(minus, one[1]) if k else zero for k in range(s.length)])
        yield Row([zero if k == s.length - 1 else (minus, one[1]) for k in range(s.length)])
    if -Fraction(1) in found.pairs and s.length > 1:
        yield of_values(s, padded([Fraction(1), Fraction(-1)], s.length))
        yield of_values(s, padded([Fraction(-1), Fraction(1)], s.length))


def in_turn(s: Shape) -> Iterator[Row]:
    """Elements of every kind in turn, and halves that cancel but for one product."""
    xs, ys = ([code for code, _ in finite(format, pool(format))] for format in (s.x, s.y))
    found = products(s.x, s.y)
    for turn in range(24):
        yield Row(
            [(xs[(turn * 37 + i * 11) % len(xs)], ys[(turn * 23 + i * 29 + 1) % len(ys)]) for i in range(s.length)],
            Fraction(turn - 12) if s.bias is not None else Fraction(0),
        )
    half = s.length // 2
    for turn in range(8):
        first = [found.ordered[(turn * 101 + i * 57) % len(found.ordered)] for i in range(half)]
        if half and all(-x in found.pairs for x in first):
            left = found.ordered[turn * 7 % len(found.ordered)]
            yield of_values(s, [*first, *[left] * (s.length - 2 * half), *(-x for x in reversed(first))])


def small_operands(s: Shape) -> Iterator[Row]:
    """Subnormal operands with ones and with the greatest."""
    for format, other, left in ((s.x, s.y, True), (s.y, s.x, False)):
        if not isinstance(format.grid, FloatGrid) or not format.grid.subnormals:
            continue
        ends_of = [other.code(False, other.top), at(other, Fraction(1))]
        for n, partner in product((1, format.grid.first_normal - 1, format.grid.first_normal), ends_of):
            code = format.code(False, n)
            pair = (code, partner) if left else (partner, code)
            yield Row([pair] * s.length)
            yield Row([pair, *[zero_pair(s)] * (s.length - 1)])


def biases(s: Shape) -> Iterator[Row]:
    """Biases of every kind beside sums of zero, one and more."""
    if s.bias is None:
        return
    found = products(s.x, s.y)
    one = found.below(Fraction(1)) or found.ordered[0]
    for code, value in finite(s.bias, few_codes(s.bias)):
        if s.bias.decode(code) == value:
            for values in ([None], [one], [-one if -one in found.pairs else one], [found.greatest]):
                yield of_values(s, padded(values, s.length), value)


AIMS = {
    "a lane alone": lanes,
    "limit": at_limits,
    "there and back": there_and_back,
    "there and back beside": there_and_back_beside,
    "extreme pairs": extremes,
    "great and small": sizes,
    "tie": ties,
    "long products": long_products,
    "ends of a float": least_and_greatest,
    "special data": special_data,
    "zeros": zeros,
    "zeros on wires": zeros_on_wires,
    "about the least normal": about_the_least_normal,
    "small operands": small_operands,
    "bias": biases,
    "in turn": in_turn,
}
"""What the rows of a class are aimed at."""


def scale_codes(s: Shape) -> list[tuple[int, ...]]:
    """Scales: ones, those that bring the sum into the range of the output, and others that are no powers of two."""
    if not s.scales:
        return [()]
    fit, greatest = Fraction(1), [products(s.x, s.y).greatest * s.length]
    if s.path.output is not None:
        output, register = (f.grid.magnitude(f.top) for f in (s.path.to.format, s.path.accumulator.to.format))
        if isinstance(register, Fraction):
            greatest.append(register)
        fit = power_of_two(min(0, floor_log2(output) - floor_log2(min(greatest))))
    sets = (
        [Fraction(1)] * len(s.scales),
        [fit, *[Fraction(1)] * (len(s.scales) - 1)],
        [fit * Fraction(4, 3), *[Fraction(3, 7)] * (len(s.scales) - 1)],
        [Fraction(1, 3), *[fit * 5] * (len(s.scales) - 1)],
        [Fraction(-3, 2) * fit, *[Fraction(2**20 + 1, 3)] * (len(s.scales) - 1)],
    )
    return [tuple(at(format, x) for x, format in zip(values, s.scales, strict=True)) for values in sets]


def taken(rows: Iterable[Row], most: int) -> list[Row]:
    """No more rows than belong to a class, at even distances."""
    found = list(rows)
    return found if len(found) <= most else [found[i * len(found) // most] for i in range(most)]


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The operands of the edge tier; scales take turns, and so do ways of choosing random bits."""
    s = shape(parameters)
    scales, turn = scale_codes(s), 0
    most = MOST // 2 if s.scales or s.draws else MOST
    for name, aim in AIMS.items():
        for row in taken(aim(s), most):
            bias = () if s.bias is None else (at(s.bias, row.bias),)
            codes = (*(x for x, _ in row.pairs), *(y for _, y in row.pairs), *bias)
            for factors in dict.fromkeys((scales[turn % len(scales)], scales[(turn + 1) % len(scales)])):
                operands = (*codes, *factors)
                for policy in (POLICIES[turn % 5], POLICIES[(turn + 1) % 5]) if s.draws else ("",):
                    draws = aimed(given(parameters, operands), policy) if policy else ()
                    yield name, (*operands, *draws)
            turn += 1
