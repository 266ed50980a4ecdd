"""Mutants of roundings to integers and conversions to integer formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ...spec.exact import NEGATIVE_INFINITY, POSITIVE_INFINITY, Exact, Special, floor_log2, is_negative, magnitude
from ...spec.flags import Flags, Result
from ...spec.formats import FloatGrid
from ...spec.operands import Outcome, Setting
from ...spec.overflow import RULES, Excess
from ...spec.projection import Projection
from ...spec.rounding import DETERMINISTIC, Rounding
from ..mutants import REFERENCE, Mutant, deviation
from ..operations import Configuration
from .behaviours import unbounded
from .conditions import INTEGRAL, both, holds, is_operation, not_rounds, rounds
from .excesses import with_excess

Data = tuple[Exact, ...]
ROUNDS_TO_INTEGER = is_operation(*INTEGRAL)


def _by_rule(name: str) -> Callable[[Configuration, Data, int | None], Outcome]:
    """Rounded to an integer by another rule."""

    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        assert c.to is not None, "an integer is projected"
        assert c.described is not None, "decode rounds nothing"
        assert c.described.exact is not None, "an integer is a number"
        other = replace(c.to, rounding=Rounding(c.to.rounding.name, c.to.rounding.bits, DETERMINISTIC[name]))
        return c.described.exact(Setting(c.operands, other, draw), *data)

    return operate


def _half_added(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The floor of the magnitude plus one half, a sum that is itself rounded."""
    (x,) = data
    if isinstance(x, Special) or x == 0 or c.to is None:
        return REFERENCE.operate(c, data, draw)
    inner = Projection(c.operands[0], "ties_to_even", "saturate")
    total = unbounded(inner, magnitude(x) + Fraction(1, 2))  # type: ignore[operator]
    whole = Fraction(total // 1) if isinstance(total, Fraction) else Fraction(0)
    value: Exact = (-whole if whole else Special.NEGATIVE_ZERO) if is_negative(x) else whole
    return value, REFERENCE.operate(c, data, draw)[1]


def _raised(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    return value, flags | (Flags.INEXACT if not isinstance(data[0], Special) and value != data[0] else Flags.NONE)


def _silent(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    return value, flags & ~Flags.INEXACT


def _range_first(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """Numbers beyond the last integer that would be rounded back to it, taken for infinite."""
    (x,), to = data, c.to
    if not isinstance(x, Special) and to is not None:
        negative = is_negative(x)
        limit = to.format.limit(negative) if negative is False or to.format.signed else 0
        if magnitude(x) > to.format.grid.magnitude(limit):
            return NEGATIVE_INFINITY if negative else POSITIVE_INFINITY, Flags.NONE
    return REFERENCE.operate(c, data, draw)


def _nan_as(code: Callable[[Projection], int]) -> Callable[..., Result]:
    return lambda to, flags, operands: Result(code(to), to.nan_result(flags, operands).flags)


def _integer_rule(*names: str) -> Callable[[Configuration], bool]:
    return lambda c: c.to is not None and c.to.overflow.name in names


def _any_integer_rule(c: Configuration) -> bool:
    return c.to is not None and c.to.overflow.nan is not None


def _other_rule(name: str) -> Callable[[Excess], int]:
    return RULES[name].rule


def _exponent_of_subnormal(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The exponent field's value taken for the exponent of a subnormal number."""
    value, flags = REFERENCE.operate(c, data, draw)
    grid, x = c.operands[0].grid, data[0]
    if isinstance(x, Special) or x == 0 or not isinstance(grid, FloatGrid):
        return value, flags
    return (Fraction(grid.emin), flags) if floor_log2(magnitude(x)) < grid.emin else (value, flags)


def _greatest(to: Projection) -> int:
    return to.format.top


def _indefinite(to: Projection) -> int:
    return 1 << to.format.width - 1 if to.format.signed else (1 << to.format.width) - 1


def _overflow_flags(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    return replace(to, overflow=replace(to.overflow, raises=Flags.OVERFLOW | Flags.INEXACT))(x, draw, flags)


def _has_subnormals(c: Configuration) -> bool:
    return (c.operands[0].least_normal or 0) > 1


def _rounds_even(c: Configuration) -> bool:
    return c.to is not None and c.to.rounding.name == "ties_to_even"


INTEGERS: tuple[Mutant, ...] = (
    deviation(
        "round.ties-away",
        "ties go to the integer of greater magnitude",
        both(ROUNDS_TO_INTEGER, _rounds_even),
        operate=_by_rule("ties_to_away"),
    ),
    deviation(
        "round.truncates",
        "the fraction is dropped",
        both(ROUNDS_TO_INTEGER, not_rounds("toward_zero")),
        operate=_by_rule("toward_zero"),
    ),
    deviation(
        "round.mode-ignored",
        "integers are always rounded to even",
        both(ROUNDS_TO_INTEGER, not_rounds("ties_to_even")),
        operate=_by_rule("ties_to_even"),
    ),
    deviation(
        "round.half-added",
        "one half is added, rounded, and the sum cut off",
        both(ROUNDS_TO_INTEGER, rounds("ties_to_even", "ties_to_away")),
        operate=_half_added,
    ),
    deviation(
        "round.inexact-raised",
        "inexact is raised where the integer is not the operand",
        is_operation("round_to_integral", "to_integer"),
        operate=_raised,
    ),
    deviation("round.inexact-missing", "inexact is not raised", is_operation("round_to_integral_exact"), operate=_silent),
    deviation(
        "integer.range-before-rounding",
        "the range is checked before the fraction is gone",
        both(is_operation("to_integer"), _any_integer_rule),
        operate=_range_first,
    ),
    deviation(
        "integer.nan-zero",
        "a NaN becomes zero",
        both(_integer_rule("integer_saturate_high", "integer_indefinite"), lambda c: holds(c, Special.NAN)),
        choose_nan=_nan_as(lambda _: 0),
    ),
    deviation(
        "integer.nan-greatest",
        "a NaN becomes the greatest integer",
        both(
            _integer_rule("integer_saturate", "integer_indefinite", "integer_modular"),
            lambda c: (
                holds(c, Special.NAN)
                and c.to is not None
                and (c.to.format.signed or c.to.overflow.name != "integer_indefinite")
            ),
        ),
        choose_nan=_nan_as(_greatest),
    ),
    deviation(
        "integer.nan-indefinite",
        "a NaN becomes the integer indefinite",
        both(
            _integer_rule("integer_saturate", "integer_saturate_high", "integer_modular"),
            lambda c: (
                holds(c, Special.NAN)
                and c.to is not None
                and (c.to.format.signed or c.to.overflow.name != "integer_saturate_high")
            ),
        ),
        choose_nan=_nan_as(_indefinite),
    ),
    deviation(
        "integer.overflow-flags",
        "an integer out of range raises overflow and inexact instead of invalid",
        _any_integer_rule,
        project=_overflow_flags,
    ),
    deviation(
        "integer.saturates",
        "an integer out of range becomes the nearest one",
        _integer_rule("integer_indefinite", "integer_modular"),
        project=with_excess(_other_rule("integer_saturate")),
    ),
    deviation(
        "integer.wraps",
        "an integer out of range becomes its low bits",
        _integer_rule("integer_saturate", "integer_saturate_high", "integer_indefinite"),
        project=with_excess(_other_rule("integer_modular")),
    ),
    deviation(
        "log_b.subnormal",
        "the exponent of every subnormal number is that of the least normal one",
        both(is_operation("log_b"), _has_subnormals),
        operate=_exponent_of_subnormal,
    ),
)
"""Mutants of integers."""
