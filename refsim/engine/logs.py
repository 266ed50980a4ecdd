"""Logarithms on arrays: of numbers, cut off at so many bits, and of the codes of logarithmic formats."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Coding, Format
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from ..spec.surds import power

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FINEST = 14
"""The most bits behind the point of a logarithm whose cells are told apart by a search among their ends."""
LEAD = 61
"""The bit to which the leading bit of a significand is brought."""


class Logarithms(NamedTuple):
    """Logarithms to base 2 with a sign of the number: ``steps`` in units of ``2**-bits``, cut off, and ``exact`` where nothing
    was. Where ``zero`` the number is zero, where ``special`` a NaN or an infinity; where ``unsure`` the logarithm may be
    another."""

    negative: Bools
    steps: Ints
    exact: Bools
    zero: Bools
    special: Bools
    nan: Bools
    bits: int
    unsure: Bools | None = None


def is_supported(to: Projection) -> bool:
    """Whether numbers can be projected into a logarithmic format."""
    grid = to.format.grid
    return isinstance(grid, LogGrid) and grid.fraction + to.rounding.bits + 2 <= FINEST


@lru_cache(maxsize=32)
def cell_starts(bits: int, lead: int) -> Ints:
    """The least integers at or above ``2**(lead + i / 2**bits)``. All but the first bound are irrational, so an integer is at
    or above one exactly where it is at or above this."""
    one = Fraction(1)
    found = np.array([1 << lead, *(power(lead + Fraction(i, 1 << bits)) // one + 1 for i in range(1, 1 << bits))], np.int64)
    found.setflags(write=False)
    return found


def of_numbers(m: Ints, e: Ints, lead: int, inexact: Bools | None, bits: int) -> tuple[Ints, Bools, Bools | None]:
    """The logarithms of positive numbers ``m * 2**e``, whether they are exact, and which may be another because m is rounded to
    odd: then they lie between its neighbours. Bit ``lead`` is the leading one; where that is below 53, it may also be a lower
    one. Of zeros anything."""
    length = np.frexp(m.astype(np.float64))[1].astype(np.int64) if lead < 53 else np.int64(lead + 1)
    up = np.clip(LEAD + 1 - length, 0, LEAD)
    significand = m << up
    starts = cell_starts(bits, LEAD)
    cell = np.searchsorted(starts, significand, side="right") - 1
    exact: Bools = significand == 1 << LEAD
    steps = (e + length - 1 << bits) + cell
    if inexact is None:
        return steps, exact, None
    # What comes in more than 53 bits may have been rounded from 53 with the sign of the rest alone.
    unit = np.int64(1) << up + max(lead - 52, 0)
    ends = [np.searchsorted(starts, significand + side * unit, side="right") for side in (-1, 1)]
    return steps, exact & ~inexact, inexact & (ends[0] != ends[1])


def of_codes(codes: NDArray[Any], format: Format) -> tuple[Bools, Ints, Bools]:
    """The sign, the logarithm in steps, and whether the number is zero, of the codes of a logarithmic format."""
    negative, n = points(codes, format)
    assert isinstance(format.grid, LogGrid), "only such formats have them"
    return negative, n + (format.grid.least - 1), n == 0


def points(codes: NDArray[Any], format: Format) -> tuple[Bools, Ints]:
    """The array form of ``Format.point``."""
    held = codes.astype(np.int64)
    if format.coding is Coding.UNSIGNED:
        return np.zeros(held.shape, bool), held
    negative = held >> format.width - 1 & 1 != 0
    if format.coding is Coding.SIGN_MAGNITUDE:
        return negative, held & (1 << format.width - 1) - 1
    zero_flag = 1 << format.width - 2
    n = (held & zero_flag - 1 ^ zero_flag >> 1) + 1
    return negative, np.where(held & zero_flag, 0, n)


def of_points(negative: Bools, n: Ints, format: Format) -> Ints:
    """The array form of ``Format.code``, for the coding of the logarithmic number system."""
    zero_flag = 1 << format.width - 2
    held: Ints = np.where(n == 0, zero_flag, n - 1 ^ zero_flag >> 1)
    return held | negative.astype(np.int64) << format.width - 1
