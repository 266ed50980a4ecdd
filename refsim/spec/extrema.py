"""Minimum and maximum in all their families, and clamp.

The result is one of the operands' data, projected. A family says what a NaN does, and whether magnitudes or infinities count
first; each is one rule for its minimum, with the order of the numbers, and for its maximum, with the opposite order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .comparison import Relation, relation
from .exact import SIGNALING_NAN, Exact, is_infinite, is_nan, is_negative, is_zero, negate
from .flags import Flags, Result
from .formats import Number
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform
from .projection import Projection

Order = Callable[[Exact, Exact], bool]
"""Whether the first of two data that are no NaNs comes before the second."""


def less(x: Exact, y: Exact) -> bool:
    """The negative zero **must** come before the positive one, and otherwise numbers and infinities in their order.

    IEEE 754-2019 9.6; for minNum and maxNum of 2008, which leave two zeros open, a decision. [extrema/order]
    """
    if is_zero(x) and is_zero(y):
        return is_negative(x) and not is_negative(y)
    return relation(x, y) is Relation.LESS


def greater(x: Exact, y: Exact) -> bool:
    """The opposite order."""
    return less(y, x)


def propagating(before: Order, _: Setting, x: Exact, y: Exact) -> Outcome:
    """The operand that comes first **must** win; the result is NaN where an operand is.

    IEEE 754-2019 minimum, maximum; P3109 Minimum, Maximum. [extrema/propagating]
    """
    return nan_of(x, y) or (y if before(y, x) else x, Flags.NONE)


def number(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """A number **must** win over a NaN, which raises invalid where it is signaling; otherwise as ``propagating``.

    IEEE 754-2019 minimumNumber, maximumNumber; P3109 likewise; RISC-V FMIN, FMAX. [extrema/number]
    """
    return _number_over_nan(x, y) or propagating(before, setting, x, y)


def by_magnitude(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The operand whose magnitude comes first **must** win, and where neither does, as ``propagating``.

    IEEE 754-2019 minimumMagnitude, maximumMagnitude; P3109 likewise. [extrema/magnitude]
    """
    return nan_of(x, y) or _first_magnitude(before, x, y) or propagating(before, setting, x, y)


def by_magnitude_number(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """A number **must** win over a NaN, which raises invalid where it is signaling; otherwise as ``by_magnitude``.

    IEEE 754-2019 minimumMagnitudeNumber, maximumMagnitudeNumber; P3109 likewise. [extrema/magnitude-number]
    """
    return _number_over_nan(x, y) or by_magnitude(before, setting, x, y)


def number_2008(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """A number **must** win over a quiet NaN, but a signaling one make the result NaN and raise invalid.

    IEEE 754-2008 minNum, maxNum. [extrema/number-2008]
    """
    return (nan_of(x, y) if SIGNALING_NAN in (x, y) else None) or number(before, setting, x, y)


def magnitude_2008(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The operand whose magnitude comes first **must** win, and where neither does, as ``number_2008``.

    IEEE 754-2008 minNumMag, maxNumMag. [extrema/magnitude-2008]
    """
    return (None if nan_of(x, y) else _first_magnitude(before, x, y)) or number_2008(before, setting, x, y)


def finite(before: Order, setting: Setting, x: Exact, y: Exact) -> Outcome:
    """A finite number **must** win over an infinity, and either over a NaN; otherwise as ``propagating``.

    P3109 MinimumFinite, MaximumFinite. [extrema/finite]
    """
    if not nan_of(x, y) and is_infinite(x) != is_infinite(y):
        return y if is_infinite(x) else x, Flags.NONE
    return number(before, setting, x, y)


def _number_over_nan(x: Exact, y: Exact) -> Outcome | None:
    nan = nan_of(x, y)
    return (y if is_nan(x) else x, nan[1]) if nan and is_nan(x) != is_nan(y) else None


def _first_magnitude(before: Order, x: Exact, y: Exact) -> Outcome | None:
    a, b = (negate(datum) if is_negative(datum) else datum for datum in (x, y))
    return (x, Flags.NONE) if before(a, b) else (y, Flags.NONE) if before(b, a) else None


exact_minimum, exact_maximum = partial(propagating, less), partial(propagating, greater)
exact_minimum_number, exact_maximum_number = partial(number, less), partial(number, greater)
exact_minimum_magnitude, exact_maximum_magnitude = partial(by_magnitude, less), partial(by_magnitude, greater)
exact_minimum_magnitude_number = partial(by_magnitude_number, less)
exact_maximum_magnitude_number = partial(by_magnitude_number, greater)
exact_min_num, exact_max_num = partial(number_2008, less), partial(number_2008, greater)
exact_min_num_mag, exact_max_num_mag = partial(magnitude_2008, less), partial(magnitude_2008, greater)
exact_minimum_finite, exact_maximum_finite = partial(finite, less), partial(finite, greater)


def exact_clamp(setting: Setting, x: Exact, low: Exact, high: Exact) -> Outcome:
    """The result **must** be the minimum of the upper bound and of the maximum of x and the lower bound; NaN where an operand
    is, and NaN and invalid where the bounds are the wrong way round.

    P3109 Clamp. [extrema/clamp]
    """
    if nan := nan_of(x, low, high):
        return nan
    if relation(low, high) is Relation.GREATER:
        return INVALID_OUTCOME
    return exact_minimum(setting, exact_maximum(setting, x, low)[0], high)


def minimum(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The lesser operand, NaN where an operand is one."""
    return perform(exact_minimum, (x, y), to, draw)


def maximum(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The greater operand, NaN where an operand is one."""
    return perform(exact_maximum, (x, y), to, draw)


def minimum_number(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The lesser operand; a number rather than a NaN."""
    return perform(exact_minimum_number, (x, y), to, draw)


def maximum_number(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The greater operand; a number rather than a NaN."""
    return perform(exact_maximum_number, (x, y), to, draw)


def minimum_magnitude(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The operand of smaller magnitude, NaN where an operand is one."""
    return perform(exact_minimum_magnitude, (x, y), to, draw)


def maximum_magnitude(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The operand of larger magnitude, NaN where an operand is one."""
    return perform(exact_maximum_magnitude, (x, y), to, draw)


def minimum_magnitude_number(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The operand of smaller magnitude; a number rather than a NaN."""
    return perform(exact_minimum_magnitude_number, (x, y), to, draw)


def maximum_magnitude_number(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The operand of larger magnitude; a number rather than a NaN."""
    return perform(exact_maximum_magnitude_number, (x, y), to, draw)


def min_num(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """minNum of IEEE 754-2008."""
    return perform(exact_min_num, (x, y), to, draw)


def max_num(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """maxNum of IEEE 754-2008."""
    return perform(exact_max_num, (x, y), to, draw)


def min_num_mag(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """minNumMag of IEEE 754-2008."""
    return perform(exact_min_num_mag, (x, y), to, draw)


def max_num_mag(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """maxNumMag of IEEE 754-2008."""
    return perform(exact_max_num_mag, (x, y), to, draw)


def minimum_finite(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The lesser operand; a finite number rather than an infinity, either rather than a NaN."""
    return perform(exact_minimum_finite, (x, y), to, draw)


def maximum_finite(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The greater operand; a finite number rather than an infinity, either rather than a NaN."""
    return perform(exact_maximum_finite, (x, y), to, draw)


def clamp(x: Number, low: Number, high: Number, to: Projection, draw: int | None = None) -> Result:
    """x, or the bound that it lies beyond."""
    return perform(exact_clamp, (x, low, high), to, draw)
