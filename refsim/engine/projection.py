"""Projection on arrays, in integer arithmetic.

A number comes as an integer significand with an exponent that is exact, or that is the exact number rounded to odd: its last
bit then says that something follows. What cannot be decided from that, and what has no code, is handed back as *hard*, for the
specification to answer or to refuse; so refusals are the specification's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, UniformGrid
from ..spec.log_grids import LogGrid
from ..spec.posits import PositGrid
from ..spec.projection import Projection
from ..spec.rounding import Gap
from . import logs, posits
from .array import code_dtype
from .decode import of_points
from .outcomes import outcomes

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MANTISSA = 52
ZERO = -(1 << 40)
"""The exponent of a zero: below that of every number."""
SHIFT_END = 62
"""The longest shift that is carried out: it empties any significand, and a longer one would too."""


class Scaled(NamedTuple):
    """Numbers ``m * 2**e`` with a sign. The leading bit of m is bit ``lead``; it is a lower one only where m is zero or a
    subnormal number of binary64, and then ``lead + e`` is no more than binary64's least exponent. Where ``special``, the datum
    is a NaN or an infinity instead. Where ``inexact``, m is rounded to odd."""

    negative: Bools
    m: Ints
    e: Ints
    special: Bools
    nan: Bools
    lead: int
    inexact: Bools | None = None


class Projected(NamedTuple):
    """Codes, flags where they were asked for, and which elements the specification must decide."""

    codes: NDArray[Any]
    flags: NDArray[np.uint8] | None
    hard: Bools


@lru_cache(maxsize=1024)
def is_supported(to: Projection) -> bool:
    """Whether ``project_scaled`` can do it: at most 64 bits, 53 of them significant in a float, 62 where the rule wraps, and at
    most 48 random bits."""
    grid, width = to.format.grid, to.format.width
    if isinstance(grid, LogGrid):
        return logs.is_supported(to)
    if isinstance(grid, PositGrid):
        return width <= posits.WIDEST and to.rounding.bits <= posits.MOST_RANDOM_BITS
    narrow = isinstance(grid, UniformGrid) or grid.precision <= MANTISSA + 1
    return narrow and width <= (SHIFT_END if to.overflow.wrap else 64) and to.format.top < 1 << 64 and to.rounding.bits <= 48


@lru_cache(maxsize=1024)
def is_reached(to: Projection) -> bool:
    """Whether binary64 reaches the places of the result's format, so that ``project`` can do it too."""
    grid = to.format.grid
    if isinstance(grid, LogGrid):
        return is_supported(to)
    binary64 = isinstance(grid, FloatGrid) and grid == FloatGrid(MANTISSA + 1, -1022)
    inside = binary64 or not isinstance(grid, FloatGrid) or grid.emin > -1022
    return is_supported(to) and inside and grid.quantum >= (-1022 if isinstance(grid, PositGrid) else -1074)


def split(x: NDArray[np.float64], inexact: Bools | None = None) -> Scaled:
    """Binary64 numbers as significands and exponents."""
    bits = x.view(np.int64)
    field = bits >> MANTISSA & 0x7FF
    special = field == 0x7FF
    m = (bits & (1 << MANTISSA) - 1) | (field > 0).astype(np.int64) << MANTISSA
    e = np.maximum(field, 1) - (1023 + MANTISSA)
    return Scaled(bits < 0, m, e, special, special & (m != 1 << MANTISSA), MANTISSA, inexact)


def project(
    x: NDArray[np.float64],
    to: Projection,
    draw: NDArray[Any] | None = None,
    inexact: Bools | None = None,
    *,
    flags: bool = False,
) -> Projected:
    """The array form of calling a ``Projection``; where ``inexact``, x is the exact number rounded to odd.

    x is a flat array; ``draw`` holds the random bits, checked already. ``is_reached`` must hold.
    """
    return project_scaled(split(x, inexact), to, draw, flags=flags)


