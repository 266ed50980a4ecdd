"""What aimed dot products are put together from: products by value, and the registers that decide."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from ...spec.alignment import Alignment
from ...spec.exact import Exact, dyadic, floor_log2, is_negative, magnitude, power_of_two
from ...spec.flags import Result
from ...spec.formats import FloatGrid, Format, Number, UniformGrid
from ...spec.operands import Outcome
from ...spec.projection import Projection
from ..candidates.pools import at, finite, pool
from .dot import Given, Shape, Watching, parts_of

Pair = tuple[int, int]
"""The codes of a product's factors."""
Value = Fraction | None
"""A product by its value; ``None`` for one of zeros."""


class Products(NamedTuple):
    """The products that two formats have, among codes worth combining, by value."""

    pairs: dict[Fraction, Pair]
    ordered: tuple[Fraction, ...]
    """Those above zero, in order."""

    @property
    def greatest(self) -> Fraction:
        """The greatest."""
        return self.ordered[-1]

    def below(self, x: Fraction) -> Fraction | None:
        """The product nearest to zero from x on, of its sign; ``None`` where there is none."""
        place = bisect_right(self.ordered, abs(x))
        while place:
            place -= 1
            found = self.ordered[place] if x > 0 else -self.ordered[place]
            if found in self.pairs:
                return found
        return None

    def sum_to(self, total: Fraction, lanes: int) -> list[Fraction] | None:
        """At most so many products whose sum is a number, the greatest first; ``None`` where that is not found."""
        found: list[Fraction] = []
        while total and len(found) < lanes:
            part = self.below(total)
            if part is None:
                return None
            found.append(part)
            total -= part
        return None if total else found


@lru_cache(maxsize=32)
def products(x: Format, y: Format) -> Products:
    """The products of two formats."""
    pairs: dict[Fraction, Pair] = {}
    for code, a in finite(x, pool(x)):
        for other, b in finite(y, pool(y)):
            pairs.setdefault(a * b, (code, other))
    return Products(pairs, tuple(sorted(value for value in pairs if value > 0)))


def zero_pair(s: Shape) -> Pair:
    """Codes whose product is zero, or the least one."""
    return at(s.x, Fraction(0)), at(s.y, Fraction(0))


def registers(s: Shape) -> list[Projection]:
    """The accumulator's registers, each once."""
    return list(dict.fromkeys(part for part in parts_of(s.path.accumulator) if isinstance(part, Projection)))


def limits(s: Shape, more: Iterable[int]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Of each integer or fixed-point register with so many bits more than it has: the least and the greatest number, and the
    step."""
    found: list[tuple[Fraction, Fraction, Fraction]] = []
    for to, bits in product(registers(s), more):
        grid, format = to.format.grid, to.format
        if isinstance(grid, UniformGrid):
            step = power_of_two(grid.quantum)
            top, bottom = (n << bits if bits >= 0 else n >> -bits for n in (format.top + 1, format.top_negative))
            found.append((-bottom * step, (top - 1) * step, step))
    return list(dict.fromkeys(found))


def widths(s: Shape) -> list[int]:
    """The significant bits at which something is lost: of float registers, of those behind a multiplier, and of alignments."""
    found: list[int] = []
    for part in parts_of(s.path):
        if isinstance(part, Alignment):
            found.append(part.bits + 1)
        elif isinstance(part.format.grid, FloatGrid):
            found.append(part.format.grid.precision)
    return list(dict.fromkeys(found))


class Scale(NamedTuple):
    """A great product and a small one."""

    great: Fraction
    small: Fraction


def apart(s: Shape, distance: int, significand: Fraction = Fraction(1)) -> Scale | None:
    """Two products that are so many binary places apart, as near to one as may be; ``None`` where there are none.

    ``significand`` is that of the great one: one of 9/4 has a leading bit above the sum of its factors' exponents.
    """
    found = products(s.x, s.y)
    low, high = floor_log2(found.ordered[0]), floor_log2(found.greatest)
    for e in sorted(range(low + distance, high + 1), key=abs):
        great, small = significand * power_of_two(e), power_of_two(e - distance)
        if all(x in found.pairs for x in (great, -great, small, -small)):
            return Scale(great, small)
    return None


def ends(to: Projection) -> Iterable[Fraction]:
    """Numbers at the ends of a float register: the least ones, ties between them, and the greatest with what lies past it."""
    grid, format = to.format.grid, to.format
    if isinstance(grid, FloatGrid):
        yield from (dyadic(n, grid.quantum - 2) for n in (1, 2, 3, 4, 5, 6, 7))
        yield from (power_of_two(grid.emin) - dyadic(n, grid.quantum - 1) for n in (-1, 0, 1, 2))
        top = grid.magnitude(format.top)
        yield from (top + n * (grid.magnitude(format.top + 1) - top) / 4 for n in (-4, 0, 1, 2, 3, 4, 8))


def padded(values: Sequence[Value], count: int, *, before: bool = False) -> list[Value]:
    """Values filled up with zeros behind or before them."""
    zeros: list[Value] = [None] * (count - len(values))
    return [*zeros, *values] if before else [*values, *zeros]


class Row(NamedTuple):
    """Products, by their codes, and the bias, by its value."""

    pairs: Sequence[Pair]
    bias: Fraction = Fraction(0)


def of_values(s: Shape, values: Sequence[Value], bias: Fraction = Fraction(0)) -> Row:
    """A row of products that are given by value."""
    found, zero = products(s.x, s.y).pairs, zero_pair(s)
    return Row([zero if value is None else found[value] for value in values], bias)


POLICIES = ("stay", "go", "turns", "least", "most")
"""Which random bits a row has: the last ones with which a number stays below, the first ones with which it goes up, either by
turns, zeros, or ones."""


@dataclass(frozen=True)
class Aiming(Watching):
    """A port that chooses the random bits of each write for what the write rounds, by a policy; ``chosen`` are those."""

    policy: str = POLICIES[0]
    chosen: list[int] = field(default_factory=list)

    def write(self, outcome: Outcome, to: Projection, register: str, step: int, operands: Sequence[Number] = ()) -> Result:
        """The write with bits of choice."""
        if to.rounding.bits:
            self.chosen.append(self.choice(outcome[0], to))
        port = replace(self, bits=iter(self.chosen[-1:]))
        return Watching.write(port, outcome, to, register, step, operands)

    def choice(self, value: Exact, to: Projection) -> int:
        """The bits for a number."""
        last = (1 << to.rounding.bits) - 1
        finite = isinstance(value, Fraction) and value != 0
        if self.policy == "least" or (self.policy == "most" or not finite):
            return 0 if self.policy == "least" else last
        _, gap = to.round(magnitude(value), is_negative(value))
        turn = int((1 - gap.t) * (last + 1))
        up = self.policy == "go" or (self.policy == "turns" and len(self.chosen) % 2)
        return min(max(turn if up else turn - 1, 0), last)


def aimed(asked: Given, policy: str) -> tuple[int, ...]:
    """The random bits that a policy chooses for operands."""
    port = Aiming(policy=policy)
    asked._replace(port=port).result()
    return tuple(port.chosen)
