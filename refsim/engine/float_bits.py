"""Registers of fewer bits than the host's numbers: rounding as integer arithmetic on their bits."""

from __future__ import annotations

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
from .float_rounders import ROUNDERS, by_splitting, cut
from .float_states import Bools, Floats, Ints, State
from .float_terms import BINARY32, is_host
from .floats import bits_of, to_odd, two_sum_error
from .projection import is_reached, project

FEW_DOUBTS = 6
"""Where so many bits are dropped, few sums are doubtful."""


@lru_cache(maxsize=1024)
def is_rounded_in_bits(to: Projection) -> bool:
    """Whether the bits of the host's numbers tell the register's rounding: a float with sign and magnitude, numbers that
    are subnormal and others, both zeros, and codes as odd as the numbers' last bits."""
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
        and format.top >= grid.first_normal
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
        self.has_tiny, self.quantum = state.low < grid.quantum, grid.quantum
        self.least = state.kind.type(2.0**grid.emin)
        self.most = state.kind.type(float(grid.magnitude(to.format.top)))
        even = to.rounding.name == "ties_to_even"
        # Ties of a nearest rule, and points of a directed one; among small numbers they lie elsewhere.
        self.doubtful = 1 << self.drop - 1 if to.rounding.name.startswith("ties") else 0
        self.splits = (
            even and state.tame and state.kind == BINARY32 and state.bound < np.finfo(BINARY32).max / 2 ** (self.drop + 2)
        )
        # The host's own conversion rounds as it should where nothing comes near the end.
        self.casts = even and state.tame and is_host(to.format, BINARY32)
        self.innocuous = even and state.widest.get(to, bits) <= grid.precision and 2 * grid.precision + 2 <= bits
        # Nothing but the sum and its rounding is to be done.
        self.plain = self.splits and self.innocuous and state.flags is None and not self.minus and not self.has_tiny

    @property
    def adds_at_once(self) -> bool:
        """Where two roundings are one."""
        return self.innocuous and self.state.flags is None

    def add(self, a: Floats, b: Floats) -> None:
        """The sum by the host, and rounded to odd where it is doubtful on which side of a boundary the exact sum lies."""
        state = self.state
        if self.plain:
            np.add(a, b, out=a)
            by_splitting(a, state.floats("other"), self.drop)
            return
        if state.flags is not None or state.exact or self.innocuous or self.minus or self.drop < FEW_DOUBTS:
            super().add(a, b)
            return
        total, spare = state.floats("total"), state.floats("other").view(state.whole)
        np.add(a, b, out=total)
        np.bitwise_and(total.view(state.whole), (1 << self.drop) - 1, out=spare)
        at = np.flatnonzero(np.equal(spare, self.doubtful, out=state.buffer("doubt", bool)))
        small = self.small(total) if self.has_tiny else None
        if small is not None:
            at = np.concatenate([at, small])
        if at.size:
            flat, some = total.reshape(-1), total.reshape(-1)[at]
            flat[at], _ = to_odd(some, two_sum_error(some, a.reshape(-1)[at], b.reshape(-1)[at]))
        if self.casts and small is None:
            single = state.buffer("single", np.float32)
            np.copyto(single, total, casting="same_kind")
            np.copyto(a, single)
            return
        np.copyto(a, total)
        self.round(a, None, small)

    def put(self, v: Floats, inexact: Bools | None) -> None:
        """Round the bits; tiny numbers and those past the ends apart."""
        self.round(v, inexact, self.small(v) if self.has_tiny else None)

    def round(self, v: Floats, inexact: Bools | None, small: Ints | None) -> None:
        """Write numbers in place; ``small``: the places among which the tiny ones are, ``None`` where none are."""
        state = self.state
        tiny = self.tiny(v, inexact, small) if small is not None and small.size else None
        u = v.view(state.whole)
        before = u.copy() if state.flags is not None else None
        if self.splits:
            by_splitting(v, state.floats("other"), self.drop)
        else:
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

    def small(self, v: Floats) -> Ints:
        """Where the numbers are that are not zero and at most the least normal one."""
        bits = self.state.floats("other").view(self.state.whole)
        np.bitwise_and(v.view(bits.dtype), np.iinfo(bits.dtype).max, out=bits)
        np.subtract(bits, 1, out=bits)  # Of a zero the greatest of all, without a sign.
        unsigned = bits.view(f"u{bits.itemsize}")
        found: Ints = np.flatnonzero(np.less(unsigned, self.least.view(unsigned.dtype), out=self.state.buffer("small", bool)))
        return found

    def tiny(self, v: Floats, inexact: Bools | None, at: Ints) -> tuple[Ints, Floats, NDArray[np.uint8] | None]:
        """Where numbers below the least normal one are, what is written for them, and their flags."""
        state = self.state
        at = at[np.abs(v.reshape(-1)[at]) < self.least]
        given = v.reshape(-1)[at].astype(np.float64, copy=False)
        if state.flags is None:
            steps = np.ldexp(given, -self.quantum)
            cut(steps, self.to.rounding, steps)
            return at, np.ldexp(steps, self.quantum).astype(v.dtype), None
        rest = None if inexact is None else inexact.reshape(-1)[at]
        codes, raised, hard = project(given, self.to, None, rest, flags=True)
        if hard.any():
            state.hard.reshape(-1)[at[hard]] = True
            codes[hard] = 0
        return at, numbers(codes, self.to.format, v.dtype), raised

    def end(self, v: Floats) -> None:
        """Numbers past the last one, infinities and NaNs as the rules have them."""
        past, infinite, has_nan = ends(self.to)
        if not has_nan:
            self.state.hard |= np.isnan(v)
        sizes = np.abs(v, out=self.state.floats("other"))
        at = np.flatnonzero(np.greater(sizes, self.most, out=self.state.buffer("past", bool)))
        flat = v.reshape(-1)
        if infinite == (np.inf, -np.inf):
            at = at[np.isfinite(flat[at])]
        if not at.size:
            return
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