def project_scaled(x: Scaled, to: Projection, draw: NDArray[Any] | None = None, *, flags: bool = False) -> Projected:
    """``project`` for numbers as significands and exponents; ``is_supported`` must hold."""
    if isinstance(to.format.grid, LogGrid):
        bits = to.format.grid.fraction + to.rounding.bits + 2
        steps, exact, unsure = logs.of_numbers(x.m, x.e, x.lead, x.inexact, bits)
        found = logs.Logarithms(x.negative, steps, exact, x.m == 0, x.special, x.nan, bits, unsure)
        return project_logarithms(found, to, draw, flags=flags)
    if isinstance(to.format.grid, PositGrid):
        m, behind = posits.patterns(x.m, x.e, x.lead, to.format.grid)
        x, to = x._replace(m=m, e=np.full(m.shape, -behind), lead=posits.LEAD), posits.on_patterns(to)
    format, known, negative, special = to.format, outcomes(to), x.negative, x.special
    n, shift, far = _floor(x, to)
    u = _place(x.m, shift, to.rounding.bits + 2)
    n += _goes_up(to, n, u, negative, draw)
    if not format.vanishing:
        n = np.maximum(n, x.m > 0)

    flushes = to.subnormals in {"flush_outputs", "flush"} and isinstance(format.grid, FloatGrid) and not format.first
    hard = np.zeros(n.shape, dtype=bool) if x.inexact is None else x.inexact & (shift < to.rounding.bits + 3) & ~special
    if isinstance(format.grid, FloatGrid):
        hard &= ~far  # There the bits that follow do not matter.
    wide = isinstance(format.grid, UniformGrid) and format.width > SHIFT_END
    limits = [min(to.overflow.limit(format, side), 1 << SHIFT_END if wide else 1 << 63) for side in (False, True)]
    over = far | (n > (limits[0] if limits[0] == limits[1] else np.where(negative, limits[1], limits[0])))
    over &= ~special
    tiny = _tiny(to, x, n, draw) if flags or flushes else None
    if tiny is not None:
        # A flushed number is never past the end, and one past the end is otherwise not called tiny.
        over, tiny = (over & ~tiny, tiny) if flushes else (over, tiny & ~over)
        if x.inexact is not None and to.rounding.bits and isinstance(format.grid, FloatGrid):
            # Just below the least normal number tininess is decided in a gap of half the width, which takes one bit more.
            hard |= x.inexact & (shift < to.rounding.bits + 4) & (x.e + x.lead == format.grid.emin - 1)
    if wide:
        hard |= (n >= 1 << SHIFT_END) & ~special
    codes = of_points(negative, n, format)
    if to.overflow.wrap:
        codes[over] = to.overflow.wrap(np.where(negative, -n, n)[over], negative[over], format)
    else:
        _replace(codes, hard, over, negative, known.past_end)
    if format.first:
        below = (n < format.first) & ~special & ~over
        _replace(codes, hard, below, negative, (known.near_zero, known.near_zero))
    if flushes:
        _replace(codes, hard, tiny, negative, (format.code(False, 0), format.code(True, 0)))
    if special.any():
        _replace(codes, hard, special & ~x.nan, negative, known.infinite)
        _replace(codes, hard, x.nan, negative, (known.nan, known.nan))
    raised = _flags(to, x, n, u, over, tiny, flushes=flushes) if flags else None
    return Projected(codes.astype(code_dtype(format), copy=False), raised, hard)


def project_logarithms(
    x: logs.Logarithms, to: Projection, draw: NDArray[Any] | None = None, *, flags: bool = False
) -> Projected:
    """``project`` into a logarithmic format, for numbers by their logarithms, which have as many bits behind the point as the
    format's steps, the rule's random bits and two more."""
    format, known = to.format, outcomes(to)
    grid, behind = format.grid, to.rounding.bits + 2
    assert isinstance(grid, LogGrid), "another grid is no place for logarithms"
    n = (x.steps >> behind) - (grid.least - 1)
    u = x.steps & (1 << behind) - 1 | ~x.exact
    # A step or more below the first point is just above zero.
    u = np.where(x.zero, 0, np.where((n < 0) | ((n == 0) & (u == 0)), 1, u))
    n = np.where(x.zero, 0, np.maximum(n, 0))
    n += _goes_up(to, n, u, x.negative, draw)
    hard = np.zeros(n.shape, bool) if x.unsure is None else x.unsure & ~x.special & ~x.zero
    over = (n > np.where(x.negative, to.overflow.limit(format, True), to.overflow.limit(format, False))) & ~x.special
    codes = of_points(x.negative, n, format)
    if to.overflow.wrap:
        codes[over] = to.overflow.wrap(n[over], x.negative[over], format)
    else:
        _replace(codes, hard, over, x.negative, known.past_end)
    _replace(codes, hard, x.special & ~x.nan, x.negative, known.infinite)
    _replace(codes, hard, x.nan, x.negative, (known.nan, known.nan))
    raised = _flags(to, x, n, u, over, np.zeros(n.shape, bool), flushes=False) if flags else None
    return Projected(codes.astype(code_dtype(format), copy=False), raised, hard)


