"""Mutants of division and of roots."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec.exact import (
    NAN,
    NEGATIVE_ZERO,
    Exact,
    Special,
    is_zero,
    root,
)
from ...spec.flags import Flags
from ...spec.operands import Outcome, Setting
from ..mutants import REFERENCE, Mutant, deviation
from ..operations import Configuration
from .behaviours import unbounded, with_place
from .conditions import Applies, both, is_operation, negative_zero, not_rounds, rounded, tagged

Data = tuple[Exact, ...]
DIVIDES = is_operation("divide", "reciprocal")
ROOTS = is_operation("sqrt", "rsqrt", "hypot", "strict_hypot")


def _setting(c: Configuration, draw: int | None = None) -> Setting:
    assert c.to is not None, "the result is projected"
    return Setting(c.operands, c.to, draw)


def _two_bits(t: Fraction) -> Fraction:
    """The place with its first two bits alone."""
    return Fraction(4 * t // 1, 4)


def _numbers(c: Configuration, data: Data, draw: int | None, then: Callable[..., Exact]) -> Outcome:
    """Another result where the right one is a number other than zero."""
    value, flags = REFERENCE.operate(c, data, draw)
    if isinstance(value, Special) or is_zero(value):
        return value, flags
    return then(value), flags


def _one_less(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """A quotient that is one too small in its second bit behind the last place."""

    def less(value: Exact) -> Exact:
        if not isinstance(value, Fraction) or c.to is None:
            return value
        grid, m = c.to.format.grid, abs(value)
        n = grid.floor(m)
        m -= (grid.magnitude(n + 1) - grid.magnitude(n)) / 4
        return value if m <= 0 else -m if value < 0 else m

    return _numbers(c, data, draw, less)


def _by_reciprocal(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The dividend times the rounded reciprocal of the divisor."""

    def twice(value: Exact) -> Exact:
        x, y = data
        inverse = unbounded(_setting(c).to, 1 / y) if isinstance(y, Fraction) and y else y
        return x * inverse if isinstance(x, Fraction) and isinstance(inverse, Fraction) and inverse else value

    return _numbers(c, data, draw, twice)


def _newton(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """A truncated reciprocal refined by one step of Newton's, each operation of which is rounded."""

    def refined(value: Exact) -> Exact:
        (x,), to = data, _setting(c).to
        if not isinstance(x, Fraction) or not isinstance(value, Fraction):
            return value
        n = to.format.grid.floor(abs(value))
        first = to.format.grid.magnitude(n) * (-1 if value < 0 else 1)
        product = unbounded(to, x * first)
        error = unbounded(to, 1 - product) if isinstance(product, Fraction) else Fraction(0)
        step = unbounded(to, first * error) if isinstance(error, Fraction) and error and first else Fraction(0)
        return first + step if isinstance(step, Fraction) and first + step else value

    return _numbers(c, data, draw, refined)


def _pole(change: Callable[[Exact], Outcome]) -> Callable[[Configuration, Data, int | None], Outcome]:
    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        value, flags = REFERENCE.operate(c, data, draw)
        return change(value) if Flags.INFINITE in flags else (value, flags)

    return operate


def _has_pole(c: Configuration) -> bool:
    """Some zero divides, and its sign is known."""
    return tagged("arithmetic/pole", "scaling/log-b")(c) and (c.operands[-1].has_negative_zero or c.operation == "log_b")


def _root_of_negative_zero(_: Configuration, data: Data, __: int | None) -> Outcome | None:
    return (NAN, Flags.INVALID) if data[0] is NEGATIVE_ZERO else None


def _instead(change: Callable[[Configuration, Data, int | None], Outcome | None]) -> Callable[..., Outcome]:
    """Another outcome where the change has one."""

    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        return change(c, data, draw) or REFERENCE.operate(c, data, draw)

    return operate


def _root_first(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """One divided by the rounded square root."""

    def twice(value: Exact) -> Exact:
        x = data[0]
        first = unbounded(_setting(c).to, root(x, 2)) if isinstance(x, Fraction) and x > 0 else x
        return 1 / first if isinstance(first, Fraction) and first else value

    return _numbers(c, data, draw, twice)


def _reciprocal_first(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The square root of the rounded reciprocal."""

    def twice(value: Exact) -> Exact:
        x = data[0]
        first = unbounded(_setting(c).to, 1 / x) if isinstance(x, Fraction) and x > 0 else x
        return root(first, 2) if isinstance(first, Fraction) and first > 0 else value

    return _numbers(c, data, draw, twice)


def _may_be_wrong(*conditions: Applies) -> Applies:
    return both(rounded, *conditions)


QUOTIENTS: tuple[Mutant, ...] = (
    deviation(
        "divide.sticky-ignored",
        "the remainder of a division does not reach the sticky bit",
        _may_be_wrong(DIVIDES, not_rounds("toward_zero")),
        project=with_place(_two_bits),
    ),
    deviation(
        "divide.quotient-off-by-one",
        "the quotient is one too small in its second bit behind the last place",
        _may_be_wrong(DIVIDES),
        operate=_one_less,
    ),
    deviation(
        "divide.by-reciprocal",
        "the rounded reciprocal is multiplied",
        _may_be_wrong(is_operation("divide")),
        operate=_by_reciprocal,
    ),
    deviation(
        "divide.by-zero-flag-missing",
        "division by zero raises nothing",
        _has_pole,
        operate=_pole(lambda value: (value, Flags.NONE)),
    ),
    deviation(
        "divide.by-zero-is-invalid",
        "division by zero is NaN and invalid",
        both(_has_pole, lambda c: c.to is not None and not c.to.overflow.wrap),
        operate=_pole(lambda _: (NAN, Flags.INVALID)),
    ),
    deviation(
        "reciprocal.newton",
        "one step of Newton's, rounded at every operation",
        _may_be_wrong(is_operation("reciprocal")),
        operate=_newton,
    ),
    deviation(
        "sqrt.negative-zero",
        "the square root of the negative zero is invalid",
        both(is_operation("sqrt", "rsqrt"), negative_zero, lambda c: c.operands[0].has_negative_zero),
        operate=_instead(_root_of_negative_zero),
    ),
    deviation(
        "sqrt.truncated-remainder",
        "the remainder of a root does not reach the sticky bit",
        _may_be_wrong(ROOTS, not_rounds("toward_zero")),
        project=with_place(_two_bits),
    ),
    deviation(
        "rsqrt.rounded-twice", "the root is rounded and then divided", _may_be_wrong(is_operation("rsqrt")), operate=_root_first
    ),
    deviation(
        "rsqrt.root-of-reciprocal",
        "the root of the rounded reciprocal",
        _may_be_wrong(is_operation("rsqrt")),
        operate=_reciprocal_first,
    ),
)
"""Mutants of division and roots."""
