"""Arithmetic on arrays of codes: the names and the argument order of ``refsim.spec.arithmetic``."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def convert(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The same data in another format. ``x``: an ``Array``, or an array of a NumPy or ml_dtypes floating-point type."""
    return apply("convert", (x,), to, draw, flags=flags)


def negation(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The numbers -x."""
    return apply("negation", (x,), to, draw, flags=flags)


def absolute_value(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The magnitudes."""
    return apply("absolute_value", (x,), to, draw, flags=flags)


def add(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The sums of two arrays of codes, broadcast; with ``flags`` a pair of codes and status flags."""
    return apply("add", (x, y), to, draw, flags=flags)


def subtract(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The differences x - y."""
    return apply("subtract", (x, y), to, draw, flags=flags)


def multiply(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The products."""
    return apply("multiply", (x, y), to, draw, flags=flags)


def divide(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The quotients x / y."""
    return apply("divide", (x, y), to, draw, flags=flags)


def reciprocal(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The quotients 1 / x."""
    return apply("reciprocal", (x,), to, draw, flags=flags)


def sqrt(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The square roots."""
    return apply("sqrt", (x,), to, draw, flags=flags)


def rsqrt(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """One divided by the square roots, rounded once."""
    return apply("rsqrt", (x,), to, draw, flags=flags)


def fma(x: Any, y: Any, z: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The fused multiply-adds x * y + z."""
    return apply("fma", (x, y, z), to, draw, flags=flags)


def faa(x: Any, y: Any, z: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The fused add-adds x + y + z."""
    return apply("faa", (x, y, z), to, draw, flags=flags)


def hypot(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The square roots of x * x + y * y."""
    return apply("hypot", (x, y), to, draw, flags=flags)


def strict_hypot(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """``hypot`` with P3109's rule for NaN."""
    return apply("strict_hypot", (x, y), to, draw, flags=flags)
