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
from ..spec.formats import Format
from ..spec.growth import (
    Reach,
    reach_of,
    reach_of_difference,
    reach_of_magnitude,
    reach_of_negation,
    reach_of_product,
    reach_of_sum,
)
from ..spec.overflow import Overflow, Wrapping
from ..spec.projection import Projection
from ..spec.rounding import Gap, Rounding
from ..spec.wrapping import wrap_sign_magnitude_point
from .array import code_dtype
from .outcomes import outcomes
from .projection import Projected

Ints = NDArray[Any]
LONGEST = 62
"""The longest shift, and the widest result."""
LONGEST_OBJECT = 1 << 12
"""A shift of Python's integers, none of which is as long, that leaves only their sign."""


REACHES: dict[str, Callable[..., Reach]] = {
    "convert": lambda x: x,
    "negation": reach_of_negation,
    "absolute_value": reach_of_magnitude,
    "add": reach_of_sum,
    "subtract": reach_of_difference,
    "multiply": reach_of_product,
}
"""The operations that are carried out in integers, with what their exact results can be."""
COMPUTE: dict[str, np.ufunc] = {
    "negation": np.negative,
    "absolute_value": np.absolute,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
}


@lru_cache(maxsize=4096)
def reach(format: Format) -> Reach | None:
    """The integers that the codes of a fixed-point format of at most 64 bits are; ``None`` for any other format."""
    try:
        return reach_of(format) if format.width <= 64 else None
    except ValueError:
        return None


class Plan(NamedTuple):
    """How an operation is carried out: the left shifts of its operands, the right shift of the exact result, the type of the
    integers, and whether every result is exact and in range."""

    align: tuple[int, ...]
    shift: int
    kind: np.dtype[Any]
    fits: bool


@lru_cache(maxsize=4096)
def plan(name: str, formats: tuple[Format, ...], to: Projection) -> Plan | None:
    """The plan of an operation; ``None`` where it is none of these, or an integer of it would not fit its type."""
    reaches, target = [found for format in formats if (found := reach(format))], reach(to.format)
    if name not in REACHES or to.rounding.bits or len(reaches) < len(formats) or target is None:
        return None
    exact = REACHES[name](*reaches)
    shift = target.quantum - exact.quantum
    if abs(shift) > LONGEST:
        return None
    low, high = exact.low << max(-shift, 0), exact.high << max(-shift, 0)
    ends = [to.overflow.limit(to.format, negative) for negative in (True, False)]
    # What fits without a loss is right modulo two to the power of the width; else the result with its bias, and the ends of the
    # format, lie beside a sign.
    fits = shift <= 0 and -ends[0] <= low and high <= ends[1]
    bits = (max(-low, high) + (1 << max(shift, 0))).bit_length()
    width = to.format.width
    if not fits and (bits > 63 or width > LONGEST):
        return None
    kinds = [kind for kind in (8, 16, 32) if (width <= kind if fits else width < kind and bits < kind)]
    align = tuple(r.quantum - exact.quantum if name != "multiply" else 0 for r in reaches)
    return Plan(align, shift, np.dtype(f"int{kinds[0] if kinds else 64}"), fits)


def way(name: str, plan: Plan) -> Callable[..., Projected]:
    """The operation on chunks of codes."""

    def run(codes: tuple[Ints, ...], formats: tuple[Format, ...], to: Projection, _: Any, flags: bool) -> Projected:
        operands = [signed(c, format) for c, format in zip(codes, formats, strict=True)]
        if any(plan.align):
            operands = [x.astype(plan.kind) << left for x, left in zip(operands, plan.align, strict=True)]
        # Modulo two to the power of its width an unsigned number may look negative: it is its own magnitude.
        as_it_is = name not in COMPUTE or (name == "absolute_value" and not formats[0].signed)
        r = operands[0].astype(plan.kind) if as_it_is else COMPUTE[name](*operands, dtype=plan.kind, casting="unsafe")
        inexact = None
        if plan.shift > 0:
            inexact = (r & (1 << plan.shift) - 1) != 0 if flags else None
            r = shifted(r, plan.shift, to.rounding)
        elif plan.shift < 0:
            np.left_shift(r, -plan.shift, out=r)
        if plan.fits:
            # One truth value stands for all elements.
            return Projected(coded(r, to.format), np.zeros((), np.uint8) if flags else None, np.zeros((), bool))
        return encoded(r, inexact, to, flags=flags)

    return run


def nearest_away(x: NDArray[Any]) -> NDArray[Any]:
    """Each number as the nearest integer, ties away from zero, by an addition of the number just below one half.

    The sum is rounded to nearest. A half and more reach the next integer: what is missing is less than half a place of the sum.
    What lies below a half does not: it is at least one place of the number, or of numbers below one half, lower.
    """
    return np.asarray(np.trunc(x + np.copysign(np.nextafter(x.dtype.type(0.5), x.dtype.type(0)), x)))


