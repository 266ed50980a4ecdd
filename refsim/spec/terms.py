"""What an accumulator adds up, and how it meets the outside: terms, registers, and the port that sees every write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, Protocol

from .arithmetic import exact_total
from .exact import SIGNALING_NAN, Exact, Special, floor_log2, is_nan, is_zero, magnitude
from .flags import Flags, Result
from .formats import FloatGrid, Format, Number
from .operands import Outcome, Setting
from .projection import Projection


class Term(NamedTuple):
    """An exact number to be added, and the exponent at which the datapath holds it; ``None`` for what has no exponent."""

    value: Exact
    exponent: int | None


def held_exponent(x: Exact, format: Format) -> int | None:
    """The exponent at which a number is held **must** be that of its leading bit, but no less than the least exponent of a
    floating-point format, at which its subnormal numbers are held. Zeros, infinities and NaNs have none.

    [accumulate/held-exponent]
    """
    if isinstance(x, Special) or is_zero(x):
        return None
    leading = floor_log2(magnitude(x))
    return max(leading, format.grid.emin) if isinstance(format.grid, FloatGrid) else leading


def term_of(x: Number) -> Term:
    """A number as a term."""
    return Term(x.exact, held_exponent(x.exact, x.format))


def no_bits(register: str, step: int) -> int | None:  # noqa: ARG001 what a port asks
    """The random bits of a rule that takes none."""
    return None


def as_it_is(register: str, step: int, result: Result) -> int:  # noqa: ARG001 what a port asks
    """The code that a register without faults holds: the one that was written."""
    return result.code


@dataclass(frozen=True)
class Port:
    """How a running accumulator meets the outside.

    ``draw`` gives the random bits of a write to a register; ``hold`` is told of every write and says which code the register
    then holds: a trace writes it down, a fault changes it. A register has a name, its writes are counted from 0, and -1 is the
    writing of an initial value. Registers of a part stand below its ``path``.
    """

    draw: Callable[[str, int], int | None] = no_bits
    hold: Callable[[str, int, Result], int] = as_it_is
    path: str = ""

    def inside(self, part: str) -> Port:
        """The port of a part."""
        return replace(self, path=f"{self.path}{part}/")

    def write(self, outcome: Outcome, to: Projection, register: str, step: int, operands: Sequence[Number] = ()) -> Result:
        """What is written to a register **must** be the projection of the exact sum, rounded this once; the register then holds
        the code that the port leaves in it. A NaN is the one that the NaN policy makes of the operands; the writes of a
        multiplier and of an accumulator have none.

        [accumulate/write]
        """
        value, flags = outcome
        draw = self.draw(self.path + register, step)
        if is_nan(value):
            to.rounding.check_draw(draw)
            result = to.nan_result(flags | Flags.INVALID if value is SIGNALING_NAN else flags, operands)
        else:
            result = to(value, draw, flags)
        return self.keep(result, to.format, register, step)

    def keep(self, result: Result, format: Format, register: str, step: int) -> Result:
        """What a register of the format holds after a result that is rounded already has been written to it."""
        return Result(format.check_code(self.hold(self.path + register, step, result)), result.flags)


NO_PORT = Port()
"""No faults, no random bits, nobody looking."""


def flips(masks: Mapping[tuple[str, int], int]) -> Port:
    """A port that flips bits: after the write of that number to the register of that path, the register **must** hold the
    code that was written with the bits of the mask inverted; the flags are those of the write.

    What a mask names that is never written does not matter. [accumulate/flips]
    """
    return Port(hold=lambda register, step, result: result.code ^ masks.get((register, step), 0))


class Accumulator(Protocol):
    """A way of adding up terms into a register, whose projection is ``to``.

    ``initial`` is what the sum starts from, ``None`` where it starts from the first term. The result holds the register's last
    code and the flags of all writes together.
    """

    @property
    def to(self) -> Projection:
        """The projection of the register that holds the result."""

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""


def read(register: Result, to: Projection) -> Term:
    """The number in a register, as a term."""
    value = to.read(Number(register.code, to.format))
    return Term(value, held_exponent(value, to.format))


def exact_sum(values: Sequence[Exact], to: Projection) -> Outcome:
    """The exact sum of numbers, by the rules of totals."""
    return exact_total(Setting((), to), *values)


ZERO: Outcome = (Fraction(0), Flags.NONE)
"""The sum of no terms."""
