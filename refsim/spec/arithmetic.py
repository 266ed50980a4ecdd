"""Operations: each is its special cases and the real operation on exact numbers, projected once.

Every operation takes its operands, then the projection of its result, then the random bits where the rule asks for them.
Operands and result may be of different formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .exact import NAN, NEGATIVE_ZERO, SIGNALING_NAN, Exact, Root, Special, is_infinite, is_nan, is_negative, is_zero, negate
from .flags import Flags
from .formats import Format
from .projection import Projection, Result


@dataclass(frozen=True)
class Number:
    """A code with its format: an operand."""

    code: int
    format: Format

    @property
    def exact(self) -> Exact:
        """The datum that the code names."""
        return self.format.decode(self.code)


Outcome = tuple[Exact, Flags]
"""An exact result, and the flags that the operation itself raises."""


def nan_of(*operands: Exact) -> Outcome | None:
    """A NaN operand **must** make the result NaN, and a signaling one raise invalid; ``None`` where there is no NaN.

    [arithmetic/nan]
    """
    if not any(is_nan(x) for x in operands):
        return None
    return NAN, Flags.INVALID if SIGNALING_NAN in operands else Flags.NONE


INVALID_OUTCOME: Outcome = (NAN, Flags.INVALID)


def exact_sum(x: Exact, y: Exact, zero: Exact) -> Outcome:
    """The sum of infinities of opposite signs **must** be NaN and invalid, any other sum with an infinity that infinity; a
    sum that vanishes is the given zero, except that the sum of two zeros of one sign keeps it.

    [arithmetic/sum]
    """
    if nan := nan_of(x, y):
        return nan
    if is_infinite(x) or is_infinite(y):
        if is_infinite(x) and is_infinite(y) and x is not y:
            return INVALID_OUTCOME
        return x if is_infinite(x) else y, Flags.NONE
    if is_zero(x) and is_zero(y):
        return x if is_negative(x) == is_negative(y) else zero, Flags.NONE
    if is_zero(x) or is_zero(y):
        return y if is_zero(x) else x, Flags.NONE
    total = rational(x) + rational(y)
    return total or zero, Flags.NONE


def exact_product(x: Exact, y: Exact) -> Outcome:
    """The product of a zero and an infinity **must** be NaN and invalid; the sign of any other product is minus where one
    of the signs is.

    [arithmetic/product]
    """
    if nan := nan_of(x, y):
        return nan
    negative = is_negative(x) != is_negative(y)
    if is_infinite(x) or is_infinite(y):
        if is_zero(x) or is_zero(y):
            return INVALID_OUTCOME
        return Special.NEGATIVE_INFINITY if negative else Special.POSITIVE_INFINITY, Flags.NONE
    if is_zero(x) or is_zero(y):
        return NEGATIVE_ZERO if negative else Fraction(0), Flags.NONE
    return rational(x) * rational(y), Flags.NONE


def rational(x: Exact) -> Fraction:
    """The datum as a ``Fraction``; ``TypeError`` for anything else."""
    if isinstance(x, Root | Special):
        raise TypeError(f"{x} is not a rational number")
    return x


def vanished(to: Projection) -> Exact:
    """The zero of a sum that vanishes **must** be positive, and negative under ``toward_negative``.

    IEEE 754-2019 6.3. [arithmetic/zero-sign]
    """
    return NEGATIVE_ZERO if to.rounding.name == "toward_negative" else Fraction(0)


def convert(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The same datum in another format **must** be its projection. [arithmetic/convert]"""
    return to(x.exact, draw)


def add(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The sum **must** be the projection of the exact sum. [arithmetic/add]"""
    value, flags = exact_sum(x.exact, y.exact, vanished(to))
    return to(value, draw, flags)


def subtract(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The difference x - y **must** be the sum of x and of y with its sign changed. [arithmetic/subtract]"""
    value, flags = exact_sum(x.exact, negate(y.exact), vanished(to))
    return to(value, draw, flags)


def multiply(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The product **must** be the projection of the exact product. [arithmetic/multiply]"""
    value, flags = exact_product(x.exact, y.exact)
    return to(value, draw, flags)
