"""Two arms under the same faults, trial by trial.

Two arms with the same seed meet the same faults, so most of what differs between trials is the same in both, and cancels. What
is compared must be pairs: other rows are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb
from typing import NamedTuple

from ..rows import Row
from .intervals import Estimate, Interval
from .means import mean

Pair = tuple[Row, Row]


def paired(one: Sequence[Row], other: Sequence[Row]) -> list[Pair]:
    """The rows of the same trials of two cells, in order.

    ``ValueError`` where one cell has a trial that the other has not, or one twice, and where they judge different samples.
    """
    first, second = ({row.trial: row for row in rows} for rows in (one, other))
    if len(first) != len(one) or len(second) != len(other):
        raise ValueError("rows of one cell are of different trials, and some of them are not")
    if first.keys() != second.keys():
        lone = min(first.keys() ^ second.keys())
        raise ValueError(f"only one of two arms has trial {lone}; arms are compared on the trials that both have")
    pairs = [(first[trial], second[trial]) for trial in sorted(first)]
    for a, b in pairs:
        if (a.counts.images, a.counts.pixels) != (b.counts.images, b.counts.pixels):
            raise ValueError(f"trial {a.trial} has {a.counts.images} samples in one arm and {b.counts.images} in the other")
    return pairs


class Discordance(NamedTuple):
    """Trials in which both arms, one of them, or neither has an event."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def p_value(self) -> float:
        """That of the exact test of McNemar."""
        return mcnemar(self.only_first, self.only_second)


def discordance(pairs: Sequence[Pair], event: Callable[[Row], bool]) -> Discordance:
    """The counts of trials by what happened in the two arms."""
    found = [(event(a), event(b)) for a, b in pairs]
    return Discordance(*(found.count(which) for which in ((True, True), (True, False), (False, True), (False, False))))


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided exact p-value of two rates being equal: which arm has an event, where only one has, is then a fair coin.

    McNemar (Psychometrika, 1947). Trials are the pairs, never samples: those of a trial have their faults in common.
    """
    n, k = only_first + only_second, min(only_first, only_second)
    if k < 0:
        raise ValueError(f"discordant pairs are 0 or more, not {k}")
    return float(min(Fraction(1), Fraction(2 * sum(comb(n, i) for i in range(k + 1)), 2**n)))


class Difference(NamedTuple):
    """The mean of a number of the second arm less that of the first, its interval, and how many bits flipped in each arm.

    Where the flips differ the arms do not store the same bits, and protection has more to lose.
    """

    value: float
    low: float
    high: float
    flips: tuple[int, int]


def difference(
    pairs: Sequence[Pair], number: Callable[[Row], Fraction], seed: int, level: float, bounds: Interval
) -> Difference:
    """The mean difference over trials, by a bootstrap that draws pairs; all differences are in ``bounds``."""
    found: Estimate = mean([number(b) - number(a) for a, b in pairs], seed, level, bounds)
    return Difference(*found, (sum(a.flips for a, _ in pairs), sum(b.flips for _, b in pairs)))
