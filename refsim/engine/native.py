"""Operations whose operands and result are of a type of the host: its own result, moved by one place where the rounding rule
differs from the host's.

The host rounds to nearest, ties to even. Under that rule its result stands, NaNs aside. Under another, the sign of its error
says which neighbour the rule wants. Results that are not finite, or near the ends of the range, are left to the general way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.projection import Projection
from .decode import host_type
from .floats import Bools, Floats, Formats, Values, to_odd, two_product_error, two_sum_error
from .outcomes import outcomes
from .run import CHUNK, Raised, in_parts

Sides = tuple[Floats, Any]
"""Two arrays, or an array and a number: the first less the second is the exact result less the host's, with the right sign."""
Errors = Callable[[Floats, Values], Sides]
"""From the host's result and the operands to the sides."""


@dataclass(frozen=True)
class Native:
    """An operation as the host does it, and how its error is found in binary32, where binary64 helps, and in binary64.

    ``reach``: results of exponents within so many of 0 have an error that binary64 computes without coming near its ends.
    ``tiny``: the error is right for all tiny results in binary32, and zeros have the sign that every rule gives them. ``sums``:
    the error is right for all results, and tiny ones are exact; the sign of zeros is the rule's.
    """

    work: Callable[..., Any]
    single: Errors
    double: Errors | None
    reach: int = 1000
    tiny: bool = False
    sums: bool = False


def _sum_error(found: Floats, values: Values) -> Sides:
    # Knuth's TwoSum, in few buffers.
    x, y = values
    other = found - x
    rest = found - other
    np.subtract(x, rest, out=rest)
    np.subtract(y, other, out=other)
    np.add(rest, other, out=rest)
    return rest, 0


def _difference_error(found: Floats, values: Values) -> Sides:
    return _sum_error(found, (values[0], -values[1]))


def _wider(*numbers: Floats) -> list[Floats]:
    return [x.astype(np.float64) for x in numbers]


def _single_product_error(found: Floats, values: Values) -> Sides:
    x, y, r = _wider(*values, found)
    np.multiply(x, y, out=x)
    return x, r


def _double_product_error(found: Floats, values: Values) -> Sides:
    return two_product_error(found, *values), 0


def _single_quotient_error(found: Floats, values: Values) -> Sides:
    x, y, q = _wider(*values, found)
    np.subtract(x, np.multiply(q, y, out=q), out=x)
    np.multiply(x, y, out=x)
    return x, 0


def _double_quotient_error(found: Floats, values: Values) -> Sides:
    x, y = values
    product = found * y
    return ((x - product) - two_product_error(product, found, y)) * np.sign(y), 0


def _single_root_error(found: Floats, values: Values) -> Sides:
    x, r = _wider(*values, found)
    np.multiply(r, r, out=r)
    return x, r


def _double_root_error(found: Floats, values: Values) -> Sides:
    square = found * found
    return (values[0] - square) - two_product_error(square, found, found), 0


def single_fma(x: Floats, y: Floats, z: Floats, *, out: Floats) -> None:
    """The host has no fused operation in NumPy: the product is exact in binary64, the sum rounded to odd there."""
    np.copyto(out, _odd_fma(x, y, z), casting="same_kind")


def _odd_fma(x: Floats, y: Floats, z: Floats) -> Floats:
    a, b, c = _wider(x, y, z)
    np.multiply(a, b, out=a)
    total = a + c
    return to_odd(total, two_sum_error(total, a, c))[0]


def _single_fma_error(found: Floats, values: Values) -> Sides:
    return _odd_fma(*values), found.astype(np.float64)


PLAIN_CHUNK = 1 << 20
"""Where the host's result stands there are no temporaries, and a call costs more than the cache gives."""
OPERATIONS: dict[str, Native] = {
    "add": Native(np.add, _sum_error, _sum_error, 1022, sums=True),
    "subtract": Native(np.subtract, _difference_error, _difference_error, 1022, sums=True),
    "multiply": Native(np.multiply, _single_product_error, _double_product_error, 900, tiny=True),
    "divide": Native(np.divide, _single_quotient_error, _double_quotient_error, 900, tiny=True),
    "sqrt": Native(np.sqrt, _single_root_error, _double_root_error, 400),
    "fma": Native(single_fma, _single_fma_error, None),
}


@dataclass(frozen=True)
class Moves:
    """How a rounding rule differs from the host's, for results that are no ties: the change of the magnitude where the exact
    number is below the host's result, and where it is above, for positive and for negative results; by parity where that
    matters. ``ties``: whether the rule differs for ties too."""

    below: tuple[tuple[int, int], tuple[int, int]]
    above: tuple[tuple[int, int], tuple[int, int]]
    ties: bool

    @property
    def none(self) -> bool:
        """The rule is the host's but for ties."""
        return not any(move for side in (*self.below, *self.above) for move in side)


@lru_cache(maxsize=256)
def moves(to: Projection) -> Moves:
    """Read off the rule's truth table: by sign, then by the parity of the host's result."""
    truth = outcomes(to).truth
    below = tuple(tuple(-1 + int(truth[3 | (1 - odd) << 2 | sign << 3]) for odd in (0, 1)) for sign in (0, 1))
    above = tuple(tuple(int(truth[1 | odd << 2 | sign << 3]) for odd in (0, 1)) for sign in (0, 1))
    # The host makes a tie the even neighbour: the lower one if the exact number is above, else the upper one, whose lower
    # neighbour is odd. It matters where the rule treats a tie otherwise than what lies beside it there.
    ties = any(
        truth[2 | s << 3] != truth[1 | s << 3] or truth[2 | 1 << 2 | s << 3] != truth[3 | 1 << 2 | s << 3] for s in (0, 1)
    )
    return Moves(below, above, ties)  # type: ignore[arg-type]


