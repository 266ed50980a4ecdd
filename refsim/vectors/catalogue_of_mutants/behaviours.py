"""Behaviours that deviate from the specification, of which mutants are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ...spec.catalogue import get_format
from ...spec.exact import (
    NAN,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    Exact,
    Special,
    floor_log2,
    is_infinite,
    is_nan,
    is_negative,
    is_zero,
    magnitude,
    negate,
    power_of_two,
)
from ...spec.flags import Flags, Result
from ...spec.formats import Coding, FloatGrid, Format
from ...spec.naming import get_rounding
from ...spec.operands import Outcome, rational
from ...spec.overflow import Excess
from ...spec.projection import Projection
from ...spec.rounding import DETERMINISTIC, Gap, Rounding
from ..mutants import REFERENCE, Project
from ..operations import Configuration
from .conditions import binade


def with_rounding(to: Projection, rule: Callable[[Gap], Any]) -> Projection:
    """The projection with another predicate in the place of its rounding rule."""
    return replace(to, rounding=Rounding(to.rounding.name, to.rounding.bits, rule))


def with_overflow(to: Projection, rule: Callable[[Excess], int]) -> Projection:
    """The projection with another function in the place of its overflow rule."""
    return replace(to, overflow=replace(to.overflow, rule=rule))


def with_rule(change: Callable[[Gap, Projection], Any]) -> Project:
    """A projection whose rule is a function of the gap and of the right projection."""
    return lambda to, x, draw, flags: with_rounding(to, lambda gap: change(gap, to))(x, draw, flags)


def instead(name: str) -> Project:
    """A projection by another rule."""
    return with_rule(lambda gap, _: DETERMINISTIC[name](gap))


def with_place(change: Callable[[Fraction], Fraction]) -> Project:
    """A projection that sees another place in the gap."""
    return with_rule(lambda gap, to: to.rounding.goes_up(gap._replace(t=change(gap.t))))


def drawn(change: Callable[[Gap, int], object]) -> Project:
    """A projection whose stochastic rule is a function of the gap and of the number of random bits."""
    return with_rule(lambda gap, to: change(gap, to.rounding.bits))


def without_last_bit(t: Fraction) -> Fraction:
    """The place without the last of its bits."""
    return t if t.denominator <= 2 else Fraction(t.numerator - 1, t.denominator)


def in_subnormals(name: str) -> Project:
    """Another rule below the least normal number only."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        grid = to.format.grid
        small = not isinstance(x, Special) and x != 0 and isinstance(grid, FloatGrid) and floor_log2(magnitude(x)) < grid.emin
        return (instead(name) if small else REFERENCE.project)(to, x, draw, flags)

    return project


def twice(name: str) -> Project:
    """Rounded to a wider format first."""
    format = get_format(name)

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        first = Projection(format, "ties_to_even", "infinity")(x)
        second = to(format.decode(first.code), draw, flags)
        return Result(second.code, second.flags | (first.flags & (Flags.INEXACT | Flags.OVERFLOW)))

    return project


def edit_result(change: Callable[[Projection, Exact, Result], int]) -> Project:
    """A right result whose code is then changed."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        result = to(x, draw, flags)
        return Result(change(to, x, result), result.flags)

    return project


def number_of(to: Projection, code: int) -> tuple[bool, int] | None:
    """The sign and point of a code that is a number and not zero."""
    x = to.format.decode(code)
    return None if isinstance(x, Special) or x == 0 else to.format.point(code)


def lost_carry(step: Callable[[Format, int], int]) -> Project:
    """Where rounding carried into the next binade, another point than the right one."""

    def change(to: Projection, x: Exact, result: Result) -> int:
        point, grid = number_of(to, result.code), to.format.grid
        if point is None or isinstance(x, Special) or not isinstance(grid, FloatGrid):
            return result.code
        negative, n = point
        begins = n > grid.first_normal and (n - grid.first_normal) % (1 << grid.precision - 1) == 0
        carried = begins and magnitude(x) < grid.magnitude(n)
        return to.format.code(negative, max(step(to.format, n), to.format.first)) if carried else result.code

    return edit_result(change)


def flushed(to: Projection, _: Exact, result: Result) -> int:
    """Zero for a subnormal result."""
    point, least = number_of(to, result.code), to.format.least_normal
    return to.format.code(point[0], 0) if point and least and point[1] < least else result.code


def reading(change: Callable[[Format, Exact, int], Exact]) -> Callable[[Format, int], Exact]:
    """Operands that are read as something else."""
    return lambda source, code: change(source, source.decode(code), code)


def is_subnormal(format: Format, x: Exact) -> bool:
    """Whether a datum is a number below the least normal one of its format."""
    if isinstance(x, Special) or x == 0 or not isinstance(format.grid, FloatGrid):
        return False
    return floor_log2(magnitude(x)) < format.grid.emin


def scaled(factor: Fraction) -> Callable[[Format, int], Exact]:
    """Operands that are read too great or too small by a factor."""
    return reading(lambda f, x, _: x if isinstance(x, Special) or not isinstance(f.grid, FloatGrid) else rational(x) * factor)


def hidden_bit(format: Format, x: Exact, _: int) -> Exact:
    """The implied leading one added to a subnormal, at the exponent of the least normal number."""
    if not is_subnormal(format, x) or not isinstance(format.grid, FloatGrid):
        return x
    one = power_of_two(format.grid.emin)
    return rational(x) - one if is_negative(x) else rational(x) + one


def low_exponent(format: Format, x: Exact, _: int) -> Exact:
    """A subnormal operand read with an exponent one too low."""
    return rational(x) / 2 if is_subnormal(format, x) else x


def nan_as_number(format: Format, x: Exact, code: int) -> Exact:
    """A NaN's code read as the number that its bits would be."""
    if not is_nan(x):
        return x
    negative, n = format.point(code)
    m = format.grid.magnitude(n)
    return -m if negative and m else NEGATIVE_ZERO if negative else m


