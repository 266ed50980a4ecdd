"""Sums of floating-point numbers in the order of an accumulator: every write to a register, for many sums at once.

The functions follow the accumulators of the specification one to one; where it has a number they have an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import NamedTuple

import numpy as np

from ..spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from ..spec.alignment import Alignment
from ..spec.formats import FloatGrid
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from . import aligned_sums
from .float_bits import NarrowRegister, is_rounded_in_bits
from .float_registers import DIRECTED, AnyRegister, DirectedRegister, HostRegister, Register, ends
from .float_states import Floats, Ints, State, sum_to_odd
from .float_terms import BINARY64, NOWHERE, is_host, is_plain
from .floats import bits_of, significant
from .projection import is_reached


class Step(NamedTuple):
    """A term of all sums: ``fill`` writes it into an array.

    Its exponent is that of its leading bit, or the ``least`` one; or ``held`` gives it.
    """

    fill: Callable[[Floats], None]
    least: int = NOWHERE
    held: Callable[[], Ints] | None = None


def register(to: Projection, state: State, *, two: bool, watch: bool) -> Register | None:
    """The way of a register in numbers of the host; ``None`` where it has none.

    ``two``: all that is written are numbers of the register and sums of two; ``watch``: overflow is to be told apart.
    """
    if watch:
        return watched(to, state)
    if is_host(to.format, state.kind):
        return host_register(to, state, two=two)
    if is_rounded_in_bits(to) and significant(to.format) + 2 <= bits_of(state.kind):
        return NarrowRegister(to, state)
    return AnyRegister(to, state) if is_any(to, state) else None


def is_any(to: Projection, state: State) -> bool:
    """Whether numbers of the host are projected into the register."""
    return state.kind == BINARY64 and is_reached(to) and is_plain(to.format)


def watched(to: Projection, state: State) -> Register | None:
    """A register that tells where it overflows."""
    if not is_any(to, state):
        return None
    found = AnyRegister(to, state)
    found.watch = True
    return found


def host_register(to: Projection, state: State, *, two: bool) -> Register | None:
    """A register of the host's own type: the rule is the host's, or looks at the sign of an error, or nothing is rounded."""
    if not is_rounded_in_bits(to):
        return None
    past, infinite, has_nan = ends(to)
    # Infinities that the host makes by overflow must be told from others, or it must make no difference.
    if not (state.tame or (has_nan and (past == infinite or state.finite))):
        return None
    if state.exact or (two and to.rounding.name == "ties_to_even"):
        return HostRegister(to, state)
    return DirectedRegister(to, state) if two and to.rounding.name in DIRECTED and state.tame else None


class Order:
    """The sums of accumulators, with a register for each projection."""

    def __init__(self, state: State, registers: dict[Projection, Register]) -> None:
        self.state, self.registers = state, registers

    def total(self, accumulator: Accumulator, steps: Sequence[Step], initial: Floats | None) -> Floats:
        """The sums of an accumulator."""
        match accumulator:
            case Sequential(sticky=True):
                return self.sticky(accumulator, steps, initial)
            case Sequential():
                return self.sequential(accumulator, steps, initial)
            case Total(to=to):
                return self.once(to, [*_first(initial, accumulator.to), *steps])
            case Pairwise():
                return self.pairwise(accumulator, [*_first(initial, accumulator.to), *steps])
            case Tree():
                return self.tree(accumulator, [*_first(initial, accumulator.to), *steps])
            case Kahan():
                return self.kahan(accumulator, steps, initial)
            case Blocked(size=size, inner=inner, outer=outer):
                parts = [steps[i : i + size] for i in range(0, len(steps), size)]
            case Interleaved(lanes=lanes, inner=inner, outer=outer):
                parts = [steps[lane::lanes] for lane in range(lanes)]
            case _:
                raise TypeError(f"{type(accumulator).__name__} is none of the accumulators of floating-point numbers")
        sums = [later(partial(self.total, inner, part, None), inner.to) for part in parts]
        return self.total(outer, sums, initial)

    def new(self) -> Floats:
        """An array of sums."""
        return np.empty(self.state.shape, self.state.kind)

    def once(self, to: Projection, steps: Sequence[Step]) -> Floats:
        """All terms, written once."""
        if not steps:
            v = np.zeros(self.state.shape, self.state.kind)
            self.registers[to].put(v, None)
            return v
        terms = [self.new() for _ in steps]
        for step, term in zip(steps, terms, strict=True):
            step.fill(term)
        return self.written(to, terms)

    def written(self, to: Projection, terms: list[Floats]) -> Floats:
        """The exact sum of terms, written; the first array holds it."""
        cell, v = self.registers[to], terms[0]
        if len(terms) == 1:
            cell.put(v, None)
        elif len(terms) == 2:
            cell.add(v, terms[1])
        else:
            cell.put(v, sum_to_odd(self.state, terms, minus=cell.minus))
        return v

    def sequential(self, accumulator: Sequential, steps: Sequence[Step], initial: Floats | None) -> Floats:
        """Group after group."""
        to, group, alignment = accumulator.to, accumulator.group, accumulator.alignment
        cell, v = self.registers[to], self.new()
        spare = [self.new() for _ in range(min(group, len(steps)))]
        held = initial is not None or not steps
        if held:
            v[...] = 0 if initial is None else initial
            cell.put(v, None)
        for i in range(0, len(steps), group):
            terms = spare[: len(steps) - i]
            for step, term in zip(steps[i : i + group], terms, strict=True):
                step.fill(term)
            if alignment is not None:
                exponents = self.exponents(alignment, steps[i : i + group], terms, v if held else None, to)
                aligned_sums.add_group(self.state, cell, alignment, v, terms, exponents, held=held)
            elif held and len(terms) == 1:
                cell.add(v, terms[0])
            else:
                v = self.replaced(v, self.written(to, [v, *terms] if held else terms))
            held = True
        return v

    def exponents(
        self, alignment: Alignment, steps: Sequence[Step], terms: Sequence[Floats], v: Floats | None, to: Projection
    ) -> Ints | None:
        """The largest exponents of groups; ``None`` where they are those of the leading bits."""
        if alignment.exponent == "value":
            return None
        found = [
            aligned_sums.leading_exponents(term, step.least) if step.held is None else step.held()
            for step, term in zip(steps, terms, strict=True)
        ]
        if v is not None and alignment.with_sum:
            found.append(aligned_sums.leading_exponents(v, least_exponent(to)))
        return reduce(np.maximum, found)

    def replaced(self, v: Floats, found: Floats) -> Floats:
        """What was found, in the first array."""
        if found is not v:
            np.copyto(v, found)
        return v

    def sticky(self, accumulator: Sequential, steps: Sequence[Step], initial: Floats | None) -> Floats:
        """Group after group, where what has overflowed is left as it is and raises nothing more."""
        plain = Sequential(accumulator.to, accumulator.group, accumulator.alignment)
        cell, state = self.registers[accumulator.to], self.state
        assert isinstance(cell, AnyRegister), "it tells what overflows"
        groups = [steps[i : i + accumulator.group] for i in range(0, len(steps), accumulator.group)]
        v, stuck = None, np.zeros(state.shape, bool)
        if initial is not None or not steps:
            groups.insert(0, [])
        for group in groups:
            made = [self.made(step) for step in group]
            hard, flags = state.hard.copy(), None if state.flags is None else state.flags.copy()
            # A group after what is held is a sum that starts from it: to write what is held once more changes nothing.
            new = self.total(plain, made, initial if v is None else v)
            assert cell.over is not None, "it was asked for"
            over = cell.over & ~stuck
            if v is not None:
                np.copyto(new, v, where=stuck)
                state.hard[stuck] = hard[stuck]
                if flags is not None and state.flags is not None:
                    state.flags[stuck] = flags[stuck]
            stuck |= over
            v = new
        assert v is not None, "there is a group"
        return v

    def made(self, step: Step) -> Step:
        """A term that has been made, with whatever that raises."""
        term = self.new()
        step.fill(term)
        return step._replace(fill=lambda out: np.copyto(out, term))

    def pairwise(self, accumulator: Pairwise, steps: Sequence[Step]) -> Floats:
        """Halves."""
        if len(steps) <= accumulator.base:
            return self.sequential(Sequential(accumulator.to), steps, None)
        half = len(steps) // 2
        v = self.pairwise(accumulator, steps[:half])
        self.registers[accumulator.to].add(v, self.pairwise(accumulator, steps[half:]))
        return v

    def tree(self, accumulator: Tree, steps: Sequence[Step]) -> Floats:
        """Level after level."""
        if not steps:
            return self.once(accumulator.to, [])
        level, levels, radix = 0, accumulator.levels, accumulator.radix
        while len(steps) > 1 or level < len(levels):
            to = levels[min(level, len(levels) - 1)]
            steps = [later(partial(self.once, to, steps[i : i + radix]), to) for i in range(0, len(steps), radix)]
            level += 1
        v = self.new()
        steps[0].fill(v)
        return v

    def kahan(self, accumulator: Kahan, steps: Sequence[Step], initial: Floats | None) -> Floats:
        """Each term less what the additions before it lost."""
        cell = self.registers[accumulator.to]
        first = int(initial is None)
        v = self.sequential(Sequential(accumulator.to), steps[:first], initial)
        lost, term, gain = np.zeros_like(v), self.new(), self.new()
        for step in steps[first:]:
            step.fill(term)
            cell.add(term, np.negative(lost, out=lost))
            np.negative(v, out=gain)
            cell.add(v, term)
            # (v - old) - term, in the array of the old sum with its sign changed.
            cell.add(gain, v)
            np.negative(term, out=term)
            cell.add(gain, term)
            lost, gain = gain, lost
        return v


def _first(initial: Floats | None, to: Projection) -> tuple[Step, ...]:
    """An initial value that is a term like others."""
    return () if initial is None else (later(lambda: initial, to),)


def least_exponent(to: Projection) -> int:
    """The least exponent at which a number of a register is held."""
    return to.format.grid.emin if isinstance(to.format.grid, FloatGrid) else NOWHERE


def later(values: Callable[[], Floats], to: Projection) -> Step:
    """A term that is made when it is asked for: so a tree keeps few of its sums at a time."""

    def fill(out: Floats) -> None:
        np.copyto(out, values())

    return Step(fill, least_exponent(to))
