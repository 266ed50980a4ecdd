"""Means and rates of samples over trials, and how much the samples of a trial have in common."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, lcm
from typing import NamedTuple

import numpy as np

from .bootstrap import Numbers, bootstrap
from .intervals import SHARES, Estimate, Interval, clopper_pearson

Pairs = Sequence[tuple[int, int]]
"""Of each trial: the samples with an event, and all its samples."""


def mean(values: Sequence[Fraction], seed: int, level: float, bounds: Interval) -> Estimate:
    """The mean of a value over trials, and its bootstrap interval; all values are in ``bounds``.

    The numbers are summed as whole ones, over one denominator. ``ValueError`` without trials.
    """
    scale = lcm(*(value.denominator for value in values))
    whole = np.array([[int(value * scale), 1] for value in values], np.int64).reshape(-1, 2)
    return bootstrap(whole, lambda sums: sums[..., 0] / (sums[..., 1] * float(scale)), seed, level, bounds)


def rate_of_samples(pairs: Pairs, seed: int, level: float) -> Estimate:
    """The part of all samples that have an event, with an interval over trials: trials are drawn again, not samples.

    Where no trial has an event, or no sample is without, the other end is the exact bound for the trials: a trial that has
    one may have it in all its samples. ``ValueError`` without samples.
    """
    if not sum(n for _, n in pairs):
        raise ValueError("a rate of samples needs a sample")
    found = np.array(pairs, np.int64)
    estimate = bootstrap(found, ratio, seed, level, SHARES)
    if len(pairs) == 1 or 0 < estimate.value < 1:
        return estimate
    low, high = clopper_pearson(round(estimate.value) * len(pairs), len(pairs), level)
    return Estimate(estimate.value, low, high)


def ratio(sums: Numbers) -> Numbers:
    """The ratio of the sums of two columns."""
    return sums[..., 0] / sums[..., 1]


class Clustering(NamedTuple):
    """What samples in trials are worth.

    ``error`` is the standard error of the rate of samples over trials. ``effect`` is the design effect: its square by that of
    as many independent samples. ``correlation`` of two samples of a trial is from the analysis of variance, and ``effective``
    the number of independent samples that would tell as much.
    """

    error: float
    effect: float
    correlation: float
    effective: float


def clustering(pairs: Pairs) -> Clustering:
    """How samples cluster in trials, from the error of a ratio by linearization (Cochran, "Sampling Techniques", 1977).

    Where all samples or none have the event, nothing is known of it: the effect is not a number, nor is the correlation.
    ``ValueError`` for fewer than two trials, and for a trial without samples.
    """
    n = len(pairs)
    if n < 2 or any(size < 1 for _, size in pairs):
        raise ValueError(f"clusters are two trials or more, each with a sample; not {n}")
    events, samples = (sum(column) for column in zip(*pairs, strict=True))
    p = events / samples
    between = sum((k - p * size) ** 2 for k, size in pairs)
    variance = n / (n - 1) * between / samples**2
    alone = p * (1 - p) / samples
    if not alone:
        return Clustering(0.0, float("nan"), float("nan"), float("nan"))
    effect = variance / alone
    return Clustering(variance**0.5, effect, correlation(pairs), samples / effect if effect else inf)


def correlation(pairs: Pairs) -> float:
    """The intraclass correlation of samples by the analysis of variance; it is not a number for trials of one sample."""
    n, samples = len(pairs), sum(size for _, size in pairs)
    p = sum(k for k, _ in pairs) / samples
    if samples == n:
        return float("nan")
    between = sum(size * (k / size - p) ** 2 for k, size in pairs) / (n - 1)
    within = sum(k * (size - k) / size for k, size in pairs) / (samples - n)
    size = (samples - sum(size**2 for _, size in pairs) / samples) / (n - 1)
    whole = between + (size - 1) * within
    return (between - within) / whole if whole else float("nan")


def design_effect(size: float, correlation: float) -> float:
    """What so many samples in each trial do to the variance: ``1 + (size - 1) * correlation``. Kish (1965)."""
    return 1 + (size - 1) * correlation
