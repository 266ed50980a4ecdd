"""Accumulators: in which order terms are added up, and where the sum is rounded.

An accumulator is a record. Its register has any format: an integer or fixed-point one of any width that wraps or saturates,
a float, a posit's quire. Its projection says how a sum is rounded and what happens past its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from .alignment import Alignment
from .exact import Exact, negate
from .flags import Flags, Result
from .operands import Outcome
from .projection import Projection
from .terms import ZERO, Accumulator, Port, Term, exact_sum, held_exponent, read


def check_at_least(least: int, **counts: int) -> None:
    """``ValueError`` for a count below the least one."""
    for name, count in counts.items():
        if count < least:
            raise ValueError(f"{name.replace('_', ' ')} must be at least {least}, not {count}")


def together(results: Sequence[Result]) -> Flags:
    """The flags of all results."""
    return reduce(or_, (result.flags for result in results), Flags.NONE)


@dataclass(frozen=True)
class Sequential:
    """One register, to which terms are added in their order, ``group`` of them at a time.

    ``alignment`` is how the terms of a group are aligned; without it they are added exactly. A ``sticky`` sum that has
    overflowed once is left as it is.
    """

    to: Projection
    group: int = 1
    alignment: Alignment | None = None
    sticky: bool = False

    def __post_init__(self) -> None:
        check_at_least(1, group=self.group)

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum **must** start from the initial value, written to the register, or without one from the first group, not from
        zero; then each group is added to the register and the exact sum is written back. The sum of no terms is zero.

        With groups of one term this is a chain of fused multiply-adds where products are exact and no operands are flushed. A
        sticky sum **must** keep what the first write that raised overflow left; a rule that raises invalid instead lets it
        go on. [accumulate/sequential]
        """
        writes = (
            []
            if initial is None and terms
            else [port.write(ZERO if initial is None else (initial, Flags.NONE), self.to, "sum", -1)]
        )
        for step, start in enumerate(range(0, len(terms), self.group)):
            if self.sticky and writes and writes[-1].flags & Flags.OVERFLOW:
                break
            running = read(writes[-1], self.to) if writes else None
            writes.append(port.write(self.sum(running, terms[start : start + self.group]), self.to, "sum", step))
        return Result(writes[-1].code, together(writes))

    def sum(self, running: Term | None, group: Sequence[Term]) -> Outcome:
        """The running sum and a group."""
        if self.alignment is not None:
            return self.alignment.total(running, group, self.to)
        return exact_sum([term.value for term in ([] if running is None else [running]) + list(group)], self.to)


