"""Arithmetic in the host's floating point: the exact result, the exact result rounded to odd, or a result that no boundary
separates from the exact one.

A number that is rounded to odd with at least two spare bits, and then by any rule to fewer bits, is the number rounded once
(Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.arithmetic import vanished
from ..spec.exact import NEGATIVE_ZERO
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from .decode import exponents, fits
from .projection import Scaled

Floats = NDArray[Any]
"""An array of binary32 or of binary64 numbers."""
Bools = NDArray[np.bool_]
Values = tuple[Floats, ...]
Formats = tuple[Format, ...]


class Computed(NamedTuple):
    """A result: numbers, exact or, where ``inexact``, rounded to odd; the flags that the operation itself raises besides
    invalid for a NaN that is made of numbers; and where the result is not known."""

    value: Floats | Scaled
    inexact: Bools | None = None
    raised: NDArray[np.uint8] | None = None
    hard: Bools | None = None


def bits_of(kind: np.dtype[Any]) -> int:
    """The significant bits of a floating-point type."""
    return int(np.finfo(kind).nmant) + 1


def significant(format: Format) -> int:
    """The significant bits of a format."""
    return format.grid.precision if isinstance(format.grid, FloatGrid) else format.width


def boundary_bits(to: Projection) -> int:
    """The significant bits of any number at which the result, or a flag, changes: points, middles, bounds of tininess, and the
    places that random bits reach. Of a rule that wraps, and of a logarithmic format, there is no such bound."""
    if to.overflow.wrap or isinstance(to.format.grid, LogGrid):
        return 1 << 16
    return significant(to.format) + 1 + (to.rounding.bits + 1 if to.rounding.bits else 0)


def convert(values: Values, formats: Formats, to: Projection) -> Computed:
    """The number itself."""
    del formats, to
    return Computed(values[0])


def negation(values: Values, formats: Formats, to: Projection) -> Computed:
    """The number with the other sign."""
    del formats, to
    return Computed(-values[0])


def absolute_value(values: Values, formats: Formats, to: Projection) -> Computed:
    """The magnitude."""
    del formats, to
    return Computed(np.abs(values[0]))


def all_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The type holds the operands' formats."""
    del to
    return all(fits(format, kind) for format in formats)


def add(values: Values, formats: Formats, to: Projection) -> Computed:
    """The sums, a vanished one with the sign that the projection's rule wants."""
    x, y = values
    total = x + y
    settle_zeros(total, to, x, y)
    if _span(formats) + 2 <= bits_of(total.dtype):
        return Computed(total)
    return Computed(*to_odd(total, two_sum_error(total, x, y)))


def subtract(values: Values, formats: Formats, to: Projection) -> Computed:
    """The differences, as sums with the second operand's sign changed."""
    return add((values[0], -values[1]), formats, to)


def sums_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The type holds the formats, and no sum comes near its end."""
    return all_fit(formats, to, kind) and max(exponents(format)[1] for format in formats) + 3 < np.finfo(kind).maxexp


def _span(formats: Formats) -> int:
    """The bits from the leading one of the greatest number to the last one of the least."""
    ends = [exponents(format) for format in formats]
    return max(most for _, most in ends) - min(least for least, _ in ends)


def settle_zeros(total: Floats, to: Projection, *terms: Floats) -> None:
    """The sign of sums that vanish, where the rule makes it minus: all zeros but the sum of positive ones alone."""
    if vanished(to) is NEGATIVE_ZERO:
        minus = np.signbit(terms[0])
        for term in terms[1:]:
            minus = minus | np.signbit(term)
        total[(total == 0) & minus] = -0.0


def multiply(values: Values, formats: Formats, to: Projection) -> Computed:
    """The products."""
    del to
    x, y = values
    product = x * y
    if sum(map(significant, formats)) <= bits_of(product.dtype):
        return Computed(product)
    return Computed(*to_odd(product, two_product_error(product, x, y)))


def products_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The type holds the formats; no product comes near its upper end; and at its lower end there is room for the last bit of
    every product, which is the last bit of the error too. Where a product is not exact, its factors and the product are split,
    which multiplies them by half the type's bits."""
    info = np.finfo(kind)
    least, most = (sum(ends) for ends in zip(*map(exponents, formats[:2]), strict=True))
    exact = sum(map(significant, formats[:2])) <= bits_of(kind)
    greatest = max(most + 2, *(exponents(format)[1] for format in formats[:2]))
    room = greatest + (0 if exact else bits_of(kind)) < info.maxexp and least > info.minexp
    return room and all_fit(formats, to, kind)


def divide(values: Values, formats: Formats, to: Projection) -> Computed:
    """The quotients; by the zero of a format with one zero, NaN."""
    x, y = values
    quotient, by_zero = x / y, y == 0
    raised = (by_zero & np.isfinite(x) & (x != 0)).astype(np.uint8) * np.uint8(Flags.INFINITE)
    if not formats[-1].has_negative_zero:
        quotient[by_zero] = np.nan
        raised[:] = 0
    # A boundary b is the quotient only if b * y = x; otherwise the two differ by a unit in the last place of b * y at least,
    # which is more than the rounding of the quotient can bridge if the type has the bits of b and y together.
    if boundary_bits(to) + significant(formats[-1]) <= bits_of(quotient.dtype):
        return Computed(quotient, None, raised)
    product = quotient * y
    rest = (x - product) - two_product_error(product, quotient, y)
    return Computed(*to_odd(quotient, np.where(np.signbit(y), -rest, rest)), raised)


def reciprocal(values: Values, formats: Formats, to: Projection) -> Computed:
    """One divided by the numbers."""
    return divide((np.ones_like(values[0]), values[0]), (formats[0], formats[0]), to)


