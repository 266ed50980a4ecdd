"""Arithmetic on significands in binary64, with the exponents as integers beside them: for formats of up to 53 significant bits
and of any range, where a plain binary64 result would be too coarse, or come near the ends of its range.

A significand is an integer of 53 bits. Each operation gives a number rounded to nearest, ``high``, and the rest, ``low``, of
which only the place among eighths of a unit, and whether anything more follows, is passed on: rounded to odd three bits
below binary64's last place, which any rule on 53 bits can go on from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from .decode import put_specials, significands
from .floats import Computed, Floats, Formats, settle_zeros, sum_in_two, two_product_error, two_sum_error
from .projection import MANTISSA, SHIFT_END, ZERO, Ints, Scaled

BITS = MANTISSA + 1
LEAD = MANTISSA + 3
"""The leading bit of a result: 53 bits and the three behind them."""
FAR = 160
"""An exponent farther below the greatest one makes a term that only says that something follows."""
TINY = 2.0**-10
"""Stands for a rest of which only the sign is known; it is less than an eighth."""


class Number(NamedTuple):
    """Numbers ``m * 2**e``: m an integer of exactly 53 bits with a sign, in binary64, or zero, infinite or NaN."""

    m: Floats
    e: Ints


def covers(formats: Formats, to: Projection) -> bool:
    """Whether the operands have at most 53 significant bits and 64 in all."""
    del to
    return all(is_held(format) for format in formats)


def is_held(format: Format) -> bool:
    """Whether ``unpack`` can do it."""
    grid = format.grid
    if isinstance(grid, LogGrid) and grid.fraction:
        return False
    precision = grid.precision if isinstance(grid, FloatGrid) else format.width
    return (
        precision <= BITS
        and format.width <= 64
        and max(format.top, format.top_negative) < 1 << 63
        and abs(grid.quantum) < 1 << 40
    )


def unpack(codes: NDArray[Any], format: Format) -> Number:
    """The numbers that codes name."""
    minus, n, exponent = significands(codes, format)
    fraction, length = np.frexp(n.astype(np.float64))
    m = np.ldexp(fraction, BITS)
    m = np.where(minus, -m, m)
    put_specials(m, codes, format)
    return Number(m, np.where(n > 0, exponent + (length.astype(np.int64) - BITS), 0))


def packed(high: Floats, low: Floats, e: Ints) -> Computed:
    """``(high + low) * 2**e`` as a scaled number, where high is that sum rounded to nearest, or zero, infinite or NaN."""
    fraction, length = np.frexp(high)
    move = (BITS - length).astype(np.int32)
    unit = np.ldexp(np.abs(fraction), BITS)
    rest = np.ldexp(np.where(np.signbit(high), -low, low), move + (LEAD - MANTISSA))
    special = ~np.isfinite(high)
    eighths = np.floor(np.where(special, 0.0, rest))
    inexact = (eighths != rest) & ~special
    m = np.where(special, 0.0, unit).astype(np.int64) << LEAD - MANTISSA
    m += eighths.astype(np.int64) | inexact
    exponent = e + (length.astype(np.int64) - LEAD - 1)
    # A number just below a power of two was rounded up to it and has one bit less.
    short = (m > 0) & (m < 1 << LEAD)
    m, exponent = np.where(short, m << 1 | (m & inexact), m), np.where(m == 0, ZERO, exponent - short)
    return Computed(Scaled(np.signbit(high), m, exponent, special, np.isnan(high), LEAD, inexact))


def flushed(x: Number, format: Format) -> Number:
    """The numbers with those below the least normal one of the format replaced by zeros."""
    if not isinstance(format.grid, FloatGrid):
        return x
    return Number(np.where(np.isfinite(x.m) & (x.e + MANTISSA < format.grid.emin), np.copysign(0.0, x.m), x.m), x.e)


def integers(codes: NDArray[Any], format: Format) -> Computed:
    """The numbers of an integer or fixed-point format of up to 64 bits."""
    bits = codes.astype(np.uint64)
    negative = np.zeros(codes.shape, bool)
    if format.signed:
        negative = (bits >> np.uint64(format.width - 1)).astype(bool)
        bits = np.where(negative, ~bits + np.uint64(1), bits)
        bits &= np.uint64((1 << format.width) - 1)
    upper, lower = (bits >> np.uint64(32)).astype(np.float64), (bits & np.uint64(0xFFFFFFFF)).astype(np.float64)
    length = np.where(upper > 0, np.frexp(upper)[1] + 32, np.frexp(lower)[1]).astype(np.int64)
    # The leading bit goes to bit 61; of the two bits that a longer number loses, the last one left keeps that they were there.
    up, down = (np.clip(x, 0, 63).astype(np.uint64) for x in (SHIFT_END - length, length - SHIFT_END))
    lost = (bits & (np.uint64(1) << down) - np.uint64(1)) != 0
    m = (((bits << up) >> down) | lost).astype(np.int64)
    none = np.zeros(codes.shape, bool)
    e = np.where(m == 0, ZERO, format.grid.quantum + length - SHIFT_END)
    return Computed(Scaled(negative, m, e, none, none, SHIFT_END - 1, lost))


def _convert(x: Number) -> Computed:
    return packed(x.m, np.zeros_like(x.m), x.e)


def convert(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The number itself."""
    del formats, to
    return _convert(operands[0])