def covers(name: str, formats: Formats, to: Projection) -> np.dtype[Any] | None:
    """The host's type of all operands and of the result, if the operation can be done in it."""
    kind = host_type(to.format)
    if name not in OPERATIONS or kind is None or to.rounding.bits or any(host_type(format) is not kind for format in formats):
        return None
    if kind == np.float64 and OPERATIONS[name].double is None:
        return None
    return kind if to.subnormals == "keep" else None


def run(name: str, flat: tuple[NDArray[Any], ...], to: Projection, kind: np.dtype[Any], *, flags: bool) -> Raised:
    """The results of flat arrays of codes, the flags if asked for, and which elements the general way must do."""
    operation, change = OPERATIONS[name], moves(to)
    error_of = operation.single if kind == np.float32 else operation.double
    assert error_of is not None, "covered operations have one"
    values = tuple(c.view(kind) for c in flat)
    found = np.empty(values[0].size, kind)
    raised = np.zeros(found.size, np.uint8) if flags else None
    left: list[NDArray[np.intp]] = []
    plain = change.none and not change.ties and raised is None and to.overflow.name == "infinity" and to.nan == "canonical"

    def part(at: slice) -> None:
        inputs, out = tuple(x[at] for x in values), found[at]
        operation.work(*inputs, out=out)
        if plain:
            # A maximum with a NaN among the numbers is NaN.
            rare = np.isnan(out) if np.isnan(out.max()) else None
        else:
            low, high = _range(operation, kind)
            # Tiny results raise underflow, and their ties are not those that ``_is_tie`` sees.
            any_size = operation.tiny and kind == np.float32 and raised is None and not change.ties
            rare = _beyond(out, 0.0 if operation.sums else -1.0 if any_size else low, high)
            sides = error_of(out, inputs)
            if kind == np.float64 and not operation.sums:
                for x in inputs:
                    rare = _or(rare, _beyond(x, low, high))
            if raised is not None:
                raised[at] = np.not_equal(*sides)
            if change.ties:
                rare = _or(rare, _is_tie(out, np.subtract(*sides)))
            if not change.none:
                _move(out, sides, change)
        if rare is not None:
            left.append(np.flatnonzero(rare) + at.start)

    in_parts(found.size, part, PLAIN_CHUNK if plain else CHUNK)
    hard = None
    if left:
        hard = np.zeros(found.size, bool)
        hard[np.concatenate(left)] = True
    return found.view(flat[0].dtype), raised, hard


def _range(operation: Native, kind: np.dtype[Any]) -> tuple[float, float]:
    """Between which magnitudes the error is right, and the result neither tiny nor at the end of the range."""
    if kind == np.float32:
        return float(np.finfo(kind).smallest_normal), float(np.finfo(kind).max)
    return 2.0**-operation.reach, 2.0**operation.reach


def _beyond(x: Floats, low: float, high: float) -> Bools | None:
    """Which numbers are not between two magnitudes, if any."""
    size = np.abs(x)
    if size.min() > low and size.max() < high:
        return None
    inside: Bools = (size > low) & (size < high)
    return ~inside


def _or(first: Bools | None, second: Bools | None) -> Bools | None:
    return second if first is None else first if second is None else first | second


def _is_tie(found: Floats, errors: Floats) -> Bools | None:
    """Whether the exact number may be half way between two neighbours: the error is half a unit, or a quarter of one below a
    power of two."""
    kind, places = found.dtype, np.finfo(found.dtype).nmant
    mask = np.array(np.iinfo(f"i{kind.itemsize}").max >> places << places, f"i{kind.itemsize}")
    unit = (found.view(mask.dtype) & mask).view(kind)
    size = np.abs(errors) * 2.0 ** (places + 1)
    tie: Bools = (size == unit) | (2 * size == unit)
    return tie if tie.any() else None


def _move(found: Floats, sides: Sides, change: Moves) -> None:
    """Move each result by the place that the rule wants, in its bits, in which a step away from zero is one more."""
    bits = found.view(f"i{found.dtype.itemsize}")
    negative, step = bits < 0, None
    for error_is_positive in (False, True):
        # The exact magnitude is above the result's where the error has the result's sign.
        wanted = [(change.above if error_is_positive != bool(sign) else change.below)[sign] for sign in (0, 1)]
        if not any(map(any, wanted)):
            continue
        moved = np.greater(*sides) if error_is_positive else np.less(*sides)
        for sign, (even, odd) in enumerate(wanted):
            if not even and not odd:
                continue
            where = moved & (negative if sign else ~negative)
            if even != odd:
                where &= (bits & 1).astype(bool) if odd else (bits & 1) == 0
            one = where.view(np.int8)
            if step is None:
                step = one if (even or odd) > 0 else np.negative(one)
            else:
                (np.add if (even or odd) > 0 else np.subtract)(step, one, out=step)
    if step is not None:
        np.add(bits, step, out=bits)
