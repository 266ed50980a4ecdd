"""Mutants of minimum, maximum and clamp."""

from __future__ import annotations

from collections.abc import Callable

from ...spec.exact import Exact, Special, is_nan, is_zero
from ...spec.extrema import greater, less
from ...spec.flags import Flags, Result
from ...spec.operands import Outcome
from ..mutants import REFERENCE, Mutant, deviation
from ..operations import Configuration
from .conditions import both, both_zeros, has, is_operation, tagged

Data = tuple[Exact, ...]
PROPAGATING = tagged("extrema/propagating", "extrema/magnitude")
NUMBER = tagged("extrema/number", "extrema/magnitude-number", "extrema/finite", "extrema/number-2008", "extrema/magnitude-2008")
EXTREMUM = tagged("extrema/order")
MAGNITUDE = tagged("extrema/magnitude", "extrema/magnitude-number", "extrema/magnitude-2008")


def _pair(change: Callable[[str, Exact, Exact], Outcome | None]) -> Callable[..., Outcome]:
    """Another outcome of an operation on two data where the change has one."""

    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        other = change(c.operation, *data) if len(data) == 2 else None
        return REFERENCE.operate(c, data, draw) if other is None else other

    return operate


def _nan_out(_: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) == is_nan(y):
        return None
    return Special.NAN, Flags.INVALID if Special.SIGNALING_NAN in (x, y) else Flags.NONE


def _number_out(_: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) == is_nan(y):
        return None
    return y if is_nan(x) else x, Flags.INVALID if Special.SIGNALING_NAN in (x, y) else Flags.NONE


def _first_zero(_: str, x: Exact, y: Exact) -> Outcome | None:
    return (y, Flags.NONE) if is_zero(x) and is_zero(y) else None


def _by_value(name: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) or is_nan(y):
        return None
    before = less if name.startswith("min") else greater
    return (y if before(y, x) else x), Flags.NONE


def _other_end(name: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) or is_nan(y):
        return None
    before = greater if name.startswith("min") else less
    return (y if before(y, x) else x), Flags.NONE


def _unchecked_bounds(c: Configuration, data: Data, draw: int | None) -> Outcome:
    x, low, high = data
    if any(map(is_nan, data)):
        return REFERENCE.operate(c, data, draw)
    raised = low if less(x, low) else x
    return (high if less(high, raised) else raised), Flags.NONE


def _quiet(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    return value, flags & ~Flags.INVALID


EXTREMA: tuple[Mutant, ...] = (
    deviation("min.nan-propagates", "a NaN wins over a number", both(NUMBER, has(Special.NAN)), operate=_pair(_nan_out)),
    deviation(
        "min.nan-ignored",
        "a number wins over a NaN",
        both(PROPAGATING, has(Special.NAN)),
        operate=_pair(_number_out),
    ),
    deviation(
        "min.zero-order-ignored",
        "of two zeros the second is taken",
        both(EXTREMUM, both_zeros, lambda c: len(c.operands) == 2),
        operate=_pair(_first_zero),
    ),
    deviation(
        "min.signaling-quiet",
        "a signaling NaN raises nothing",
        both(EXTREMUM, has(Special.SIGNALING_NAN)),
        operate=_quiet,
        choose_nan=lambda to, flags, operands: Result(to.nan_result(flags, operands).code, flags & ~Flags.INVALID),
    ),
    deviation("min.magnitude-ignored", "numbers are compared with their signs", MAGNITUDE, operate=_pair(_by_value)),
    deviation(
        "min.other-end", "the other operand is taken", both(EXTREMUM, lambda c: len(c.operands) == 2), operate=_pair(_other_end)
    ),
    deviation(
        "clamp.bounds-unchecked", "bounds the wrong way round are used", is_operation("clamp"), operate=_unchecked_bounds
    ),
)
"""Mutants of operations that choose."""
