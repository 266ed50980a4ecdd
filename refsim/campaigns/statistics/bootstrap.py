"""Bootstrap intervals over trials, from refsim's own random numbers: the same on every machine.

Trials are drawn with replacement, whole, with everything that belongs to them. What is estimated is a function of the sums over
the trials: a mean, a ratio, a difference. Sums of whole numbers are exact. The interval is BCa, Efron, "Better bootstrap
confidence intervals" (JASA, 1987).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import ceil, floor
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.randomness import product128, words64_of_trials
from ...spec.randomness import ALL_SITES, stream
from .intervals import Estimate, Interval, check_level

RESAMPLES = 2000
"""As many as published tables have at least."""
CHUNK = 1 << 20
"""Numbers that are drawn at once."""
NORMAL = NormalDist()

Numbers = NDArray[Any]
Statistic = Callable[[Numbers], Numbers]
"""From sums over the trials, of shape (..., columns), to estimates of shape (...)."""


def resamples(seed: int, trials: int, count: int) -> Iterator[NDArray[np.int64]]:
    """The numbers of the trials that are drawn, a row for each resample, some rows at a time.

    Draw j of resample r is the high 64 bits of the number of trials times word j of 64 bits of the stream of r for all sites
    and the purpose "bootstrap". So no trial is more likely than another by more than one part in 2**64 / trials.
    """
    words, rows = stream(seed, 0, ALL_SITES, "bootstrap"), max(1, CHUNK // trials)
    for first in range(0, count, rows):
        drawn = words64_of_trials(words, range(first, min(first + rows, count)), 0, trials)
        yield product128(drawn, np.uint64(trials))[0].astype(np.int64)


@lru_cache(maxsize=1)
def drawn_times(seed: int, trials: int) -> Numbers:
    """How often each trial is drawn in each resample. Drawing is what takes long, and all columns of a cell share it.

    A byte holds it: that any one of n trials comes more than 255 times in n draws has a probability below 10**-490.
    """
    found = np.empty((RESAMPLES, trials), np.uint8)
    drawn = (row for rows in resamples(seed, trials, RESAMPLES) for row in rows)
    for times, row in zip(found, drawn, strict=True):
        times[:] = np.bincount(row, minlength=trials)
    found.setflags(write=False)
    return found


def sums_of_resamples(columns: Numbers, seed: int) -> Numbers:
    """The sums of the columns over the trials of each resample."""
    times, rows = drawn_times(seed, len(columns)), max(1, CHUNK // len(columns))
    return np.concatenate([times[i : i + rows].astype(np.int64) @ columns for i in range(0, RESAMPLES, rows)])


def bootstrap(columns: Numbers, statistic: Statistic, seed: int, level: float, bounds: Interval) -> Estimate:
    """The estimate and its BCa interval from a row of numbers for each trial.

    Fewer than two trials bound nothing: their interval is ``bounds``. ``ValueError`` without trials. Where all trials say the
    same the interval has no width: a bootstrap does not know what no trial has shown.
    """
    check_level(level)
    n = len(columns)
    if not n:
        raise ValueError("a bootstrap needs one trial or more")
    total = columns.sum(axis=0)
    value = float(statistic(total))
    if n == 1:
        return Estimate(value, *bounds)
    if (columns == columns[0]).all():
        return Estimate(value, value, value)
    drawn = np.sort(statistic(sums_of_resamples(columns, seed)))
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn <= value)) / (2 * RESAMPLES)
    bias = NORMAL.inv_cdf(min(max(below, 0.5 / RESAMPLES), 1 - 0.5 / RESAMPLES))
    bend = acceleration(statistic(total - columns))
    low = _place(-level, bias, bend)
    high = _place(level, bias, bend)
    least = max(floor((RESAMPLES + 1) * low), 1)
    most = min(ceil((RESAMPLES + 1) * high), RESAMPLES)
    return Estimate(value, max(bounds.low, float(drawn[least - 1])), min(bounds.high, float(drawn[most - 1])))


def acceleration(left_out: Numbers) -> float:
    """How fast the error of an estimate changes with it, from the estimates with one trial left out each."""
    around = left_out.mean() - left_out
    spread = float((around**2).sum())
    return float((around**3).sum()) / (6 * spread**1.5) if spread else 0.0


def _place(level: float, bias: float, bend: float) -> float:
    """Which part of the resamples lies below an end; the lower end has the level less than 0."""
    z = bias + NORMAL.inv_cdf((1 + level) / 2)
    return NORMAL.cdf(bias + z / (1 - bend * z)) if bend * z < 1 else float(level > 0)
