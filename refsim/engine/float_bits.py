"""Registers of fewer bits than the host's numbers: rounding as integer arithmetic on their bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY
from ..spec.formats import Coding, FloatGrid
from ..spec.projection import Projection
from .array import code_dtype
from .decode import numbers
from .float_registers import Register, ends
from .float_states import Bools, Floats, Ints, State
from .floats import bits_of
from .projection import is_reached, project

Rounder = Callable[[Ints, Ints, int], None]
"""Adds to the bits of numbers, of which so many are to be dropped, what makes them carry; the other array is spare."""


def _ties_to_even(u: Ints, spare: Ints, drop: int) -> None:
    np.right_shift(u, drop, out=spare)
    np.bitwise_and(spare, 1, out=spare)
    np.add(spare, (1 << drop - 1) - 1, out=spare)
    np.add(u, spare, out=u)


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


@lru_cache(maxsize=1024)
def is_rounded_in_bits(to: Projection) -> bool:
    """Whether the bits of the host's numbers tell the register's rounding: a float with sign and magnitude, subnormals, both
    zeros, and codes as odd as the numbers' last bits."""
    format, grid = to.format, to.format.grid
    return (
        isinstance(grid, FloatGrid)
        and grid.subnormals
        and grid.precision >= 2
        and format.coding is Coding.SIGN_MAGNITUDE
        and format.has_negative_zero
        and not format.offset
        and not format.first
        and format.vanishing
        and format.top == format.top_negative
        and to.rounding.name in ROUNDERS
        and to.subnormals == "keep"
        and to.overflow.wrap is None
        and is_reached(to)
    )


class NarrowRegister(Register):
    """A register of at least two bits fewer than the host's numbers."""

    def __init__(self, to: Projection, state: State) -> None:
        super().__init__(to, state)
        grid, bits = to.format.grid, bits_of(state.kind)
        assert isinstance(grid, FloatGrid), "it is rounded in bits"
        self.drop = bits - grid.precision
        self.rounder = ROUNDERS[to.rounding.name]
        # Sums that are multiples of the register's last place have no subnormal that is rounded.
        self.has_tiny = state.low < grid.quantum
        self.least = state.kind.type(2.0**grid.emin)
        self.most = state.kind.type(float(grid.magnitude(to.format.top)))
        even = to.rounding.name == "ties_to_even"
        self.innocuous = even and state.widest <= grid.precision and 2 * grid.precision + 2 <= bits

    @property
    def adds_at_once(self) -> bool:
        """Where two roundings are one."""
        return self.innocuous and self.state.flags is None

    def put(self, v: Floats, inexact: Bools | None) -> None:
        """Round the bits; tiny numbers and those past the ends apart."""
        state = self.state
        tiny = self.tiny(v, inexact) if self.has_tiny else None
        u = v.view(state.whole)
        before = u.copy() if state.flags is not None else None
        self.rounder(u, state.floats("other").view(state.whole), self.drop)
        np.bitwise_and(u, -(1 << self.drop), out=u)
        if before is not None and state.flags is not None:
            state.flags |= (before != u) & (True if state.tame else np.isfinite(v))
            if inexact is not None:
                state.flags |= inexact
        if not state.tame:
            self.end(v)
        if tiny is not None:
            at, values, raised = tiny
            v.reshape(-1)[at] = values
            if raised is not None and state.flags is not None:
                state.flags.reshape(-1)[at] |= raised

    def tiny(self, v: Floats, inexact: Bools | None) -> tuple[Ints, Floats, NDArray[np.uint8] | None] | None:
        """Where numbers below the least normal one are, what is written for them, and their flags."""
        sizes = np.abs(v, out=self.state.floats("other"))
        at = np.flatnonzero((sizes < self.least) & (sizes > 0))
        if not at.size:
            return None
        rest = None if inexact is None else inexact.reshape(-1)[at]
        given = v.reshape(-1)[at].astype(np.float64, copy=False)
        codes, raised, hard = project(given, self.to, None, rest, flags=self.state.flags is not None)
        if hard.any():
            self.state.hard.reshape(-1)[at[hard]] = True
            codes[hard] = 0
        return at, numbers(codes, self.to.format, v.dtype), raised

    def end(self, v: Floats) -> None:
        """Numbers past the last one, infinities and NaNs as the rules have them."""
        past, infinite, has_nan = ends(self.to)
        if not has_nan:
            self.state.hard |= np.isnan(v)
        sizes = np.abs(v, out=self.state.floats("other"))
        where = sizes > self.most
        if infinite == (np.inf, -np.inf):
            where &= sizes < np.inf
        at = np.flatnonzero(where)
        if not at.size:
            return
        flat = v.reshape(-1)
        found = flat[at]
        for values, these in ((past, np.isfinite(found)), (infinite, np.isinf(found))):
            for value, side in zip(values, (found > 0, found < 0), strict=True):
                some = at[these & side]
                if value is None:
                    self.state.hard.reshape(-1)[some] = True
                flat[some] = 0 if value is None else value
        if self.state.flags is not None:
            self.state.flags.reshape(-1)[at[np.isfinite(found)]] |= np.uint8(self.to.overflow.raises)


def codes_of(v: Floats, to: Projection) -> NDArray[Any]:
    """The codes of numbers that a register of rounded bits holds."""
    format, grid = to.format, to.format.grid
    assert isinstance(grid, FloatGrid), "it is rounded in bits"
    info = np.finfo(v.dtype)
    u = v.view(f"i{v.dtype.itemsize}")
    size = u & np.iinfo(u.dtype).max
    drop = info.nmant + 1 - grid.precision
    # The least normal numbers of both have the exponent field 1.
    n = (size >> drop) - (grid.emin - int(info.minexp) << grid.precision - 1)
    small = np.flatnonzero((size < np.asarray(2.0**grid.emin, v.dtype).view(u.dtype)).reshape(-1))
    n.reshape(-1)[small] = np.ldexp(np.abs(v.reshape(-1)[small]), -grid.quantum).astype(u.dtype)
    codes = n | (u < 0).astype(u.dtype) << np.asarray(format.width - 1, u.dtype)
    for datum, where in ((POSITIVE_INFINITY, v == np.inf), (NEGATIVE_INFINITY, v == -np.inf), (NAN, np.isnan(v))):
        if where.any():
            codes[where] = np.asarray(format.canonical(datum) or 0, f"u{v.dtype.itemsize}").view(u.dtype)
    return np.asarray(codes.astype(code_dtype(format)))
