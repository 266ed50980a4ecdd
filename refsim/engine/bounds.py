"""Bounds of the transcendental functions in binary64: from the host's functions, widened by more than those can be wrong.

Where both bounds are projected to one code and the same flags, that is the function's result, as everything between them is
rounded alike; elsewhere the specification decides. Bounds may be loose but are never wrong. They are a pair of NaNs where
there are none to give: at a datum that is no number, outside a function's domain and at its poles, where the value is exact,
and where binary64 has no upper bound. Where the value is too small for binary64 one of them is the zero of its sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Pair = tuple[Floats, Floats]
"""A lower and an upper bound of each value."""

RELATIVE = 2.0**-44
"""Many times the error of a function of NumPy or of C, which is a few units of 2**-53, and of a few operations after it."""
AMPLIFIED = 2.0**-38
"""The same where the argument of an exponential is itself rounded: its error grows with the argument, which is below 1000
where the result is not zero."""
ABSOLUTE = 2.0**-40
"""Above all errors of the host's sine and cosine, which are small beside 1 but need not be beside a value near zero."""
SLACK = 2.0**-1060
"""More than what is lost among the subnormal numbers, when such a number is multiplied by less than 1000."""
SMALL = 0.5
"""Below this the sine's error is small beside the sine itself, and x - 1 of an x as near to 1 is exact."""
LARGE = 2.0**20
"""Above this the argument of a sine is reduced by the C library, not by NumPy."""
SQRT_HALF = 2.0**-0.5
SQRT_8_PI = math.sqrt(8 / math.pi)


def is_zero(x: Floats) -> Truths:
    """Where most functions are exact."""
    return np.equal(x, 0)


def is_integral(x: Floats) -> Truths:
    """Where a power of two is exact."""
    return np.equal(np.floor(x), x)


def is_no_power(x: Floats) -> Truths:
    """Where a logarithm to base 2 is exact, or is no number."""
    return np.less_equal(x, 0) | np.equal(np.frexp(x)[0], SMALL)


def bounded(
    exact: Callable[[Floats], Truths], relative: float
) -> Callable[[Callable[[Floats], Floats]], Callable[[Floats], Pair]]:
    """Bounds from approximate values of a relative error; NaNs where ``exact`` holds."""

    def widened(approximate: Callable[[Floats], Floats]) -> Callable[[Floats], Pair]:
        @wraps(approximate)
        def bounds(x: Floats) -> Pair:
            with np.errstate(all="ignore"):
                value = approximate(x)
                size = np.abs(value)
                near, far = np.maximum(size * (1 - relative) - SLACK, 0), size * (1 + relative) + SLACK
                negative = np.signbit(value)
                unknown = exact(x) | ~np.isfinite(x) | ~np.isfinite(far)
                low, high = np.where(negative, -far, near), np.where(negative, -near, far)
                return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)

        return bounds

    return widened


def each(function: Callable[[float], float], x: Floats) -> Floats:
    """A function of the C library, element by element; NaN for an infinity."""
    flat = np.where(np.isinf(x), np.nan, x).reshape(-1)
    return np.fromiter(map(function, flat.tolist()), np.float64, flat.size).reshape(x.shape)


@bounded(is_zero, RELATIVE)
def exp(x: Floats) -> Floats:
    """The exponential."""
    return np.exp(x)


@bounded(is_integral, RELATIVE)
def exp2(x: Floats) -> Floats:
    """The power of two."""
    return np.exp2(x)


@bounded(is_zero, RELATIVE)
def expm1(x: Floats) -> Floats:
    """exp(x) - 1."""
    return np.expm1(x)


@bounded(lambda x: (x <= 0) | (x == 1), RELATIVE)
def log(x: Floats) -> Floats:
    """The logarithm, near 1 from x - 1."""
    return np.where(np.abs(x - 1) < SMALL, np.log1p(x - 1), np.log(x))


@bounded(is_no_power, RELATIVE)
def log2(x: Floats) -> Floats:
    """The logarithm to base 2, near 1 from x - 1."""
    return np.where(np.abs(x - 1) < SMALL, np.log1p(x - 1) / math.log(2), np.log2(x))


@bounded(lambda x: (x <= -1) | (x == 0), RELATIVE)
def log1p(x: Floats) -> Floats:
    """log(1 + x)."""
    return np.log1p(x)


def _sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), for negative x as exp(x) / (1 + exp(x))."""
    tail = np.exp(-np.abs(x))
    share: Floats = np.where(x < 0, tail, 1.0) / (1 + tail)
    return share


@bounded(is_zero, RELATIVE)
def sigmoid(x: Floats) -> Floats:
    """The sigmoid."""
    return _sigmoid(x)


@bounded(is_zero, RELATIVE)
def silu(x: Floats) -> Floats:
    """x times the sigmoid."""
    return x * _sigmoid(x)


@bounded(is_zero, RELATIVE)
def tanh(x: Floats) -> Floats:
    """The hyperbolic tangent."""
    return np.tanh(x)


@bounded(lambda x: np.zeros(x.shape, bool), RELATIVE)
def softplus(x: Floats) -> Floats:
    """log(1 + exp(x)) = max(x, 0) + log(1 + exp(-abs(x)))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@bounded(is_zero, RELATIVE)
def erf(x: Floats) -> Floats:
    """The error function."""
    return each(math.erf, x)


@bounded(is_zero, AMPLIFIED)
def gelu(x: Floats) -> Floats:
    """x erfc(-x / sqrt(2)) / 2, which cancels nothing."""
    return x * (each(math.erfc, -x * SQRT_HALF) / 2)


@bounded(is_zero, AMPLIFIED)
def gelu_tanh(x: Floats) -> Floats:
    """x (1 + tanh(y / 2)) / 2 = x times the sigmoid of y."""
    return x * _sigmoid(SQRT_8_PI * (x + 0.044715 * x * x * x))


def _wave(x: Floats, of_array: Callable[[Floats], Floats], of_number: Callable[[float], float]) -> Floats:
    value, large = of_array(np.where(np.abs(x) > LARGE, 0.0, x)), np.abs(x) > LARGE
    value[large] = each(of_number, x[large])
    return value


@bounded(is_zero, RELATIVE)
def _small_sin(x: Floats) -> Floats:
    return np.sin(x)


def _around(value: Floats, x: Floats) -> Pair:
    unknown = np.where(np.isfinite(x) & (x != 0), 0.0, np.nan)
    return value - ABSOLUTE + unknown, value + ABSOLUTE + unknown


def sin(x: Floats) -> Pair:
    """The sine, with an error that is small beside x for small x, and beside 1 elsewhere."""
    with np.errstate(all="ignore"):
        (low, high), (least, most) = _around(_wave(x, np.sin, math.sin), x), _small_sin(x)
        small = np.abs(x) < SMALL
        return np.where(small, least, low), np.where(small, most, high)


def cos(x: Floats) -> Pair:
    """The cosine, with an error that is small beside 1."""
    with np.errstate(all="ignore"):
        return _around(_wave(x, np.cos, math.cos), x)


BOUNDS: dict[str, Callable[[Floats], Pair]] = {
    function.__name__: function
    for function in (exp, exp2, expm1, log, log2, log1p, sin, cos, tanh, erf, sigmoid, softplus, silu, gelu, gelu_tanh)
}
"""The bounds by the name of the operation."""
