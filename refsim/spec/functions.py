"""Transcendental functions: each is its exact cases and its limits, and elsewhere an irrational number, projected once.

The values are irrational by theorems on dyadic x other than the exact cases: exp, expm1, log, log1p, sin, cos by Lindemann and
Weierstrass, as exp of an algebraic number other than zero is transcendental; sigmoid, tanh and silu, which are rational
functions of exp(x) other than constants; softplus, for an algebraic s = log(1 + exp(x)) would make exp(s) - exp(x) - 1
vanish, although s, x and 0 differ, or be log(2). exp2 is a root of a power of two that is no power of two, and 2**(p/q) = x
makes x**q a power of two, hence x one. For erf, gelu and gelu_tanh no theorem is known.
"""

from __future__ import annotations

from fractions import Fraction

from . import enclosures
from .exact import (
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    Exact,
    floor_log2,
    is_infinite,
    is_negative,
    is_zero,
    power_of_two,
)
from .flags import Flags, Result
from .formats import FloatGrid, Number
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, rational
from .projection import Projection
from .reals import Enclose, Real
from .scaling import reduced

FAR = 256
"""How many binades past the last point of a format a number still stands for itself."""


def within_reach(setting: Setting, x: Real) -> Exact:
    """A number that is ``FAR`` binades past the last point of the result's format **must** be projected as any other number
    there of its sign: rounding takes both past the last point, and what overflow rules make of a number there does not
    depend on how far past it lies. A rule that wraps does ask, and sees the number itself.

    [function/beyond]
    """
    to = setting.to
    if to.overflow.wrap is not None:
        return x
    grid = to.format.grid
    reach = FAR + floor_log2(grid.magnitude(max(to.format.top, to.format.top_negative)))
    if isinstance(grid, FloatGrid):
        reach = max(reach, grid.emin + 1)
    if abs(x).floor_log2() < reach:
        return x
    return -power_of_two(reach) if x.negative else power_of_two(reach)


def _real(setting: Setting, enclose: Enclose, x: Fraction, *, negative: bool = False) -> Outcome:
    return within_reach(setting, Real(enclose.__name__, x, enclose, negative)), Flags.NONE


def _limits(x: Exact, low: Exact, zero: Exact | None, high: Exact) -> Outcome | None:
    """The outcome at a NaN, at the infinities, and at a zero where a value for it is given; ``None`` elsewhere."""
    if nan := nan_of(x):
        return nan
    if is_infinite(x):
        return low if is_negative(x) else high, Flags.NONE
    return (zero, Flags.NONE) if is_zero(x) and zero is not None else None


def exact_exp(setting: Setting, x: Exact) -> Outcome:
    """exp of a zero **must** be 1, of minus infinity 0, of infinity infinite. IEEE 754-2019 9.2.1. [function/exp-cases]"""
    limits = _limits(x, Fraction(0), Fraction(1), POSITIVE_INFINITY)
    return limits or _real(setting, enclosures.exp, rational(x))


def exact_exp2(setting: Setting, x: Exact) -> Outcome:
    """2**x of an integer **must** be exact; the limits are those of exp. IEEE 754-2019 9.2. [function/exp2-cases]"""
    if limits := _limits(x, Fraction(0), Fraction(1), POSITIVE_INFINITY):
        return limits
    if rational(x).denominator > 1:
        return _real(setting, enclosures.exp2, rational(x))
    return power_of_two(*reduced(setting, x)), Flags.NONE


def exact_expm1(setting: Setting, x: Exact) -> Outcome:
    """exp(x) - 1 of a zero **must** be that zero, of minus infinity -1, of infinity infinite. [function/expm1-cases]"""
    limits = _limits(x, Fraction(-1), x, POSITIVE_INFINITY)
    return limits or _real(setting, enclosures.expm1, rational(x), negative=is_negative(x))


