"""The whole curve of a rate from one table of strata by the number of flips.

What k flips do on average, m_k, does not depend on the rate at which bits flip, if all candidates flip alike. So trials with
exactly k flips, for some k, give the mean at every rate p: ``m(p) = sum of P(K = k) m_k`` with K binomial of all candidates. At
small rates it sees failures that trials at the rate itself would almost never show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heapreplace
from math import fsum, sqrt
from typing import NamedTuple

from .binomials import at_least, check_binomial, probability
from .intervals import Estimate, Interval
from .sequences import mean_sequence


def weights(bits: int, p: float, flips: Iterable[int]) -> dict[int, float]:
    """The probability of each of some numbers of flips."""
    check_binomial(bits, p)
    return {k: probability(k, bits, p) for k in flips}


def weights_given_a_flip(bits: int, p: float, flips: Iterable[int]) -> dict[int, float]:
    """The same among the trials with one flip or more; ``ValueError`` where nothing flips."""
    some = at_least(1, bits, p)
    if not some:
        raise ValueError(f"no trial has a flip at the rate {p}")
    return {k: w / some if k else 0.0 for k, w in weights(bits, p, flips).items()}


class Point(NamedTuple):
    """The mean at a rate, and its interval.

    ``missing`` is how likely the numbers of flips without a stratum are together; ``value`` takes them to be half-way between
    the least and the greatest value there is. The interval has the error of the strata and all values that those can have.
    """

    rate: float
    value: float
    low: float
    high: float
    missing: float


def point(strata: Mapping[int, Estimate], bits: int, p: float, bounds: Interval, *, sure: bool) -> Point:
    """The mean at a rate from means of trials with exactly k flips, by k; all values are in ``bounds``.

    Stratum 0 is the clean run: its value is known, with an interval of no width. ``sure`` puts the errors of strata together by
    ``worst``, whatever they have in common; else it is by ``combined``, for which they must be independent. Strata of one plan
    are not: trial t with k + 1 flips has nearly the k flips that trial t with k has. ``ValueError`` for more flips than bits.
    """
    parts = _parts(strata, bits, p)
    known = (worst if sure else combined)([parts[k] for k in strata], list(strata.values()))
    return _with_missing(known, parts, bits, p, bounds)


def point_of_trials(
    strata: Mapping[int, Sequence[float]], clean: float, bits: int, p: float, level: float, bounds: Interval
) -> Point:
    """The mean at a rate from the values of the same trials with 1, 2, ... flips: the strata of one plan, all of one length.

    The weighted sum of the values of a trial is one observation, so whatever its flips have in common is in the interval, which
    is the confidence sequence of ``mean_sequence``. ``clean`` is the value without flips. ``ValueError`` for a stratum of no or
    too many flips, and for strata of different trials.
    """
    lengths = {len(values) for values in strata.values()}
    if len(lengths) != 1 or 0 in strata:
        raise ValueError(f"strata of one flip and more have the same trials, not {sorted(lengths)} of {sorted(strata)} flips")
    parts = _parts({0, *strata}, bits, p)
    flips = fsum(parts[k] for k in strata)
    trials = zip(*strata.values(), strict=True)
    sums = [fsum(parts[k] * x for k, x in zip(strata, trial, strict=True)) / (flips or 1.0) for trial in trials]
    within = [min(max(x, bounds.low), bounds.high) for x in sums]  # Rounding may put a sum outside.
    known = mean_sequence(within, level, bounds) if flips else Estimate(0.0, 0.0, 0.0)
    return _with_missing(Estimate(*(parts[0] * clean + flips * x for x in known)), parts, bits, p, bounds)


def _parts(flips: Iterable[int], bits: int, p: float) -> dict[int, float]:
    """The weights of strata, if there can be so many flips."""
    parts = weights(bits, p, flips)
    if wrong := [k for k in parts if not 0 <= k <= bits]:
        raise ValueError(f"strata have 0..{bits} flips, not {wrong[0]}")
    return parts


def _with_missing(known: Estimate, parts: Mapping[int, float], bits: int, p: float, bounds: Interval) -> Point:
    """What is known, and beside it anything that is possible for the numbers of flips without a stratum."""
    missing = _missing(parts, bits, p)
    least, most = missing * bounds.low, missing * bounds.high
    low, high = max(bounds.low, known.low + least), min(bounds.high, known.high + most)
    return Point(p, known.value + (least + most) / 2, low, high, missing)


def _missing(parts: Mapping[int, float], bits: int, p: float) -> float:
    """The probability of the numbers of flips that have no stratum: gaps, and the tail, which is summed by itself so that it is
    right where it is tiny."""
    last = max(parts, default=-1)
    gaps = last + 1 - len(parts)
    between = max(0.0, 1 - fsum(parts.values()) - at_least(last + 1, bits, p)) if gaps else 0.0
    return between + at_least(last + 1, bits, p)


def curve(
    strata: Mapping[int, Estimate], bits: int, rates: Iterable[float], bounds: Interval, *, sure: bool
) -> tuple[Point, ...]:
    """The means at several rates, all from the same strata."""
    return tuple(point(strata, bits, p, bounds, sure=sure) for p in rates)


def combined(parts: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    """A sum of independent estimates with positive weights, and its interval: each end is as far away as the root of the sum
    of the squares of the weighted distances of the ends of the strata.

    Zou and Donner, "Construction of confidence limits about effect measures" (2008). Strata without events keep their say in
    it, which they do not have in a sum of variances.
    """
    value = fsum(w * e.value for w, e in zip(parts, estimates, strict=True))
    below = fsum((w * (e.value - e.low)) ** 2 for w, e in zip(parts, estimates, strict=True))
    above = fsum((w * (e.high - e.value)) ** 2 for w, e in zip(parts, estimates, strict=True))
    return Estimate(value, value - sqrt(below), value + sqrt(above))


def worst(parts: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    """The sum with the sums of all ends, which holds at a level if the intervals of all strata together do: those of h strata
    each have the level ``1 - (1 - level) / h``.
    """
    return Estimate(*(fsum(w * one[end] for w, one in zip(parts, estimates, strict=True)) for end in range(3)))


def neyman(parts: Mapping[int, float], deviations: Mapping[int, float], trials: int, least: int) -> dict[int, int]:
    """How many of some trials each stratum gets, ``least`` or more, for the smallest variance of the sum.

    One trial after the other goes to the stratum of the greatest weight times standard deviation by ``sqrt(n (n + 1))``, where
    it has n. No other whole numbers are better: Wright, "The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives" (2012). ``ValueError`` for too few trials, and for none in
    each.
    """
    if trials < least * len(parts) or least < 1 or not parts:
        raise ValueError(f"{len(parts)} strata of {least} trials or more need {least * len(parts)} or more, not {trials}")

    def urgency(k: int, n: int) -> tuple[float, int, int]:
        """The first stratum in order is next; those without a deviation get trials in turn."""
        return -parts[k] * deviations[k] / sqrt(n * (n + 1)), n, k

    queue = [urgency(k, least) for k in parts]
    heapify(queue)
    for _ in range(trials - least * len(parts)):
        _, n, k = queue[0]
        heapreplace(queue, urgency(k, n + 1))
    found = {k: n for _, n, k in queue}
    return {k: found[k] for k in parts}
