"""Operations in the host's arithmetic: the exact result, or the exact result rounded to odd.

A number that is rounded to odd with at least two spare bits, and then by any rule to fewer bits, is the number rounded once
(Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.arithmetic import vanished
from ..spec.exact import NEGATIVE_ZERO
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection
from .decode import exponents, fits

Floats = NDArray[Any]
"""An array of binary32 or of binary64 numbers."""
Bools = NDArray[np.bool_]
Compute = Callable[[tuple[Floats, ...], tuple[Format, ...], Projection], tuple[Floats, "Bools | None"]]
"""From the operands' numbers to the result, exact or rounded to odd, and where it was rounded; ``None``: nowhere."""


def convert(values: tuple[Floats, ...], _: tuple[Format, ...], __: Projection) -> tuple[Floats, Bools | None]:
    """The number itself."""
    return values[0], None


def convert_is_safe(formats: tuple[Format, ...], kind: np.dtype[Any]) -> bool:
    """The type holds the format."""
    return all(fits(format, kind) for format in formats)


def add(values: tuple[Floats, ...], formats: tuple[Format, ...], to: Projection) -> tuple[Floats, Bools | None]:
    """The sums, a vanished one with the sign that the projection's rule wants."""
    x, y = values
    total = x + y
    if vanished(to) is NEGATIVE_ZERO:
        total[(total == 0) & (np.signbit(x) | np.signbit(y))] = -0.0
    least = min(exponents(format)[0] for format in formats)
    most = max(exponents(format)[1] for format in formats)
    if most + 2 - least <= _bits(total.dtype):
        return total, None
    # Knuth's TwoSum: the error of a sum rounded to nearest is a number of the format, and these six operations give it.
    other = total - x
    return _to_odd(total, (x - (total - other)) + (y - other))


def subtract(values: tuple[Floats, ...], formats: tuple[Format, ...], to: Projection) -> tuple[Floats, Bools | None]:
    """The differences, as sums with the second operand's sign changed."""
    return add((values[0], -values[1]), formats, to)


def add_is_safe(formats: tuple[Format, ...], kind: np.dtype[Any]) -> bool:
    """The type holds the formats, and no sum comes near its end."""
    return all(fits(format, kind) and exponents(format)[1] + 2 < np.finfo(kind).maxexp for format in formats)


def multiply(values: tuple[Floats, ...], formats: tuple[Format, ...], _: Projection) -> tuple[Floats, Bools | None]:
    """The products."""
    x, y = values
    product = x * y
    if sum(map(_significant, formats)) <= _bits(product.dtype):
        return product, None
    # Dekker's product: the halves have at most half the bits, so that their products are exact.
    (xh, xl), (yh, yl) = _split(x), _split(y)
    return _to_odd(product, xl * yl - (((product - xh * yh) - xl * yh) - xh * yl))


def multiply_is_safe(formats: tuple[Format, ...], kind: np.dtype[Any]) -> bool:
    """The type holds the formats; no product comes near its upper end; and at its lower end there is room for the last bit of
    every product, which is the last bit of the error too. The splitting multiplies by as much as half the type's bits."""
    info = np.finfo(kind)
    least, most = (sum(ends) for ends in zip(*map(exponents, formats), strict=True))
    room = most + 2 + _bits(kind) < info.maxexp and least > info.minexp
    return room and all(fits(format, kind) for format in formats)


def _bits(kind: np.dtype[Any]) -> int:
    """The significant bits of a floating-point type."""
    return int(np.finfo(kind).nmant) + 1


def _significant(format: Format) -> int:
    return format.grid.precision if isinstance(format.grid, FloatGrid) else format.width


def _split(x: Floats) -> tuple[Floats, Floats]:
    """Veltkamp's splitting into two halves of the bits, the second with a sign."""
    big = x * x.dtype.type((1 << -(-_bits(x.dtype) // 2)) + 1)
    high = big - (big - x)
    return high, x - high


def _to_odd(rounded: Floats, error: Floats) -> tuple[Floats, Bools]:
    """A number rounded to nearest and its error, as the number rounded to odd: where the error is not zero and the last bit
    is even, the neighbour on the error's side."""
    inexact = np.abs(error) > 0
    bits = rounded.view(f"i{rounded.dtype.itemsize}")
    step = ((error > 0) == (rounded > 0)).astype(bits.dtype) * 2 - 1
    return (bits + step * (inexact & (bits & 1 == 0))).view(rounded.dtype), inexact
