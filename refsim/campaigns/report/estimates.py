"""Values with intervals over trials, as the report has them: which method of ``statistics`` stands behind which number."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..plan import Stop
from ..statistics.intervals import SHARES, Estimate, Interval, clopper_pearson, quantile
from ..statistics.means import mean, rate_of_samples
from ..statistics.stopping import confidence_sequence

__all__ = ["Estimate", "Interval", "Method", "Share", "mean_over_trials", "quantile_over_trials", "share_of_samples", "share_of_trials"]

GAINS = Interval(-1.0, 1.0)
"""Where every difference of two shares is."""


class Method(NamedTuple):
    """The level of intervals, the seed of resampling, and the rule by which cells stopped."""

    level: float
    seed: int
    stop: Stop | None


class Share(NamedTuple):
    """k of n as a share, and the ends of its interval; all three are ``None`` of none."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


NONE = Share(0, 0, None, None, None)


def share_of_trials(k: int, n: int, method: Method) -> Share:
    """How many trials: with the interval of Clopper and Pearson where all of a planned number of trials are there, and with a
    confidence sequence, which holds wherever one stops, where a cell stopped by what it saw or is not at its end.
    """
    if not n:
        return NONE
    planned = method.stop is None or (method.stop.rule == "trials" and n >= method.stop.trials)
    return Share(k, n, k / n, *(clopper_pearson if planned else confidence_sequence)(k, n, method.level))


def share_of_samples(pairs: Sequence[tuple[int, int]], method: Method) -> Share:
    """How many samples of all trials, from the counts of each, with an interval over trials."""
    k, n = sum(one for one, _ in pairs), sum(of for _, of in pairs)
    return Share(k, n, *rate_of_samples(pairs, method.seed, method.level)) if n else NONE


def mean_over_trials(values: Sequence[Fraction], method: Method, bounds: Interval = SHARES) -> Estimate:
    """The mean of values that all lie between bounds.

    Where all trials have one value no resampling tells how sure it is. Then no more of the trials than ``share_of_trials`` has
    for none of them can have another value, and each of those lies between the bounds.
    """
    if len(set(values)) > 1:
        return mean(values, method.seed, method.level, bounds)
    value, others = float(values[0]), share_of_trials(0, len(values), method).high or 0.0
    return Estimate(value, value + others * (bounds.low - value), value + others * (bounds.high - value))


def quantile_over_trials(values: Sequence[Fraction], q: float, method: Method) -> Estimate:
    """A quantile of shares, with the interval of order statistics."""
    return Estimate(*quantile([float(value) for value in values], q, method.level, SHARES))


def mcnemar(a: int, b: int) -> float:
    from scipy.stats import binomtest
    return float(binomtest(a, a + b).pvalue) if a + b else 1.0
