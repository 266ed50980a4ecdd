"""Operations that binary64 carries out exactly for every format that it holds: minimum and maximum in all families, clamp,
remainders, exponents, and rounding to integral values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.projection import Projection
from .floats import Bools, Computed, Floats, Formats, Values
from .projection import integral

Selection = Callable[[Values, Formats, Projection], Computed]
Before = Callable[[Floats, Floats], Bools]
"""Whether the first of two numbers comes before the second; false where one is a NaN."""


def less(x: Floats, y: Floats) -> Bools:
    """The array form of ``extrema.less``."""
    before: Bools = (x < y) | ((x == y) & np.signbit(x) & ~np.signbit(y))
    return before


def greater(x: Floats, y: Floats) -> Bools:
    """The opposite order."""
    return less(y, x)


def propagating(before: Before, x: Floats, y: Floats) -> Floats:
    """The array form of ``extrema.propagating``."""
    return np.where(before(y, x) | np.isnan(y), y, x)


def number(before: Before, x: Floats, y: Floats) -> Floats:
    """The array form of ``extrema.number``."""
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, propagating(before, x, y)))


def by_magnitude(before: Before, x: Floats, y: Floats) -> Floats:
    """The array form of ``extrema.by_magnitude``."""
    a, b = np.abs(x), np.abs(y)
    nan = np.isnan(x) | np.isnan(y)
    chosen = np.where(before(a, b), x, np.where(before(b, a), y, propagating(before, x, y)))
    return np.where(nan, np.nan, chosen)


def by_magnitude_number(before: Before, x: Floats, y: Floats) -> Floats:
    """The array form of ``extrema.by_magnitude_number``."""
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, by_magnitude(before, x, y)))


def finite(before: Before, x: Floats, y: Floats) -> Floats:
    """The array form of ``extrema.finite``."""
    chosen = number(before, x, y)
    chosen = np.where(np.isinf(x) & np.isfinite(y), y, chosen)
    return np.where(np.isinf(y) & np.isfinite(x), x, chosen)


def _family(rule: Callable[[Before, Floats, Floats], Floats], before: Before) -> Selection:
    def select(values: Values, formats: Formats, to: Projection) -> Computed:
        del formats, to
        return Computed(rule(before, *values))

    return select


EXTREMA: dict[str, Selection] = {
    f"{extremum}{family}": _family(rule, before)
    for extremum, before in (("minimum", less), ("maximum", greater))
    for family, rule in (
        ("", propagating),
        ("_number", number),
        ("_magnitude", by_magnitude),
        ("_magnitude_number", by_magnitude_number),
        ("_finite", finite),
    )
}
"""The families of 2019 and of P3109 by name; those of 2008 look at the kind of a NaN, which numbers do not tell."""


def clamp(values: Values, formats: Formats, to: Projection) -> Computed:
    """The array form of ``extrema.exact_clamp``."""
    del formats, to
    x, low, high = values
    chosen = propagating(less, propagating(greater, x, low), high)
    return Computed(np.where((low > high) | np.isnan(low) | np.isnan(x), np.nan, chosen))


def relu(values: Values, formats: Formats, to: Projection) -> Computed:
    """The numbers above zero; the positive zero for zeros and for all below."""
    del formats, to
    (x,) = values
    return Computed(np.where(np.signbit(x) & ~np.isnan(x), x.dtype.type(0), x))


def relu6(values: Values, formats: Formats, to: Projection) -> Computed:
    """relu, cut at 6."""
    (x,) = values
    return relu((np.minimum(x, x.dtype.type(6)),), formats, to)


def hard_tanh(values: Values, formats: Formats, to: Projection) -> Computed:
    """The numbers cut to the interval from -1 to 1."""
    del formats, to
    return Computed(np.clip(values[0], -1, 1))


def fmod(values: Values, formats: Formats, to: Projection) -> Computed:
    """C's remainder, which the host computes exactly."""
    del formats, to
    return Computed(np.fmod(*values))


def remainder(values: Values, formats: Formats, to: Projection) -> Computed:
    """IEEE 754's remainder, from C's by twice the divisor, by taking off none, one or two divisors.

    Differences are exact where they are used (Sterbenz); a doubling that overflows still compares as it should.
    """
    del formats, to
    x, y = values
    divisor = np.abs(y)
    rest = np.abs(np.fmod(x, 2 * divisor))
    less_one = rest - divisor
    # A tie goes to the even multiple: to none at half a divisor, to two at one and a half.
    rest = np.where(2 * less_one >= divisor, less_one - divisor, np.where(2 * rest > divisor, less_one, rest))
    signed = np.where(rest == 0, np.copysign(rest, x), np.where(np.signbit(x), -rest, rest))
    return Computed(np.where(np.isinf(y) & np.isfinite(x), x, signed))


def log_b(values: Values, formats: Formats, to: Projection) -> Computed:
    """The exponents."""
    del formats, to
    (x,) = values
    found = (np.frexp(x)[1] - 1).astype(np.float64)
    found = np.where(np.isfinite(x), found, np.abs(x))
    return Computed(np.where(x == 0, -np.inf, found), None, (x == 0).astype(np.uint8) * np.uint8(Flags.INFINITE))


def round_to_integral(values: Values, formats: Formats, to: Projection, draw: NDArray[Any] | None, *, exact: bool) -> Computed:
    """The integral values, by the projection's own rule; with ``exact`` the others raise inexact."""
    del formats
    found, inexact = integral(values[0], to, draw)
    return Computed(found, None, inexact.astype(np.uint8) * np.uint8(Flags.INEXACT) if exact else None)


INTEGRAL: dict[str, Callable[..., Computed]] = {
    "round_to_integral": partial(round_to_integral, exact=False),
    "round_to_integral_exact": partial(round_to_integral, exact=True),
    "to_integer": partial(round_to_integral, exact=False),
}
