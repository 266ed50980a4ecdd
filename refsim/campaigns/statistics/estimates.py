"""The form of what is estimated."""

from __future__ import annotations

from typing import NamedTuple


class Estimate(NamedTuple):
    """A value and the ends of its interval."""

    value: float
    low: float
    high: float
