"""Products, quotients and roots of logarithmic numbers on arrays: their logarithms are added, subtracted and halved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from . import logs
from .logs import Bools, Ints, Logarithms
from .projection import Projected, project_logarithms

Formats = tuple[Format, ...]
LONGEST = 60
"""The most bits of a logarithm."""


class Operand(NamedTuple):
    """Numbers by their signs, their logarithms in one unit, and whether they are zero."""

    negative: Bools
    steps: Ints
    zero: Bools


class Found(NamedTuple):
    """A result, and where the specification must speak: divisions by zero, and roots of numbers below zero."""

    result: Operand
    hard: Bools


def _nothing(x: Operand) -> Bools:
    return np.zeros(x.zero.shape, bool)


def _multiply(x: Operand, y: Operand) -> Found:
    return Found(Operand(x.negative ^ y.negative, x.steps + y.steps, x.zero | y.zero), _nothing(x))


def _divide(x: Operand, y: Operand) -> Found:
    return Found(Operand(x.negative ^ y.negative, x.steps - y.steps, x.zero), y.zero)


def _reciprocal(x: Operand) -> Found:
    return Found(Operand(x.negative, -x.steps, _nothing(x)), x.zero)


def _sqrt(x: Operand) -> Found:
    # The unit is half a step of the operand, so that every logarithm is even.
    return Found(Operand(x.negative, x.steps >> 1, x.zero), x.negative & ~x.zero)


def _rsqrt(x: Operand) -> Found:
    return Found(Operand(x.negative, -(x.steps >> 1), _nothing(x)), x.negative | x.zero)


def _convert(x: Operand) -> Found:
    return Found(x, _nothing(x))


def _negation(x: Operand) -> Found:
    return Found(x._replace(negative=~x.negative), _nothing(x))


def _absolute_value(x: Operand) -> Found:
    return Found(x._replace(negative=_nothing(x)), _nothing(x))


OPERATIONS: dict[str, Callable[..., Found]] = {
    "convert": _convert,
    "negation": _negation,
    "absolute_value": _absolute_value,
    "multiply": _multiply,
    "divide": _divide,
    "reciprocal": _reciprocal,
    "sqrt": _sqrt,
    "rsqrt": _rsqrt,
}
HALVED = {"sqrt", "rsqrt"}


def unit_of(name: str, formats: Formats) -> int:
    """The bits behind the point of the logarithms' unit: a step of the finest operand, half a step where it is halved."""
    return max(f.grid.fraction for f in formats if isinstance(f.grid, LogGrid)) + (name in HALVED)


def covers(name: str, formats: Formats, to: Projection) -> bool:
    """Whether operands and result are logarithmic, and the logarithms fit in the host's integers."""
    if name not in OPERATIONS or not all(isinstance(f.grid, LogGrid) for f in (*formats, to.format)):
        return False
    unit, grid = unit_of(name, formats), to.format.grid
    assert isinstance(grid, LogGrid), "it is logarithmic"
    ends = [(abs(f.grid.quantum), f.top >> f.grid.fraction) for f in (*formats, to.format) if isinstance(f.grid, LogGrid)]
    reach = max(low for low, _ in ends) + max(length for _, length in ends) + 2
    behind = grid.fraction + to.rounding.bits + 2
    return reach.bit_length() + 1 + max(unit, behind) <= LONGEST and to.format.top < 1 << LONGEST


def way(name: str) -> Callable[[tuple[NDArray[Any], ...], Formats, Projection, NDArray[Any] | None, bool], Projected]:
    """The operation on arrays of codes, exact in integers and projected once."""

    def run(codes: tuple[NDArray[Any], ...], formats: Formats, to: Projection, draw: Any, flags: bool) -> Projected:
        unit, operands = unit_of(name, formats), []
        for c, format in zip(codes, formats, strict=True):
            negative, steps, zero = logs.of_codes(c, format)
            assert isinstance(format.grid, LogGrid), "it is covered"
            operands.append(Operand(negative, steps << unit - format.grid.fraction, zero))
        (negative, steps, zero), hard = OPERATIONS[name](*operands)
        assert isinstance(to.format.grid, LogGrid), "it is covered"
        bits = to.format.grid.fraction + to.rounding.bits + 2
        if bits >= unit:
            steps, exact = steps << bits - unit, np.ones(zero.shape, bool)
        else:
            lost = steps & (1 << unit - bits) - 1
            steps, exact = steps >> unit - bits, lost == 0
        none = np.zeros(zero.shape, bool)
        found = project_logarithms(Logarithms(negative, steps, exact, zero, none, none, bits), to, draw, flags=flags)
        return found._replace(hard=found.hard | hard)

    return run
