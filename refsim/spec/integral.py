"""Integers: rounding to an integral value, conversion to integer formats, and the remainders of integral quotients."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .exact import Exact, Special, is_infinite, is_negative, is_zero, magnitude
from .flags import Flags, Result
from .formats import Format, Number, UniformGrid
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, rational, signed
from .projection import Projection
from .rounding import Gap, Rounding
from .surds import Algebraic, algebraic


def exact_round_to_integral(setting: Setting, x: Exact) -> Outcome:
    """The rounding rule of the projection **must** decide which of two neighbouring integers a number becomes, a tie to even
    meaning the even integer; a zero result keeps the sign of x, infinities stay, and nothing is raised.

    IEEE 754-2019 5.3.1, roundToIntegralTiesToEven and its like. [integral/round]
    """
    value, flags = exact_round_to_integral_exact(setting, x)
    return value, flags & ~Flags.INEXACT


def exact_round_to_integral_exact(setting: Setting, x: Exact) -> Outcome:
    """As rounding to integral, but inexact **must** be raised where the integer is not x.

    IEEE 754-2019 5.3.1, roundToIntegralExact. [integral/round-exact]
    """
    if isinstance(x, Special):
        return nan_of(x) or (x, Flags.NONE)
    negative, m = is_negative(x), algebraic(magnitude(x))
    found = round_to_integer(m, setting.to.rounding, setting.draw, negative=negative)
    return signed(Fraction(found), negative), Flags.NONE if found == m else Flags.INEXACT


def round_to_integer(m: Algebraic, rounding: Rounding, draw: int | None = None, *, negative: bool) -> int:
    """The integer that a rule makes of the magnitude of a number."""
    below = m // 1
    return below + bool(rounding.goes_up(Gap(m - below, below % 2, negative, rounding.check_draw(draw))))


def exact_remainder(_: Setting, x: Exact, y: Exact) -> Outcome:
    """The remainder x - n * y, n being the integer nearest x / y, the even one of two, **must** be exact; it keeps the sign
    of x where it is zero, and is x where y is infinite. Of an infinity, and by a zero, it is NaN and invalid.

    IEEE 754-2019 5.3.1. [integral/remainder]
    """
    return _rest(x, y, lambda quotient: round(quotient))  # Python rounds a Fraction to nearest, ties to even.


def exact_fmod(_: Setting, x: Exact, y: Exact) -> Outcome:
    """As the remainder, but n **must** be x / y truncated, so that the result has the sign of x. ISO C fmod.

    [integral/fmod]
    """
    return _rest(x, y, int)


def _rest(x: Exact, y: Exact, whole: Callable[[Fraction], int]) -> Outcome:
    if nan := nan_of(x, y):
        return nan
    if is_infinite(x) or is_zero(y):
        return INVALID_OUTCOME
    if is_infinite(y) or is_zero(x):
        return x, Flags.NONE
    rest = rational(x) - whole(rational(x) / rational(y)) * rational(y)
    return rest or signed(rest, is_negative(x)), Flags.NONE


def round_to_integral(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The integral value of x by the projection's rule, projected; without raising inexact."""
    return perform(exact_round_to_integral, (x,), to, draw)


def round_to_integral_exact(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The integral value of x by the projection's rule, projected; raises inexact where it is another number."""
    return perform(exact_round_to_integral_exact, (x,), to, draw)


def is_integer(format: Format) -> bool:
    """Whether the numbers of a format are all the integers between two bounds."""
    return isinstance(format.grid, UniformGrid) and format.grid.quantum == 0


def exact_to_integer(setting: Setting, x: Exact) -> Outcome:
    """The integral value of a conversion to an integer format **must** be that of rounding to integral; out of range the
    overflow rule decides, a NaN being out of range too. Nothing is raised for rounding; ``convert`` is the conversion that
    does.

    ``ValueError`` for a result format that is not one of integers. IEEE 754-2019 5.4.1, convertToIntegerTiesToEven and its
    like; ``arithmetic.convert`` is convertToIntegerExactTiesToEven and its like. [integral/to-integer]
    """
    if not is_integer(setting.to.format):
        raise ValueError(f"to_integer needs an integer format, which {setting.to.format} is not")
    return exact_round_to_integral(setting, x)


def to_integer(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The integer that x is rounded to; out of range what the overflow rule makes of it."""
    return perform(exact_to_integer, (x,), to, draw)


def remainder(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """IEEE 754's remainder of x by y, projected."""
    return perform(exact_remainder, (x, y), to, draw)


def fmod(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """C's remainder of x by y, projected."""
    return perform(exact_fmod, (x, y), to, draw)
