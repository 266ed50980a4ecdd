"""Projection on arrays of binary64, in integer arithmetic.

A number comes as a binary64 value that is exact, or that is the exact number rounded to odd: its last bit then says that
something follows. What cannot be decided from that, and what has no code, is handed back as *hard*, for the specification to
answer or to refuse; so refusals are the specification's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Exact
from ..spec.flags import Flags
from ..spec.formats import Coding, FloatGrid, UniformGrid, Unrepresentable
from ..spec.projection import Projection
from ..spec.rounding import Gap
from .array import code_dtype

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MANTISSA = 52
SHIFT_END = 62
"""The longest shift that is carried out: it empties any binary64 significand, and a longer one would too."""


@dataclass(frozen=True)
class Projected:
    """Codes, flags where they were asked for, and which elements the specification must decide."""

    codes: NDArray[Any]
    flags: NDArray[np.uint8] | None
    hard: Bools


@dataclass(frozen=True)
class Outcomes:
    """What the specification makes of the data outside a format's range: a code, or ``None`` where it refuses."""

    nan: int | None
    infinite: tuple[int | None, int | None]
    past_end: tuple[int | None, int | None]
    near_zero: int | None
    truth: NDArray[np.bool_]
    """Whether the magnitude goes up, by the quarter of the gap, the parity and the sign; empty for stochastic rules."""


@lru_cache(maxsize=1024)
def outcomes(to: Projection) -> Outcomes:
    """The codes of the special cases, asked of the specification once."""
    draw = 0 if to.rounding.bits else None

    def code(x: Exact) -> int | None:
        try:
            return to(x, draw).code
        except Unrepresentable:
            return None

    def past(negative: bool) -> int | None:
        beyond = to.format.grid.magnitude(to.overflow.limit(to.format, negative) + 2)
        return code(-beyond if negative else beyond)

    places = [Fraction(quarter, 4) for quarter in range(4)]
    up = [to.rounding.goes_up(Gap(t, odd, negative)) for negative in (0, 1) for odd in (0, 1) for t in places]
    return Outcomes(
        code(NAN),
        (code(POSITIVE_INFINITY), code(NEGATIVE_INFINITY)),
        (past(False), past(True)),
        code(Fraction(0)) if to.format.first else 0,
        np.array([] if to.rounding.bits else up, dtype=bool),
    )


@lru_cache(maxsize=1024)
def is_supported(to: Projection) -> bool:
    """Whether ``project`` can do it: at most 62 bits, 53 of them significant, places that binary64 reaches, and at most 48
    random bits."""
    grid = to.format.grid
    binary64 = isinstance(grid, FloatGrid) and (grid.precision, grid.emin) == (MANTISSA + 1, -1022)
    narrow = binary64 or isinstance(grid, UniformGrid) or (grid.precision <= MANTISSA + 1 and grid.emin > -1022)
    return narrow and to.format.width <= SHIFT_END and grid.quantum >= -1074 and to.rounding.bits <= 48


def project(
    x: NDArray[np.float64],
    to: Projection,
    draw: NDArray[Any] | None = None,
    inexact: Bools | None = None,
    *,
    flags: bool = False,
) -> Projected:
    """The array form of calling a ``Projection``; where ``inexact``, x is the exact number rounded to odd.

    x is a flat array; ``draw`` holds the random bits, checked already.
    """
    format, known = to.format, outcomes(to)
    bits = x.view(np.int64)
    negative = bits < 0
    field = bits >> MANTISSA & 0x7FF
    special = field == 0x7FF
    normal = field > 0
    m = (bits & (1 << MANTISSA) - 1) | normal.astype(np.int64) << MANTISSA
    e = np.maximum(field, 1) - (1023 + MANTISSA)
    n, shift, over = _floor(m, e, to)
    u = _place(m, shift, to.rounding.bits + 2)
    n += _goes_up(to, n, u, negative, draw)

    limits = [to.overflow.limit(format, side) for side in (False, True)]
    over |= n > (limits[0] if limits[0] == limits[1] else np.where(negative, limits[1], limits[0]))
    over &= ~special
    hard = np.zeros(x.shape, dtype=bool) if inexact is None else inexact & (shift < to.rounding.bits + 3) & ~special
    codes = _encode(n, negative, to)
    if not to.overflow.wrap:
        _replace(codes, hard, over, negative, known.past_end)
    if format.first:
        below = (n < format.first) & ~special & ~over
        _replace(codes, hard, below, negative, (known.near_zero, known.near_zero))
    if special.any():
        nan = special & (m != 1 << MANTISSA)
        _replace(codes, hard, special & ~nan, negative, known.infinite)
        _replace(codes, hard, nan, negative, (known.nan, known.nan))
    raised = _flags(to, m, e, n, u, negative, draw, over, special) if flags else None
    return Projected(codes.astype(code_dtype(format)), raised, hard)


