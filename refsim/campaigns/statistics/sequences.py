"""The mean of bounded values, for claims: an interval that assumes nothing else, and holds however one stops.

A bootstrap cannot know of a collapse that no trial has shown. This interval leaves room for one: bets are made on the values
being above or below a mean, and a mean at which they would have made one rich is refuted. Waudby-Smith and Ramdas, "Estimating
means of bounded random variables by betting" (JRSS B, 2024): the hedged capital with predictable plug-in bets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from .intervals import Estimate, Interval, check_level

MOST = 0.5
"""The part of the capital that a single value can cost at most."""
STEPS = 60
"""Halvings after which an end is known."""

Floats = NDArray[np.float64]


def bets(x: Floats, level: float) -> Floats:
    """What is bet on each of the values in 0..1, from those before it."""
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.append(0.25, variances[:-1])
    found: Floats = np.sqrt(2 * log(2 / (1 - level)) / (before * t * np.log(1 + t)))
    return found


def mean_sequence(values: Sequence[float], level: float, bounds: Interval) -> Estimate:
    """The mean of the values of trials in order, all in ``bounds``, and an interval that covers at all numbers of trials
    together with the probability of its level.

    Nothing is assumed but that the mean of each value, given those before it, is the same. It has the mean of the values even
    where these are in so strange an order that it would not. ``ValueError`` without trials, for
    values out of bounds, and for bounds without a width.
    """
    check_level(level)
    found = np.array([float(value) for value in values])
    low, high = bounds
    if not len(found) or not low < high or not (low <= found.min() and found.max() <= high):
        raise ValueError(f"the mean of one value or more in {low}..{high} is estimated, not of {len(found)} others")
    x = (found - low) / (high - low)
    stakes = bets(x, level)
    ends = _least(x, stakes, level), 1 - _least(1 - x, stakes, level)
    value, (left, right) = float(found.mean()), (low + end * (high - low) for end in ends)
    return Estimate(value, min(left, value), max(right, value))


def _least(x: Floats, stakes: Floats, level: float) -> float:
    """The least mean at which betting on greater values never made the capital ``2 / (1 - level)`` times as much."""

    def rich(m: float) -> bool:
        """It is the less the greater the mean is, after each value."""
        return bool(np.cumsum(np.log1p(np.minimum(stakes, MOST / m) * (x - m))).max() >= log(2 / (1 - level)))

    return _last(rich, 0.0, float(x.mean()))


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where something ends to hold between two numbers."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