def _logarithm(setting: Setting, enclose: Enclose, x: Exact, one: int) -> Outcome:
    """A logarithm that vanishes at ``one`` and has its pole at ``one`` - 1."""
    if nan := nan_of(x):
        return nan
    if x is POSITIVE_INFINITY:
        return x, Flags.NONE
    if x is NEGATIVE_INFINITY:
        return INVALID_OUTCOME
    number = Fraction(0) if x is NEGATIVE_ZERO else rational(x)
    if number == one:
        return x if one == 0 else Fraction(0), Flags.NONE
    if number > one - 1:
        return _real(setting, enclose, number, negative=number < one)
    return (NEGATIVE_INFINITY, Flags.INFINITE) if number == one - 1 else INVALID_OUTCOME


def exact_log(setting: Setting, x: Exact) -> Outcome:
    """The logarithm of a zero of either sign **must** be minus infinity and raise division by zero, of a number below it NaN
    and invalid, of infinity infinite, of 1 the positive zero.

    IEEE 754-2019 9.2.1. [function/log-cases]
    """
    return _logarithm(setting, enclosures.log, x, 1)


def exact_log2(setting: Setting, x: Exact) -> Outcome:
    """log2 of a power of two **must** be its exponent; the other cases are those of log. [function/log2-cases]"""
    if isinstance(x, Fraction) and x > 0 and power_of_two(floor_log2(x)) == x:
        return Fraction(floor_log2(x)), Flags.NONE
    return _logarithm(setting, enclosures.log2, x, 1)


def exact_log1p(setting: Setting, x: Exact) -> Outcome:
    """log(1 + x) of a zero **must** be that zero, of -1 minus infinity, which raises division by zero, of a number below it NaN
    and invalid, of infinity infinite.

    IEEE 754-2019 9.2.1. [function/log1p-cases]
    """
    return _logarithm(setting, enclosures.log1p, x, 0)


def exact_sigmoid(setting: Setting, x: Exact) -> Outcome:
    """The sigmoid of a zero **must** be 1/2, of minus infinity 0, of infinity 1. [function/sigmoid-cases]"""
    limits = _limits(x, Fraction(0), Fraction(1, 2), Fraction(1))
    return limits or _real(setting, enclosures.sigmoid, rational(x))


def exact_tanh(setting: Setting, x: Exact) -> Outcome:
    """tanh of a zero **must** be that zero, of an infinity 1 with its sign. IEEE 754-2019 9.2.1. [function/tanh-cases]"""
    limits = _limits(x, Fraction(-1), x, Fraction(1))
    return limits or _real(setting, enclosures.tanh, rational(x), negative=is_negative(x))


def exact_softplus(setting: Setting, x: Exact) -> Outcome:
    """Softplus of minus infinity **must** be 0, of infinity infinite; of a zero it is the irrational log(2).

    [function/softplus-cases]
    """
    limits = _limits(x, Fraction(0), None, POSITIVE_INFINITY)
    return limits or _real(setting, enclosures.softplus, Fraction(0) if x is NEGATIVE_ZERO else rational(x))


def exact_erf(setting: Setting, x: Exact) -> Outcome:
    """The error function of a zero **must** be that zero, of an infinity 1 with its sign. [function/erf-cases]"""
    limits = _limits(x, Fraction(-1), x, Fraction(1))
    return limits or _real(setting, enclosures.erf, rational(x), negative=is_negative(x))


def gate(setting: Setting, enclose: Enclose, x: Exact) -> Outcome:
    """A gate, x times a number that rises from 0 to 1, of a zero **must** be that zero, of infinity infinite, and of minus
    infinity its limit with the sign of the values near it, the negative zero.

    The product of minus infinity and zero is not formed. [function/gate-cases]
    """
    limits = _limits(x, NEGATIVE_ZERO, x, POSITIVE_INFINITY)
    return limits or _real(setting, enclose, rational(x), negative=is_negative(x))


def exact_silu(setting: Setting, x: Exact) -> Outcome:
    """The gate of the sigmoid."""
    return gate(setting, enclosures.silu, x)


def exact_gelu(setting: Setting, x: Exact) -> Outcome:
    """The gate of the normal distribution function."""
    return gate(setting, enclosures.gelu, x)


