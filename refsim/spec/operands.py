"""What an operation is: operands read as exact data, an exact result, one projection.

An operation is a function of its operands' exact data and of the setting that it is carried out in. It never rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from .exact import NAN, NEGATIVE_ZERO, SIGNALING_NAN, Exact, Special, is_nan
from .flags import Flags, Result
from .formats import Format, Number
from .projection import Projection


class Setting(NamedTuple):
    """What an operation may know besides its data: the operands' formats, the projection of its result, and the random bits
    of a stochastic rule."""

    formats: tuple[Format, ...]
    to: Projection
    draw: int | None = None


Outcome = tuple[Exact, Flags]
"""An exact result, and the flags that the operation itself raises."""
Operate = Callable[..., Outcome]
"""From a ``Setting`` and the exact data of the operands to the outcome."""

INVALID_OUTCOME: Outcome = (NAN, Flags.INVALID)


def perform(operate: Operate, operands: Sequence[Number], to: Projection, draw: int | None = None) -> Result:
    """An operation **must** give the projection of its exact result on the exact data of its operands; a NaN result is made by
    the NaN policy of the projection.

    [operation/perform]
    """
    setting = Setting(tuple(x.format for x in operands), to, draw)
    value, flags = operate(setting, *(to.read(x) for x in operands))
    if is_nan(value):
        to.rounding.check_draw(draw)
        return to.nan_result(flags, operands)
    return to(value, draw, flags)


def nan_of(*operands: Exact) -> Outcome | None:
    """A NaN operand **must** make the result NaN, and a signaling one raise invalid; ``None`` where there is no NaN.

    [arithmetic/nan]
    """
    if not any(is_nan(x) for x in operands):
        return None
    return NAN, Flags.INVALID if SIGNALING_NAN in operands else Flags.NONE


def rational(x: Exact) -> Fraction:
    """The datum as a ``Fraction``; ``TypeError`` for anything else."""
    if not isinstance(x, Fraction):
        raise TypeError(f"{x} is not a rational number")
    return x


def integer(x: Exact) -> int:
    """The datum as an ``int``, the negative zero as 0; ``ValueError`` for a datum that is no integer."""
    whole = Fraction(0) if x is NEGATIVE_ZERO else x
    if not isinstance(whole, Fraction) or whole.denominator != 1:
        raise ValueError(f"{x.value if isinstance(x, Special) else x} is no integer, which an exponent must be")
    return whole.numerator


def signed(magnitude: Exact, negative: bool) -> Exact:
    """A finite magnitude or infinity with a sign, the zero with a minus sign among them."""
    if magnitude is Special.POSITIVE_INFINITY:
        return Special.NEGATIVE_INFINITY if negative else magnitude
    if magnitude == 0:
        return NEGATIVE_ZERO if negative else Fraction(0)
    return -magnitude if negative and not isinstance(magnitude, Special) else magnitude
