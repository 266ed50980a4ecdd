"""Bounds of the transcendental functions at dyadic rationals, each from the series of the chapter before.

Each function takes an argument that is no exact case and a working precision w, and bounds the magnitude of its value by two
integers in units of a power of two. They need not be 2**-w apart: whoever needs closer bounds asks with a greater w. Near a
limit, and where x is so small that the first term of the Taylor series is all there is to w bits, the bounds are that simple
number and a neighbour: there the inequality is named that holds.
"""

from __future__ import annotations

from fractions import Fraction

from .exact import floor_log2
from .reals import Enclosure, order
from .series import (
    bell_mean,
    ceil_div,
    exp_of,
    inverse,
    ln2,
    log_of,
    mills_series,
    one_minus,
    plus_one,
    quadrant,
    root_over_half_pi,
    sine_of,
)

GELU_CUBIC = Fraction(44715, 10**6)
"""The coefficient of the cube in the tanh form of GELU, exactly the decimal that everybody writes."""


def parts(x: Fraction) -> tuple[int, int]:
    """n and e with abs(x) = n * 2**e, of a dyadic x."""
    return abs(x.numerator), 1 - x.denominator.bit_length()


def smallness(x: Fraction) -> int:
    """The greatest s with abs(x) < 2**(1 - s)."""
    return -floor_log2(abs(x))


def below_one(w: int) -> Enclosure:
    """Bounds of a number less than 2**-w below 1."""
    return Enclosure((1 << w) - 1, 1 << w, -w)


def times(x: Fraction, factor: Enclosure) -> Enclosure:
    """Bounds of abs(x) times a number."""
    n, e = parts(x)
    return Enclosure(n * factor.low, n * factor.high, e + factor.exponent)


def above_one(w: int) -> Enclosure:
    """Bounds of a number less than 2**-w above 1."""
    return Enclosure(1 << w, (1 << w) + 1, -w)


def exp(x: Fraction, w: int) -> Enclosure:
    """The exponential, for x < 0 as 1 / e**-x."""
    n, e = parts(x)
    power = exp_of(n, n, e, w)
    return power if x > 0 else inverse(power, w)


def exp2(x: Fraction, w: int) -> Enclosure:
    """2**x = 2**k exp(f ln 2), with k the integer part of x and 0 < f < 1, so 1 < exp(f ln 2) < 2."""
    k = x // 1
    n, e = parts(x - k)
    below, above = ln2(w)
    power = exp_of(n * below, n * above, e - w, w)
    return Enclosure(power.low, min(power.high, 2 << -power.exponent), k + power.exponent)


def expm1(x: Fraction, w: int) -> Enclosure:
    """abs(exp(x) - 1): for 0 < x < 1 between x and x + x**2, 1 - exp(-a) between a - a**2 and a, and at least 1 - 2**-a."""
    s = smallness(x)
    if s > w:
        return times(x, above_one(w) if x > 0 else below_one(w))
    if x <= -w:
        return below_one(w)
    power = exp(x, w + max(s, 0) + 2)
    if x < 0:
        return one_minus(power)
    one = 1 << max(-power.exponent, 0)
    # A one below the last place is a last place of the lower bound.
    return power._replace(low=power.low - one, high=power.high - (one if power.exponent <= 0 else 0))


def log(x: Fraction, w: int) -> Enclosure:
    """The magnitude of the logarithm; for x < 1 it is that of 1 / x."""
    high, low = (x.numerator, x.denominator) if x > 1 else (x.denominator, x.numerator)
    return log_of(high, low, w)