def quotients_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The type holds the formats; no quotient, and no product of quotient and divisor, comes near its ends."""
    info, room = np.finfo(kind), 2 * bits_of(kind) + 4
    (least_x, most_x), (least_y, most_y) = exponents(formats[0]), exponents(formats[-1])
    if len(formats) == 1:
        least_x, most_x = 0, 0
    inside = most_x - least_y + 2 < info.maxexp and least_x - most_y - room > info.minexp and least_x - room > info.minexp
    exact = boundary_bits(to) + significant(formats[-1]) <= bits_of(kind)
    # For the remainder, quotient and divisor are split.
    greatest = max(most_x, most_y, most_x - least_y + 1)
    return inside and all_fit(formats, to, kind) and (exact or greatest + bits_of(kind) < info.maxexp)


def sqrt(values: Values, formats: Formats, to: Projection) -> Computed:
    """The square roots."""
    (x,) = values
    found, bits = np.sqrt(x), 2 * boundary_bits(to)
    # Scaled to make a boundary b of B bits an integer, x is one too if it has fewer than 2 B bits; then its root is b, or more
    # than 2**-(B + 1) away from it, which is half a unit in the last place of 2 B bits.
    if significant(formats[0]) < bits <= bits_of(found.dtype):
        return Computed(found)
    square = found * found
    return Computed(*to_odd(found, (x - square) - two_product_error(square, found, found)))


def roots_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The type holds the format, of which no number is so small that the last bit of a square is lost."""
    return all_fit(formats, to, kind) and exponents(formats[0])[0] - 2 * bits_of(kind) - 4 > np.finfo(kind).minexp


def fma(values: Values, formats: Formats, to: Projection) -> Computed:
    """The products, which must be exact, and the third number added."""
    x, y, z = values
    product = x * y
    total = product + z
    settle_zeros(total, to, product, z)
    hidden = ((x == 0) & np.isinf(y)) | (np.isinf(x) & (y == 0))
    raised = hidden.astype(np.uint8) * np.uint8(Flags.INVALID)
    ends = [exponents(format) for format in formats]
    most = max(ends[0][1] + ends[1][1] + 1, ends[2][1])
    least = min(ends[0][0] + ends[1][0], ends[2][0])
    if most + 2 - least <= bits_of(total.dtype):
        return Computed(total, None, raised)
    return Computed(*to_odd(total, two_sum_error(total, product, z)), raised)


def fused_fit(formats: Formats, to: Projection, kind: np.dtype[Any]) -> bool:
    """The products are exact, and the sums come near no end."""
    exact = sum(map(significant, formats[:2])) <= bits_of(kind)
    return exact and products_fit(formats, to, kind) and sums_fit(formats[2:], to, kind)


def faa(values: Values, formats: Formats, to: Projection) -> Computed:
    """The sums of three."""
    x, y, z = values
    total = (x + y) + z
    settle_zeros(total, to, x, y, z)
    if _span(formats) + 3 <= bits_of(total.dtype):
        return Computed(total)
    high = x + y
    found, inexact = sum_of_three(high, two_sum_error(high, x, y), z)
    plain = ~np.isfinite(total) | (found == 0)
    return Computed(np.where(plain, total, found), inexact & ~plain)


def sum_in_two(high: Floats, low: Floats, z: Floats) -> tuple[Floats, Floats, Bools]:
    """``high + low + z``, high being the first two rounded to nearest: the sum rounded to nearest, the rest rounded to odd, and
    where that was rounded.

    Boldo and Melquiond 2008, algorithm Fmac: the two errors are added, rounded to odd, and added to the sum.
    """
    first = z + low
    second = high + first
    errors = (two_sum_error(first, z, low), two_sum_error(second, high, first))
    rest = errors[0] + errors[1]
    odd, sticky = to_odd(rest, two_sum_error(rest, *errors))
    total = second + odd
    return total, two_sum_error(total, second, odd), sticky


def sum_of_three(high: Floats, low: Floats, z: Floats) -> tuple[Floats, Bools]:
    """The sum of ``sum_in_two`` rounded to odd, and where it was rounded."""
    total, rest, sticky = sum_in_two(high, low, z)
    found, inexact = to_odd(total, rest)
    return found, inexact | sticky


def two_sum_error(total: Floats, x: Floats, y: Floats) -> Floats:
    """Knuth's TwoSum: the error of a sum rounded to nearest is a number of the type, and these operations give it."""
    other = total - x
    error: Floats = (x - (total - other)) + (y - other)
    return error


def two_product_error(product: Floats, x: Floats, y: Floats) -> Floats:
    """Dekker's product: x * y less the rounded product; the halves have at most half the bits, so their products are exact."""
    (xh, xl), (yh, yl) = _halves(x), _halves(y)
    error: Floats = xl * yl - (((product - xh * yh) - xl * yh) - xh * yl)
    return error


def _halves(x: Floats) -> tuple[Floats, Floats]:
    """Veltkamp's splitting into two halves of the bits, the second with a sign."""
    big = x * x.dtype.type((1 << -(-bits_of(x.dtype) // 2)) + 1)
    high = big - (big - x)
    return high, x - high


def to_odd(rounded: Floats, error: Floats) -> tuple[Floats, Bools]:
    """A number rounded to nearest and its error, as the number rounded to odd: where the error is not zero and the last bit
    is even, the neighbour on the error's side. The error may be NaN only where the number is not finite."""
    inexact = np.abs(error) > 0
    bits = rounded.view(f"i{rounded.dtype.itemsize}")
    step = ((error > 0) == (rounded > 0)).astype(bits.dtype) * 2 - 1
    return (bits + step * (inexact & (bits & 1 == 0))).view(rounded.dtype), inexact
