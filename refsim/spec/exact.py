"""Exact numbers: the rationals, positive roots of rationals, and the data that are not numbers.

Everything the specification computes is one of these. No value is ever approximated: an irrational root is kept as the
root that it is, because rounding needs comparisons with rationals and those are integer arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache, total_ordering
from typing import Any, Protocol


class Special(Enum):
    """A datum that is not a rational number: a NaN, an infinity, or the zero with a minus sign."""

    NAN = "nan"
    SIGNALING_NAN = "snan"
    POSITIVE_INFINITY = "inf"
    NEGATIVE_INFINITY = "-inf"
    NEGATIVE_ZERO = "-0"


NAN, SIGNALING_NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO = Special


def integer_root(n: int, degree: int) -> int:
    """The greatest integer r with r**degree <= n, for n >= 0 and degree >= 1."""
    if n < 0 or degree < 1:
        raise ValueError(f"integer_root needs n >= 0 and degree >= 1, not {n} and {degree}")
    if n == 0 or degree == 1:
        return n
    # Newton's steps from above fall until the root is reached (the mean of r and n / r**(degree - 1) is no less than it).
    found, step = 0, 1 << -(-n.bit_length() // degree)
    while found == 0 or step < found:
        found = step
        step = ((degree - 1) * found + n // found ** (degree - 1)) // degree
    return found


class Irrational(Protocol):
    """An irrational number, never written out: it can be compared with a rational, negated, and divided downwards by a
    positive rational, which is all that projection asks of a number."""

    def __neg__(self) -> Irrational:
        """The number with the other sign."""

    def __lt__(self, other: Any) -> bool:
        """Whether it is less than a rational."""

    def __gt__(self, other: Any) -> bool:
        """Whether it is greater than a rational."""

    def __floordiv__(self, step: Fraction) -> int:
        """The integer part of the positive number in units of a positive rational step."""

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below the positive number."""


LONG = 1 << 12
"""Integers of more bits are written in hexadecimal."""