IN_HOST: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "ties_to_even": np.rint,
    "ties_to_away": nearest_away,
    "toward_zero": np.trunc,
    "toward_negative": np.floor,
    "toward_positive": np.ceil,
}
"""The rules that the host has for its own numbers."""


@lru_cache(maxsize=1024)
def quantizes(to: Projection, kind: np.dtype[Any]) -> bool:
    """Whether ``quantize`` can do it for numbers of the type: the step is no more than 1, so that no number vanishes where it
    is divided by the step, and no less than what a quarter of can be divided by."""
    format = to.format
    plain = not to.rounding.bits and reach(format) is not None and format.width <= LONGEST - 4
    return plain and kind.char in "fd" and 0 >= format.grid.quantum > 4 - int(np.finfo(kind).maxexp)


def quantize(x: NDArray[Any], to: Projection, *, flags: bool) -> Projected | None:
    """Binary32 or binary64 numbers as fixed point; ``None`` where one is no number, or so large that it must be looked at by
    itself."""
    rule, width = IN_HOST.get(to.rounding.name), to.format.width
    # A number in quarters of the step, whose last bit is raised where anything follows, is rounded as the exact one.
    below = 0 if rule else 2
    z = x * x.dtype.type(2.0 ** (below - to.format.grid.quantum))
    low, high = z.min(), z.max()
    bound = 2.0 ** (width + below + 1)
    if to.overflow.wrap:
        bound = 2.0 ** (30 if max(-low, high) < 2.0**30 and width < 32 else LONGEST)
        if not max(-low, high) < bound:
            return None
    elif not (np.isfinite(low) and np.isfinite(high)):
        return None
    elif low < -bound or high > bound:
        np.clip(z, -bound, bound, out=z)
    whole = (rule or np.floor)(z)
    r: Ints = whole.astype(np.int32 if bound <= 2.0**30 else np.int64)
    inexact = whole != z if flags or not rule else None
    if inexact is not None and not rule:
        np.bitwise_or(r, inexact, out=r)
        inexact = (r & 3) != 0 if flags else None
        r = shifted(r, below, to.rounding)
    return encoded(r, inexact, to, flags=flags)


def is_modular(overflow: Overflow) -> bool:
    """Whether a rule keeps the low bits of every number, in range or out of it."""
    rule = overflow.rule
    return isinstance(rule, Wrapping) and rule.bits == 0 and rule.point is not wrap_sign_magnitude_point


def signed(codes: Ints, format: Format) -> Ints:
    """Codes as the integers that they name, in a type of the codes' own size; it may be a view."""
    if not format.signed:
        return codes
    bits = 8 * codes.dtype.itemsize
    spare = bits - format.width
    return codes.view(f"int{bits}") if not spare else np.asarray((codes << spare).view(f"int{bits}") >> spare)


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
            _add_times(r, parity, odd - even)
            np.add(r, even, out=r)
    else:
        # A rule that looks at the sign does not look at the parity.
        assert (even, even_negative) == (odd, odd_negative), "a rule looks at the sign or at the parity"
        below = np.negative(r >> (LONGEST_OBJECT if r.dtype == object else 8 * r.dtype.itemsize - 1))
        _add_times(r, below, even_negative - even)
        np.add(r, even, out=r)
    np.right_shift(r, shift, out=r)
    return r


def _add_times(r: Ints, where: Ints, amount: int) -> None:
    """r + where * amount, where that is a one; ``where`` is overwritten."""
    if abs(amount) != 1:
        np.negative(where, out=where)
        np.bitwise_and(where, abs(amount), out=where)
    (np.add if amount > 0 else np.subtract)(r, where, out=r)


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
    if to.overflow.wrap:
        codes = n
        if not is_modular(to.overflow):
            np.copyto(codes, to.overflow.wrap(n, n < 0, format), where=(n < low) | (n > high))
    elif known.past_end == (format.code(False, high), format.code(True, -low)):
        codes = np.clip(n, low, high, out=n)
    else:
        codes = n.copy()
        for side, code in ((n > high, known.past_end[0]), (n < low, known.past_end[1])):
            if code is None:
                hard |= side
            else:
                codes[side] = code
    return Projected(coded(codes, format), raised, hard)


def coded(n: Ints, format: Format) -> Ints:
    """The codes of points with signs that are in range; n may be overwritten."""
    dtype = code_dtype(format)
    if format.width != 8 * dtype.itemsize:
        np.bitwise_and(n, (1 << format.width) - 1, out=n)
    return n.view(dtype) if n.dtype.itemsize == dtype.itemsize else n.astype(dtype)
