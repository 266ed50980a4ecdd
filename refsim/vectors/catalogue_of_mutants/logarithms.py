"""Mutants of logarithmic formats: of their zero, their ends, their signs, and of where a gap has its middle."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec.exact import Exact, Special, is_negative, is_zero, magnitude
from ...spec.flags import Flags, Result
from ...spec.formats import Coding, Format
from ...spec.log_grids import LogGrid
from ...spec.operands import signed
from ...spec.projection import Projection
from ...spec.surds import algebraic, power
from ..mutants import Mutant, deviation
from ..operations import Configuration
from .conditions import NEAREST, NO_ENDS, SUMS, both, is_read, leaves_the_range, not_rounds, overflows, rounds

Read = Callable[[Format, LogGrid, int], Exact | None]
"""From a format, its grid and a code to what it is read as; ``None`` for what it is."""


def grid_of(format: Format) -> LogGrid | None:
    """The grid of a logarithmic format."""
    return format.grid if isinstance(format.grid, LogGrid) else None


def reads(c: Configuration) -> bool:
    """An operand is read as a logarithm."""
    return is_read(c) and any(map(grid_of, c.operands))


def scales(c: Configuration) -> bool:
    """A factor of the operands shows in the result: it is no quotient of them."""
    return reads(c) and not (c.operation == "divide" and all(map(grid_of, c.operands)))


def shows_tiny(c: Configuration) -> bool:
    """An operand that is a tiny number instead of zero shows: it is not converted to zero anyway."""
    return reads(c) and not (c.operation == "convert" and makes(c))


def reads_finer(c: Configuration) -> bool:
    """An operand is read as a logarithm with more than one step to the octave."""
    return is_read(c) and any(grid.fraction > 0 for format in c.operands if (grid := grid_of(format)))


def reads_flags(c: Configuration) -> bool:
    """An operand is read as a logarithm with a zero flag."""
    return is_read(c) and any(format.coding is Coding.LOGARITHMIC for format in c.operands)


def makes(c: Configuration) -> bool:
    """The result is rounded to a logarithmic format."""
    return c.to is not None and grid_of(c.to.format) is not None


def is_between(c: Configuration) -> bool:
    """The result can lie between two powers of the format: it is no product of logarithms."""
    return c.operation in SUMS or not all(map(grid_of, c.operands))


def reaches_below(c: Configuration) -> bool:
    """The result can lie below the least number of the format."""
    same = c.to is not None and all(format == c.to.format for format in c.operands)
    return makes(c) and leaves_the_range(c) and not (same and c.operation in (*SUMS, *NO_ENDS))


def _reading(read: Read) -> Callable[[Format, int], Exact]:
    def decode(format: Format, code: int) -> Exact:
        grid = grid_of(format)
        found = None if grid is None else read(format, grid, code)
        return format.decode(code) if found is None else found

    return decode


def _exponent(grid: LogGrid, n: int) -> Fraction:
    return Fraction(grid.least + n - 1, 1 << grid.fraction)


def _zero_as_one(format: Format, _: LogGrid, code: int) -> Exact | None:
    """Zero read as the power with the exponent 0."""
    negative, n = format.point(code)
    return None if n else Fraction(-1 if negative else 1)


def _zero_as_power(format: Format, grid: LogGrid, code: int) -> Exact | None:
    """Zero read as the power one step below the least one."""
    negative, n = format.point(code)
    return None if n else signed(power(_exponent(grid, 0)), negative)


def _flag_ignored(format: Format, grid: LogGrid, code: int) -> Exact | None:
    """The logarithm read where the zero flag is set."""
    if format.coding is not Coding.LOGARITHMIC or format.point(code)[1]:
        return None
    negative, n = format.point(code ^ 1 << format.width - 2)
    return signed(power(_exponent(grid, n)), negative)


def _unsigned_logarithm(format: Format, grid: LogGrid, code: int) -> Exact | None:
    """The logarithm read without its sign."""
    negative, n = format.point(code)
    if format.coding is not Coding.LOGARITHMIC or n == 0:
        return None
    return signed(power(Fraction(code % (1 << format.width - 2), 1 << grid.fraction)), negative)


def _times_two(format: Format, _: LogGrid, code: int) -> Exact | None:
    """The full scale one octave too large."""
    x = format.decode(code)
    return x if is_zero(x) else 2 * algebraic(x)


def _whole_octaves(format: Format, grid: LogGrid, code: int) -> Exact | None:
    """Each step of the logarithm read as an octave."""
    negative, n = format.point(code)
    return signed(power(_exponent(grid, n) * (1 << grid.fraction)), negative) if n else None


def _finished(to: Projection, negative: bool, n: int, right: Result) -> Result:
    """The code of a point, with the right flags."""
    return Result(to.format.code(negative, n), right.flags)


def _least_for_zero(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """The least number for what is too small for it."""
    right = to(x, draw, flags)
    small = grid_of(to.format) is not None and not isinstance(x, Special) and x != 0
    negative, n = to.format.point(right.code)
    return _finished(to, negative, 1, right) if small and n == 0 and to.format.limit(is_negative(x)) else right


def _by_half_the_sum(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Rounded to the nearer number, not to the nearer logarithm: at 1.5 between 1 and 2."""
    right, grid = to(x, draw, flags), grid_of(to.format)
    if grid is None or isinstance(x, Special):
        return right
    m, negative = magnitude(x), is_negative(x)
    n = grid.floor(m)
    if n + 1 > to.format.limit(negative):
        return right
    ends = grid.magnitude(n) + grid.magnitude(n + 1)
    return _finished(to, negative, n + bool(ends / 2 < m if isinstance(m, Fraction) else m > ends / 2), right)


