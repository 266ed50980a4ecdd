"""Minimum, maximum and clamp on arrays: the names of ``refsim.spec.extrema``."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def minimum(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The lesser operands, NaN where an operand is one."""
    return apply("minimum", (x, y), to, draw, flags=flags)


def maximum(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The greater operands, NaN where an operand is one."""
    return apply("maximum", (x, y), to, draw, flags=flags)


def minimum_number(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The lesser operands; a number rather than a NaN."""
    return apply("minimum_number", (x, y), to, draw, flags=flags)


def maximum_number(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The greater operands; a number rather than a NaN."""
    return apply("maximum_number", (x, y), to, draw, flags=flags)


def minimum_magnitude(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The operands of smaller magnitude, NaN where an operand is one."""
    return apply("minimum_magnitude", (x, y), to, draw, flags=flags)


def maximum_magnitude(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The operands of larger magnitude, NaN where an operand is one."""
    return apply("maximum_magnitude", (x, y), to, draw, flags=flags)


def minimum_magnitude_number(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The operands of smaller magnitude; a number rather than a NaN."""
    return apply("minimum_magnitude_number", (x, y), to, draw, flags=flags)


def maximum_magnitude_number(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The operands of larger magnitude; a number rather than a NaN."""
    return apply("maximum_magnitude_number", (x, y), to, draw, flags=flags)


def min_num(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """minNum of IEEE 754-2008."""
    return apply("min_num", (x, y), to, draw, flags=flags)


def max_num(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """maxNum of IEEE 754-2008."""
    return apply("max_num", (x, y), to, draw, flags=flags)


def min_num_mag(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """minNumMag of IEEE 754-2008."""
    return apply("min_num_mag", (x, y), to, draw, flags=flags)


def max_num_mag(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """maxNumMag of IEEE 754-2008."""
    return apply("max_num_mag", (x, y), to, draw, flags=flags)


def minimum_finite(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The lesser operands; a finite number rather than an infinity, either rather than a NaN."""
    return apply("minimum_finite", (x, y), to, draw, flags=flags)


def maximum_finite(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The greater operands; a finite number rather than an infinity, either rather than a NaN."""
    return apply("maximum_finite", (x, y), to, draw, flags=flags)


def clamp(x: Any, low: Any, high: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x, or the bound that it lies beyond."""
    return apply("clamp", (x, low, high), to, draw, flags=flags)
