"""Shifts on arrays: the names of ``refsim.spec.shifts``. The result is an array of the first operand's format."""

from __future__ import annotations

from typing import Any

from .apply import apply
from .run import Finished


def shift_left(x: Any, n: Any, *, flags: bool = False) -> Finished:
    """The codes moved n places toward the first bit; ``n`` is an ``Array`` of an integer format, broadcast."""
    return apply("shift_left", (x, n), None, flags=flags)


def shift_right_logical(x: Any, n: Any, *, flags: bool = False) -> Finished:
    """The codes moved n places toward the last bit, behind zeros."""
    return apply("shift_right_logical", (x, n), None, flags=flags)


def shift_right_arithmetic(x: Any, n: Any, *, flags: bool = False) -> Finished:
    """The codes moved n places toward the last bit, behind copies of the sign."""
    return apply("shift_right_arithmetic", (x, n), None, flags=flags)