def _without_ends(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """The low bits of the exponent, however large or small it is."""
    right, grid = to(x, draw, flags), grid_of(to.format)
    if grid is None or isinstance(x, Special) or x == 0 or not to.format.limit(is_negative(x)):
        return right
    far = 4 * (abs(grid.least) + to.format.top)
    deep = LogGrid(grid.least - far, grid.fraction)
    m = magnitude(x)
    n = deep.floor(m)
    if n == 0:
        return right
    gap = to.round(m, is_negative(x), draw or 0)[1]
    odd = (n - far + to.format.offset) % 2 == 1
    place = deep.place(n, m, 1 << to.rounding.bits + 2)
    n += bool(to.rounding.goes_up(gap._replace(t=place, odd=odd))) - far
    first = 1 if to.format.coding is Coding.LOGARITHMIC else 0
    return _finished(to, is_negative(x), (n - first) % (to.format.top + 1 - first) + first, right)


LOGARITHMS: tuple[Mutant, ...] = (
    deviation("log.zero-as-one", "zero is read as the power with the exponent 0", reads, decode=_reading(_zero_as_one)),
    deviation(
        "log.zero-as-power",
        "zero is read as one step below the least power",
        shows_tiny,
        decode=_reading(_zero_as_power),
    ),
    deviation("log.flag-ignored", "the zero flag is not looked at", reads_flags, decode=_reading(_flag_ignored)),
    deviation(
        "log.unsigned-logarithm", "the logarithm is read without its sign", reads_flags, decode=_reading(_unsigned_logarithm)
    ),
    deviation("log.full-scale", "the full scale is an octave too large", scales, decode=_reading(_times_two)),
    deviation(
        "log.whole-octaves", "each step of a logarithm counts as an octave", reads_finer, decode=_reading(_whole_octaves)
    ),
    deviation(
        "log.no-zero",
        "a number that is too small becomes the least power instead of zero",
        both(reaches_below, not_rounds("away_from_zero")),
        project=_least_for_zero,
    ),
    deviation(
        "log.linear-nearest",
        "the middle between two powers is half their sum, not their mean by the logarithm",
        both(makes, is_between, rounds(*NEAREST)),
        project=_by_half_the_sum,
    ),
    deviation(
        "log.no-ends",
        "the exponent keeps its low bits past both ends",
        both(reaches_below, overflows("saturate")),
        project=_without_ends,
    ),
)
"""Mutants of logarithmic formats."""