def _floor(x: Scaled, to: Projection) -> tuple[Ints, Ints, Bools]:
    """The grid point at or below m * 2**e, the number of bits of m that lie below that point's last place, and where the
    point is too far up to be computed."""
    grid, m, e = to.format.grid, x.m, x.e
    if isinstance(grid, FloatGrid):
        # Past the binade of the last point all points are alike, and their numbers would not fit in 64 bits.
        last = max(to.format.top - grid.first_normal, 0) >> grid.precision - 1
        binade = e + (x.lead - grid.emin)
        far = (binade > last) & (m > 0)
        binade = np.clip(binade, 0, last + 1)
        shift = binade + (grid.quantum - e)
        if not grid.subnormals and grid.precision > 1:
            below = e + x.lead < grid.emin
            shift = np.where(below, grid.emin - e, np.maximum(shift, 0))
            n = (m >> np.minimum(shift, SHIFT_END)) + (binade << grid.precision - 1)
            n = np.where(below, 0, n + grid.first_normal - (1 << grid.precision - 1))
        else:
            n = (m >> np.clip(shift, 0, SHIFT_END)) + (binade << grid.precision - 1)
        return np.where(far, max(to.format.top, to.format.top_negative) + 1, n) if far.any() else n, shift, far
    shift = grid.quantum - e
    n = m >> np.clip(shift, 0, SHIFT_END)
    far = (shift < -(SHIFT_END - x.lead - 1)) & (m > 0)
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


def _replace(codes: Ints, hard: Bools, where: Any, negative: Bools, known: tuple[int | None, int | None]) -> None:
    """Put the known codes where they belong, by sign; where there is none the specification must speak."""
    if not where.any():
        return
    for side, code in zip((where & ~negative, where & negative), known, strict=True):
        if code is None:
            hard |= side
        else:
            codes[side] = code if code < 1 << 63 else code - (1 << 64)


def _tiny(to: Projection, x: Scaled, n: Ints, draw: Any) -> Bools:
    """The array form of ``Projection.is_tiny``, for numbers that are not zero."""
    grid = to.format.grid
    if not isinstance(grid, FloatGrid):
        return np.zeros(n.shape, bool)
    leading = x.e + x.lead
    tiny: Bools = ((leading < grid.emin) | (x.m < 1 << x.lead)) & (x.m > 0) & ~x.special
    below = n < to.format.first
    if to.tininess == "after" and (last := tiny & (leading == grid.emin - 1) & ~below).any():
        shift = grid.quantum - 1 - x.e[last]
        kept = x.m[last] >> shift
        full = kept == (1 << grid.precision) - 1
        odd = not to.format.is_odd(grid.first_normal)
        place = _place(x.m[last], shift, to.rounding.bits + 2)
        carried = full & _decide(to, place, odd, x.negative[last], None if draw is None else draw[last])
        tiny[np.flatnonzero(last)[carried]] = False
    return tiny


def _flags(
    to: Projection, x: Scaled | logs.Logarithms, n: Ints, u: Ints, over: Bools, tiny: Any, *, flushes: bool
) -> NDArray[np.uint8]:
    """The array form of ``Projection.flags``."""
    below = (n < to.format.first) & ~over
    inexact = (u != 0) | below
    raised = inexact.astype(np.uint8) * np.uint8(Flags.INEXACT)
    raised |= (tiny & (inexact | flushes)).astype(np.uint8) * np.uint8(Flags.UNDERFLOW | (Flags.INEXACT if flushes else 0))
    raised[over] = int(to.overflow.raises)
    if x.special.any():
        raised[x.special] = int(to.overflow.infinity_raises)
        if to.format.canonical(NAN) is not None:
            raised[x.nan] = 0
    return np.asarray(raised, dtype=np.uint8)


def integral(x: NDArray[np.float64], to: Projection, draw: NDArray[Any] | None) -> tuple[NDArray[np.float64], Bools]:
    """Each number as the integer that the projection's rounding rule makes of it, and where that is another number."""
    scaled = split(x)
    shift = np.maximum(-scaled.e, 0)
    n = scaled.m >> np.minimum(shift, SHIFT_END)
    u = _place(scaled.m, shift, to.rounding.bits + 2)
    up = _decide(to, u, (n & 1).astype(bool), scaled.negative, draw)
    inexact = (u != 0) & ~scaled.special & (shift > 0)
    return np.where((shift > 0) & ~scaled.special, np.copysign((n + up).astype(np.float64), x), x), inexact
