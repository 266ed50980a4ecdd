"""Mutants of hypotenuses, functions and remainders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ...spec.activations import exact_hard_sigmoid
from ...spec.arithmetic import exact_product
from ...spec.exact import (
    NAN,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    Exact,
    Magnitude,
    Special,
    is_infinite,
    is_nan,
    is_negative,
    is_zero,
    magnitude,
    root,
)
from ...spec.extrema import exact_maximum
from ...spec.flags import Flags, Result
from ...spec.integral import exact_fmod, exact_remainder
from ...spec.operands import Outcome, Setting
from ...spec.overflow import RULES
from ...spec.projection import Projection
from ..mutants import REFERENCE, Mutant, Project, deviation
from ..operations import Configuration
from .conditions import Applies, both, holds, is_operation, is_read, rounded

Data = tuple[Exact, ...]


def _setting(c: Configuration, draw: int | None = None) -> Setting:
    assert c.to is not None, "the result is projected"
    return Setting(c.operands, c.to, draw)


def _instead(change: Callable[[Configuration, Data, int | None], Outcome | None]) -> Callable[..., Outcome]:
    """Another outcome where the change has one."""

    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        return change(c, data, draw) or REFERENCE.operate(c, data, draw)

    return operate


def _remainder(whole: Callable[[Fraction], int]) -> Callable[..., Outcome]:
    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        x, y = data
        if not (isinstance(x, Fraction) and isinstance(y, Fraction) and x and y):
            return REFERENCE.operate(c, data, draw)
        rest = x - whole(x / y) * y
        return rest or (NEGATIVE_ZERO if x < 0 else Fraction(0)), Flags.NONE

    return operate


def _half_away(quotient: Fraction) -> int:
    n = int(abs(quotient) + Fraction(1, 2))
    return -n if quotient < 0 else n


def _squares_overflow(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """Squares rounded in the result's format, where they overflow and underflow."""
    value, flags = REFERENCE.operate(c, data, draw)
    if not all(isinstance(x, Fraction) or x is NEGATIVE_ZERO for x in data) or is_zero(value):
        return value, flags
    to = replace(_setting(c).to, overflow=RULES["infinity"])
    squares = [to.format.decode(to(magnitude(x) * magnitude(x)).code) for x in data]  # type: ignore[operator]
    if any(is_infinite(x) or is_nan(x) for x in squares):
        return POSITIVE_INFINITY, Flags.OVERFLOW | Flags.INEXACT
    total = sum((x for x in squares if isinstance(x, Fraction)), Fraction(0))
    return root(total, 2), flags


