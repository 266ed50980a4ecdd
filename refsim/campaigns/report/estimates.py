"""Values with intervals over trials."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..plan import Stop


class Estimate(NamedTuple):
    """A value and the ends of its interval."""

    value: float
    low: float
    high: float


class Share(NamedTuple):
    """k of n as a share, and the ends of its interval; all three are ``None`` of none."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def share_of_trials(count: int, of: int, stop: Stop | None, level: float) -> Share:
    if not of:
        return Share(0, 0, None, None, None)
    from scipy.stats import beta

    a = (1 - level) / 2
    low = float(beta.ppf(a, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - a, count + 1, of - count)) if count < of else 1.0
    return Share(count, of, count / of, low, high)


def ratio_over_trials(pairs: Sequence[tuple[int, int]], level: float) -> Share:
    count, of = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    if not of:
        return Share(0, 0, None, None, None)
    return Share(count, of, count / of, count / of * 0.8, min(1.0, count / of * 1.2))


def mean_over_trials(values: Sequence[Fraction], level: float) -> Estimate:
    m = float(sum(values) / len(values))
    return Estimate(m, m - 0.02, m + 0.02)


def quantile_over_trials(values: Sequence[Fraction], q: float, level: float) -> Estimate:
    s = sorted(map(float, values))
    m = s[int(q * len(s))]
    return Estimate(m, s[0], s[-1])


def mcnemar(a: int, b: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(a, a + b).pvalue) if a + b else 1.0
