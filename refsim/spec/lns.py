"""The logarithmic number system: addition and subtraction through a table of corrections, as hardware does them, and powers.

The logarithm of a sum is the greater logarithm plus a correction that depends on their difference d alone: log2(1 + 2**-d) for
a sum, log2(1 - 2**-d) for a difference. Products, quotients and roots need no table: the operations of ``arithmetic`` on these
formats are sums of logarithms, and are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from .arithmetic import pole
from .exact import POSITIVE_INFINITY, Exact, is_infinite, is_negative, is_zero, magnitude, root
from .flags import Flags, Result
from .formats import Coding, Format, Number, Unrepresentable
from .integral import round_to_integer
from .log_grids import LogGrid
from .naming import get_rounding
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, signed
from .projection import Projection
from .rounding import Rounding
from .surds import Algebraic, algebraic, exact_log2, floor_of_log2
from .surds import power as power_of_two

CELLS = ("low", "middle")
"""Where in the cell of differences that share a table entry the correction is taken."""
ENDS = ("saturate", "wrap", "error")
"""What becomes of a logarithm past the greatest or the least one."""


def rounded_log2(m: Algebraic, fraction: int, rounding: Rounding) -> int:
    """The logarithm to base 2 of a positive number, as an integer in units of 2**-fraction: it **must** be rounded once from
    the exact logarithm, of which the rule sees the magnitude and the sign. [lns/log2]
    """
    known = exact_log2(m)
    # An irrational logarithm lies inside its quarter of a unit, and is rounded as the middle of that.
    place = Fraction(2 * floor_of_log2(m, fraction + 2) + 1, 8) if known is None else known * (1 << fraction)
    n = round_to_integer(abs(place), rounding, negative=place < 0)
    return -n if place < 0 else n


@dataclass(frozen=True)
class CorrectionTable:
    """The corrections of sums or of differences: entry i is for the differences of logarithms from ``i`` to below ``i + 1`` in
    units of ``2**-index_fraction``, and is an integer in units of ``2**-fraction``. Past the last entry the correction is 0.
    """

    entries: tuple[int, ...]
    index_fraction: int
    fraction: int

    def correction(self, difference: int, fraction: int) -> int:
        """The correction for a difference of logarithms, both in units of ``2**-fraction``: the difference **must** be cut to
        the bits of the index, and a difference past the end of the table has the correction 0.

        [lns/look-up]
        """
        index = difference >> fraction - self.index_fraction
        return self.entries[index] << fraction - self.fraction if index < len(self.entries) else 0


def correction_table(
    length: int, index_fraction: int, fraction: int, rounding: Rounding | str, cell: str, *, subtraction: bool
) -> CorrectionTable:
    """Entry i **must** be log2(1 + 2**-d), for subtraction log2(1 - 2**-d), rounded once to a multiple of ``2**-fraction``; d
    is the least difference of the entry's cell, or the one in the middle of it. Entry 0 of a subtraction table whose cells
    begin at their difference is for d = 0 alone, and is 0: that difference is never looked up.

    ``ValueError`` for another ``cell``, or a rule that takes random bits. [lns/table]
    """
    rule = get_rounding(str(rounding))
    if cell not in CELLS:
        raise ValueError(f"the cell of a table entry is {' or '.join(CELLS)}, not {cell!r}")
    if rule.bits or not 0 <= length <= MOST_ENTRIES or not 0 <= index_fraction <= MOST_BITS or not 0 <= fraction <= MOST_BITS:
        raise ValueError(
            f"a correction table takes a rule without random bits, 0 to {MOST_ENTRIES} entries and 0 to {MOST_BITS} fraction "
            f"bits, not {rule}, {length}, {index_fraction} and {fraction}"
        )
    half = Fraction(cell == "middle", 2)
    differences = [(i + half) / (1 << index_fraction) for i in range(length)]
    entries = (
        rounded_log2(1 - power_of_two(-d) if subtraction else 1 + power_of_two(-d), fraction, rule)
        if d or not subtraction
        else 0
        for d in differences
    )
    return CorrectionTable(tuple(entries), index_fraction, fraction)


MOST_BITS = 24
MOST_ENTRIES = 1 << 16


class Adder(NamedTuple):
    """An adder of LNS numbers: the tables of sums and of differences, and what becomes of a logarithm past the ends."""

    sums: CorrectionTable
    differences: CorrectionTable
    end: str

    def check(self, format: Format) -> LogGrid:
        """The format's grid; ``ValueError`` where the adder does not suit the format or its ``end`` is unknown."""
        if self.end not in ENDS:
            raise ValueError(f"the end of an LNS adder is one of {', '.join(ENDS)}, not {self.end!r}")
        grid = format.grid
        if not isinstance(grid, LogGrid) or format.coding is not Coding.LOGARITHMIC:
            raise ValueError(f"an LNS adder takes LNS formats, which {format.name} is not")
        for table in (self.sums, self.differences):
            if max(table.index_fraction, table.fraction) > grid.fraction:
                raise ValueError(
                    f"a correction table for {format.name} has at most {grid.fraction} fraction bits, not "
                    f"{table.index_fraction} in its index and {table.fraction} in its entries"
                )
        whole = self.differences.index_fraction == grid.fraction
        if not whole and self.differences.entries[:1] == (0,):
            raise ValueError(f"the differences of {format.name} below the first index need an entry of their own, not 0")
        return grid


