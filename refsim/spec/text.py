"""Exact numbers as text that a person can read and that loses nothing."""

from __future__ import annotations

import re
from fractions import Fraction

from .exact import LONG, Exact, Special, floor_log2, power_of_two

SHORT = 8
"""The longest decimal expansion that is preferred to a hexadecimal one."""


def exact_text(x: Exact) -> str:
    """A decimal where that is short, a hexadecimal float as in C where the number is dyadic, a fraction otherwise.

    >>> exact_text(Fraction(7, 4)), exact_text(Fraction(3, 2**20)), exact_text(Fraction(1, 3))
    ('1.75', '0x1.8p-19', '1/3')
    """
    if isinstance(x, Special):
        return x.value
    if not isinstance(x, Fraction):
        return str(x)
    if x.denominator & x.denominator - 1:
        # Python refuses to write integers of thousands of decimal digits, and nobody would read them.
        long = max(abs(x.numerator), x.denominator).bit_length() > LONG
        return f"{x.numerator:#x}/{x.denominator:#x}" if long else str(x)
    places = x.denominator.bit_length() - 1
    if abs(x.numerator) < 10**SHORT and places <= SHORT:
        digits = f"{abs(x.numerator) * 5**places:0{places + 1}d}"
        whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
        decimal = f"{'-' if x < 0 else ''}{whole}{'.' + part if part else ''}"
        if len(decimal) <= SHORT + 1:
            return decimal
    exponent = floor_log2(abs(x))
    fraction = abs(x) / power_of_two(exponent) - 1
    nibbles = -(-(fraction.denominator.bit_length() - 1) // 4)
    tail = f".{fraction.numerator * 16**nibbles // fraction.denominator:0{nibbles}x}" if nibbles else ""
    return f"{'-' if x < 0 else ''}0x1{tail}p{exponent:+d}"


def parse_exact(text: str) -> Exact:
    """An exact number from text: a decimal, a fraction ``3/8``, a hexadecimal float, or a special datum's name.

    ``ValueError`` for anything else, and for an exponent that no format comes near.
    """
    plain = text.strip().lower()
    names = {datum.value: datum for datum in Special} | {"+inf": Special.POSITIVE_INFINITY}
    if plain in names:
        return names[plain]
    decimal, hexadecimal = DECIMAL.fullmatch(plain), HEXADECIMAL.fullmatch(plain)
    if not decimal and not hexadecimal:
        raise ValueError(f"{text!r} is no number: write 0.1, 3/8, 0x1.8p-3, inf, -inf, nan or -0")
    exponent = next((match[1] for match in (decimal, hexadecimal) if match and match[1]), "0")
    if len(exponent) > len(str(FARTHEST)) + 1 or abs(int(exponent)) > FARTHEST:
        raise ValueError(f"{text!r} has an exponent beyond {FARTHEST}, which no format comes near")
    number = _hexadecimal(plain) if hexadecimal else Fraction(plain)
    return Special.NEGATIVE_ZERO if number == 0 and plain.startswith("-") else number


FARTHEST = 100_000
"""The greatest exponent that is read, far past that of every format."""
DECIMAL = re.compile(r"[+-]?(?:\d+/0*[1-9]\d*|(?:\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?)", re.ASCII)
HEXADECIMAL = re.compile(r"[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p([+-]?\d+))?", re.ASCII)


def _hexadecimal(text: str) -> Fraction:
    sign = -1 if text.startswith("-") else 1
    digits, _, exponent = text.lstrip("+-").removeprefix("0x").partition("p")
    whole, _, part = digits.partition(".")
    return sign * Fraction(int(whole + part, 16), 16 ** len(part)) * power_of_two(int(exponent or 0))