def exact_gelu_tanh(setting: Setting, x: Exact) -> Outcome:
    """The gate of (1 + tanh) / 2 of a cubic polynomial."""
    return gate(setting, enclosures.gelu_tanh, x)


def wave(setting: Setting, enclose: Enclose, x: Exact, zero: Exact, shift: int) -> Outcome:
    """sin and cos of an infinity **must** be NaN and invalid; sin of a zero is that zero, cos of a zero 1.

    IEEE 754-2019 9.2.1. [function/wave-cases]
    """
    if is_infinite(x):
        return INVALID_OUTCOME
    if limits := _limits(x, zero, zero, zero):
        return limits
    turned = enclosures.quarter_turns(rational(x)) + shift & 2 != 0
    return _real(setting, enclose, rational(x), negative=turned != (is_negative(x) and shift == 0))


def exact_sin(setting: Setting, x: Exact) -> Outcome:
    """The sine of x in radians."""
    return wave(setting, enclosures.sin, x, x, 0)


def exact_cos(setting: Setting, x: Exact) -> Outcome:
    """The cosine of x in radians: the sine a quarter turn on."""
    return wave(setting, enclosures.cos, x, Fraction(1), 1)


def exp(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The exponential **must** be the projection of the exact e**x. [function/exp]"""
    return perform(exact_exp, (x,), to, draw)


def exp2(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The binary exponential **must** be the projection of the exact 2**x. [function/exp2]"""
    return perform(exact_exp2, (x,), to, draw)


def expm1(x: Number, to: Projection, draw: int | None = None) -> Result:
    """expm1 **must** be the projection of the exact e**x - 1. [function/expm1]"""
    return perform(exact_expm1, (x,), to, draw)


def log(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The logarithm **must** be the projection of the exact natural logarithm. [function/log]"""
    return perform(exact_log, (x,), to, draw)


def log2(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The binary logarithm **must** be the projection of the exact logarithm to base 2. [function/log2]"""
    return perform(exact_log2, (x,), to, draw)


def log1p(x: Number, to: Projection, draw: int | None = None) -> Result:
    """log1p **must** be the projection of the exact log(1 + x). [function/log1p]"""
    return perform(exact_log1p, (x,), to, draw)


def sigmoid(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The sigmoid **must** be the projection of the exact 1 / (1 + e**-x). [function/sigmoid]"""
    return perform(exact_sigmoid, (x,), to, draw)


def tanh(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hyperbolic tangent **must** be the projection of the exact one. [function/tanh]"""
    return perform(exact_tanh, (x,), to, draw)


def softplus(x: Number, to: Projection, draw: int | None = None) -> Result:
    """Softplus **must** be the projection of the exact log(1 + e**x). [function/softplus]"""
    return perform(exact_softplus, (x,), to, draw)


def erf(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The error function **must** be the projection of the exact one, 2 / sqrt(pi) times the integral of exp(-t**2) from
    0 to x.

    [function/erf]
    """
    return perform(exact_erf, (x,), to, draw)


def gelu(x: Number, to: Projection, draw: int | None = None) -> Result:
    """GELU **must** be the projection of the exact x (1 + erf(x / sqrt(2))) / 2. [function/gelu]"""
    return perform(exact_gelu, (x,), to, draw)


def gelu_tanh(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The tanh form of GELU **must** be the projection of the exact x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))) / 2, with
    exactly that decimal.

    [function/gelu-tanh]
    """
    return perform(exact_gelu_tanh, (x,), to, draw)


def silu(x: Number, to: Projection, draw: int | None = None) -> Result:
    """SiLU, or swish, **must** be the projection of the exact x / (1 + e**-x). [function/silu]"""
    return perform(exact_silu, (x,), to, draw)


def sin(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The sine **must** be the projection of the exact sine of x radians, however large x is. [function/sin]"""
    return perform(exact_sin, (x,), to, draw)


def cos(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The cosine **must** be the projection of the exact cosine of x radians, however large x is. [function/cos]"""
    return perform(exact_cos, (x,), to, draw)
