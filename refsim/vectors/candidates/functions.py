"""Candidates of elementary functions: exact cases, thresholds, and arguments whose result lies just beside a middle or a point.

An approximation in binary64 finds them; which of them are vectors, and in which cell, the exact result decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...spec.formats import FloatGrid, Format
from ..operations import Configuration
from .pools import ALL_CODES, Operands, pool, precision, special_codes

SEARCHED = 16
"""All codes of formats of at most so many bits are searched; of wider ones that share binary32's layout a part."""
STRIDE = 65521
"""The prime step through the codes of a wider format."""
HARDEST = 40
"""How many of the nearest to a middle, and to a point, are taken in each part of the range."""


def _pi(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: function(math.pi * math.fmod(x, 2.0))


def _per_pi(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: function(x) / math.pi


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _gelu(x: float) -> float:
    return x * math.erfc(-x / math.sqrt(2)) / 2


APPROXIMATIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "exp2": lambda x: 2.0**x,
    "exp10": lambda x: 10.0**x,
    "expm1": math.expm1,
    "exp_minus_1": math.expm1,
    "exp2_minus_1": lambda x: math.expm1(x * math.log(2)),
    "exp10_minus_1": lambda x: math.expm1(x * math.log(10)),
    "exp2m1": lambda x: math.expm1(x * math.log(2)),
    "exp10m1": lambda x: math.expm1(x * math.log(10)),
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "log1p": math.log1p,
    "log_plus_1": math.log1p,
    "log2_plus_1": lambda x: math.log1p(x) / math.log(2),
    "log10_plus_1": lambda x: math.log1p(x) / math.log(10),
    "log2p1": lambda x: math.log1p(x) / math.log(2),
    "log10p1": lambda x: math.log1p(x) / math.log(10),
    "log_1p": math.log1p,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sin_pi": _pi(math.sin),
    "cos_pi": _pi(math.cos),
    "tan_pi": _pi(math.tan),
    "asin_pi": _per_pi(math.asin),
    "acos_pi": _per_pi(math.acos),
    "atan_pi": _per_pi(math.atan),
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "sigmoid": _sigmoid,
    "logistic": _sigmoid,
    "softplus": _softplus,
    "silu": lambda x: x * _sigmoid(x),
    "swish": lambda x: x * _sigmoid(x),
    "gelu": _gelu,
    "erf": math.erf,
    "erfc": math.erfc,
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0.0), 1.0),
    "hard_sigmoid_fifth": lambda x: min(max(x / 5 + 0.5, 0.0), 1.0),
    "hard_sigmoid_dpu": lambda x: min(max(x + 3, 0.0), 6.0) * 2731 / 16384,
    "hard_swish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "cbrt": lambda x: math.copysign(abs(x) ** (1 / 3), x),
}
"""Functions by the names of operations, with and without underscores; a name that is missing here gets its pool alone."""


def function_arguments(plain: Configuration) -> Iterator[Operands]:
    """Every code of a narrow format; of a wide one the pool, special data, and the arguments that are hard."""
    (format,) = plain.operands
    yield from ((code,) for code in (*pool(format), *special_codes(format)))
    name = plain.operation
    function = APPROXIMATIONS.get(name) or {k.replace("_", ""): f for k, f in APPROXIMATIONS.items()}.get(name.replace("_", ""))
    if format.width > ALL_CODES and function is not None and plain.to is not None:
        codes = range(0, 1 << format.width, 1 if format.width <= SEARCHED else STRIDE)
        yield from ((code,) for code in _hard(format, plain.to.format, function, codes))


def _hard(format: Format, result: Format, function: Callable[[float], float], codes: range) -> set[int]:
    arguments, kept = [], []
    for code in codes:
        x = format.decode(code)
        if isinstance(x, Fraction):
            arguments.append(float(x))
            kept.append(code)
    values = np.array([_value(function, x) for x in arguments])
    order = np.argsort(np.array(arguments), kind="stable")
    codes_in_order, y = np.array(kept)[order], values[order]
    return {int(c) for c in (*_thresholds(codes_in_order, y, result), *_close(codes_in_order, y, result))}


def _value(function: Callable[[float], float], x: float) -> float:
    try:
        return float(function(x))
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan


def _thresholds(codes: NDArray[Any], y: NDArray[Any], result: Format) -> Iterator[int]:
    """Neighbouring arguments between which the result crosses an end of the range or half the least number, or ceases to be."""
    grid, top, least = result.grid, result.top, result.least_normal or 1
    ends = [grid.magnitude(top), (grid.magnitude(top) + grid.magnitude(top + 1)) / 2, grid.magnitude(top + 1)]
    ends += [
        grid.magnitude(1) / 2,
        grid.magnitude(1),
        grid.magnitude(least),
        (grid.magnitude(least) + grid.magnitude(least - 1)) / 2,
    ]
    masks = [np.isnan(y)]
    with np.errstate(invalid="ignore"):
        masks += [np.abs(y) > float(end) for end in ends if end < 2**1000]
        masks.append(y > 0)
    for mask in masks:
        for i in np.flatnonzero(mask[1:] != mask[:-1])[:16]:
            yield from codes[max(0, i - 1) : i + 3].tolist()


def _close(codes: NDArray[Any], y: NDArray[Any], result: Format) -> Iterator[int]:
    """The arguments whose results lie nearest to a middle, and to a point without being one: positive, negative and subnormal
    results by themselves."""
    if not isinstance(result.grid, FloatGrid):
        return
    m = np.abs(y)
    low, high = float(result.grid.magnitude(0)), float(min(result.grid.magnitude(result.top), Fraction(2**1000)))
    inside = np.isfinite(y) & (m > low) & (m < high)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.maximum(np.floor(np.log2(np.where(inside, m, 1.0))), result.grid.emin)
    place = np.where(inside, m, 1.0) / np.exp2(exponent - precision(result) + 1)
    rest = place - np.floor(place)
    middle, point = np.abs(rest - 0.5), np.where(rest == 0, 1.0, np.minimum(rest, 1 - rest))
    normal = exponent > result.grid.emin
    for zone in (inside & normal & (y > 0), inside & normal & (y < 0), inside & ~normal):
        places = np.flatnonzero(zone)
        for distance in (middle, point):
            nearest = places[np.argsort(distance[places], kind="stable")[:HARDEST]]
            yield from codes[nearest].tolist()
