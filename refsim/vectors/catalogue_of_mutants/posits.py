"""Mutants of posits: of their fields, of where a gap has its middle, of both ends, of signs, and of NaR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...spec.comparison import POSIT_PREDICATES
from ...spec.exact import Exact, Special, is_nan, is_negative
from ...spec.flags import Flags, Result
from ...spec.formats import Format, Number
from ...spec.operands import rational
from ...spec.posits import PositGrid
from ...spec.projection import Projection
from ..mutants import REFERENCE, Mutant, Project, deviation
from ..operations import Configuration
from .behaviours import edit_result, instead, number_of
from .conditions import INTEGRAL, NO_ENDS, SUMS, both, is_operation, is_read, rounded, rounds

Numbers = Sequence[Number]
POSITIVE = ("sqrt", "rsqrt", "hypot", "strict_hypot", "exp", "exp2", "sigmoid", "softplus", "relu")
"""Operations whose results are not negative."""
OF_POSITIVE = ("sqrt", "rsqrt", "log", "log2")
"""Operations that have no result for a negative number."""
Read = Callable[[Format, Exact, int], Exact]


@dataclass(frozen=True)
class MeanGrid(PositGrid):
    """A posit whose gaps have their middle at the mean of their ends."""

    def cuts(self, n: int) -> tuple[Fraction, ...]:
        """The gap in one piece."""
        return self.magnitude(n), self.magnitude(n + 1)


def grid_of(format: Format) -> PositGrid | None:
    """The grid of a posit."""
    return format.grid if isinstance(format.grid, PositGrid) else None


def is_cut_short(format: Format) -> bool:
    """A posit in which exponent bits can lack room."""
    grid = grid_of(format)
    return grid is not None and grid.es > 0


def reads_posit(c: Configuration) -> bool:
    """An operand is read as a posit."""
    return is_read(c) and any(map(grid_of, c.operands))


def reads_exponents(c: Configuration) -> bool:
    """An operand is read as a posit in which exponent bits can lack room."""
    return is_read(c) and any(map(is_cut_short, c.operands))


def makes_posit(c: Configuration) -> bool:
    """The result is rounded to a posit."""
    return rounded(c) and c.to is not None and grid_of(c.to.format) is not None


def reaches_the_ends(c: Configuration) -> bool:
    """The result can lie near the ends of a posit's range, where its exponent is cut short."""
    same = c.to is not None and all(format == c.to.format for format in c.operands)
    return makes_posit(c) and c.to is not None and is_cut_short(c.to.format) and not (same and c.operation in NO_ENDS)


def reaches_below(c: Configuration) -> bool:
    """The result can lie below the least posit, far enough to be rounded to zero."""
    same = c.to is not None and all(format == c.to.format for format in c.operands)
    return reaches_the_ends(c) and not (same and c.operation in (*SUMS, *INTEGRAL))


def has_negative_results(c: Configuration) -> bool:
    """The result is a posit that can be negative."""
    return makes_posit(c) and c.operation not in POSITIVE


def reads_negative(c: Configuration) -> bool:
    """An operand is read as a posit, and a negative one makes a number."""
    return reads_posit(c) and c.operation not in OF_POSITIVE


def _reading(change: Read) -> Callable[[Format, int], Exact]:
    """A posit's number that is read as something else; NaR and zero stay."""

    def decode(format: Format, code: int) -> Exact:
        x = format.decode(code)
        return x if isinstance(x, Special) or x == 0 or grid_of(format) is None else change(format, x, code)

    return decode


def _with_exponent_bits(more: int) -> Read:
    """The exponent field with other than its own number of bits."""

    def change(format: Format, x: Exact, _: int) -> Exact:
        grid = grid_of(format)
        if grid is None or grid.es + more < 0:
            return x
        negative, n = format.point(format.code(is_negative(x), format.grid.floor(abs(rational(x)))))
        m = replace(grid, es=grid.es + more).magnitude(n)
        return -m if negative else m

    return change


def _sign_magnitude(format: Format, x: Exact, code: int) -> Exact:
    """A negative posit read without its two's complement."""
    return -format.grid.magnitude(code % (1 << format.width - 1)) if is_negative(x) else x


def _ones_complement(format: Format, x: Exact, code: int) -> Exact:
    """A negative posit whose bits are inverted, with no one added."""
    return -format.grid.magnitude((1 << format.width) - 1 - code) if is_negative(x) else x


def _regime_too_long(format: Format, x: Exact, _: int) -> Exact:
    """A regime of ones read as one more, as if it counted like one of zeros."""
    grid = grid_of(format)
    return rational(x) * (1 << (1 << grid.es)) if grid is not None and abs(rational(x)) >= 1 else x


def _exponent_at_the_right(format: Format, x: Exact, code: int) -> Exact:
    """An exponent that is cut short read as the low bits of the exponent instead of the high ones."""
    grid, negative = grid_of(format), is_negative(x)
    if grid is None:
        return x
    n = (1 << format.width) - code if negative else code
    bits = dict(grid.layout(n))["exponent"]
    field = n & (1 << bits) - 1 if bits < grid.es else 0
    m = grid.magnitude(n) / (1 << (field << grid.es - bits)) * (1 << field)
    return -m if negative else m


