"""Fixed point in integers: exact results of integers and fixed-point numbers, rounded by one addition and one shift.

An exact result is an integer r times a power of two. With ``shift`` bits below the last place of the result's format, the
rounded number is ``r + bias >> shift``: of the four numbers 0, 2**(shift-1) - 1, 2**(shift-1) and 2**shift - 1 one is the bias
of each deterministic rule, given the parity of the floor and the sign. Which one is read off the rule itself.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.formats import Coding, Format, UniformGrid
from ..spec.projection import Projection
from ..spec.rounding import Gap, Rounding
from .array import code_dtype
from .outcomes import outcomes
from .projection import Projected

Ints = NDArray[Any]
LONGEST = 62
"""The longest shift, and the widest result."""


@lru_cache(maxsize=4096)
def is_plain(format: Format) -> bool:
    """Whether every code of the format is an integer of at most 64 bits times one power of two."""
    uniform = isinstance(format.grid, UniformGrid) and format.coding is not Coding.SIGN_MAGNITUDE
    return uniform and not format.specials and not format.first and format.width <= 64


def _reach(format: Format) -> int:
    """The greatest magnitude of a code read as an integer."""
    return 1 << format.width - 1 if format.signed else (1 << format.width) - 1


def _exact(name: str, formats: tuple[Format, ...]) -> tuple[int, int]:
    """The exponent of an exact result, and a bound of its integer."""
    quanta, reach = [format.grid.quantum for format in formats], [_reach(format) for format in formats]
    if name == "multiply":
        return sum(quanta), reach[0] * reach[1]
    least = min(quanta)
    return least, sum(r << q - least for r, q in zip(reach, quanta, strict=True))


COMPUTED = ("convert", "add", "subtract", "multiply")


class Plan(NamedTuple):
    """How an operation is carried out: the left shifts of its operands, the right shift of the exact result, the type of the
    integers."""

    align: tuple[int, ...]
    shift: int
    kind: np.dtype[Any]


@lru_cache(maxsize=4096)
def plan(name: str, formats: tuple[Format, ...], to: Projection) -> Plan | None:
    """The plan of an operation; ``None`` where it is none of these, or an integer of it would not fit 63 bits."""
    if name not in COMPUTED or to.rounding.bits or not all(map(is_plain, (*formats, to.format))):
        return None
    exponent, reach = _exact(name, formats)
    shift = to.format.grid.quantum - exponent
    if abs(shift) > LONGEST or to.format.width > LONGEST:
        return None
    reach <<= max(-shift, 0)
    # The result with its bias, and the ends of the result's format, fit beside a sign.
    bits = (reach + (1 << max(shift, 0))).bit_length()
    if bits > 63:
        return None
    kind = np.dtype(np.int32 if bits <= 31 and to.format.width < 32 else np.int64)
    align = tuple(format.grid.quantum - exponent for format in formats) if name != "multiply" else (0, 0)
    return Plan(align, shift, kind)


def way(name: str, plan: Plan) -> Callable[..., Projected]:
    """The operation on chunks of codes."""

    def run(codes: tuple[Ints, ...], formats: tuple[Format, ...], to: Projection, _: Any, flags: bool) -> Projected:
        operands = [signed(c, format, plan.kind) for c, format in zip(codes, formats, strict=True)]
        for x, left in zip(operands, plan.align, strict=True):
            if left:
                np.left_shift(x, left, out=x)
        r = operands[0]
        if name == "multiply":
            np.multiply(r, operands[1], out=r)
        elif name == "add":
            np.add(r, operands[1], out=r)
        elif name == "subtract":
            np.subtract(r, operands[1], out=r)
        inexact = None
        if plan.shift > 0:
            inexact = (r & (1 << plan.shift) - 1) != 0 if flags else None
            r = shifted(r, plan.shift, to.rounding)
        elif plan.shift < 0:
            np.left_shift(r, -plan.shift, out=r)
        return encoded(r, inexact, to, flags=flags)

    return run


def signed(codes: Ints, format: Format, kind: np.dtype[Any]) -> Ints:
    """Codes as the integers that they name, in a new array of the type."""
    if not format.signed:
        return codes.astype(kind)
    bits = 8 * codes.dtype.itemsize
    spare = bits - format.width
    if not spare:
        return codes.view(f"int{bits}").astype(kind)
    return np.asarray(((codes << spare).view(f"int{bits}") >> spare).astype(kind))


@lru_cache(maxsize=1024)
def biases(rounding: Rounding) -> tuple[tuple[int, int], tuple[int, int]]:
    """Which of the four biases a rule has, by the parity of the floor and the sign: the number of the places of a quarter, a
    half and three quarters above the floor from which the number goes up.

    The rules speak of magnitudes: below zero the floor is the farther neighbour, and the place is counted from the other.
    """

    def goes_up(place: Fraction, odd: int, negative: int) -> bool:
        if negative:
            return not rounding.goes_up(Gap(1 - place, 1 - odd, 1))
        return bool(rounding.goes_up(Gap(place, odd, 0)))

    quarters = [Fraction(k, 4) for k in (1, 2, 3)]
    counts = [[sum(goes_up(place, odd, negative) for place in quarters) for negative in (0, 1)] for odd in (0, 1)]
    return (counts[0][0], counts[0][1]), (counts[1][0], counts[1][1])


def shifted(r: Ints, shift: int, rounding: Rounding) -> Ints:
    """r / 2**shift, rounded to an integer by a deterministic rule; r may be overwritten. ``shift`` is at least 1."""
    amounts = (0, (1 << shift - 1) - 1, 1 << shift - 1, (1 << shift) - 1)
    (even, even_negative), (odd, odd_negative) = (tuple(amounts[k] for k in row) for row in biases(rounding))
    if even == even_negative and odd == odd_negative:
        if even == odd:
            np.add(r, even, out=r)
        else:
            parity = r >> shift
            np.bitwise_and(parity, 1, out=parity)
            np.multiply(parity, odd - even, out=parity)
            np.add(r, parity, out=r)
            np.add(r, even, out=r)
    else:
        # A rule that looks at the sign does not look at the parity.
        assert (even, even_negative) == (odd, odd_negative), "a rule looks at the sign or at the parity"
        minus = r >> 8 * r.dtype.itemsize - 1
        np.multiply(minus, even - even_negative, out=minus)
        np.add(r, minus, out=r)
        np.add(r, even, out=r)
    np.right_shift(r, shift, out=r)
    return r


def encoded(n: Ints, inexact: NDArray[np.bool_] | None, to: Projection, *, flags: bool) -> Projected:
    """The codes of points with signs, which the overflow rule makes of those past the end; n may be overwritten."""
    format, known = to.format, outcomes(to)
    low, high = -to.overflow.limit(format, True), to.overflow.limit(format, False)
    hard = np.zeros(n.shape, bool)
    raised = None
    if flags:
        over = (n < low) | (n > high)
        raised = np.zeros(n.shape, np.uint8) if inexact is None else inexact.astype(np.uint8) * np.uint8(Flags.INEXACT)
        raised[over] = int(to.overflow.raises)
    mask = (1 << format.width) - 1
    dtype = code_dtype(format)
    if to.overflow.wrap:
        codes, outside = n, (n < low) | (n > high)
        if outside.any():
            codes[outside] = to.overflow.wrap(n[outside], n[outside] < 0, format)
    elif known.past_end == (format.code(False, high), format.code(True, -low)):
        codes = np.clip(n, low, high, out=n)
    else:
        codes = n.copy()
        for side, code in ((n > high, known.past_end[0]), (n < low, known.past_end[1])):
            if code is None:
                hard |= side
            else:
                codes[side] = code
    if format.width != 8 * dtype.itemsize:
        np.bitwise_and(codes, mask, out=codes)
    return Projected(codes.astype(dtype), raised, hard)
