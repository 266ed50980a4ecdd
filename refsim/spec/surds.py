"""Sums of powers of two whose exponents are fractions: what sums and products of logarithmic numbers are.

A product of such powers is another, and a sum of them is kept as it is, with like powers taken together. Nothing is ever
approximated: bounds are drawn closer until they decide a comparison, and they always do, since equality is known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, total_ordering
from itertools import count

from .exact import Exact, Irrational, Magnitude, Root, floor_log2, integer_root, power_of_two, root
from .reals import Real
from .text import exact_text


@total_ordering
@dataclass(frozen=True)
class Surd:
    """The irrational number that is the sum of ``coefficient * 2**exponent`` over its terms; ``surd`` makes these.

    The terms are (exponent, coefficient), in order, no exponent twice, each exponent in [0, 1) and no coefficient zero.
    """

    terms: tuple[tuple[Fraction, Fraction], ...]

    def __neg__(self) -> Surd:
        return Surd(tuple((e, -c) for e, c in self.terms))

    def __abs__(self) -> Surd:
        return -self if self < 0 else self

    def __add__(self, other: Algebraic | int) -> Algebraic:
        return surd([*self.terms, *_terms(other)])

    __radd__ = __add__

    def __sub__(self, other: Algebraic | int) -> Algebraic:
        return self + -other

    def __rsub__(self, other: Fraction | int) -> Algebraic:
        return -self + other

    def __mul__(self, other: Algebraic | int) -> Algebraic:
        return surd((d + e, b * c) for d, b in self.terms for e, c in _terms(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Algebraic | int) -> Algebraic:
        return self * _inverse(other)

    def __rtruediv__(self, other: Fraction | int) -> Algebraic:
        return _inverse(self) * other

    def __lt__(self, other: Algebraic | Irrational | int) -> bool:
        """A comparison **must** be decided by bounds of the difference that have one sign; with an irrational number of another
        kind by the integer parts of both in ever smaller units.

        [surd/compare]
        """
        return _order(self, other) < 0

    def __gt__(self, other: Algebraic | Irrational | int) -> bool:
        return _order(self, other) > 0

    def __floordiv__(self, step: Fraction | int) -> int:
        """The integer part of this positive number in units of a positive rational step."""
        quotient = self / Fraction(step)
        assert isinstance(quotient, Surd), "an irrational number has no rational multiple"
        for bits, low, high in quotient.closer():
            if low >> bits == high - 1 >> bits:
                return low >> bits
        raise AssertionError("closer bounds do not end")

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below this positive number."""
        for bits, low, high in self.closer():
            if low > 0 and low.bit_length() == (high - 1).bit_length():
                return low.bit_length() - 1 - bits
        raise AssertionError("closer bounds do not end")

    def log2(self) -> Fraction | None:
        """The logarithm to base 2, where it is rational."""
        (exponent, coefficient), *more = self.terms
        whole = None if more else whole_log2(coefficient)
        return None if whole is None else whole + exponent

    def bounds(self, bits: int) -> tuple[int, int]:
        """Integers with the number between them in units of 2**-bits, and not equal to either."""
        low = high = 0
        for exponent, coefficient in self.terms:
            ends = [coefficient * end for end in power_bounds(exponent, bits)]
            low += min(ends) // 1
            high -= -max(ends) // 1
        return low, high

    def closer(self) -> Iterator[tuple[int, int, int]]:
        """Closer and closer bounds, each behind its number of bits."""
        for i in count(6):
            yield 1 << i, *self.bounds(1 << i)

    def __str__(self) -> str:
        """The terms, that of the greatest exponent first; a coefficient that is a power of two is joined to its power."""
        text = ""
        for exponent, coefficient in reversed(self.terms):
            sign = "-" if coefficient < 0 else "+" if text else ""
            whole = whole_log2(abs(coefficient))
            power = f"2**({exponent if whole is None else exponent + whole})"
            factor = f"{exact_text(abs(coefficient))}*" if whole is None and abs(coefficient) != 1 else ""
            term = factor + power if exponent else exact_text(abs(coefficient))
            text += f" {sign} {term}" if text else sign + term
        return text


Algebraic = Fraction | Surd
"""A number that sums and products of logarithmic numbers can be."""


def surd(terms: Iterable[tuple[Fraction, Fraction]]) -> Algebraic:
    """The sum of ``coefficient * 2**exponent``: like powers **must** be taken together, and a sum that is rational be given as
    a ``Fraction``. The powers with exponents in [0, 1) are linearly independent over the rationals, so a sum is zero only where
    every coefficient is.

    The independence is that of the powers of a root of the irreducible polynomial x**n - 2. [surd/sum]
    """
    found: dict[Fraction, Fraction] = {}
    for exponent, coefficient in terms:
        whole, part = divmod(exponent, 1)
        found[part] = found.get(part, Fraction(0)) + coefficient * power_of_two(whole)
    left = tuple(sorted((e, c) for e, c in found.items() if c))
    if not left:
        return Fraction(0)
    return left[0][1] if left[0][0] == 0 and len(left) == 1 else Surd(left)


def _terms(x: Algebraic | int) -> tuple[tuple[Fraction, Fraction], ...]:
    return x.terms if isinstance(x, Surd) else ((Fraction(0), Fraction(x)),)


def _inverse(x: Algebraic | int) -> Algebraic:
    if not isinstance(x, Surd):
        return 1 / Fraction(x)
    (exponent, coefficient), *more = x.terms
    if more:
        raise TypeError(f"{x} is a sum, and a quotient is taken only by a rational number or a power of two")
    return surd([(-exponent, 1 / coefficient)])


