"""Rates over a list of all single faults, of which some are drawn without replacement: by strata, such as a layer and a bit, or
with weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from .intervals import Estimate, wilson
from .stratified import combined


class Stratum(NamedTuple):
    """So many faults, of which some were drawn without replacement and some of these had an event."""

    size: int
    drawn: int
    events: int


def check_stratum(stratum: Stratum) -> None:
    """``ValueError`` for counts that are none, and for a stratum of which nothing was drawn."""
    if not 0 <= stratum.events <= stratum.drawn <= stratum.size or not stratum.drawn:
        raise ValueError(f"a stratum has as many faults as are drawn, one or more, and as many as have events; not {stratum}")


def rate_of_stratum(stratum: Stratum, level: float) -> Estimate:
    """The part of the faults of a stratum that have an event, with Wilson's interval for the number of trials that would tell
    as much with replacement: ``n (M - 1) / (M - n)`` for n of M. It has no width where all were drawn.
    """
    check_stratum(stratum)
    size, n, k = stratum
    p = k / n
    if n == size:
        return Estimate(p, p, p)
    worth = n * (size - 1) / (size - n)
    low, high = wilson(p * worth, worth, level)
    return Estimate(p, max(low, k / size), min(high, (size - n + k) / size))


def rate_of_list(strata: Sequence[Stratum], level: float) -> Estimate:
    """The part of all faults that have an event: ``sum of (M_h / M) p_h``, with the interval of the sum."""
    whole = sum(stratum.size for stratum in strata)
    return combined([stratum.size / whole for stratum in strata], [rate_of_stratum(stratum, level) for stratum in strata])


def variance_of_list(strata: Sequence[Stratum]) -> float:
    """The estimated variance of that: ``sum of (M_h / M)**2 (1 - n_h / M_h) p_h (1 - p_h) / (n_h - 1)``.

    Cochran, "Sampling Techniques" (1977), 5.14. ``ValueError`` for a stratum of which only one of several was drawn.
    """
    whole = sum(stratum.size for stratum in strata)
    terms = []
    for stratum in strata:
        check_stratum(stratum)
        size, n, k = stratum
        if n == 1 < size:
            raise ValueError(f"one trial of a stratum of {size} faults says nothing of the variance in it")
        spread = k / n * (1 - k / n) / (n - 1) if n > 1 else 0.0
        terms.append((size / whole) ** 2 * (1 - n / size) * spread)
    return fsum(terms)


class Weighted(NamedTuple):
    """A mean of weighted trials.

    ``effective`` is how many trials with equal weights would tell as much, ``(sum w)**2 / sum w**2`` (Kish); report both.
    """

    mean: float
    error: float
    effective: float


def importance(values: Sequence[float], ratios: Sequence[float]) -> Weighted:
    """The mean of values of trials that were drawn with other probabilities than those of the faults.

    ``ratios`` are the probabilities that faults have by those with which they were drawn; the mean of values times ratios has
    no bias. ``ValueError`` for fewer than two trials, for negative ratios, and for ratios that are all 0.
    """
    n = len(values)
    if n < 2 or len(ratios) != n or min(ratios) < 0 or not any(ratios):
        raise ValueError(
            f"weighted trials are two or more, each with a ratio of 0 or more, some above; not {n} with {len(ratios)}"
        )
    products = [value * ratio for value, ratio in zip(values, ratios, strict=True)]
    mean = fsum(products) / n
    error = (fsum((x - mean) ** 2 for x in products) / (n * (n - 1))) ** 0.5
    return Weighted(mean, error, fsum(ratios) ** 2 / fsum(ratio**2 for ratio in ratios))
