"""Multipliers that add approximate logarithms: Mitchell's, and the iterative one of Babić, Avramović and Bulić.

Both write a number as 2**k * (1 + x) and take x for log2(1 + x). What a step leaves out is the product of two smaller numbers,
so that a further step on those corrects it, and enough steps are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from .arithmetic import exact_product
from .exact import NEGATIVE_ZERO, Exact, Special, floor_log2, is_negative, magnitude, power_of_two
from .flags import Flags
from .formats import Number
from .operands import signed
from .products import Product
from .projection import Projection
from .shift_multipliers import term
from .terms import Port, held_exponent


class Step(NamedTuple):
    """A product that is too small, and the two numbers whose product is missing."""

    product: Fraction
    rests: tuple[Fraction, Fraction]


class Split(NamedTuple):
    """A positive number as 2**k * (1 + x); of x as many bits as the hardware keeps."""

    k: int
    x: Fraction


def split(a: Fraction, bits: int | None) -> Split:
    """The place of the leading one **must** be k, and x the bits behind it in units of it, 0 <= x < 1. Where the fraction has a
    width, bits beyond it are dropped. [mitchell/split]
    """
    k = floor_log2(a)
    x = a / power_of_two(k) - 1
    return Split(k, x if bits is None else x * (1 << bits) // 1 / Fraction(1 << bits))


def mitchell_step(a: Fraction, b: Fraction, bits: int | None) -> Step:
    """With a = 2**k * (1 + x) and b = 2**j * (1 + y) the product **must** be 2**(k + j) * (1 + x + y) where x + y < 1, and
    2**(k + j + 1) * (x + y) where the sum of the fractions carries into the whole part of the logarithm. Missing is x * y, or
    (1 - x) * (1 - y) after a carry, times 2**(k + j): the factors of a correction are a - 2**k and b - 2**j, or 2**(k + 1) - a
    and 2**(j + 1) - b, with all their bits.

    Mitchell, Computer multiplication and division using binary logarithms, 1962. [mitchell/step]
    """
    (k, x), (j, y) = split(a, bits), split(b, bits)
    if x + y < 1:
        return Step(power_of_two(k + j) * (1 + x + y), (a - power_of_two(k), b - power_of_two(j)))
    return Step(power_of_two(k + j + 1) * (x + y), (power_of_two(k + 1) - a, power_of_two(j + 1) - b))


def iterative_step(a: Fraction, b: Fraction, bits: int | None) -> Step:
    """As Mitchell's without a carry, whatever the fractions add up to: the product **must** be 2**(k + j) * (1 + x + y), and
    the factors of a correction a - 2**k and b - 2**j.

    Babić, Avramović and Bulić, An iterative logarithmic multiplier, 2011, basic block. [mitchell/iterative-step]
    """
    (k, x), (j, y) = split(a, bits), split(b, bits)
    return Step(power_of_two(k + j) * (1 + x + y), (a - power_of_two(k), b - power_of_two(j)))


STEPS: dict[str, Callable[[Fraction, Fraction, int | None], Step]] = {"mitchell": mitchell_step, "iterative": iterative_step}
"""The ways of a step by name."""


def approximate_product(a: Fraction, b: Fraction, way: str, corrections: int, bits: int | None) -> Fraction:
    """The product of two numbers that are not negative **must** be that of a step on them, to which each correction adds the
    step on the factors that the step before left, as long as neither of them is zero. A zero operand gives zero.

    [mitchell/corrections]
    """
    total = Fraction(0)
    for _ in range(corrections + 1):
        if not a or not b:
            break
        product, (a, b) = STEPS[way](a, b, bits)
        total += product
    return total


def rational_magnitude(x: Exact) -> Fraction:
    """The magnitude of a rational number; ``ValueError`` for an irrational one."""
    m = magnitude(x)
    if not isinstance(m, Fraction):
        raise ValueError(f"a logarithmic multiplier needs rational operands, not {x}")
    return m


@dataclass(frozen=True)
class Mitchell:
    """A multiplier that adds approximate logarithms.

    ``way`` is a name of ``STEPS``; ``corrections`` the number of steps after the first one; ``bits`` how many bits of the
    fraction of a logarithm are kept, ``None`` for all; ``to`` the register behind it, ``None`` where it holds every product.
    ``ValueError`` for an unknown way or a negative number.
    """

    way: str
    corrections: int
    bits: int | None
    to: Projection | None

    def __post_init__(self) -> None:
        if self.way not in STEPS:
            raise ValueError(f"the way {self.way!r} of a logarithmic multiplier is none of {', '.join(STEPS)}")
        for what, count in (("corrections", self.corrections), ("fraction bits", self.bits or 0)):
            if count < 0:
                raise ValueError(f"a logarithmic multiplier has no negative number of {what}, {count}")

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The term **must** be the approximate product of the magnitudes, with a minus sign where the signs differ, held at the
        sum of the exponents at which the operands are held. With an infinity or a NaN it is the exact product.

        Numbers are integers in units of their format's last place, but no unit matters: a factor of a power of two on either
        side is one of the product. ``ValueError`` for an operand that is irrational. [mitchell/product]
        """
        read = [z.exact if self.to is None else self.to.read(z) for z in (x, y)]
        value, flags = self.exact(*read)
        exponents = [held_exponent(z.exact, z.format) for z in (x, y)]
        known = [e for e in exponents if e is not None]
        return term((value, flags), sum(known) if len(known) == len(exponents) else None, self.to, port, step)

    def exact(self, x: Exact, y: Exact) -> tuple[Exact, Flags]:
        """The approximate product of two data."""
        numbers = [z for z in (x, y) if not isinstance(z, Special) or z is NEGATIVE_ZERO]
        if len(numbers) < 2:
            return exact_product(x, y)
        a, b = (rational_magnitude(z) for z in numbers)
        found = approximate_product(a, b, self.way, self.corrections, self.bits)
        return signed(found, is_negative(x) != is_negative(y)), Flags.NONE