def _by(change: Callable[[Format], Format]) -> Project:
    """A projection to a format that differs a little."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        return replace(to, format=change(to.format))(x, draw, flags) if grid_of(to.format) else to(x, draw, flags)

    return project


def _mean(format: Format) -> Format:
    grid = grid_of(format)
    return format if grid is None else replace(format, grid=MeanGrid(grid.width, grid.es))


def _truncated_exponents(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Truncated where no fraction bit has room."""
    grid = grid_of(to.format)
    if grid is None or isinstance(x, Special) or x == 0:
        return to(x, draw, flags)
    m = abs(x) if isinstance(x, Fraction) else -x if x < 0 else x
    _, _, *more = grid.cuts(grid.floor(m))
    return (instead("toward_zero") if more else REFERENCE.project)(to, x, draw, flags)


def _sign_bit_alone(to: Projection, _: Exact, result: Result) -> int:
    """The code of a negative result made by setting the sign bit."""
    point = number_of(to, result.code)
    return point[1] | 1 << to.format.width - 1 if point and point[0] and grid_of(to.format) else result.code


def _compared(key: Callable[[Number], int]) -> Callable[[Configuration, Numbers], Result]:
    """Codes compared as other integers than they are."""

    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        x, y = map(key, numbers)
        relation = "less" if x < y else "equal" if x == y else "greater"
        return Result(int(relation in {found.value for found in POSIT_PREDICATES[c.operation]}))

    return on_codes


def _signed_bits(x: Number) -> int:
    half = 1 << x.format.width - 1
    return half - x.code if x.code >= half else x.code


def _nar_unordered(c: Configuration, numbers: Numbers) -> Result:
    if any(is_nan(x.exact) for x in numbers):
        return Result(int(c.operation == "posit_compare_not_equal"))
    return REFERENCE.on_codes(c, numbers)


def _ring_broken(at_nar: bool) -> Callable[[Configuration, Numbers], Result]:
    """The neighbour of NaR, or that of the number beside it, is itself."""

    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        (x,) = numbers
        found = REFERENCE.on_codes(c, numbers)
        stays = is_nan(x.exact) if at_nar else is_nan(x.format.decode(found.code))
        return Result(x.code) if stays else found

    return on_codes


COMPARES = both(is_operation(*POSIT_PREDICATES), lambda c: all(map(grid_of, c.operands)))
ALIKE = both(COMPARES, lambda c: c.operands[0] == c.operands[1])
ORDERS = both(ALIKE, lambda c: not c.operation.endswith("_equal") or c.operation.endswith(("less_equal", "greater_equal")))
STEPS = both(is_operation("posit_next", "posit_prior"), lambda c: grid_of(c.operands[0]) is not None)

POSITS: tuple[Mutant, ...] = (
    deviation(
        "posit.exponent-wider",
        "a posit is read with one exponent bit more",
        reads_posit,
        decode=_reading(_with_exponent_bits(1)),
    ),
    deviation(
        "posit.exponent-narrower",
        "a posit is read with one exponent bit less",
        reads_exponents,
        decode=_reading(_with_exponent_bits(-1)),
    ),
    deviation(
        "posit.exponent-at-the-right",
        "an exponent that is cut short is read as its low bits",
        reads_exponents,
        decode=_reading(_exponent_at_the_right),
    ),
    deviation(
        "posit.sign-magnitude",
        "a negative posit is read as sign and magnitude",
        reads_negative,
        decode=_reading(_sign_magnitude),
    ),
    deviation(
        "posit.ones-complement",
        "a negative posit is inverted and no one added",
        reads_negative,
        decode=_reading(_ones_complement),
    ),
    deviation("posit.regime-too-long", "a regime of ones counts one too many", reads_posit, decode=_reading(_regime_too_long)),
    deviation(
        "posit.middle-is-mean",
        "ties lie at the mean of two posits instead of at the longer posit between them",
        both(reaches_the_ends, rounds("ties_to_even", "ties_to_away", "ties_to_odd")),
        project=_by(_mean),
    ),
    deviation(
        "posit.exponent-truncated",
        "a result whose exponent is cut short is truncated",
        both(reaches_the_ends, rounds("ties_to_even", "ties_to_away", "ties_to_odd")),
        project=_truncated_exponents,
    ),
    deviation(
        "posit.underflow-to-zero",
        "a number far below the least posit becomes zero",
        both(reaches_below, rounds("ties_to_even", "toward_zero")),
        project=_by(lambda posit: replace(posit, vanishing=True)),
    ),
    deviation(
        "posit.sign-bit-alone",
        "a negative result has its sign bit set and is not complemented",
        has_negative_results,
        project=edit_result(_sign_bit_alone),
    ),
    deviation(
        "posit.compare-unsigned", "codes are compared as unsigned integers", ORDERS, on_codes=_compared(lambda x: x.code)
    ),
    deviation(
        "posit.compare-sign-magnitude", "codes are compared as sign and magnitude", ALIKE, on_codes=_compared(_signed_bits)
    ),
    deviation("posit.nar-unordered", "NaR is neither equal to NaR nor less than a number", COMPARES, on_codes=_nar_unordered),
    deviation("posit.next-keeps-nar", "the neighbour of NaR is NaR", STEPS, on_codes=_ring_broken(at_nar=True)),
    deviation("posit.next-saturates", "no number has NaR for its neighbour", STEPS, on_codes=_ring_broken(at_nar=False)),
)
"""Mutants of posits."""
