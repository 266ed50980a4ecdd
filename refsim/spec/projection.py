"""Projection: from any exact number to a code. Round, then overflow, then encode: the only rounder there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .catalogue import get_format
from .exact import (
    NAN,
    NEGATIVE_ZERO,
    SIGNALING_NAN,
    Exact,
    Magnitude,
    Special,
    is_infinite,
    is_nan,
    is_negative,
    magnitude,
    power_of_two,
)
from .flags import Flags, Result
from .formats import FloatGrid, Format, Number
from .log_grids import LogGrid
from .naming import get_overflow, get_rounding
from .nans import POLICIES
from .overflow import Excess, Overflow
from .rounding import Gap, Rounding

TININESS = ("after", "before")
"""When a number is found tiny: after rounding or before it, IEEE 754-2019 7.5."""
SUBNORMALS = ("keep", "flush_inputs", "flush_outputs", "flush")
"""Which subnormal numbers are replaced by zero: none, those of operands, tiny results, or both."""


@dataclass(frozen=True, init=False)
class Projection:
    """A result format with the rules that bring any exact number into it; formats and rules may be given by name.

    Format, rounding and overflow have no default. ``tininess`` says when a number is found tiny, which matters to the
    underflow flag and to flushing; ``subnormals`` whether any are flushed; ``nan`` which NaN a NaN result is, by a name of
    ``nans.POLICIES``. ``ValueError`` where the rules do not fit the format.
    """

    format: Format
    rounding: Rounding
    overflow: Overflow
    tininess: str
    subnormals: str
    nan: str

    def __init__(
        self,
        format: Format | str,
        rounding: Rounding | str,
        overflow: Overflow | str,
        tininess: str = "after",
        subnormals: str = "keep",
        nan: str = "canonical",
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "format", get_format(format) if isinstance(format, str) else format)
        set_field(self, "rounding", get_rounding(rounding) if isinstance(rounding, str) else rounding)
        set_field(self, "overflow", get_overflow(overflow) if isinstance(overflow, str) else overflow)
        set_field(self, "tininess", tininess)
        set_field(self, "subnormals", subnormals)
        set_field(self, "nan", nan)
        for option, value, known in (
            ("tininess", tininess, TININESS),
            ("subnormals", subnormals, SUBNORMALS),
            ("nan", nan, tuple(POLICIES)),
        ):
            if value not in known:
                raise ValueError(f"{option} {value!r} is none of {', '.join(known)}")
        self.overflow.check_format(self.format)

    def __str__(self) -> str:
        return f"{self.format} {self.rounding} {self.overflow}"

    def __hash__(self) -> int:
        return hash((self.format, self.rounding.name, self.overflow.name))

    def __call__(self, x: Exact | int, draw: int | None = None, flags: Flags = Flags.NONE) -> Result:
        """An exact number **must** be rounded as if the format had no end, then the overflow rule applied, then encoded;
        NaN becomes a NaN of the format, and a signaling NaN raises invalid.

        ``draw`` holds the random bits of a stochastic rule; ``flags`` are raised already. ``Unrepresentable`` where the
        format has no code for the result. [project/order]
        """
        random = self.rounding.check_draw(draw)
        if isinstance(x, int):
            x = Fraction(x)
        if isinstance(x, Special) and is_nan(x):
            return self.nan_result(flags | Flags.INVALID if x is SIGNALING_NAN else flags)
        negative = is_negative(x)
        if is_infinite(x):
            return Result(self.overflow.rule(Excess(self.format, negative, None, True)), self.infinity_flags(flags))
        m = magnitude(x)
        n, gap = self.round(m, negative, random)
        if self.is_flushed(m, gap):
            return Result(self.format.code(negative, 0), flags | Flags.UNDERFLOW | Flags.INEXACT)
        flags |= self.flags(m, n, gap)
        if self.format.first <= n <= self.overflow.limit(self.format, negative):
            return Result(self.format.code(negative, n), flags)
        nowhere = n < self.format.first or self.format.limit(negative) < self.format.first
        carries = nowhere or bool(self.rounding.goes_up(self.past_end(negative)))
        return Result(self.overflow.rule(Excess(self.format, negative, n, carries)), flags)

    def infinity_flags(self, flags: Flags) -> Flags:
        """Where the overflow rule makes an integer of an infinity, invalid **must** be raised instead of division by zero.

        IEEE 754-2019 5.3.3, logB to an integer format. [project/infinity]
        """
        raises = self.overflow.infinity_raises
        return flags & ~Flags.INFINITE | raises if raises else flags

    def nan_result(self, flags: Flags, operands: Sequence[Number] = ()) -> Result:
        """A NaN result **must** be the NaN that the NaN policy makes of the operands; where the format has no NaN the
        overflow rule's code for one, if it has such a code.

        ``Unrepresentable`` where there is neither. [project/nan]
        """
        if self.format.canonical(NAN) is None and self.overflow.nan is not None:
            return Result(self.overflow.nan(self.format), flags | self.overflow.infinity_raises)
        return POLICIES[self.nan](operands, self.format, flags)

    def read(self, x: Number) -> Exact:
        """The datum of an operand; where subnormal operands are flushed, a number below the least normal one of its format
        **must** be read as the zero of its sign, which raises nothing.

        [project/flush-inputs]
        """
        datum, grid = x.exact, x.format.grid
        if self.subnormals not in {"flush_inputs", "flush"} or isinstance(datum, Special) or not isinstance(grid, FloatGrid):
            return datum
        subnormal = magnitude(datum) < power_of_two(grid.emin)
        return (NEGATIVE_ZERO if is_negative(datum) else Fraction(0)) if subnormal else datum

    def is_flushed(self, m: Magnitude, gap: Gap) -> bool:
        """Where tiny results are flushed, a tiny number, exact or not, **must** become the zero of its sign, and raise
        underflow and inexact; the option ``tininess`` says which numbers are tiny.

        [project/flush-outputs]
        """
        return self.subnormals in {"flush_outputs", "flush"} and m > 0 and self.format.first == 0 and self.is_tiny(m, gap)

    def round(self, m: Magnitude, negative: bool, draw: int = 0) -> tuple[int, Gap]:
        """A magnitude **must** stay where it is a point of the grid; between two points the rounding rule decides, from its
        place in the gap, which of the two it becomes. The grid has no end. In a format where numbers do not vanish, one between
        zero and the first point **must** become the first point under every rule.

        [project/round]
        """
        n = self.format.grid.floor(m)
        gap = Gap(self.place_above(n, m), self.format.is_odd(n), negative, draw)
        if n == 0 and m > 0 and not self.format.vanishing:
            return 1, gap
        return n + bool(self.rounding.goes_up(gap)), gap

    def place_above(self, n: int, m: Magnitude) -> Fraction:
        """The place of a magnitude in the gap above point n **must** count the parts of the gap as equally long: it is the
        parts below the magnitude and its place in its own part, out of all the parts.

        [project/place]
        """
        grid = self.format.grid
        if isinstance(grid, LogGrid):
            return grid.place(n, m, 1 << self.rounding.bits + 2)
        cuts = grid.cuts(n)
        if len(cuts) == 2:
            return self.place(m, *cuts)
        part = sum(not m < cut for cut in cuts[1:])
        return (part + self.place(m, cuts[part], cuts[part + 1])) / (len(cuts) - 1)

    def place(self, m: Magnitude, low: Fraction, high: Fraction) -> Fraction:
        """The distance of m from ``low`` as a part of the way to ``high``. An irrational one **must** be placed in the middle
        of the part that it lies in when the way is cut into 2**(N + 2) equal parts, N being the rule's random bits: no rule
        tells the two apart.

        [project/irrational]
        """
        if isinstance(m, Fraction):
            return (m - low) / (high - low)
        parts = 1 << self.rounding.bits + 2
        before, after = 0, parts
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if m > low + (high - low) * Fraction(middle, parts) else (before, middle)
        return Fraction(2 * before + 1, 2 * parts)

    def past_end(self, negative: bool) -> Gap:
        """Past the last point there **must** be one more gap, from the last point to infinity, at whose far end every
        excess lies: so each rule says by itself whether it reaches infinity.

        [project/past-end]
        """
        return Gap(Fraction(1), self.format.is_odd(self.format.limit(negative)), negative, 0)

    def flags(self, m: Magnitude, n: int, gap: Gap) -> Flags:
        """Inexact **must** be raised where the result differs from the exact number; overflow, and inexact with it, where
        the rounded number is past the format's last, unless the overflow rule raises something else there; underflow where
        the number is tiny and the result inexact.

        IEEE 754-2019 7.4 to 7.6, default exception handling. [flags/raise]
        """
        if n > self.overflow.limit(self.format, bool(gap.negative)):
            return self.overflow.raises
        if n < self.format.first:
            return Flags.UNDERFLOW | Flags.INEXACT if m else Flags.INEXACT
        if gap.t == 0:
            return Flags.NONE
        return Flags.INEXACT | Flags.UNDERFLOW if self.is_tiny(m, gap) else Flags.INEXACT

    def is_tiny(self, m: Magnitude, gap: Gap) -> bool:
        """A number is tiny before rounding where it lies below the least normal number, and tiny after rounding where it
        would lie there had it been rounded with the format's precision and no least exponent. On a uniform and on a
        logarithmic grid no number **must** be tiny.

        IEEE 754-2019 7.5. [flags/tiny]
        """
        grid = self.format.grid
        if not isinstance(grid, FloatGrid) or not m < power_of_two(grid.emin):
            return False
        finer = power_of_two(grid.quantum - 1)
        last_below = power_of_two(grid.emin) - finer
        if self.tininess == "before" or m < last_below:
            return True
        odd = not self.format.is_odd(grid.first_normal)
        return not self.rounding.goes_up(gap._replace(t=self.place(m, last_below, last_below + finer), odd=odd))