def _floor(m: Ints, e: Ints, to: Projection) -> tuple[Ints, Ints, Bools]:
    """The grid point at or below m * 2**e, the number of bits of m that lie below that point's last place, and where the
    point is too far up to be computed."""
    grid = to.format.grid
    if isinstance(grid, FloatGrid):
        binade = np.maximum(e + (MANTISSA - grid.emin), 0)
        shift = binade + (grid.quantum - e)
        far = np.zeros(m.shape, dtype=bool)
        if not grid.subnormals and grid.precision > 1:
            below = e + MANTISSA < grid.emin
            shift = np.where(below, grid.emin - e, shift)
            n = (m >> np.minimum(shift, SHIFT_END)) + (binade << grid.precision - 1)
            return np.where(below, 0, n + grid.first_normal - (1 << grid.precision - 1)), shift, far
        return (m >> np.minimum(shift, SHIFT_END)) + (binade << grid.precision - 1), shift, far
    shift = grid.quantum - e
    n = m >> np.clip(shift, 0, SHIFT_END)
    far = (shift < -(SHIFT_END - MANTISSA - 1)) & (m > 0)
    if (shift < 0).any():
        # Modulo 2**64, which is all that a wrapping rule looks at; any other rule is told that the point is far.
        n = np.where(shift < 0, (m.view(np.uint64) << np.clip(-shift, 0, 64).view(np.uint64)).view(np.int64), n)
        n = np.where(far & (not to.overflow.wrap), np.int64(1) << SHIFT_END, n)
    return n, shift, far


def _place(m: Ints, shift: Ints, bits: int) -> Ints:
    """The place in the gap in units of 2**-bits, the last bit raised where anything follows."""
    rest = m & (np.int64(1) << np.clip(shift, 0, SHIFT_END)) - 1
    drop = shift - bits
    right = np.clip(drop, 0, SHIFT_END)
    u = rest >> right
    u |= (rest & (np.int64(1) << right) - 1) != 0
    if (drop < 0).any():
        u = np.where(drop < 0, rest << np.clip(-drop, 0, bits), u)
    return u


def _goes_up(to: Projection, n: Ints, u: Ints, negative: Bools, draw: NDArray[Any] | None) -> Bools:
    """The rounding rule on arrays: its own truth table where it is deterministic, the rule itself where it is not."""
    odd = (n + to.format.offset & 1).astype(bool) & (n > 0) if to.format.offset else (n & 1).astype(bool)
    return _decide(to, u, odd, negative, draw)


def _decide(to: Projection, u: Ints, odd: Any, negative: Bools, draw: NDArray[Any] | None) -> Bools:
    if to.rounding.bits:
        t = np.ldexp(u.astype(np.float64), -(to.rounding.bits + 2))
        return np.asarray(to.rounding.goes_up(Gap(t, odd, negative, draw)), dtype=bool)
    truth: Bools = outcomes(to).truth
    up: Bools = truth[u | np.left_shift(odd, 2, dtype=np.int64) | np.left_shift(negative, 3, dtype=np.int64)]
    return up


def _encode(n: Ints, negative: Bools, to: Projection) -> Ints:
    """The array form of ``Format.code``; for a wrapping rule, of the rule's own function of the point."""
    format = to.format
    if to.overflow.wrap:
        return np.asarray(to.overflow.wrap(np.where(negative, -n, n), format.width))
    if format.coding is Coding.TWOS_COMPLEMENT:
        return np.where(negative, -n, n) & (1 << format.width) - 1
    codes = n + format.offset * (n > 0) if format.offset else n
    if format.coding is Coding.UNSIGNED:
        return codes.copy()
    sign = negative if format.has_negative_zero else negative & (n > 0)
    return codes | sign.astype(np.int64) << format.width - 1


def _replace(codes: Ints, hard: Bools, where: Bools, negative: Bools, known: tuple[int | None, int | None]) -> None:
    """Put the known codes where they belong, by sign; where there is none the specification must speak."""
    if not where.any():
        return
    for side, code in zip((where & ~negative, where & negative), known, strict=True):
        if code is None:
            hard |= side
        else:
            codes[side] = code


def _flags(
    to: Projection, m: Ints, e: Ints, n: Ints, u: Ints, negative: Bools, draw: Any, over: Bools, special: Bools
) -> NDArray[np.uint8]:
    """The array form of ``Projection.flags``."""
    below = (n < to.format.first) & ~over
    inexact = (u != 0) | over | below
    raised = inexact.astype(np.uint8) * np.uint8(Flags.INEXACT) | over.astype(np.uint8) * np.uint8(Flags.OVERFLOW)
    grid = to.format.grid
    if isinstance(grid, FloatGrid):
        tiny = (e + MANTISSA < grid.emin) & (m > 0) & inexact & ~over
        if to.tininess == "after" and (last := tiny & (e + MANTISSA == grid.emin - 1) & ~below).any():
            shift = grid.quantum - 1 - e[last]
            kept = m[last] >> shift
            full = kept == (1 << grid.precision) - 1
            odd = not to.format.is_odd(grid.first_normal)
            place = _place(m[last], shift, to.rounding.bits + 2)
            carried = full & _decide(to, place, odd, negative[last], None if draw is None else draw[last])
            tiny[np.flatnonzero(last)[carried]] = False
        raised |= tiny.astype(np.uint8) * np.uint8(Flags.UNDERFLOW)
    raised[special] = 0
    return np.asarray(raised, dtype=np.uint8)
