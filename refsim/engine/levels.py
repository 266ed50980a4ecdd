"""Levels on arrays: numbers are compared with the exact places at which the specification goes over to the next level."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import levels as spec
from ..spec.exact import floor_log2, power_of_two
from ..spec.flags import Flags, Result
from ..spec.formats import UniformGrid, Unrepresentable
from ..spec.projection import Projection
from .array import Array, code_dtype
from .encode import as_exact, as_numbers
from .run import Finished, Work, draws, finish, in_parts
from .steps import Magnitudes
from .thresholds import Rise, held, host_numbers, passed, passed_near, rise, thresholds

MOST_LEVELS, WORTH = 1 << 17, 16
"""Formats of more levels are left to the specification, and so are arrays of less than a sixteenth as many numbers."""


FEW = 24
"""Among more levels a number's own is first guessed, by multiplying with the reciprocal of the step."""
FAR = 60
"""Where the exponent of the step is this far from zero, the reciprocal is not used."""


class _Stairs(NamedTuple):
    """Where each level begins, from below the least to past the last; the code of each, the number that it is, NaN where the
    host's type does not have it, the flags of every other number there, and which the specification must decide."""

    at: NDArray[Any]
    codes: NDArray[Any]
    values: NDArray[Any]
    flags: NDArray[np.uint8]
    hard: NDArray[np.bool_]
    factor: Any
    offset: Any

    def places(self, x: NDArray[Any]) -> NDArray[Any]:
        """The index of the level of each number.

        A level is the integer part of a quotient, or one more; the quotient rounded to nearest is the one or the other. The
        errors of the two float operations are much less than a half for as many levels as there may be.
        """
        if len(self.at) > FEW and self.factor:
            return passed_near(x, self.at, self.factor, self.offset)
        return passed(x, self.at)


def _rises(step: Fraction, to: Projection, *, negative: bool) -> list[Rise]:
    """Where the levels 1, 2, ... of magnitudes begin, to the first one past the end."""
    unit = power_of_two(to.format.grid.quantum) * step
    levels = range(to.overflow.limit(to.format, negative) + 1)
    return [rise(to.rounding, n * unit, (n + 1) * unit, odd=to.format.is_odd(n), negative=negative) for n in levels]


@lru_cache(maxsize=256)
def _stairs(step: Fraction, to: Projection, kind: np.dtype[Any]) -> _Stairs:
    below, above = (_rises(step, to, negative=negative) for negative in (True, False))
    at = thresholds([*(r.mirrored() for r in reversed(below)), *above], kind)
    unit, places = power_of_two(to.format.grid.quantum), range(-len(below), len(above) + 1)
    codes, flags = np.zeros(len(places), code_dtype(to.format)), np.zeros(len(places), np.uint8)
    hard = np.zeros(len(places), bool)
    for i, place in enumerate(places):
        try:
            codes[i], raised = to(place * unit)
        except Unrepresentable:
            hard[i] = True
        else:
            flags[i] = raised or Flags.INEXACT
    values = held([place * unit * step for place in places], kind)
    # What lies past the end is never the number of its code.
    values[[0, -1]] = np.nan
    plain = -FAR < floor_log2(step * unit) < FAR
    return _Stairs(at, codes, values, flags, hard, kind.type(1 / (step * unit) if plain else 0), kind.type(len(below) + 0.5))


def is_covered(to: Projection, size: int) -> bool:
    """Whether each level is made of the numbers between two places, not where the rule draws or wraps, and to find them is
    worth it for so many numbers."""
    format = to.format
    few = format.width < 64 and format.top + format.top_negative < min(MOST_LEVELS, size * WORTH)
    other = to.rounding.bits or to.overflow.wrap or format.first or format.has_negative_zero
    return few and not other and isinstance(format.grid, UniformGrid)