def scale_b(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The number with the second added to its exponent."""
    del formats, to
    return _convert(_times_power(*operands))


def _times_power(x: Number, n: Number) -> Number:
    """The number with an integer added to its exponent; beyond 2**40 one exponent is as good as another."""
    steps = np.clip(np.ldexp(n.m, np.minimum(n.e, 64).astype(np.int32)), -(2.0**40), 2.0**40)
    return Number(x.m, np.where(x.m == 0, x.e, x.e + steps.astype(np.int64)))


def add(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The sum, with the smaller operand moved to the exponent of the larger."""
    del formats
    x, y = operands
    e = np.maximum(*(np.where(z.m == 0, ZERO, z.e) for z in operands))
    a, b = (_moved(z, e) for z in (x, y))
    total = a + b
    settle_zeros(total, to, a, b)
    error = two_sum_error(total, a, b)
    return packed(total, np.where(np.isfinite(total), error, 0.0), e)


def _moved(x: Number, e: Ints, far: int = FAR) -> Floats:
    """The significand in units of 2**e."""
    moved: Floats = np.ldexp(x.m, np.clip(x.e - e, -far, far).astype(np.int32))
    return moved


def subtract(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The sum with the second operand's sign changed."""
    x, y = operands
    return add((x, Number(-y.m, y.e)), formats, to)


def multiply(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The product of the significands."""
    del formats, to
    x, y = operands
    product = x.m * y.m
    error = two_product_error(product, x.m, y.m)
    return packed(product, np.where(np.isfinite(product), error, 0.0), x.e + y.e)


def divide(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The quotient of the significands; the remainder gives the sign of the rest."""
    del to
    x, y = operands
    quotient, by_zero = x.m / y.m, y.m == 0
    raised = (by_zero & np.isfinite(x.m) & (x.m != 0)).astype(np.uint8) * np.uint8(Flags.INFINITE)
    if not formats[-1].has_negative_zero:
        quotient[by_zero] = np.nan
        raised[:] = 0
    product = quotient * y.m
    rest = (x.m - product) - two_product_error(product, quotient, y.m)
    return _with_sign_of_rest(quotient, np.where(np.signbit(y.m), -rest, rest), x.e - y.e)._replace(raised=raised)


def _with_sign_of_rest(found: Floats, rest: Floats, e: Ints) -> Computed:
    unit = np.ldexp(TINY, np.frexp(found)[1] - BITS)
    return packed(found, np.where(np.isfinite(rest) & np.isfinite(found), np.sign(rest) * unit, 0.0), e)


def reciprocal(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """One divided by the number."""
    (y,) = operands
    one = Number(np.ldexp(np.ones_like(y.m), MANTISSA), np.full_like(y.e, -MANTISSA))
    return divide((one, y), (formats[0], formats[0]), to)


def sqrt(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The root of the significand, doubled where the exponent is odd; the remainder gives the sign of the rest."""
    del formats, to
    (x,) = operands
    m = np.where(x.e & 1, 2 * x.m, x.m)
    found = np.sqrt(m)
    square = found * found
    return _with_sign_of_rest(found, (m - square) - two_product_error(square, found, found), x.e >> 1)


def fma(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The product in two numbers, and the third added to them, in units of the product."""
    del formats
    x, y, z = operands
    factors = x.m * y.m
    exact = np.where(np.isfinite(factors), two_product_error(factors, x.m, y.m), 0.0)
    # The unit is that of the addend, or half-way down the product's bits: whichever is greater, zeros having any.
    of_product = np.where(factors == 0, ZERO, x.e + y.e + BITS)
    e = np.maximum(of_product, np.where(z.m == 0, ZERO, z.e))
    down = np.clip(x.e + y.e - e, -2 * FAR, 0).astype(np.int32)
    product, error, third = np.ldexp(factors, down), np.ldexp(exact, down), _moved(z, e, 2 * FAR)
    total = product + third
    settle_zeros(total, to, product, third)
    high, low, _ = sum_in_two(product, error, third)
    plain = ~np.isfinite(total) | ((high == 0) & (low == 0))
    hidden = ((x.m == 0) & np.isinf(y.m)) | (np.isinf(x.m) & (y.m == 0))
    found = packed(np.where(plain, total, high), np.where(plain, 0.0, low), e)
    return found._replace(raised=hidden.astype(np.uint8) * np.uint8(Flags.INVALID))


def faa(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The sum of three, in units of the greatest. Of a term that is far below only the sign is right, which is enough for one
    such term beside a sum that did not cancel, if no other is nearly as far."""
    del formats
    e = reduce(np.maximum, (np.where(z.m == 0, ZERO, z.e) for z in operands))
    a, b, c = (_moved(z, e, 2 * FAR) for z in operands)
    total = (a + b) + c
    settle_zeros(total, to, a, b, c)
    pair = a + b
    high, low, _ = sum_in_two(pair, two_sum_error(pair, a, b), c)
    plain = ~np.isfinite(total) | ((high == 0) & (low == 0))
    distant, far = (
        reduce(np.add, (((z.m != 0) & (e - z.e > reach)).astype(np.int8) for z in operands)) for reach in (FAR, 2 * FAR)
    )
    found = packed(np.where(plain, total, high), np.where(plain, 0.0, low), e)
    return found._replace(hard=(far > 0) & ((distant > 1) | (np.abs(high) < 1)))


def scaled_add(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The sum of two numbers with integers added to their exponents."""
    x, s, y, t = operands
    return add((_times_power(x, s), _times_power(y, t)), formats, to)


def scaled_multiply(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The product of two numbers with an integer added to its exponent."""
    x, y, s = operands
    return multiply((_times_power(x, s), y), formats, to)


def scaled_fma(operands: tuple[Number, ...], formats: Formats, to: Projection) -> Computed:
    """The product of two numbers and a third, with integers added to the exponents."""
    x, y, s, z, t = operands
    return fma((_times_power(x, s), y, _times_power(z, t)), formats, to)


OPERATIONS: dict[str, Callable[[tuple[Number, ...], Formats, Projection], Computed]] = {
    "convert": convert,
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "reciprocal": reciprocal,
    "sqrt": sqrt,
    "fma": fma,
    "faa": faa,
    "scale_b": scale_b,
    "scaled_add": scaled_add,
    "scaled_multiply": scaled_multiply,
    "scaled_fma": scaled_fma,
}
