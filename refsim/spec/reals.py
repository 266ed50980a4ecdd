"""Computable irrational numbers: known by bounds that close in on them, as far as a comparison needs.

A comparison with a rational is decided as soon as the rational is outside the bounds. It always is in the end, because the
number is irrational; only for the error function and the two forms of GELU is that no theorem, and there the bounds of every
code of the 16-bit formats have been seen to suffice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from .exact import floor_log2
from .text import exact_text

PRECISIONS = tuple(1 << i for i in range(5, 17))
"""The relative precisions, in bits, at which a comparison is tried one after the other."""
LARGEST = PRECISIONS[-1] - 8
"""The most bits of a whole number of steps that is counted out."""


def order(n: int, exponent: int, q: Fraction) -> int:
    """-1, 0 or 1: the sign of n * 2**exponent - q, for n > 0 and q > 0; the exponents decide where they can, however large."""
    # n * 2**exponent lies in [2**(a - 1), 2**a) and q in (2**(b - 1), 2**(b + 1)).
    a, b = n.bit_length() + exponent, q.numerator.bit_length() - q.denominator.bit_length()
    if not b <= a <= b + 1:
        return 1 if a > b else -1
    left, right = n * q.denominator << max(exponent, 0), q.numerator << max(-exponent, 0)
    return (left > right) - (left < right)


class Undecided(ArithmeticError):
    """The bounds of a number were refined to the last precision, and a rational still lies between them."""


class Enclosure(NamedTuple):
    """Bounds of a positive number: it lies between ``low * 2**exponent`` and ``high * 2**exponent``.

    The number is neither of the two where it is irrational, so a bound that is a point of a grid decides a comparison.
    """

    low: int
    high: int
    exponent: int


Enclose = Callable[[Fraction, int], Enclosure]
"""From an argument and a working precision to bounds of a function's magnitude there; more precision, closer bounds."""


@dataclass(frozen=True, eq=False)
class Real:
    """The irrational number whose magnitude ``enclose`` bounds at an argument, or its negative."""

    name: str
    argument: Fraction
    enclose: Enclose
    negative: bool = False
    known: dict[int, Enclosure] = field(default_factory=dict, repr=False)
    """The bounds found so far, by their precision."""

    def bounds(self, bits: int) -> Enclosure:
        """Bounds of the magnitude whose distance **must** be at most 2**-bits of the lower one; ``Undecided`` where the working
        precision that this takes is out of all proportion.

        [real/bounds]
        """
        if bits not in self.known:
            working = bits + 16
            found = self.enclose(self.argument, working)
            while found.high - found.low << bits > found.low:
                working *= 2
                if working > 64 * PRECISIONS[-1]:
                    raise Undecided(f"{self} has no bounds of {bits} bits")
                found = self.enclose(self.argument, working)
            self.known[bits] = found
        return self.known[bits]

    def closer(self) -> Iterator[Enclosure]:
        """Closer and closer bounds; ``Undecided`` after the last."""
        yield from map(self.bounds, PRECISIONS)
        raise Undecided(f"{self} is not told from a rational by {PRECISIONS[-1]} bits")

    def __neg__(self) -> Real:
        return replace(self, negative=not self.negative)

    def __abs__(self) -> Real:
        return replace(self, negative=False)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Real):
            return (self.name, self.argument, self.negative) == (other.name, other.argument, other.negative)
        return False if isinstance(other, int | Fraction) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.argument, self.negative))

    def __lt__(self, other: Fraction | int) -> bool:
        """A comparison with a rational **must** be decided by bounds that the rational is outside of. [real/compare]"""
        if not isinstance(other, int | Fraction):
            return NotImplemented
        if (other < 0) != self.negative or other == 0:
            return self.negative
        size = abs(Fraction(other))
        for low, high, exponent in self.closer():
            if order(high, exponent, size) <= 0:
                return not self.negative
            if order(low, exponent, size) >= 0:
                return self.negative
        raise AssertionError("closer bounds do not end")

    def __gt__(self, other: Fraction | int) -> bool:
        below = self.__lt__(other)
        return below if below is NotImplemented else not below

    def __floordiv__(self, step: Fraction) -> int:
        """The integer part of this positive number in units of a positive rational step; ``ValueError`` where it has more
        than ``LARGEST`` bits."""
        if self.negative or step <= 0:
            raise ValueError(f"floor division needs a positive number and step, not {self} // {step}")
        bits = self.floor_log2() - floor_log2(Fraction(step))
        if bits < -1:
            return 0
        if bits > LARGEST:
            raise ValueError(f"{self} has more than {LARGEST} bits in units of {exact_text(Fraction(step))}, too many to count")
        for low, high, exponent in self.closer():
            over, under = step.denominator << max(exponent, 0), step.numerator << max(-exponent, 0)
            steps = low * over // under
            if high * over <= (steps + 1) * under:
                return steps
        raise AssertionError("closer bounds do not end")

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below this positive number."""
        for low, high, exponent in self.closer():
            if low.bit_length() == (high - 1).bit_length():
                return low.bit_length() - 1 + exponent
        raise AssertionError("closer bounds do not end")

    def __str__(self) -> str:
        return f"{'-' if self.negative else ''}{self.name}({exact_text(self.argument)})"
