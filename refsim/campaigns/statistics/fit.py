"""Failures in time: from the rate of raw faults of a bit to that of a device, in FIT, failures in 10**9 hours."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from .intervals import Estimate
from .stratified import combined, worst

HOURS = 1e9
"""Of one failure, at a rate of one FIT."""
MEGABIT = 1 << 20


class Part(NamedTuple):
    """Bits that are alike: the raw FIT of one bit, how many bits, which part of the time they hold what matters, and the
    probability that one flip of them is a failure, with its interval.
    """

    name: str
    fit_per_bit: float
    bits: int
    exposure: float
    failure: Estimate


def fit_per_bit(fit_per_megabit: float) -> float:
    """The FIT of a bit from that of 2**20 bits, as memories are specified."""
    return fit_per_megabit / MEGABIT


def fit_of_part(part: Part) -> Estimate:
    """The FIT of a part: ``FIT per bit * bits * exposure * P(failure | one flip)``, with the interval of the last factor.

    ``ValueError`` for an exposure or a probability that is not in 0..1, and for negative numbers.
    """
    p = part.failure
    if not 0 <= part.exposure <= 1 or p.low < 0 or p.high > 1 or part.bits < 0 or part.fit_per_bit < 0:
        raise ValueError(f"a part has bits, FIT of 0 or more, an exposure and a probability in 0..1; not {part}")
    raw = part.fit_per_bit * part.bits * part.exposure
    return Estimate(*(raw * end for end in p))


def fit_of_device(parts: Sequence[Part], *, sure: bool) -> Estimate:
    """The FIT of all parts together, where failures come from single flips.

    ``sure`` adds the ends of the parts up, which holds whatever their estimates have in common; else they must be independent,
    as those of campaigns with different seeds are.
    """
    return (worst if sure else combined)([1.0] * len(parts), [fit_of_part(part) for part in parts])


def hours_between_failures(fit: float) -> float:
    """The mean time between failures in hours; without failures it has no end."""
    return HOURS / fit if fit else inf