class Logarithm(NamedTuple):
    """A number of an LNS format: its sign and its logarithm in steps, or its zero."""

    negative: bool
    steps: int
    zero: bool


def logarithm(x: Number) -> Logarithm:
    """The fields of an LNS code as a sign, an integer and a flag."""
    grid = x.format.grid
    negative, n = x.format.point(x.code)
    assert isinstance(grid, LogGrid), "it has been checked"
    return Logarithm(negative, grid.least + n - 1, n == 0)


def with_logarithm(negative: bool, steps: int, format: Format, end: str) -> Result:
    """A logarithm past the greatest one **must** become that one and raise overflow and inexact, one below the least one the
    zero of the sign and raise underflow and inexact; where the adder wraps, the low bits of the logarithm are kept and overflow
    or underflow is raised all the same; where it is ``error`` there is no result: ``Unrepresentable``.

    [lns/end]
    """
    grid = format.grid
    assert isinstance(grid, LogGrid), "it has been checked"
    n = steps - grid.least + 1
    if 1 <= n <= format.top:
        return Result(format.code(negative, n))
    flags = Flags.INEXACT | (Flags.OVERFLOW if n > 0 else Flags.UNDERFLOW)
    if end == "error":
        raise Unrepresentable(f"the logarithm {steps} of an LNS sum is outside the range of {format.name}")
    if end == "wrap":
        return Result(format.code(negative, (n - 1) % format.top + 1), flags)
    return Result(format.code(negative, format.top if n > 0 else 0), flags)


def lns_add(x: Number, y: Number, adder: Adder) -> Result:
    """The logarithm of a sum **must** be the greater logarithm plus the correction for their difference: from the table of sums
    where the signs agree, from that of differences where they do not, and the sign is that of the greater operand. Equal
    magnitudes of opposite signs give the positive zero. A zero operand leaves the other one as it is; the sum of two zeros
    is negative where both are.

    Flags are raised by a logarithm past the ends alone. ``ValueError`` for operands that are not of one LNS format.
    [lns/add]
    """
    if x.format != y.format:
        raise ValueError(f"an LNS adder takes operands of one format, not {x.format.name} and {y.format.name}")
    fraction, format = adder.check(x.format).fraction, x.format
    a, b = logarithm(x), logarithm(y)
    if a.zero or b.zero:
        if a.zero and b.zero:
            return Result(format.code(a.negative and b.negative, 0))
        return Result((y if a.zero else x).code)
    greater, lesser = (a, b) if a.steps >= b.steps else (b, a)
    difference = greater.steps - lesser.steps
    if a.negative == b.negative:
        correction = adder.sums.correction(difference, fraction)
    elif difference == 0:
        return Result(format.code(False, 0))
    else:
        correction = adder.differences.correction(difference, fraction)
    return with_logarithm(greater.negative, greater.steps + correction, format, adder.end)


def lns_subtract(x: Number, y: Number, adder: Adder) -> Result:
    """The difference **must** be the sum of x and of y with its sign bit changed. [lns/subtract]"""
    return lns_add(x, Number(y.code ^ 1 << y.format.width - 1, y.format), adder)


def exact_power(setting: Setting, x: Exact, p: Fraction) -> Outcome:
    """x to the power 0 **must** be 1, of a quiet NaN too; of a zero to a positive power zero, to a negative one infinity, which
    raises division by zero; of an infinity infinity or zero; of a number below zero to a power that is no integer NaN and
    invalid. The sign is minus where that of x is and the power is an odd integer.

    IEEE 754-2019 9.2.1, pow. [lns/power-cases]
    """
    nan = nan_of(x)
    if nan is not None and (p != 0 or nan[1]):
        return nan
    if p == 0:
        return Fraction(1), Flags.NONE
    negative = is_negative(x) and p.denominator == 1 and p.numerator % 2 == 1
    if is_zero(x) and p < 0:
        return pole(setting, 0, negative) if p.numerator % 2 else (POSITIVE_INFINITY, Flags.INFINITE)
    if is_zero(x) or is_infinite(x):
        return signed(POSITIVE_INFINITY if is_infinite(x) == (p > 0) else Fraction(0), negative), Flags.NONE
    if is_negative(x) and p.denominator > 1:
        return INVALID_OUTCOME
    m = algebraic(magnitude(x))
    known = exact_log2(m)
    if known is None:
        assert isinstance(m, Fraction), "irrational data are powers of two"
        return signed(root(m**p.numerator, p.denominator), negative), Flags.NONE
    return signed(power_of_two(known * p), negative), Flags.NONE


def power(x: Number, p: Fraction | int, to: Projection, draw: int | None = None) -> Result:
    """x**p **must** be the projection of the exact power, for a rational p: of a number of an LNS format its logarithm times p,
    rounded once.

    ``ValueError`` for a p beyond ``MOST_POWER``. [lns/power]
    """
    exponent = Fraction(p)
    if max(abs(exponent.numerator), exponent.denominator) > MOST_POWER:
        raise ValueError(f"a power has a numerator and a denominator of at most {MOST_POWER}, not {exponent}")
    return perform(lambda setting, datum: exact_power(setting, datum, exponent), (x,), to, draw)


MOST_POWER = 1 << 12
