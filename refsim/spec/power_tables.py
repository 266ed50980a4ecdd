"""Powers of two with exponents that are fractions, as hardware makes them, and the logarithms that codes hold.

A barrel shifter multiplies by 2**k for a whole k. For the rest of an exponent there is a small table, or an approximation, or
nothing. Each way is a record with one method, ``power``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, Protocol

from .exact import NEGATIVE_ZERO, Exact, Special, power_of_two
from .formats import FloatGrid, Format, Number, UniformGrid
from .integral import round_to_integer
from .log_grids import LogGrid
from .naming import get_rounding
from .operands import signed
from .rounding import Rounding
from .surds import Algebraic, power


class Powers(Protocol):
    """A way of making 2**exponent."""

    def power(self, exponent: Fraction) -> Algebraic:
        """What stands for 2**exponent; ``ValueError`` for an exponent that it does not know."""


@dataclass(frozen=True)
class ExactPower:
    """The powers themselves."""

    def power(self, exponent: Fraction) -> Algebraic:
        """The power **must** be 2**exponent, irrational as it may be. [power/exact]"""
        return power(exponent)


@dataclass(frozen=True)
class WholePower:
    """A shift alone: the fraction of an exponent is not looked at."""

    def power(self, exponent: Fraction) -> Fraction:
        """The power **must** be 2**k, k being the greatest integer that is not above the exponent. [power/whole]"""
        return power_of_two(exponent // 1)


@dataclass(frozen=True)
class LinearPower:
    """A straight line between whole powers."""

    def power(self, exponent: Fraction) -> Fraction:
        """The power **must** be 2**k * (1 + x), k being the whole part of the exponent, rounded down, and x its fraction.

        Mitchell, Computer multiplication and division using binary logarithms, 1962. [power/linear]
        """
        whole, fraction = divmod(exponent, 1)
        return power_of_two(whole) * (1 + fraction)


@lru_cache(maxsize=256)
def rounded_powers(fraction: int, width: int, rounding: Rounding) -> tuple[int, ...]:
    """Entry i of a table **must** be the integer that the rule makes of the exact 2**(i / 2**fraction) * 2**width, i = 0 first,
    for every i below 2**fraction; an entry that is rounded up to twice the first stays that. [power/entries]
    """
    step, unit = 1 << fraction, power_of_two(width)
    return tuple(round_to_integer(power(Fraction(i, step)) * unit, rounding, negative=False) for i in range(step))


MOST_STEPS = 16
"""The most steps to the octave of a table, as a power of two."""
MOST_WIDTH = 64


@dataclass(frozen=True, init=False)
class PowerTable:
    """The powers 2**(i / 2**fraction) of one octave, as integers in units of 2**-width.

    With no fraction the table is the number one, and a power is a shift alone. ``ValueError`` for a width below 0 or above
    ``MOST_WIDTH``, for too many entries, or a rule that takes random bits.
    """

    fraction: int
    width: int
    rounding: Rounding

    def __init__(self, fraction: int, width: int, rounding: Rounding | str) -> None:
        set_field = object.__setattr__
        set_field(self, "fraction", fraction)
        set_field(self, "width", width)
        set_field(self, "rounding", get_rounding(rounding) if isinstance(rounding, str) else rounding)
        if not 0 <= fraction <= MOST_STEPS or not 0 <= width <= MOST_WIDTH:
            raise ValueError(
                f"a table of powers has 0 to {MOST_STEPS} fraction bits and a width of 0 to {MOST_WIDTH}, "
                f"not {fraction} and {width}"
            )
        if self.rounding.bits:
            raise ValueError(f"a table of powers takes no random bits, but {self.rounding} does")

    @property
    def entries(self) -> tuple[int, ...]:
        """The integers of the table."""
        return rounded_powers(self.fraction, self.width, self.rounding)

    def power(self, exponent: Fraction) -> Fraction:
        """The power **must** be entry i of the table, shifted to the left by k - width places, k being the whole part of the
        exponent, rounded down, and i its fraction in steps. Nothing is lost by the shift.

        ``ValueError`` for an exponent between two steps. [power/table]
        """
        whole, i = divmod(exponent * (1 << self.fraction), 1 << self.fraction)
        if i.denominator != 1:
            raise ValueError(
                f"a table of powers has steps of 1/{1 << self.fraction}, and the exponent {exponent} is between two"
            )
        return self.entries[i.numerator] * power_of_two(whole - self.width)


MOST_EXPONENT_BITS = 16
"""The most integer bits of a register of exponents: its powers still fit in memory."""


def check_exponents(format: Format, powers: Powers) -> None:
    """``ValueError`` where powers of what a fixed-point register of exponents may hold are beyond memory or the table."""
    grid = format.grid
    assert isinstance(grid, UniformGrid), "it is fixed point"
    if format.top.bit_length() + grid.quantum > MOST_EXPONENT_BITS:
        raise ValueError(f"a register of exponents has at most {MOST_EXPONENT_BITS} integer bits, which {format} has not")
    check_steps(format, -grid.quantum, powers)


def check_steps(format: Format, fraction: int, powers: Powers) -> None:
    """``ValueError`` where exponents are finer than the steps of a table."""
    if isinstance(powers, PowerTable) and fraction > powers.fraction:
        raise ValueError(f"{format} has finer steps than a table of powers with {powers.fraction} fraction bits")


class Logarithm(NamedTuple):
    """The sign of a number, and the logarithm to base 2 of its magnitude, which is ``None`` for zero."""

    negative: bool
    exponent: Fraction | None


def is_logarithmic(x: Number) -> bool:
    """Whether every number of the format but zero is a power of a root of two: a logarithmic format, or a float of one
    significant bit."""
    grid = x.format.grid
    return isinstance(grid, LogGrid) or (isinstance(grid, FloatGrid) and grid.precision == 1)


def log_of(x: Number) -> Logarithm | Special:
    """A code of a logarithmic format **must** be read as a sign and the exponent of its point, and the code of zero as having
    no exponent, whatever bits stand for it. Infinities and NaNs stay what they are.

    ``ValueError`` for a format that is not logarithmic. [power/logarithm]
    """
    grid = x.format.grid
    if not is_logarithmic(x):
        raise ValueError(f"a logarithm needs a logarithmic format, such as log4_fsr3, not {x.format}")
    datum = x.exact
    if isinstance(datum, Special) and datum is not NEGATIVE_ZERO:
        return datum
    negative, n = x.format.point(x.code)
    if n == 0:
        return Logarithm(negative, None)
    assert isinstance(grid, LogGrid | FloatGrid), "these are logarithmic"
    least, fraction = (grid.least, grid.fraction) if isinstance(grid, LogGrid) else (grid.emin, 0)
    return Logarithm(negative, Fraction(least + n - 1, 1 << fraction))


def number_of(log: Logarithm | Special, powers: Powers) -> Exact:
    """The number that a logarithm stands for, its magnitude made by ``powers``; zero **must** have the sign of its code.

    [power/number]
    """
    if isinstance(log, Special):
        return log
    return signed(Fraction(0) if log.exponent is None else powers.power(log.exponent), log.negative)
