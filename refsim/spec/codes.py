"""Operations on codes: signs and neighbours. The result is a code of the operand's own format; nothing is rounded."""

from __future__ import annotations

from .exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN, is_infinite, is_nan, is_negative, is_zero
from .exact import negate as exact_negate
from .flags import Flags, Result
from .formats import Number


def with_sign(x: Number, negative: bool) -> Result:
    """The sign bit of a code **must** change and nothing else, of NaNs too; in two's complement the number with the other sign
    is the result. A zero or a NaN that has no code of the other sign stays as it is. Nothing is raised, by signaling NaNs
    neither.

    ``Unrepresentable`` where a number or an infinity has no code of the other sign. [codes/sign]
    """
    datum, format = x.exact, x.format
    if sign_bit(x) == negative:
        return Result(x.code)
    other = x.code ^ 1 << format.width - 1
    if format.has_sign_bit and format.decode(other) == exact_negate(datum):
        return Result(other)
    if is_zero(datum) or is_nan(datum):
        return Result(x.code)
    if is_infinite(datum):
        return Result(format.special(NEGATIVE_INFINITY if negative else POSITIVE_INFINITY))
    return Result(format.code(negative, format.point(x.code)[1]))


def sign_bit(x: Number) -> bool:
    """Whether the sign of a code is minus; of a NaN its sign bit, where NaNs of both signs have codes."""
    if is_nan(x.exact):
        return x.format.has_signed_nan and bool(x.code >> x.format.width - 1)
    return is_negative(x.exact)


def negate(x: Number) -> Result:
    """The sign **must** be the other one. IEEE 754-2019 5.5.1; P3109 Negate. [codes/negate]"""
    return with_sign(x, not sign_bit(x))


def absolute(x: Number) -> Result:
    """The sign **must** be plus. IEEE 754-2019 5.5.1, abs; P3109 Abs. [codes/absolute]"""
    return with_sign(x, False)


def copy_sign(x: Number, y: Number) -> Result:
    """The result **must** be x with the sign of y. IEEE 754-2019 5.5.1; P3109 CopySign. [codes/copy-sign]"""
    return with_sign(x, sign_bit(y))


def next_up(x: Number) -> Result:
    """The least datum of the format that is greater than x **must** be the result; from the least number below zero it is the
    negative zero where there is one. What nothing is greater than stays. A NaN gives the canonical NaN, a signaling one
    raises invalid.

    IEEE 754-2019 5.3.1; P3109 NextGreaterThan. [codes/next-up]
    """
    return _step(x, up=True)


def next_down(x: Number) -> Result:
    """The greatest datum of the format that is less than x **must** be the result; otherwise as ``next_up``, in the other
    direction.

    IEEE 754-2019 5.3.1; P3109 NextLessThan. [codes/next-down]
    """
    return _step(x, up=False)


def posit_next(x: Number) -> Result:
    """The code that follows, read as an integer, **must** be the result, and after the last code the first: so behind the
    greatest posit comes NaR, and behind NaR the least posit. Nothing is raised.

    Posit Standard (2022), 5.2, next. [codes/posit-next]
    """
    return Result((x.code + 1) % (1 << x.format.width))


def posit_prior(x: Number) -> Result:
    """The code before, read as an integer, **must** be the result, and before the first code the last. Nothing is raised.

    Posit Standard (2022), 5.2, prior. [codes/posit-prior]
    """
    return Result((x.code - 1) % (1 << x.format.width))


def _step(x: Number, *, up: bool) -> Result:
    datum, format = x.exact, x.format
    if is_nan(datum):
        return Result(format.special(NAN), Flags.INVALID if datum is SIGNALING_NAN else Flags.NONE)
    negative = not up if is_zero(datum) else is_negative(datum)
    outward = negative != up
    if is_infinite(datum):
        return Result(x.code if outward else format.code(negative, format.limit(negative)))
    n = format.point(x.code)[1] + (1 if outward else -1)
    if format.first <= n <= format.limit(negative):
        return Result(format.code(negative, n))
    end = format.canonical(NEGATIVE_INFINITY if negative else POSITIVE_INFINITY)
    return Result(x.code if end is None or not outward else end)