@total_ordering
@dataclass(frozen=True, eq=False)
class Root:
    """The irrational number ``radicand ** (1 / degree)``, or its negative; ``root`` makes these."""

    radicand: Fraction
    degree: int
    negative: bool = False

    def __neg__(self) -> Root:
        return Root(self.radicand, self.degree, not self.negative)

    def __abs__(self) -> Root:
        return Root(self.radicand, self.degree)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Root):
            return self.negative == other.negative and _powers(self, other)[0] == _powers(self, other)[1]
        return False if isinstance(other, int | Fraction) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.radicand, self.degree, self.negative))

    def __lt__(self, other: Root | Fraction | int) -> bool:
        if not isinstance(other, Root | Fraction | int):
            return NotImplemented
        other_negative = other.negative if isinstance(other, Root) else other < 0
        if self.negative != other_negative:
            return self.negative
        mine, theirs = _powers(self, other)
        return mine > theirs if self.negative else mine < theirs

    def __floordiv__(self, step: Fraction) -> int:
        """The integer part of this positive root in units of a positive rational step."""
        if self.negative or step <= 0:
            raise ValueError(f"floor division needs a positive root and step, not {self} // {step}")
        over = self.radicand.numerator * step.denominator**self.degree
        return integer_root(over // (self.radicand.denominator * step.numerator**self.degree), self.degree)

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below this positive root."""
        return floor_log2(self.radicand) // self.degree

    def __str__(self) -> str:
        parts = (self.radicand.numerator, self.radicand.denominator)
        # Python refuses to write integers of thousands of decimal digits.
        over, under = (str(part) if part.bit_length() <= LONG else f"{part:#x}" for part in parts)
        fraction = over if under == "1" else f"{over}/{under}"
        return f"{'-' if self.negative else ''}({fraction})**(1/{self.degree})"


def _powers(a: Root, b: Root | Fraction | int) -> tuple[int, int]:
    """Integers that lie to each other as the magnitudes of a and b: both raised to a common power and multiplied by the
    denominators, since dividing by common factors would take most of the time."""
    radicand, degree = (b.radicand, b.degree) if isinstance(b, Root) else (abs(Fraction(b)), 1)
    mine = a.radicand.numerator**degree * radicand.denominator**a.degree
    return mine, radicand.numerator**a.degree * a.radicand.denominator**degree


def root(radicand: Fraction | int, degree: int) -> Fraction | Root:
    """The positive root of a rational that is not negative; a rational root **must** be given as a ``Fraction``.

    [exact/root]
    """
    radicand = Fraction(radicand)
    if radicand < 0 or degree < 1:
        raise ValueError(f"root needs a radicand >= 0 and a degree >= 1, not {radicand} and {degree}")
    over, under = (integer_root(part, degree) for part in (radicand.numerator, radicand.denominator))
    rational = Fraction(over, under)
    if rational**degree == radicand:
        return rational
    for divisor in range(2, degree):
        if degree % divisor == 0:
            simpler = root(radicand, divisor)
            if isinstance(simpler, Fraction):
                return root(simpler, degree // divisor)
    return Root(radicand, degree)


Magnitude = Fraction | Irrational
"""A finite number that is not negative."""

Exact = Fraction | Irrational | Special
"""Any datum: a rational or irrational number, a NaN, an infinity or the negative zero."""


def is_nan(x: Exact) -> bool:
    """True for a quiet and for a signaling NaN."""
    return x is NAN or x is SIGNALING_NAN


def is_infinite(x: Exact) -> bool:
    """True for both infinities."""
    return x is POSITIVE_INFINITY or x is NEGATIVE_INFINITY


def is_zero(x: Exact) -> bool:
    """True for zero of either sign."""
    return x is NEGATIVE_ZERO or x == 0


def is_negative(x: Exact) -> bool:
    """True where the sign of the datum is minus, which includes the negative zero; a NaN has no sign."""
    if isinstance(x, Special):
        return x is NEGATIVE_INFINITY or x is NEGATIVE_ZERO
    # The same question of the numerator alone is answered many times faster.
    return x.numerator < 0 if isinstance(x, Fraction) else x < 0


def magnitude(x: Exact) -> Magnitude:
    """The absolute value of a finite datum."""
    if isinstance(x, Special):
        if x is not NEGATIVE_ZERO:
            raise ValueError(f"{x.value} has no finite magnitude")
        return Fraction(0)
    return -x if is_negative(x) else x


def negate(x: Exact) -> Exact:
    """The same magnitude with the other sign; a NaN stays as it is."""
    if isinstance(x, Special):
        opposite: dict[Special, Exact] = {
            POSITIVE_INFINITY: NEGATIVE_INFINITY,
            NEGATIVE_INFINITY: POSITIVE_INFINITY,
            NEGATIVE_ZERO: Fraction(0),
        }
        return opposite.get(x, x)
    return NEGATIVE_ZERO if x == 0 else -x


def floor_log2(m: Magnitude) -> int:
    """The greatest integer e with 2**e <= m, for m > 0; decided in integers."""
    if not isinstance(m, (Fraction, int)):
        return m.floor_log2()
    numerator, denominator = m.numerator, m.denominator
    if numerator <= 0:
        raise ValueError(f"floor_log2 needs a positive number, not {m}")
    e = numerator.bit_length() - denominator.bit_length()
    below = numerator < denominator << e if e >= 0 else numerator << -e < denominator
    return e - below


@lru_cache(maxsize=1 << 14, typed=True)
def dyadic(n: int, exponent: int) -> Fraction:
    """n * 2**exponent, exactly."""
    return Fraction(n << exponent) if exponent >= 0 else Fraction(n, 1 << -exponent)


def power_of_two(exponent: int) -> Fraction:
    """2**exponent, exactly."""
    return dyadic(1, exponent)