def _sign(x: Algebraic) -> int:
    if isinstance(x, Fraction):
        return (x > 0) - (x < 0)
    for _, low, high in x.closer():
        if low >= 0 or high <= 0:
            return 1 if low >= 0 else -1
    raise AssertionError("closer bounds do not end")


def _order(x: Surd, y: Algebraic | Irrational | int) -> int:
    if isinstance(y, Fraction | Surd | int):
        return _sign(x - y)
    negative = x < 0
    if negative != (y < 0):
        return -1 if negative else 1
    a, b = (-x, -y) if negative else (x, y)
    if exact_log2(a) is not None and exact_log2(a) == exact_log2(b):
        return 0
    for bits in (1 << i for i in count(4)):
        parts = a // power_of_two(-bits), b // power_of_two(-bits)
        if parts[0] != parts[1]:
            return -1 if (parts[0] < parts[1]) != negative else 1
    raise AssertionError("closer units do not end")


def power(exponent: Fraction | int) -> Algebraic:
    """2**exponent, exactly, for a rational exponent."""
    return surd([(Fraction(exponent), Fraction(1))])


@dataclass(frozen=True)
class SurdRoot:
    """The square root of a positive sum, or its negative: ``square_root`` makes these."""

    square: Surd
    negative: bool = False

    def __neg__(self) -> SurdRoot:
        return SurdRoot(self.square, not self.negative)

    def __lt__(self, other: Fraction | int) -> bool:
        """Numbers of one sign **must** compare as their squares do. [surd/root]"""
        if self.negative != (other < 0):
            return self.negative
        return self.square > other * other if self.negative else self.square < other * other

    def __gt__(self, other: Fraction | int) -> bool:
        return not self < other

    def __floordiv__(self, step: Fraction) -> int:
        """The integer part of this positive number in units of a positive rational step."""
        return integer_root(self.square // (step * step), 2)

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below this positive number."""
        return self.square.floor_log2() >> 1

    def __str__(self) -> str:
        return f"{'-' if self.negative else ''}sqrt({self.square})"


def square_root(x: Algebraic) -> Fraction | Root | Surd | SurdRoot:
    """The square root of a number that is not negative."""
    if isinstance(x, Fraction):
        return root(x, 2)
    exponent = x.log2()
    return SurdRoot(x) if exponent is None else power(exponent / 2)


def algebraic(x: Exact) -> Algebraic:
    """The datum as a number that sums and products are made of; ``TypeError`` for anything else."""
    if not isinstance(x, Fraction | Surd):
        raise TypeError(f"{x} is neither a rational number nor a sum of powers of two")
    return x


def sum_of(terms: Iterable[Exact]) -> Algebraic:
    """The sum of data that are rational numbers or sums of powers of two."""
    return sum(map(algebraic, terms), start=Fraction(0))


def whole_log2(x: Fraction) -> int | None:
    """The exponent of a power of two; ``None`` for any other number."""
    up, down = x.numerator, x.denominator
    return None if x <= 0 or up & up - 1 or down & down - 1 else up.bit_length() - down.bit_length()


def exact_log2(m: Magnitude) -> Fraction | None:
    """The logarithm to base 2 of a positive number where it is rational, ``None`` where it is not.

    A rational number that is no power of two has an irrational one, and so have a sum of powers that are linearly independent,
    its square root, and the functions' values, which are transcendental, but for powers of two.
    """
    if isinstance(m, Fraction | int):
        whole = whole_log2(Fraction(m))
        return None if whole is None else Fraction(whole)
    if isinstance(m, Root):
        whole = whole_log2(m.radicand)
        return None if whole is None else Fraction(whole, m.degree)
    if isinstance(m, Real):
        return m.argument if m.name == "exp2" else None
    return m.log2() if isinstance(m, Surd) else None


def floor_of_log2(m: Magnitude, bits: int) -> int:
    """The greatest integer n with ``2**(n / 2**bits) <= m``, for m > 0: the logarithm to base 2 with so many bits behind the
    point, cut off. It **must** be found in integers, also for an irrational number.

    The digits of a logarithm come out of squaring: the square's is twice as large, and halving a number of 2 or more takes one
    away. Both ends of an interval that holds the number are squared, and the interval is drawn closer where they disagree.
    [surd/log2]
    """
    if (known := exact_log2(m)) is not None:
        return known * (1 << bits) // 1
    whole = floor_log2(m)
    for extra in (1 << i for i in count(5)):
        precision = bits + extra
        two = 2 << precision
        low = m // power_of_two(whole - precision)
        high, found = low + 1, whole
        for _ in range(bits):
            low, high = low * low >> precision, -(-high * high >> precision)
            if low >= two:
                low, high, found = low >> 1, high + 1 >> 1, 2 * found + 1
            elif high <= two:
                found *= 2
            else:
                break
        else:
            return found
    raise AssertionError("closer bounds do not end")


@lru_cache(maxsize=4096)
def power_bounds(exponent: Fraction, bits: int) -> tuple[int, int]:
    """Integers with 2**exponent between them in units of 2**-bits, for an exponent in [0, 1).

    The odd part of the denominator is one integer root, the rest of it are square roots, each of which halves an error and adds
    one of its own: together less than 2.
    """
    if exponent == 0:
        return 1 << bits, 1 << bits
    halvings = (exponent.denominator & -exponent.denominator).bit_length() - 1
    odd = exponent.denominator >> halvings
    rest, first = divmod(exponent.numerator, odd)
    found = integer_root(1 << first + odd * bits, odd)
    for i in range(halvings):
        found = integer_root(found << bits + (rest >> i & 1), 2)
    return found, found + 2
