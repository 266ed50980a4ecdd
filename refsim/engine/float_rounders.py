"""Rounding rules on numbers of the host: to fewer bits, by integer arithmetic on their bits, and to integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..spec.rounding import Gap, Rounding
from .float_states import Floats, Ints

Rounder = Callable[[Ints, Ints, int], None]
"""Adds to the bits of numbers, of which so many are to be dropped, what makes them carry; the other array is spare."""


def _ties_to_even(u: Ints, spare: Ints, drop: int) -> None:
    np.right_shift(u, drop, out=spare)
    np.bitwise_and(spare, 1, out=spare)
    np.add(spare, (1 << drop - 1) - 1, out=spare)
    np.add(u, spare, out=u)


def by_splitting(v: Floats, spare: Floats, drop: int) -> None:
    """Numbers of binary32 rounded to so many bits fewer, ties to even, in place: the first half of Veltkamp's splitting, in
    which only the host rounds, three times. That it ties to even is known from all significands. No product by 2**drop + 1 may
    be past the end; one so small that it is exact belongs to a number that has few enough bits."""
    np.multiply(v, v.dtype.type((1 << drop) + 1), out=spare)
    np.subtract(spare, v, out=v)
    np.subtract(spare, v, out=v)


def _ties_to_odd(u: Ints, spare: Ints, drop: int) -> None:
    np.right_shift(u, drop, out=spare)
    np.bitwise_and(spare, 1, out=spare)
    np.subtract(1 << drop - 1, spare, out=spare)
    np.add(u, spare, out=u)


def _ties_to_away(u: Ints, spare: Ints, drop: int) -> None:
    del spare
    np.add(u, 1 << drop - 1, out=u)


def _ties_toward_zero(u: Ints, spare: Ints, drop: int) -> None:
    del spare
    np.add(u, (1 << drop - 1) - 1, out=u)


def _sign(u: Ints, spare: Ints) -> None:
    """Ones where the number is negative."""
    np.right_shift(u, 8 * u.itemsize - 1, out=spare)


def _ties_toward_positive(u: Ints, spare: Ints, drop: int) -> None:
    _sign(u, spare)
    np.add(spare, 1 << drop - 1, out=spare)
    np.add(u, spare, out=u)


def _ties_toward_negative(u: Ints, spare: Ints, drop: int) -> None:
    _sign(u, spare)
    np.subtract((1 << drop - 1) - 1, spare, out=spare)
    np.add(u, spare, out=u)


def _toward_zero(u: Ints, spare: Ints, drop: int) -> None:
    del u, spare, drop


def _away_from_zero(u: Ints, spare: Ints, drop: int) -> None:
    del spare
    np.add(u, (1 << drop) - 1, out=u)


def _toward_positive(u: Ints, spare: Ints, drop: int) -> None:
    _sign(u, spare)
    np.invert(spare, out=spare)
    np.bitwise_and(spare, (1 << drop) - 1, out=spare)
    np.add(u, spare, out=u)


def _toward_negative(u: Ints, spare: Ints, drop: int) -> None:
    _sign(u, spare)
    np.bitwise_and(spare, (1 << drop) - 1, out=spare)
    np.add(u, spare, out=u)


def _to_odd(u: Ints, spare: Ints, drop: int) -> None:
    np.bitwise_and(u, (1 << drop) - 1, out=spare)
    np.add(spare, (1 << drop) - 1, out=spare)
    np.bitwise_or(u, spare, out=u)


ROUNDERS: dict[str, Rounder] = {
    "ties_to_even": _ties_to_even,
    "ties_to_odd": _ties_to_odd,
    "ties_to_away": _ties_to_away,
    "ties_toward_zero": _ties_toward_zero,
    "ties_toward_positive": _ties_toward_positive,
    "ties_toward_negative": _ties_toward_negative,
    "toward_zero": _toward_zero,
    "away_from_zero": _away_from_zero,
    "toward_positive": _toward_positive,
    "toward_negative": _toward_negative,
    "to_odd": _to_odd,
}


CUTS: dict[str, Callable[..., Floats]] = {
    "ties_to_even": np.rint,
    "toward_zero": np.trunc,
    "toward_positive": np.ceil,
    "toward_negative": np.floor,
}
"""The rules that the host has."""


def cut(x: Floats, rounding: Rounding, out: Floats) -> None:
    """Numbers as integers, by the rounding rule; a zero keeps the sign."""
    host = CUTS.get(rounding.name)
    if host is not None:
        host(x, out=out)
        return
    size = np.abs(x)
    n = np.floor(size)
    up = rounding.goes_up(Gap(size - n, n % 2 == 1, np.signbit(x)))
    np.copysign(n + up, x, out=out)
