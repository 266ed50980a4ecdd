"""Signs and neighbours on arrays: the names of ``refsim.spec.codes``. The result is an array of the operand's own format."""

from __future__ import annotations

from typing import Any

from .apply import apply
from .run import Finished


def negate(x: Any, *, flags: bool = False) -> Finished:
    """The codes with the other sign."""
    return apply("negate", (x,), None, flags=flags)


def absolute(x: Any, *, flags: bool = False) -> Finished:
    """The codes with the sign plus."""
    return apply("absolute", (x,), None, flags=flags)


def copy_sign(x: Any, y: Any, *, flags: bool = False) -> Finished:
    """x with the signs of y."""
    return apply("copy_sign", (x, y), None, flags=flags)


def next_up(x: Any, *, flags: bool = False) -> Finished:
    """The least data that are greater."""
    return apply("next_up", (x,), None, flags=flags)


def next_down(x: Any, *, flags: bool = False) -> Finished:
    """The greatest data that are less."""
    return apply("next_down", (x,), None, flags=flags)


def posit_next(x: Any, *, flags: bool = False) -> Finished:
    """The codes that follow as integers."""
    return apply("posit_next", (x,), None, flags=flags)


def posit_prior(x: Any, *, flags: bool = False) -> Finished:
    """The codes before as integers."""
    return apply("posit_prior", (x,), None, flags=flags)
