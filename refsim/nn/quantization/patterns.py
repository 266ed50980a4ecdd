"""Formats that are chosen by the numbers they are to hold: dynamic fixed point, and logarithms with a full scale to be found.

``q8?`` has 8 bits, with the point where the numbers want it; ``q?.5`` has 5 places after the point and as many before it as
the numbers need; ``slog5_fsr?`` has the full scale that they need. Each is there without a sign too: ``uq8?``, ``uq?.5``,
``log4_fsr?``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...engine.apply import apply
from ...engine.array import Array
from ...engine.decode import decode
from ...spec.calibration import POSITIONS_TRIED, overflow_position
from ...spec.exact import floor_log2, power_of_two
from ...spec.multipliers import BINARY64
from ...spec.projection import Projection
from ...spec.spellings import get_projection
from ..calibration import BY_MAX, Calibration, Numbers, Range, find_range, squared_error
from .building import encoded

WIDTHS = range(1, 65)
"""The bits of formats that are chosen."""
ONE = Range(-1.0, 1.0)
"""What is covered where no number but zero was seen."""


def _position(seen: Range, width: int, *, signed: bool) -> int:
    """The greatest position at which nothing of the range overflows; where there is nothing, the one that covers up to 1."""
    bits, ends = width if signed else width + 1, [Fraction(seen.low if signed else 0), Fraction(seen.high)]
    reach = max(-ends[0], ends[1])
    if not reach:
        return bits - 1
    # The specification takes steps below 1e-9 for nothing, as Vitis AI does for its 8 bits: ends of about 2**bits have none.
    places = bits - floor_log2(reach)
    return overflow_position([end * power_of_two(places) for end in ends], bits) + places


def _by_width(seen: Range, sign: str, width: str) -> list[str]:
    bits, signed = int(width), not sign
    if not 1 < bits <= 64:
        raise ValueError(f"a point is chosen for 2 to 64 bits, not for {bits}")
    first = _position(seen, bits, signed=signed)
    return [f"{sign}q{bits - signed - p}.{p}" for p in range(first, first + POSITIONS_TRIED)]


def _by_fraction(seen: Range, sign: str, fraction: str) -> list[str]:
    places, signed = int(fraction), not sign
    bits = next((bits for bits in WIDTHS if signed < bits and _position(seen, bits, signed=signed) >= places), None)
    if bits is None:
        raise ValueError(f"numbers of {seen.low} to {seen.high} do not fit into 64 bits with {places} places after the point")
    return [f"{sign}q{bits - signed - places}.{places}"]


def _by_full_scale(seen: Range, sign: str, bits: str, steps: str | None) -> list[str]:
    reach = seen.reach if sign else seen.high
    per_octave = {"": 1.0, "_sqrt2": 2.0}.get(steps or "") or float((steps or "").removeprefix("_steps"))
    # The last number is one step below the full scale.
    first = int(np.ceil(np.log2(reach or 1.0) + 1 / per_octave))
    scales = [first - i for i in range(POSITIONS_TRIED)]
    return [f"{sign}log{bits}_fsr{'m' if n < 0 else ''}{abs(n)}{steps or ''}" for n in scales]


PATTERNS: tuple[tuple[str, Callable[..., list[str]]], ...] = (
    (r"(u?)q(\d{1,2})\?", _by_width),
    (r"(u?)q\?\.(-?\d{1,2})", _by_fraction),
    (r"(s?)log(\d{1,2})_fsr\?(_sqrt2|_steps\d{1,8})?", _by_full_scale),
)


def formats_for(pattern: str, seen: Range) -> list[str]:
    """The formats that a pattern stands for: the first holds the whole range, each later one half of it, more finely.

    A name without a question mark stands for itself. ``ValueError`` for another one with it.
    """
    if "?" not in pattern:
        return [pattern]
    for known, found in PATTERNS:
        if match := re.fullmatch(known, pattern):
            return found(seen, *match.groups())
    raise ValueError(f"there is no pattern of formats {pattern!r:.60}; there are q8?, uq8?, q?.5, uq?.5, slog5_fsr?, log4_fsr?")


def is_chosen(text: str) -> bool:
    """Whether a projection's text leaves its format to be chosen."""
    return "?" in text.partition("/")[0]


def nearest(x: Array) -> NDArray[np.float64]:
    """The numbers of codes in binary64; those of logarithms, which can be irrational, rounded."""
    return decode(apply("convert", (x,), BINARY64))


def projection_for(text: str, numbers: Numbers | None, calibration: Calibration) -> Projection:
    """The projection of a text, its format chosen by the numbers.

    By ``max`` it is the one that holds all of them, by ``percentile`` the one that holds what is left after clipping, and by
    ``l2`` the first of the least squared error, of the one that holds all and the four finer ones. ``least_squares_position``
    of the specification is the same, for the rounding rules of Vitis AI.
    """
    pattern, slash, rest = text.partition("/")
    if not is_chosen(text):
        return get_projection(text)
    if numbers is None:
        raise ValueError(f"{pattern} is chosen by samples, and there are none")
    by_range = BY_MAX if calibration.method == "l2" else calibration
    seen = find_range(numbers, by_range, lambda values, _: values)
    tried = [get_projection(f"{name}{slash}{rest}") for name in formats_for(pattern, seen)]
    if calibration.method != "l2":
        return tried[0]
    return min(tried, key=lambda to: squared_error(numbers, nearest(encoded(numbers.values, to))))
