"""Operands of dot products at the edges of float registers, and zeros that adders may see."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product

from ...spec.alignment import Alignment
from ...spec.exact import power_of_two
from ...spec.formats import FloatGrid
from .dot import Shape, parts_of
from .dot_material import Row, ends, of_values, padded, products, registers, zero_pair


def least_and_greatest(s: Shape) -> Iterator[Row]:
    """Sums at the ends of float registers: ties between subnormal numbers, the least normal one, the greatest and past it, in
    one product or several, and back again."""
    found = products(s.x, s.y)
    for target, sign in product(chain.from_iterable(ends(to) for to in registers(s)), (1, -1)):
        parts = found.sum_to(sign * target, s.length)
        if parts:
            yield of_values(s, padded(parts, s.length))
            if len(parts) < s.length and -parts[0] in found.pairs:
                yield of_values(s, padded([*parts, -parts[0]], s.length, before=True))


def zeros_on_wires(s: Shape) -> Iterator[Row]:
    """Zeros times the greatest operand beside products that an alignment at their exponents would lose."""
    if not any(isinstance(part, Alignment) for part in parts_of(s.path.accumulator)):
        return
    found, zero = products(s.x, s.y), zero_pair(s)
    top = s.x.code(False, s.x.top), zero[1]
    for count, (first, second) in product((1, s.length - 2), zip(found.ordered, found.ordered[7:50:3], strict=False)):
        pairs = [found.pairs[first if k % 2 else second] for k in range(s.length - count)]
        yield Row([*[top] * count, *pairs])
        yield Row([*pairs, *[top] * count])


def about_the_least_normal(s: Shape) -> Iterator[Row]:
    """The least normal number of a register less a part of a step: tiny before it is rounded, and after it where the part is
    large enough."""
    found = products(s.x, s.y).pairs
    for to, part, sign in product(registers(s), (1, 2, 3, 4, 5), (1, -1)):
        grid = to.format.grid
        if not isinstance(grid, FloatGrid) or s.length == 1:
            continue
        values = [sign * power_of_two(grid.emin), -sign * power_of_two(grid.quantum - part)]
        if all(value in found for value in values):
            yield of_values(s, padded(values, s.length))
            yield of_values(s, padded(values[::-1], s.length, before=True))