def _greater_of_both(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The maximum of x and x times the slope."""
    product, flags = exact_product(*data)
    value, raised = exact_maximum(_setting(c, draw), data[0], product)
    return value, flags | raised


def _nan_wins(_: Configuration, data: Data, __: int | None) -> Outcome | None:
    return (NAN, Flags.NONE) if Special.NAN in data and Special.SIGNALING_NAN not in data else None


def _infinity_wins(_: Configuration, data: Data, __: int | None) -> Outcome | None:
    return (POSITIVE_INFINITY, Flags.NONE) if any(map(is_infinite, data)) and Special.SIGNALING_NAN not in data else None


def _near(m: Magnitude, low: Fraction, high: Fraction) -> Fraction | None:
    """The point or middle of a gap that a number lies beside by less than a 64th of it, without being there."""
    part = (high - low) / 64
    for place in (low, (low + high) / 2, high):
        if m > place - part and m < place + part and m != place:
            return place
    return None


def _one_code_off(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """What lies just beside a point or a middle taken to lie on its other side."""
    if isinstance(x, Special | Fraction):
        return to(x, draw, flags)
    m, grid = magnitude(x), to.format.grid
    n = grid.floor(m)
    low, high = grid.magnitude(n), grid.magnitude(n + 1)
    place = _near(m, low, high)
    if place is None:
        return to(x, draw, flags)
    step = (high - low) / 128
    other = place - step if m > place else place + step
    return to(-other if is_negative(x) else other, draw, flags) if other > 0 else to(x, draw, flags)


def _through(name: str, rule: str) -> Project:
    """An approximation in another format, with another rule, rounded a second time."""
    first = Projection(name, rule, "infinity")

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        if isinstance(x, Special | Fraction):
            return to(x, draw, flags)
        between = first(x)
        result = to(first.format.decode(between.code), draw, flags)
        return Result(result.code, result.flags | (between.flags & Flags.INEXACT))

    return project


RATIONAL = [
    "arithmetic/convert",
    "arithmetic/add",
    "arithmetic/subtract",
    "arithmetic/multiply",
    "arithmetic/divide",
    "arithmetic/reciprocal",
    "arithmetic/fma",
    "arithmetic/faa",
    "arithmetic/dot-product",
]


def irrational(c: Configuration) -> bool:
    """Results can be irrational numbers."""
    first = c.described.clauses[0] if c.described else ""
    chapter = first.partition("/")[0]
    return c.is_projected and first not in RATIONAL and chapter not in {"integral", "scaling", "extrema", "activation"}


def _narrow(c: Configuration) -> bool:
    """The result has fewer significant bits than binary32 and lies within its range."""
    return c.to is not None and c.to.format.width <= 16


def _both_signs(c: Configuration) -> bool:
    return is_read(c) and all(format.signed for format in c.operands)


def _may_be_wrong(*conditions: Applies) -> Applies:
    return both(rounded, *conditions)


FUNCTIONS: tuple[Mutant, ...] = (
    deviation(
        "remainder.is-fmod",
        "the quotient is truncated",
        is_operation("remainder"),
        operate=lambda c, data, draw: exact_fmod(_setting(c, draw), *data),
    ),
    deviation(
        "fmod.is-remainder",
        "the quotient is rounded to nearest",
        is_operation("fmod"),
        operate=lambda c, data, draw: exact_remainder(_setting(c, draw), *data),
    ),
    deviation(
        "remainder.tie-parity",
        "of two integers equally near the quotient the greater is taken",
        is_operation("remainder"),
        operate=_remainder(_half_away),
    ),
    deviation(
        "fmod.floored",
        "the quotient is floored, so that the result has the sign of the divisor",
        both(is_operation("fmod"), _both_signs),
        operate=_remainder(lambda quotient: quotient // 1),
    ),
    deviation(
        "hypot.squares-overflow",
        "the squares are rounded, and overflow",
        _may_be_wrong(is_operation("hypot", "strict_hypot")),
        operate=_squares_overflow,
    ),
    deviation(
        "hypot.nan-over-infinity",
        "a quiet NaN wins over an infinite side",
        both(is_operation("hypot"), lambda c: holds(c, NAN) and holds(c, POSITIVE_INFINITY)),
        operate=_instead(_nan_wins),
    ),
    deviation(
        "hypot.infinity-over-nan",
        "an infinite side wins over a quiet NaN",
        both(is_operation("strict_hypot"), lambda c: holds(c, NAN) and holds(c, POSITIVE_INFINITY)),
        operate=_instead(_infinity_wins),
    ),
    deviation(
        "hard-sigmoid.sixth",
        "the slope is 1/6 instead of 2731/16384",
        both(rounded, is_operation("hard_sigmoid_dpu")),
        operate=lambda c, data, draw: exact_hard_sigmoid(_setting(c, draw), *data),
    ),
    deviation(
        "leaky-relu.maximum",
        "the greater of a number and of its product with the slope is taken",
        is_operation("leaky_relu"),
        operate=_greater_of_both,
    ),
    deviation(
        "functions.one-ulp",
        "a result just beside a point or a middle is rounded as if it lay on the other side",
        _may_be_wrong(irrational),
        project=_one_code_off,
    ),
    deviation(
        "functions.through-binary32",
        "a truncated binary32 approximation is rounded",
        _may_be_wrong(irrational, _narrow),
        project=_through("binary32", "toward_zero"),
    ),
)
"""Mutants of hypotenuses, functions and remainders."""
