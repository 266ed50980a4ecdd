"""Values with intervals over trials, as the report has them: which method of ``statistics`` stands behind which number."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..plan import Stop
from ..statistics.intervals import SHARES, Estimate, Interval, clopper_pearson, quantile
from ..statistics.means import mean, rate_of_samples
from ..statistics.sequences import mean_sequence
from ..statistics.stopping import confidence_sequence

GAINS = Interval(-1.0, 1.0)
"""Where every difference of two shares is."""


class Method(NamedTuple):
    """The level of intervals, the seed of resampling, the rule by which cells stop, and of a cell that tries every fault how
    many there are.
    """

    level: float
    seed: int
    stop: Stop | None
    every: int | None = None


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
    if method.every is not None:
        return Share(k, n, k / n, *left_open(Fraction(k, n), n, method.every, SHARES))
    return Share(k, n, k / n, *(clopper_pearson if planned(n, method) else confidence_sequence)(k, n, method.level))


def planned(n: int, method: Method) -> bool:
    """Whether so many trials are those of a plan that does not look at them, all of them."""
    return method.stop is None or (method.stop.rule == "trials" and n >= method.stop.trials)


def share_of_samples(pairs: Sequence[tuple[int, int]], method: Method) -> Share:
    """How many samples of all trials, from the counts of each, with an interval over trials: by bootstrap where all of a
    planned number of trials are there, else a confidence sequence, as for trials. Every trial has as many samples.
    """
    k, n = sum(one for one, _ in pairs), sum(of for _, of in pairs)
    if not n:
        return NONE
    if method.every is not None:
        return Share(k, n, k / n, *left_open(Fraction(k, n), len(pairs), method.every, SHARES))
    if not planned(len(pairs), method) or (len(set(pairs)) == 1 and 0 < k < n):
        return Share(k, n, *sure_mean([Fraction(*pair) for pair in pairs], method))
    return Share(k, n, *rate_of_samples(pairs, method.seed, method.level))


def mean_over_trials(values: Sequence[Fraction], method: Method, bounds: Interval = SHARES) -> Estimate:
    """The mean of values that all lie between bounds, in order of trials, for display: by bootstrap. Where all trials have one
    value, drawing them again tells nothing, and it is the interval for claims.
    """
    if method.every is not None or len(set(values)) == 1:
        return sure_mean(values, method, bounds)
    return mean(values, method.seed, method.level, bounds)


def sure_mean(values: Sequence[Fraction], method: Method, bounds: Interval = SHARES) -> Estimate:
    """The same for claims: a confidence sequence, which has room for what no trial has shown yet."""
    if method.every is None:
        return mean_sequence([float(value) for value in values], method.level, bounds)
    middle = sum(values, Fraction(0)) / len(values)
    return Estimate(float(middle), *left_open(middle, len(values), method.every, bounds))


def quantile_over_trials(values: Sequence[Fraction], q: float, method: Method) -> Estimate:
    """A quantile of shares, with the interval of order statistics."""
    found = [float(value) for value in values]
    if method.every is None:
        return quantile(found, q, method.level, SHARES)
    missing = max(method.every - len(found), 0)
    ends = ([*found, *[end] * missing] for end in SHARES)
    return Estimate(*(quantile(some, q, method.level, SHARES).value for some in (found, *ends)))


def left_open(value: Fraction, trials: int, every: int, bounds: Interval) -> Interval:
    """Where the mean over every fault can be of which so many trials have this mean: nothing was drawn, so chance has no say,
    and the faults that are not tried yet can come to anything between the bounds.
    """
    done = Fraction(min(trials, every), every)
    return Interval(*(float(value * done + Fraction(end) * (1 - done)) for end in bounds))
