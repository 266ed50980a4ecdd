"""Values with their intervals and the trials behind them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt
from statistics import NormalDist, mean, stdev
from typing import NamedTuple

import numpy as np

from ...campaigns.statistics.bootstrap import bootstrap
from ...campaigns.statistics.intervals import SHARES, Interval, clopper_pearson, student_quantile

LEVEL = 0.95
"""The confidence of every interval of a study."""
SEED = 20250101
"""Of what is drawn for intervals by bootstrap."""
MOST = 1 - 2**-40
"""A level at which a bootstrap's interval is from its least resample to its greatest."""
ANYWHERE = Interval(-inf, inf)
PERCENT = Interval(0.0, 100.0)
POINTS = Interval(-100.0, 100.0)
"""Where every difference of two percentages is."""


class Measured(NamedTuple):
    """A value, the ends of its interval at 95 %, and the number of trials behind it: runs, seeds or samples."""

    value: float
    low: float
    high: float
    trials: int


def over_seeds(values: Sequence[float], bounds: Interval = ANYWHERE) -> Measured:
    """The mean over trainings, or other things of which there are few, by Student's t; ``ValueError`` for fewer than two.

    It takes values as drawn from about a normal distribution: with few trials nothing less assumed gives an interval. Where all
    are the same it has no width. It ends at ``bounds``, where all values are.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"a mean over seeds needs two or more, not {n}")
    margin = student_quantile(LEVEL, n - 1) * stdev(values) / sqrt(n)
    middle = mean(values)
    return Measured(middle, max(middle - margin, bounds.low), min(middle + margin, bounds.high), n)


def over_trials(values: Sequence[float], bounds: Interval = PERCENT) -> Measured:
    """The mean over trials, whatever their distribution, by a BCa bootstrap; all values are in ``bounds``.

    A bootstrap of few trials is too narrow, so it is taken at the level ``expanded(n)``. One trial bounds nothing: its interval
    is ``bounds``. ``ValueError`` without any.
    """
    rows = np.array(values, dtype=np.float64)[:, np.newaxis]
    n = len(rows)
    level = expanded(n) if n > 1 else LEVEL
    return Measured(*bootstrap(rows, lambda sums: sums[..., 0] / n, SEED, level, bounds), n)


def expanded(n: int) -> float:
    """The level at which the bootstrap of a mean of n trials is as wide as Student's interval at 95 %, if they are normal.

    Hesterberg, "What Teachers Should Know about the Bootstrap" (The American Statistician, 2015): Student's quantile and the
    factor sqrt(n / (n - 1)), which a resample's variance lacks, taken as a quantile of the normal distribution.
    """
    most = NormalDist().cdf(sqrt(n / (n - 1)) * student_quantile(LEVEL, n - 1))
    return min(2 * most - 1, MOST)


def exact(value: float) -> Measured:
    """A value without chance: the same in every run."""
    return Measured(value, value, value, 1)


def percent(k: int, n: int) -> Measured:
    """How many percent of independent trials had an event, with Clopper and Pearson's interval; of no trials it is 0..100."""
    low, high = clopper_pearson(k, n, LEVEL) if n else SHARES
    return Measured(100 * k / n if n else 50.0, 100 * low, 100 * high, n)


def paired(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The second values less the first, pair by pair; ``ValueError`` where they are not as many."""
    return [b - a for a, b in zip(one, other, strict=True)]