def infinity_as_number(format: Format, x: Exact, code: int) -> Exact:
    """An infinity's code read as the number that its bits would be."""
    if not is_infinite(x):
        return x
    negative, n = format.point(code)
    return -format.grid.magnitude(n) if negative else format.grid.magnitude(n)


def unsigned_reading(format: Format, x: Exact, code: int) -> Exact:
    """Two's complement bits read as an unsigned integer."""
    return format.grid.magnitude(code) if format.coding is Coding.TWOS_COMPLEMENT and format.vanishing else x


def truncated_addend(configuration: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    """The smaller addend cut off three bits below the larger one's last place, with nothing to say that more was there."""
    if not any(isinstance(x, Special) or x == 0 for x in data):
        large, small = sorted(data, key=lambda x: magnitude(x), reverse=True)
        precision = max(binade(format).bit_length() for format in configuration.operands)
        unit = power_of_two(floor_log2(magnitude(large)) - precision - 1)
        kept = magnitude(small) // unit * unit
        cut: Exact = Fraction(kept) if not is_negative(small) else -Fraction(kept) if kept else NEGATIVE_ZERO
        data = tuple(x if x is large else cut for x in data) if data[0] is not data[1] else data
    return REFERENCE.operate(configuration, data, draw)


def edit_outcome(change: Callable[[Configuration, tuple[Exact, ...], Exact], Exact]) -> Callable[..., Outcome]:
    """A right outcome whose datum is then changed."""

    def operate(configuration: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
        value, flags = REFERENCE.operate(configuration, data, draw)
        return change(configuration, data, value), flags

    return operate


def other_zero(_: Configuration, data: tuple[Exact, ...], value: Exact) -> Exact:
    """The zero of the other sign where a sum of numbers vanishes."""
    return negate(value) if is_zero(value) and not any(is_zero(x) for x in data) else value


def positive_zero(_: Configuration, __: tuple[Exact, ...], value: Exact) -> Exact:
    """The positive zero in the place of every zero."""
    return Fraction(0) if is_zero(value) else value


def sign_or(_: Configuration, data: tuple[Exact, ...], value: Exact) -> Exact:
    """A minus sign where both operands have one."""
    both = all(is_negative(x) for x in data[:2])
    return negate(value) if both and not is_nan(value) else value


def quiet_invalid(_: Configuration, __: tuple[Exact, ...], value: Exact) -> Exact:
    """Infinity in the place of a NaN."""
    return POSITIVE_INFINITY if is_nan(value) else value


def swapped(configuration: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    """The operands the other way round."""
    return REFERENCE.operate(configuration, data[::-1], draw)


def subtracted(configuration: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    """The second operand with the other sign."""
    return REFERENCE.operate(configuration, (data[0], negate(data[1])), draw)


def infinite_operand_is_nan(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """NaN in the place of an infinity."""
    return to(NAN if is_infinite(x) else x, draw, flags)


def with_flags(change: Callable[[Projection, Result, Flags], Flags]) -> Project:
    """Right codes with wrong flags."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        result = to(x, draw, flags)
        return Result(result.code, change(to, result, to(x, draw, Flags.NONE).flags))

    return project


def other_tininess(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Tininess found at the other side of rounding."""
    return replace(to, tininess="before" if to.tininess == "after" else "after")(x, draw, flags)


def mirrored(gap: Gap, to: Projection) -> object:
    """The rule as for the other sign."""
    return to.rounding.goes_up(gap._replace(negative=not gap.negative))


def other_parity(gap: Gap, to: Projection) -> object:
    """The rule as for a lower neighbour of the other parity."""
    return to.rounding.goes_up(gap._replace(odd=not gap.odd))


def value_of(to: Projection, x: Exact) -> Exact:
    """A number rounded to the result's format, by its rules, as a datum again."""
    return to.format.decode(to(x).code)


def unbounded(to: Projection, x: Exact) -> Exact:
    """A number rounded to even with the result's precision, as if the format had no ends."""
    if isinstance(x, Special) or x == 0:
        return x
    near = replace(to, rounding=get_rounding("ties_to_even"))
    n, _ = near.round(magnitude(x), is_negative(x))
    m = to.format.grid.magnitude(n)
    return -m if is_negative(x) else m
