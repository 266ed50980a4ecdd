"""Behaviours that deviate where a number lies outside the range."""

from __future__ import annotations

from collections.abc import Callable

from ...spec.exact import (
    NAN,
    POSITIVE_INFINITY,
    Exact,
    Special,
    is_negative,
    magnitude,
)
from ...spec.flags import Flags, Result
from ...spec.formats import Unrepresentable
from ...spec.overflow import Excess
from ...spec.projection import Projection
from ..mutants import Project
from .behaviours import with_overflow


def early_overflow(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Compared with the last number before rounding instead of after."""
    if not isinstance(x, Special):
        negative = is_negative(x)
        limit = to.overflow.limit(to.format, negative)
        if magnitude(x) > to.format.grid.magnitude(limit) and to.format.first <= limit:
            carries = bool(to.rounding.goes_up(to.past_end(negative)))
            return Result(
                to.overflow.rule(Excess(to.format, negative, limit + 1, carries)), flags | Flags.OVERFLOW | Flags.INEXACT
            )
    return to(x, draw, flags)


def with_excess(change: Callable[[Excess], int]) -> Project:
    """Another code for numbers past the end."""
    return lambda to, x, draw, flags: with_overflow(to, change)(x, draw, flags)


def wrapped_code(x: Excess) -> int:
    """The point's bits running over into the sign and out of the code."""
    n = x.format.limit(x.negative) + 1 if x.n is None else x.n
    return (n + (x.negative << x.format.width - 1)) % (1 << x.format.width)


def one_less(x: Excess) -> int:
    """The last number but one."""
    return x.format.code(x.negative, max(x.format.limit(x.negative) - 1, x.format.first))


def nan_code(x: Excess) -> int:
    """The canonical NaN."""
    code = x.format.canonical(NAN)
    if code is None:
        raise Unrepresentable(f"{x.format.name} has no NaN")
    return code


def largest(x: Excess) -> int:
    """The last number."""
    return x.format.code(x.negative, x.format.limit(x.negative))


def zero_code(x: Excess) -> int:
    """Zero."""
    return x.format.code(False, 0)


def infinite_code(x: Excess) -> int:
    """The infinity of the sign, or NaN."""
    code = x.format.canonical(Special.NEGATIVE_INFINITY if x.negative else POSITIVE_INFINITY)
    return nan_code(x) if code is None else code


def symmetric_code(x: Excess) -> int:
    """The last number that the format has on both sides."""
    return x.format.code(x.negative, min(x.format.top, x.format.top_negative))
