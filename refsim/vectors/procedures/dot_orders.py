"""Wrong orders of addition: where the part that is short lies, and what it passes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...spec.accumulators import Blocked, Pairwise, Sequential, Tree, in_parts, together
from ...spec.alignment import Alignment
from ...spec.exact import Exact, is_zero
from ...spec.flags import Flags, Result
from ...spec.formats import FloatGrid, Number
from ...spec.products import ExactProduct, Product
from ...spec.projection import Projection
from ...spec.terms import Port, Term, exact_sum, held_exponent, read
from .dot import parts_of
from .dot_conditions import Applies, both, floats, has_bias, has_scales, projections
from .dot_wrong import Wrong, registers, with_multiplier, with_path


def terms_with(initial: Exact | None, terms: Sequence[Term]) -> list[Term]:
    """The terms, an initial value before them."""
    return [*([] if initial is None else [Term(initial, None)]), *terms]


@dataclass(frozen=True)
class FirstHalf:
    """A pairwise sum whose first half takes the odd term."""

    to: Projection
    base: int

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""
        given = terms_with(initial, terms)
        if len(given) <= self.base:
            return Sequential(self.to).total(given, None, port)
        half = -(-len(given) // 2)
        halves = [self.total(part, None, port) for part in (given[:half], given[half:])]
        result = port.write(exact_sum([read(h, self.to).value for h in halves], self.to), self.to, "sum", 0)
        return Result(result.code, together([*halves, result]))


@dataclass(frozen=True)
class LonePasses:
    """A tree in which an input without neighbours passes a level without its register."""

    levels: tuple[Projection, ...]
    radix: int

    @property
    def to(self) -> Projection:
        """The projection of the root."""
        return self.levels[-1]

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""
        values: list[Exact] = [term.value for term in terms_with(initial, terms)]
        level, writes = 0, list[Result]()
        while len(values) > 1 or level < len(self.levels):
            to = self.levels[min(level, len(self.levels) - 1)]
            groups = [values[i : i + self.radix] for i in range(0, len(values), self.radix)]
            values = []
            for group in groups:
                if len(group) == 1 and len(groups) > 1:
                    values += group
                    continue
                writes.append(port.write(exact_sum(group, to), to, f"level{level}", 0))
                values.append(read(writes[-1], to).value)
            level += 1
        return Result(writes[-1].code, together(writes))


@dataclass(frozen=True)
class ShortFirst:
    """Blocks, or groups of one register, of which the first one is the short one."""

    inner: Blocked | Sequential

    @property
    def to(self) -> Projection:
        """The projection of the result."""
        return self.inner.to

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""
        inner = self.inner
        if isinstance(inner, Blocked):
            return in_parts(self.parts(terms, inner.size), inner.inner, inner.outer, initial, port)
        held, flags = None if initial is None else port.write((initial, Flags.NONE), inner.to, "sum", -1), Flags.NONE
        for step, group in enumerate(self.parts(terms, inner.group)):
            held = port.write(inner.sum(None if held is None else read(held, inner.to), group), inner.to, "sum", step)
            flags |= held.flags
        assert held is not None, "there are terms"
        return Result(held.code, flags | held.flags)

    def parts(self, terms: Sequence[Term], size: int) -> list[Sequence[Term]]:
        """The terms in parts."""
        first = len(terms) % size
        return [*([terms[:first]] if first else []), *(terms[i : i + size] for i in range(first, len(terms), size))]


@dataclass(frozen=True)
class NotLoaded:
    """A register that is not loaded with the initial value: it is one more term of the first group."""

    inner: Sequential

    @property
    def to(self) -> Projection:
        """The projection of the register."""
        return self.inner.to

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""
        if initial is None:
            return self.inner.total(terms, None, port)
        first = self.inner.sum(None, terms_with(initial, terms[: self.inner.group]))
        start = port.write(first, self.to, "sum", 0)
        rest = self.inner.total(terms[self.inner.group :], read(start, self.to).value, port)
        return Result(rest.code, rest.flags | start.flags)


@dataclass(frozen=True)
class OnWires:
    """A multiplier whose products of zero have an exponent: the sum of those on the wires, zero being held as a subnormal."""

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The product."""
        made = ExactProduct().product(x, y, port, step)
        if not is_zero(made.term.value):
            return made
        return made._replace(term=made.term._replace(exponent=wire(x) + wire(y)))


def wire(x: Number) -> int:
    """The exponent of a factor: of zero that of the least numbers."""
    grid = x.format.grid
    held = held_exponent(x.exact, x.format)
    return held if held is not None else grid.emin if isinstance(grid, FloatGrid) else grid.quantum


def found_tiny(when: str) -> Applies:
    """Whether registers are floats that find sums tiny before or after they are rounded."""
    return lambda s: floats(s) and all(to.tininess == when for to in projections(s.path.accumulator))


def of_all_terms(kind: type[Any], applies: Callable[[Any, int], bool]) -> Applies:
    """Whether the accumulator that gets all terms is of a kind, and something holds of it and their number."""
    return lambda s: isinstance(s.path.accumulator, kind) and applies(s.path.accumulator, s.length)


def in_front(wrong: Callable[[Any], Any]) -> Wrong:
    """Another accumulator for all terms; those inside stay."""
    return lambda asked: asked._replace(path=replace(asked.path, accumulator=wrong(asked.path.accumulator)))


ORDERS: tuple[tuple[str, str, Wrong, Applies], ...] = (
    (
        "half-first",
        "the first half takes the odd product",
        in_front(lambda a: FirstHalf(a.to, a.base)),
        of_all_terms(Pairwise, lambda _, n: bool(n % 2)),
    ),
    (
        "lone-passes",
        "an input without neighbours passes a level of the tree unrounded",
        in_front(lambda a: LonePasses(a.levels, a.radix)),
        of_all_terms(Tree, lambda a, n: n % a.radix == 1),
    ),
    (
        "short-block-first",
        "the first block is the short one",
        in_front(ShortFirst),
        of_all_terms(Blocked, lambda a, n: bool(n % a.size)),
    ),
    (
        "short-group-first",
        "the first group is the short one",
        in_front(ShortFirst),
        of_all_terms(Sequential, lambda a, n: bool(n % a.group)),
    ),
    (
        "not-loaded",
        "the register is not loaded with the bias, which is added with the first products",
        in_front(NotLoaded),
        both(has_bias("first"), of_all_terms(Sequential, lambda a, _: not a.sticky and a.alignment is None)),
    ),
    (
        "zeros-aligned",
        "a product of zero counts when terms are aligned",
        with_multiplier(lambda _: OnWires()),
        lambda s: any(isinstance(part, Alignment) and part.exponent == "factors" for part in parts_of(s.path.accumulator)),
    ),
    (
        "scales-rounded",
        "the output is rounded between the scales",
        with_path(scaling="steps"),
        both(has_scales("sum"), lambda s: len(s.scales) > 1),
    ),
    ("tiny-before", "sums are found tiny before they are rounded", registers(tininess="before"), found_tiny("after")),
    ("tiny-after", "sums are found tiny after they are rounded", registers(tininess="after"), found_tiny("before")),
)
"""Bugs of the places where a part is short, a value is written, or a product is zero."""
