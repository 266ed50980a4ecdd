"""Wrapping: the bits of a number outside the range that are kept, and those that are saturated.

The functions are written with operators that mean the same for Python's integers and for NumPy arrays, so that the engine
evaluates these very functions.
"""

from __future__ import annotations

from typing import Any

from .formats import Coding, Format


def saturated_bits(negative: Any, format: Format, bits: int) -> Any:
    """The first so many bits of a code, in their places: of a signed format the sign bit of the number and then the other bit,
    as the last number on its side has them; of an unsigned format ones.

    ``negative`` is a truth value or an array of them.
    """
    if not format.signed:
        return (1 << bits) - 1 << format.width - bits
    others = (1 << bits - 1) - 1 << format.width - bits
    return negative * (1 << format.width - 1) + (1 - negative) * others


def wrap_point(n: Any, negative: Any, format: Format, bits: int = 0) -> Any:
    """The code **must** be the low bits of the signed number of steps, as many as the format has; with N saturated bits the
    first N of them **must** be replaced: of a signed format by the sign bit of the number and N - 1 times the other bit, of an
    unsigned format by ones. AP_WRAP with N. [overflow/wrap]

    ``n`` is an integer or an array of them, ``negative`` whether the number is negative, ``bits`` the saturated bits N.
    """
    if format.coding is Coding.LOGARITHMIC:
        return wrap_logarithm(n, negative, format)
    kept = n & (1 << format.width - bits) - 1
    return kept | saturated_bits(negative, format, bits) if bits else kept


def wrap_logarithm(n: Any, negative: Any, format: Format) -> Any:
    """Of a format of the logarithmic number system the low bits of the logarithm **must** be kept, as many as it has, and the
    sign.

    [overflow/wrap-logarithm]
    """
    half = 1 << format.width - 3
    return negative * (1 << format.width - 1) | ((abs(n) - 1 & 2 * half - 1) ^ half)


def wrap_sign_magnitude_point(n: Any, negative: Any, format: Format, bits: int = 0) -> Any:
    """The sign bit **must** be the lowest of the bits that are lost; with N saturated bits the first N **must** be replaced
    as by ``wrap``. Where the last bit that is replaced differs from the one that replaces it, the bits below are inverted.
    AP_WRAP_SM with N. [overflow/wrap-sign-magnitude]

    ``n`` is an integer or an array of them, ``negative`` whether the number is negative, ``bits`` the saturated bits N.
    """
    place = format.width - max(bits, 1)
    first = saturated_bits(negative, format, bits) if bits else (n >> format.width & 1) << place
    inverted = (first >> place & 1) ^ (n >> place & 1)
    low = (1 << place) - 1
    return first | ((n & low) ^ (inverted * low))
