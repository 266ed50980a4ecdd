"""Sums of integers in the order of an accumulator: every write to a register, for many sums at once.

The functions follow the accumulators of the specification one to one; where it has a number they have an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Blocked, Interleaved, Pairwise, Sequential, Total, Tree
from ..spec.flags import Flags
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from .integer_registers import Register, raised, register_of

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
Step = Callable[[Ints], None]
"""Writes a term of all sums into an array."""


def registers(accumulator: Accumulator) -> tuple[Projection, ...] | None:
    """The projections of all registers, the last one's last; ``None`` where the accumulator is not among those known here."""
    match accumulator:
        case Sequential(to=to, alignment=None) | Total(to=to) | Pairwise(to=to):
            return (to,)
        case Tree(levels=levels):
            return levels
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            parts = registers(inner), registers(outer)
            return None if parts[0] is None or parts[1] is None else (*parts[0], *parts[1])
    return None


def spans(accumulator: Accumulator, count: int) -> tuple[tuple[Projection, int], ...]:
    """Of every register the most terms whose sum it holds, of so many in all."""
    match accumulator:
        case Tree(levels=levels, radix=radix):
            inner_levels = ((to, min(radix ** (level + 1), count)) for level, to in enumerate(levels[:-1]))
            return (*inner_levels, (levels[-1], count))
        case Blocked(size=size, inner=inner, outer=outer):
            return (*spans(inner, min(size, count)), *spans(outer, count))
        case Interleaved(lanes=lanes, inner=inner, outer=outer):
            return (*spans(inner, -(-count // lanes)), *spans(outer, count))
    return ((accumulator.to, count),)


def is_sticky(accumulator: Accumulator) -> bool:
    """Whether a sum somewhere is left as it is once it has overflowed."""
    match accumulator:
        case Sequential(sticky=sticky):
            return sticky
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            return is_sticky(inner) or is_sticky(outer)
    return False


def most_of(accumulator: Accumulator, count: int, term: int, unit: int) -> tuple[int, int]:
    """Bounds of the magnitudes of a sum of so many terms, which the initial value may be among, and of everything on the way:
    in units of 2**unit, of a term likewise."""
    held = _most(accumulator.to, unit)
    match accumulator:
        case Sequential(group=group):
            return held, held + min(group, max(count, 1)) * term + _half(accumulator.to, unit)
        case Pairwise():
            return held, held + max(held, term) + _half(accumulator.to, unit)
        case Tree(levels=levels, radix=radix):
            inputs = max(term, *(_most(to, unit) for to in levels))
            return held, radix * inputs + max(_half(to, unit) for to in levels)
        case Blocked(size=size, inner=inner, outer=outer):
            counts = min(size, count), -(-count // size) + 1
        case Interleaved(lanes=lanes, inner=inner, outer=outer):
            counts = -(-count // lanes), lanes + 1
        case _:  # Total
            return held, count * term + _half(accumulator.to, unit) + held
    sums, inside = most_of(inner, counts[0], term, unit)
    found, outside = most_of(outer, counts[1], max(sums, term), unit)
    return found, max(inside, outside)


def _most(to: Projection, unit: int) -> int:
    return register_of(to, unit).most


def _half(to: Projection, unit: int) -> int:
    """What is added for rounding is less than a step."""
    return 1 << register_of(to, unit).shift


@dataclass
class Run:
    """Sums on the way: their shape, the type and unit of their integers, the flags so far, and those without a code.

    Each term is asked for once. Flags are collected whatever the order of the writes.
    """

    shape: tuple[int, ...]
    kind: np.dtype[Any]
    unit: int
    flags: NDArray[np.uint8] | None
    hard: Bools

    def total(self, accumulator: Accumulator, steps: Sequence[Step], initial: Ints | None) -> Ints:
        """The sums of an accumulator."""
        match accumulator:
            case Sequential():
                return self.sequential(accumulator, steps, initial)
            case Total(to=to):
                return self.once(to, [*_first(initial), *steps])
            case Pairwise():
                return self.pairwise(accumulator, [*_first(initial), *steps])
            case Tree():
                return self.tree(accumulator, [*_first(initial), *steps])
            case Blocked(size=size, inner=inner, outer=outer):
                parts = [steps[i : i + size] for i in range(0, len(steps), size)]
            case Interleaved(lanes=lanes, inner=inner, outer=outer):
                parts = [steps[lane::lanes] for lane in range(lanes)]
            case _:
                raise TypeError(f"{type(accumulator).__name__} is none of the accumulators of integers")
        return self.total(outer, [later(partial(self.total, inner, part, None)) for part in parts], initial)

    def write(self, v: Ints, register: Register) -> None:
        """Write values in place."""
        written = register.write(v, watch=self.flags is not None or register.refuses)
        if self.flags is not None:
            np.bitwise_or(self.flags, raised(written, register.to), out=self.flags)
        if register.refuses and written.over is not None:
            self.hard |= written.over

    def added(self, steps: Sequence[Step], into: Ints, spare: Ints) -> None:
        """Add terms to values."""
        for step in steps:
            step(spare)
            np.add(into, spare, out=into)

    def once(self, to: Projection, steps: Sequence[Step]) -> Ints:
        """All terms, written once."""
        v = np.zeros(self.shape, self.kind)
        self.added(steps, v, np.empty_like(v))
        self.write(v, register_of(to, self.unit))
        return v

    def sequential(self, accumulator: Sequential, steps: Sequence[Step], initial: Ints | None) -> Ints:
        """Group after group."""
        register, group = register_of(accumulator.to, self.unit), accumulator.group
        if accumulator.sticky and accumulator.to.overflow.raises & Flags.OVERFLOW:
            return self.sticky(accumulator, register, steps, initial)
        v, spare, start = np.empty(self.shape, self.kind), np.empty(self.shape, self.kind), 0
        if initial is not None or not steps:
            v[...] = 0 if initial is None else initial
        else:
            steps[0](v)
            self.added(steps[1:group], v, spare)
            start = group
        self.write(v, register)
        for i in range(start, len(steps), group):
            self.added(steps[i : i + group], v, spare)
            self.write(v, register)
        return v

    def sticky(self, accumulator: Sequential, register: Register, steps: Sequence[Step], initial: Ints | None) -> Ints:
        """Group after group, where what has overflowed is left as it is and raises nothing more."""
        v, spare, group = np.zeros(self.shape, self.kind), np.empty(self.shape, self.kind), accumulator.group
        groups = [steps[i : i + group] for i in range(0, len(steps), group)]
        if initial is not None or not steps:
            groups.insert(0, [*_first(initial)])
        stuck = np.zeros(self.shape, bool)
        for terms in groups:
            before = v.copy()
            self.added(terms, v, spare)
            written = register.write(v, watch=True)
            assert written.over is not None, "it was asked for"
            np.copyto(v, before, where=stuck)
            if self.flags is not None:
                # A write can raise no more than an overflow has: what is left out would add nothing.
                self.flags |= raised(written, register.to)
            if register.refuses:
                self.hard |= written.over
            stuck |= written.over
        return v

    def pairwise(self, accumulator: Pairwise, steps: Sequence[Step]) -> Ints:
        """Halves."""
        if len(steps) <= accumulator.base:
            return self.sequential(Sequential(accumulator.to), steps, None)
        half = len(steps) // 2
        v = self.pairwise(accumulator, steps[:half])
        v += self.pairwise(accumulator, steps[half:])
        self.write(v, register_of(accumulator.to, self.unit))
        return v

    def tree(self, accumulator: Tree, steps: Sequence[Step]) -> Ints:
        """Level after level."""
        if not steps:
            return self.once(accumulator.to, [])
        level, levels, radix = 0, accumulator.levels, accumulator.radix
        while len(steps) > 1 or level < len(levels):
            to = levels[min(level, len(levels) - 1)]
            steps = [later(partial(self.once, to, steps[i : i + radix])) for i in range(0, len(steps), radix)]
            level += 1
        v = np.empty(self.shape, self.kind)
        steps[0](v)
        return v


def _first(initial: Ints | None) -> tuple[Step, ...]:
    """An initial value that is a term like others."""
    return () if initial is None else (later(lambda: initial),)


def later(values: Callable[[], Ints]) -> Step:
    """A term that is made when it is asked for: so a tree keeps few of its sums at a time."""

    def step(out: Ints) -> None:
        np.copyto(out, values(), casting="unsafe")

    return step
