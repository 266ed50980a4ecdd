"""Intervals of rates and quantiles, over trials.

Clopper and Pearson's interval never covers less than its level, so it is the one for claims. Wilson's covers it on average and
is shorter: it is for pictures and plans. Wald's is not here: with rare failures it covers far less than it says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, expm1, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

from .binomials import at_least, at_most


class Interval(NamedTuple):
    """The ends of an interval; both belong to it."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A value and the ends of its interval."""

    value: float
    low: float
    high: float


SHARES = Interval(0.0, 1.0)
"""Where every share and every accuracy is."""


def check_level(level: float) -> None:
    """``ValueError`` for a level that is not between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level of confidence is between 0 and 1, not {level}")


def check_counts(k: int, n: int) -> None:
    """``ValueError`` for counts that are none."""
    if not 0 <= k <= n:
        raise ValueError(f"of n trials 0..n have an event, not {k} of {n}")


def normal_quantile(level: float) -> float:
    """How many standard deviations on both sides of the mean have the level: 1.96 for 0.95."""
    check_level(level)
    return NormalDist().inv_cdf((1 + level) / 2)


def beta_quantile(q: float, a: float, b: float) -> float:
    """The quantile of a beta distribution. ``ValueError`` where SciPy is not installed."""
    try:
        from scipy.special import betaincinv  # noqa: PLC0415 an optional library
    except ImportError:
        raise ValueError("intervals of rates need SciPy; install refsim[campaigns]") from None
    return float(betaincinv(a, b, q))


def student_quantile(level: float, freedom: int) -> float:
    """How many standard errors on both sides of a mean have the level, by Student's t: 4.303 for 0.95 and 2 degrees of freedom.

    From the beta distribution: with t of so many degrees, ``t**2 / (freedom + t**2)`` is one of 1/2 and freedom/2.
    """
    check_level(level)
    if freedom < 1:
        raise ValueError(f"Student's t has one degree of freedom or more, not {freedom}")
    rest = beta_quantile(1 - level, freedom / 2, 0.5)
    return sqrt(freedom * (1 - rest) / rest)


def lower_bound(k: int, n: int, level: float) -> float:
    """The rate below which k events or more in n trials have a probability of less than 1 - level: one-sided and exact."""
    check_counts(k, n)
    check_level(level)
    return beta_quantile(1 - level, k, n - k + 1) if k else 0.0


def upper_bound(k: int, n: int, level: float) -> float:
    """The rate above which k events or fewer in n trials have a probability of less than 1 - level: one-sided and exact."""
    check_counts(k, n)
    check_level(level)
    if not k:
        return upper_bound_without_events(n, level)
    return beta_quantile(level, k + 1, n - k) if k < n else 1.0


def upper_bound_without_events(n: int, level: float) -> float:
    """The one-sided bound where no trial of n had an event, ``1 - (1 - level)**(1/n)``; of no trials it is 1."""
    check_level(level)
    return -expm1(log(1 - level) / n) if n else 1.0


def clopper_pearson(k: int, n: int, level: float) -> Interval:
    """The exact interval of a rate from k trials with an event of n, for claims; of no trials it is 0..1.

    Each end is a one-sided bound with half of what the level leaves. Clopper and Pearson (Biometrika, 1934).
    """
    one_sided = (1 + level) / 2
    return Interval(lower_bound(k, n, one_sided), upper_bound(k, n, one_sided))


def wilson(k: float, n: float, level: float) -> Interval:
    """The interval of a rate by inverting the score test, for display and planning; of no trials it is 0..1.

    Counts may be effective ones, not whole. Wilson (JASA, 1927).
    """
    if not 0 <= k <= n:
        raise ValueError(f"of n trials 0..n have an event, not {k} of {n}")
    z = normal_quantile(level)
    if not n:
        return SHARES
    middle = (k + z * z / 2) / (n + z * z)
    margin = z * sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return Interval(0.0 if k == 0 else max(0.0, middle - margin), 1.0 if k == n else min(1.0, middle + margin))


def ranks(n: int, q: float, level: float) -> tuple[int, int]:
    """The places, from 1 on, of the values that bound a quantile; 0 and n + 1 where no value does."""
    check_level(level)
    a = (1 - level) / 2
    low = _last(lambda k: at_most(k - 1, n, q) <= a, n)
    high = n + 1 - _last(lambda k: at_least(n + 1 - k, n, q) <= a, n)
    return low, high


def _last(holds: Callable[[int], bool], n: int) -> int:
    """The last of 1..n for which something holds that holds up to some place, or 0."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def quantile(values: Sequence[float], q: float, level: float, bounds: Interval) -> Estimate:
    """The least value that at least the part q of the trials do not exceed, and its interval from order statistics.

    It assumes nothing about the distribution, which may have jumps. Where too few trials bound the quantile on a side, its end
    is that of ``bounds``, where all values are. ``ValueError`` without trials and for q that is not between 0 and 1.
    """
    if not values or not 0 < q < 1:
        raise ValueError(f"a quantile between 0 and 1 is of one trial or more, not {q} of {len(values)} trials")
    found, n = sorted(float(value) for value in values), len(values)
    place = ceil(q * n * (1 - 1e-12))
    low, high = ranks(n, q, level)
    return Estimate(found[place - 1], found[low - 1] if low else bounds.low, found[high - 1] if high <= n else bounds.high)
