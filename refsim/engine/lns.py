"""Addition in the logarithmic number system on arrays: differences of logarithms, a table, and integer sums."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import lns as spec
from ..spec.flags import Flags, Result
from ..spec.formats import Number, Unrepresentable
from ..spec.lns import Adder, CorrectionTable
from ..spec.projection import Projection
from . import logs
from .array import Array, as_array, code_dtype
from .run import Finished, Work, draws, finish


@lru_cache(maxsize=64)
def _entries(table: CorrectionTable, fraction: int) -> NDArray[np.int64]:
    """The entries in units of a step, and the correction past the end behind them."""
    found = np.array([*(entry << fraction - table.fraction for entry in table.entries), 0], np.int64)
    found.setflags(write=False)
    return found


def _corrections(table: CorrectionTable, difference: NDArray[np.int64], fraction: int) -> NDArray[np.int64]:
    entries = _entries(table, fraction)
    index = np.minimum(difference >> fraction - table.index_fraction, len(entries) - 1)
    found: NDArray[np.int64] = entries.take(index)
    return found


def lns_add(x: Any, y: Any, adder: Adder, *, flags: bool = False) -> Finished:
    """The sums of arrays of codes of one LNS format, broadcast, as ``spec.lns.lns_add`` makes them of numbers.

    With ``flags`` the result is a pair, the codes and an array of status flags. Errors are those of the
    specification.
    """
    a, b = as_array(x), as_array(y)
    return _added(a, b, b.codes, adder, flags=flags)


def lns_subtract(x: Any, y: Any, adder: Adder, *, flags: bool = False) -> Finished:
    """The differences, as ``spec.lns.lns_subtract`` makes them of numbers."""
    a, b = as_array(x), as_array(y)
    return _added(a, b, b.codes ^ b.codes.dtype.type(1 << b.format.width - 1), adder, flags=flags)


def _added(a: Array, b: Array, other: NDArray[Any], adder: Adder, *, flags: bool) -> Finished:
    format = a.format
    if b.format != format:
        raise ValueError(f"an LNS adder takes operands of one format, not {format.name} and {b.format.name}")
    grid = adder.check(format)
    shape = np.broadcast_shapes(a.shape, other.shape)
    first, second = (np.ascontiguousarray(np.broadcast_to(c, shape)).reshape(-1) for c in (a.codes, other))
    (s, i, no_x), (t, j, no_y) = (logs.of_codes(c, format) for c in (first, second))
    swapped = i < j
    difference = np.abs(i - j)
    opposite = s != t
    steps = np.maximum(i, j) + np.where(
        opposite,
        _corrections(adder.differences, difference, grid.fraction),
        _corrections(adder.sums, difference, grid.fraction),
    )
    negative = np.where(swapped, t, s)
    n = steps - (grid.least - 1)
    regular = ~(no_x | no_y | (opposite & (difference == 0)))
    over, under = regular & (n > format.top), regular & (n < 1)
    outside = over | under
    if adder.end == "error" and outside.any():
        k = int(np.argmax(outside))
        raise Unrepresentable(f"the logarithm {steps[k]} of an LNS sum is outside the range of {format.name}")
    kept = (n - 1) % format.top + 1 if adder.end == "wrap" else np.where(over, format.top, np.where(under, 0, n))
    # Where both are zero the sum is one, and negative where both are; where they cancel it is positive.
    kept, negative = np.where(regular, kept, 0), np.where(regular, negative, no_x & no_y & s & t)
    codes: NDArray[Any] = logs.of_points(negative, kept, format).astype(code_dtype(format))
    codes = np.where(no_x & ~no_y, second, np.where(no_y & ~no_x, first, codes)).astype(code_dtype(format)).reshape(shape)
    if not flags:
        return Array(codes, format)
    raised = over * np.uint8(Flags.OVERFLOW | Flags.INEXACT) | under * np.uint8(Flags.UNDERFLOW | Flags.INEXACT)
    return Array(codes, format), raised.reshape(shape)


def power(x: Any, p: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x**p of an array of codes, as ``spec.lns.power`` makes it of numbers, each code asked for once.

    ``p``: an integer or a ``Fraction``. ``draw``: one integer a number, for a stochastic rule.
    """
    array, exponent = as_array(x), Fraction(p)
    shape = np.broadcast_shapes(array.shape, np.shape(draw)) if draw is not None else array.shape
    random = draws(to, draw, shape)
    codes = np.ascontiguousarray(np.broadcast_to(array.codes, shape)).reshape(-1)

    def answer(i: int) -> Result:
        return spec.power(Number(int(codes[i]), array.format), exponent, to, None if random is None else int(random[i]))

    return finish(Work(answer, to, shape, flags, (codes,) if random is None else (codes, random)), None)
