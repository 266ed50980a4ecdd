"""Integral values, conversions to integers and remainders on arrays: the names of ``refsim.spec.integral``."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def round_to_integral(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The integral values by the projection's rule, without raising inexact."""
    return apply("round_to_integral", (x,), to, draw, flags=flags)


def round_to_integral_exact(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The integral values by the projection's rule, raising inexact."""
    return apply("round_to_integral_exact", (x,), to, draw, flags=flags)


def to_integer(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The integers that the numbers are rounded to; out of range what the overflow rule makes of them."""
    return apply("to_integer", (x,), to, draw, flags=flags)


def remainder(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """IEEE 754's remainders of x by y."""
    return apply("remainder", (x, y), to, draw, flags=flags)


def fmod(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """C's remainders of x by y."""
    return apply("fmod", (x, y), to, draw, flags=flags)
