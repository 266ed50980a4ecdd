"""Exponents as operands, on arrays: the names of ``refsim.spec.scaling``. Exponents are arrays of an integer format."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def scale_b(x: Any, n: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x times two to the power of n."""
    return apply("scale_b", (x, n), to, draw, flags=flags)


def log_b(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exponents of x, as numbers."""
    return apply("log_b", (x,), to, draw, flags=flags)


def scaled_add(x: Any, s: Any, y: Any, t: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x * 2**s + y * 2**t, rounded once."""
    return apply("scaled_add", (x, s, y, t), to, draw, flags=flags)


def scaled_multiply(x: Any, y: Any, s: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x * y * 2**s, rounded once."""
    return apply("scaled_multiply", (x, y, s), to, draw, flags=flags)


def scaled_fma(x: Any, y: Any, s: Any, z: Any, t: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x * y * 2**s + z * 2**t, rounded once."""
    return apply("scaled_fma", (x, y, s, z, t), to, draw, flags=flags)