def log2(x: Fraction, w: int) -> Enclosure:
    """abs(log(x)) / log(2)."""
    natural, (below, above) = log(x, w), ln2(w)
    return Enclosure((natural.low << w) // above, ceil_div(natural.high << w, below), natural.exponent)


def log1p(x: Fraction, w: int) -> Enclosure:
    """abs(log(1 + x)): for x > 0 between x - x**2 and x, and -log(1 - a) for a < 1/2 between a and a + a**2."""
    if smallness(x) > w + 1:
        return times(x, below_one(w) if x > 0 else above_one(w))
    return log(1 + x, w)


def sigmoid_of(low: int, high: int, exponent: int, w: int, *, negative: bool) -> Enclosure:
    """The sigmoid at all a >= 0 of an interval, given as to ``exp_of``, or at -a: 1 / (1 + exp(a)) <= 1/2; at a it is at least
    1 - 2**-a."""
    if not negative and low and order(low, exponent, Fraction(w)) >= 0:
        return below_one(w)
    tail = inverse(plus_one(exp_of(low, high, exponent, w)), w)
    return tail if negative else one_minus(tail)


def sigmoid(x: Fraction, w: int) -> Enclosure:
    """1 / (1 + exp(-x))."""
    n, e = parts(x)
    return sigmoid_of(n, n, e, w, negative=x < 0)


def silu(x: Fraction, w: int) -> Enclosure:
    """abs(x) sigmoid(x)."""
    return times(x, sigmoid(x, w))


def tanh(x: Fraction, w: int) -> Enclosure:
    """The magnitude of the hyperbolic tangent, 1 - 2 / (1 + exp(2 a)) with a = abs(x): between a - a**3 / 3 and a, and at least
    1 - 2**-a for a >= 1."""
    s = smallness(x)
    if 2 * s - 2 >= w:
        return times(x, below_one(w))
    if abs(x) >= w:
        return below_one(w)
    tail = sigmoid(-2 * abs(x), w + max(s, 0) + 2)
    return one_minus(tail._replace(exponent=tail.exponent + 1))


def softplus(x: Fraction, w: int) -> Enclosure:
    """log(1 + exp(x)) = x + log(1 + exp(-x)); log(1 + y) is between y - y**2 and y, so that of x >= w >= 1 is between x and
    x + 2**-w x."""
    if x >= w:
        return times(x, above_one(w))
    if x > 0:
        (n, e), tail = parts(x), softplus(-x, w)
        exponent = min(e, tail.exponent)
        n, places = n << e - exponent, tail.exponent - exponent
        return Enclosure(n + (tail.low << places), n + (tail.high << places), exponent)
    power = exp(x, w) if x else Enclosure(1, 1, 0)
    if x <= -w:
        return Enclosure(power.low * ((1 << w) - 1), power.high << w, power.exponent - w)
    one = 1 << -power.exponent
    least, most = log_of(one + power.low, one, w), log_of(one + power.high, one, w)
    exponent = min(least.exponent, most.exponent)
    return Enclosure(least.low << least.exponent - exponent, most.high << most.exponent - exponent, exponent)


def erf(x: Fraction, w: int) -> Enclosure:
    """abs(erf(x)) = 2 / sqrt(pi) a H(2 a**2), a = abs(x): the factor H between 1 - a**2 and 1, and all at least 1 - exp(-a**2).

    H, the mean of exp(-u t**2 / 2), falls by less than 1/6 a unit of u.
    """
    if x * x >= w:
        return below_one(w)
    below, above = root_over_half_pi(1, w)
    if 2 * smallness(x) - 2 >= w:
        return times(x, Enclosure(below * ((1 << w) - 1), above << w, -2 * w))
    mean = bell_between(2 * x * x, w)
    return times(x, Enclosure(below * mean.low, above * mean.high, mean.exponent - w))


def bell_between(u: Fraction, w: int) -> Enclosure:
    """Bounds of H(u), from H at u cut to units of 2**-w."""
    mean = bell_mean(u.numerator << w >> u.denominator.bit_length() - 1, w)
    # The cut makes H too large, by less than 2**-w / 6.
    return mean._replace(low=mean.low - ceil_div(1 << max(-w - mean.exponent, 0), 6))


def gelu(x: Fraction, w: int) -> Enclosure:
    """abs(x) times the normal distribution function at x, which is 1/2 + x H(x**2) / sqrt(2 pi), and is at least
    1 - exp(-x**2 / 2) for x > 0."""
    if smallness(x) > w:
        # The distribution function is less than abs(x) / 2 from 1/2.
        return times(x, Enclosure((1 << w) - (x < 0), (1 << w) + (x > 0), -w - 1))
    square = x * x
    if x > 0 and square >= 2 * w:
        return times(x, below_one(w))
    if square >= 2 * w + 4:
        return gelu_tail(square, w)
    v = w + (0 if x > 0 else square // 1) + 4
    mean = bell_between(square, v)
    below, above = root_over_half_pi(-2, v)
    part = times(x, Enclosure(below * mean.low, above * mean.high, mean.exponent - v))
    half = 1 << -1 - part.exponent
    if x > 0:
        return times(x, part._replace(low=half + part.low, high=half + part.high))
    return times(x, part._replace(low=max(half - part.high, 0), high=half - part.low))


def gelu_tail(square: Fraction, w: int) -> Enclosure:
    """abs(gelu(-x)) = exp(-x**2 / 2) / sqrt(2 pi) S(x**2), with S the series that follows Mills' ratio."""
    low, high = mills_series(*parts(square), w)
    below, above = root_over_half_pi(-2, w)
    power = exp(-square / 2, w)
    return Enclosure(power.low * below * low, power.high * above * high, power.exponent - 2 * w)


def gelu_tanh(x: Fraction, w: int) -> Enclosure:
    """abs(x) (1 + tanh(y / 2)) / 2 = abs(x) sigmoid(y) with y = sqrt(8 / pi) (x + 0.044715 x**3)."""
    inner = abs(x + GELU_CUBIC * x**3)
    v = w + max(floor_log2(inner), 0) + 4
    below, above = root_over_half_pi(2, v)
    low, high = inner.numerator * below // inner.denominator, ceil_div(inner.numerator * above, inner.denominator)
    return times(x, sigmoid_of(low, high, -v, w, negative=x < 0))


def _wave(x: Fraction, w: int, cosine: int) -> Enclosure:
    """abs(sin(x)), or abs(cos(x)): sin or cos of what is left of x after the quarter turns in it."""
    turns, low, high = quadrant(*parts(x), w)
    kind = (turns + cosine) & 1
    least, most = sine_of(low, kind, w)
    # Neither function changes by more than its argument does; sin rises and cos falls.
    width = high - low
    bounds = (max(least - width, 0), most) if kind else (least, min(most + width, 1 << w))
    return Enclosure(*bounds, -w)


def sin(x: Fraction, w: int) -> Enclosure:
    """abs(sin(x)): for small a between a - a**3 / 6 and a."""
    s = smallness(x)
    return times(x, below_one(w)) if 2 * s - 2 >= w else _wave(x, w + max(s, 0), 0)


def cos(x: Fraction, w: int) -> Enclosure:
    """abs(cos(x)): at least 1 - x**2 / 2."""
    return below_one(w) if 2 * smallness(x) - 2 >= w else _wave(x, w, 1)


def quarter_turns(x: Fraction) -> int:
    """How many times pi / 2 goes into abs(x)."""
    return quadrant(*parts(x), 1)[0]