@dataclass(frozen=True)
class Total:
    """The exact sum of everything, written once: a wide register, a quire, or a limit that is applied at the end."""

    to: Projection

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum **must** be the projection of the exact sum of the initial value and all terms; the order does not matter.

        [accumulate/total]
        """
        first = [] if initial is None else [initial]
        return port.write(exact_sum([*first, *(term.value for term in terms)], self.to), self.to, "sum", 0)


@dataclass(frozen=True)
class Pairwise:
    """The sum of the first half of the terms and of the second, each added up likewise, down to ``base`` terms in a row."""

    to: Projection
    base: int = 1

    def __post_init__(self) -> None:
        check_at_least(1, base=self.base)

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """More than ``base`` terms **must** be halved, the second half taking the odd one; at most ``base`` are added up one
        after the other. The two halves' registers are added, and the sum is written. An initial value is the first term.

        [accumulate/pairwise]
        """
        if initial is not None:
            return self.total([Term(initial, held_exponent(initial, self.to.format)), *terms], None, port)
        if len(terms) <= self.base:
            return Sequential(self.to).total(terms, None, port)
        half = len(terms) // 2
        halves = [self.total(part, None, port.inside(side)) for side, part in (("low", terms[:half]), ("high", terms[half:]))]
        result = port.write(exact_sum([read(h, self.to).value for h in halves], self.to), self.to, "sum", 0)
        return Result(result.code, together([*halves, result]))


@dataclass(frozen=True)
class Tree:
    """Adders in levels: of ``radix`` neighbouring inputs each, which it adds exactly, with a register behind it.

    ``levels`` are the registers' projections from the leaves to the root; further levels have the last one.
    """

    levels: tuple[Projection, ...]
    radix: int = 2

    def __post_init__(self) -> None:
        check_at_least(2, radix=self.radix)
        check_at_least(1, levels_of_a_tree=len(self.levels))

    @property
    def to(self) -> Projection:
        """The projection of the root."""
        return self.levels[-1]

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """At each level every ``radix`` neighbouring inputs **must** be added exactly and written, a short last group too,
        until one register is left and every level has been passed. An initial value is the first input.

        [accumulate/tree]
        """
        values = [*([] if initial is None else [initial]), *(term.value for term in terms)]
        if not values:
            return port.write(ZERO, self.to, "sum", -1)
        level, writes = 0, list[Result]()
        while len(values) > 1 or level < len(self.levels):
            to = self.levels[min(level, len(self.levels) - 1)]
            groups = [values[i : i + self.radix] for i in range(0, len(values), self.radix)]
            found = [port.write(exact_sum(group, to), to, f"level{level}", i) for i, group in enumerate(groups)]
            writes += found
            values = [read(write, to).value for write in found]
            level += 1
        return Result(writes[-1].code, together(writes))


@dataclass(frozen=True)
class Blocked:
    """Blocks of ``size`` neighbouring terms, each added up by ``inner``, whose results ``outer`` adds up: promotion to another
    register every so many terms."""

    size: int
    inner: Accumulator
    outer: Accumulator

    def __post_init__(self) -> None:
        check_at_least(1, size_of_a_block=self.size)

    @property
    def to(self) -> Projection:
        """The projection of the outer accumulator."""
        return self.outer.to

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """Each block **must** be added up from its own first term, the last of what terms there are; the blocks' sums are the
        terms of the outer accumulator, which starts from the initial value. [accumulate/blocked]
        """
        blocks = [terms[i : i + self.size] for i in range(0, len(terms), self.size)]
        return in_parts(blocks, self.inner, self.outer, initial, port)


@dataclass(frozen=True)
class Interleaved:
    """``lanes`` registers that take turns, as those of a vector unit do; ``outer`` adds them up."""

    lanes: int
    inner: Accumulator
    outer: Accumulator

    def __post_init__(self) -> None:
        check_at_least(1, lanes=self.lanes)

    @property
    def to(self) -> Projection:
        """The projection of the outer accumulator."""
        return self.outer.to

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """Term k **must** go to lane k modulo the number of lanes; a lane that has none is zero. The lanes' sums, lane 0 first,
        are the terms of the outer accumulator, which starts from the initial value. [accumulate/interleaved]
        """
        return in_parts([terms[lane :: self.lanes] for lane in range(self.lanes)], self.inner, self.outer, initial, port)


def in_parts(
    parts: Sequence[Sequence[Term]], inner: Accumulator, outer: Accumulator, initial: Exact | None, port: Port
) -> Result:
    """The parts' sums, added up."""
    sums = [inner.total(part, None, port.inside(f"part{i}")) for i, part in enumerate(parts)]
    result = outer.total([read(s, inner.to) for s in sums], initial, port.inside("outer"))
    return Result(result.code, together([*sums, result]))


@dataclass(frozen=True)
class Kahan:
    """Compensated summation: what each addition loses is kept in a second register and taken off the next term."""

    to: Projection

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """With the compensation c zero at first, each term t after the start **must** be added as y = t - c, n = s + y,
        c = (n - s) - y, s = n, each difference and sum written to a register of its own. The start is as in a sequential sum.

        Kahan, Further remarks on reducing truncation errors, 1965. [accumulate/kahan]
        """
        start = Sequential(self.to).total(terms[: initial is None], initial, port)
        sum_, lost, flags = read(start, self.to).value, ZERO[0], start.flags
        code = start.code

        def difference(x: Exact, y: Exact, register: str, step: int) -> Result:
            return port.write(exact_sum([x, negate(y)], self.to), self.to, register, step)

        for step, term in enumerate(terms[initial is None :], start=int(initial is None)):
            y = difference(term.value, lost, "term", step)
            new = port.write(exact_sum([sum_, read(y, self.to).value], self.to), self.to, "sum", step)
            high = difference(read(new, self.to).value, sum_, "gain", step)
            rest = difference(read(high, self.to).value, read(y, self.to).value, "compensation", step)
            sum_, lost, code = read(new, self.to).value, read(rest, self.to).value, new.code
            flags |= together([y, new, high, rest])
        return Result(code, flags)