@np.errstate(all="ignore")
def quantize(x: Any, step: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The codes of numbers at one step; with ``flags`` a pair of codes and status flags.

    ``x``: numbers as ``encode`` takes them. ``step``: one number, taken as exactly what it is; a ``Fraction`` where it is no
    number of the host. ``draw``: one integer a number. Errors are those of the specification.
    """
    source, exact = as_numbers(x), as_step(step)
    spec.check_step(exact)
    spec.check_uniform(to)
    shape = np.broadcast_shapes(source.shape, np.shape(draw)) if draw is not None else source.shape
    random = draws(to, draw, shape)
    flat = np.ascontiguousarray(np.broadcast_to(source, shape)).reshape(-1)

    def answer(i: int) -> Result:
        return spec.quantize(as_exact(flat[i]), exact, to, None if random is None else int(random[i]))

    work = Work(answer, to, shape, flags)
    if flat.dtype == object or not is_covered(to, flat.size):
        return finish(work, None)
    numbers = host_numbers(flat)
    stairs = _stairs(exact, to, numbers.dtype)
    codes, hard = np.empty(numbers.size, stairs.codes.dtype), np.empty(numbers.size, bool)
    raised = np.empty(numbers.size, np.uint8) if flags else None

    def part(here: slice) -> None:
        at = stairs.places(numbers[here])
        stairs.codes.take(at, out=codes[here], mode="clip")
        np.logical_not(np.isfinite(numbers[here]), out=hard[here])
        if stairs.hard.any():
            hard[here] |= stairs.hard.take(at)
        if raised is not None:
            raised[here] = stairs.flags.take(at) * (stairs.values.take(at) != numbers[here])

    in_parts(numbers.size, part)
    return finish(work, (codes, raised, hard if hard.any() else None))


def as_step(step: Any) -> Fraction:
    """One number, exactly; ``TypeError`` for what is none or more than one."""
    if np.ndim(step):
        raise TypeError(f"a step is one number for all of a group, not an array of shape {np.shape(step)}")
    exact = as_exact(step)
    if not isinstance(exact, Fraction):
        raise ValueError(f"a step is positive, not {step}")
    return exact


def dequantize(codes: Array, step: Any) -> NDArray[Any]:
    """The numbers of codes at a step, as an object array of exact numbers."""
    exact = spec.check_step(as_step(step))
    found, place = np.unique(codes.codes, return_inverse=True)
    numbers = np.empty(len(found), object)
    numbers[:] = [spec.dequantize(int(code), exact, codes.format) for code in found]
    return numbers[place].reshape(codes.shape)


def squared_error(x: Any, step: Any, to: Projection) -> Fraction:
    """Half the sum of the squares of the differences between numbers and those of their codes, exactly."""
    spec.check_step(as_step(step))
    exact = [as_exact(number) for number in as_numbers(x).reshape(-1)]
    numbers = [spec.finite(number) for number in exact]
    codes = quantize(x, step, to)
    differences = (a - b for a, b in zip(dequantize(codes, step).reshape(-1), numbers, strict=True))
    return sum((d * d for d in differences), Fraction(0)) / 2


def find_step(x: Any, to: Projection, method: str) -> Fraction:
    """The step of a group, exactly: ``x`` is an array of any shape, all of which is one group.

    Takes memory and time for every number times half the levels.
    """
    spec.check_symmetric(to)
    search, count = spec.method_of(method)
    source = as_numbers(x).reshape(-1)
    if search is spec.maximum and source.dtype != object and source.size:
        greatest = np.abs(source).max()
        if np.isfinite(greatest) and greatest:
            return Fraction(float(greatest)) / to.format.top
    magnitudes = Magnitudes.of(source, to)
    if magnitudes is None:
        return spec.find_step([as_exact(number) for number in source], to, method)
    return magnitudes.alternating(count) if search is spec.alternating else magnitudes.optimal()


class Group(NamedTuple):
    """A quantized group: the step as it is held, the codes, and their error."""

    step: Result
    codes: Array
    error: Fraction


def quantize_group(x: Any, to: Projection, method: str, held_in: Projection) -> Group:
    """The step of a group as a format holds it, the codes at that step, and their error."""
    step = held_in(find_step(x, to, method))
    datum = spec.held_step(step, held_in)
    return Group(step, quantize(x, datum, to), squared_error(x, datum, to))
