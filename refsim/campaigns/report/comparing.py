"""Arms against the first one: the same trials, under the same faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ..rows import Row
from ..statistics.comparisons import Pair, mcnemar, paired
from ..statistics.intervals import Estimate
from ..statistics.planning import holm
from .estimates import GAINS, Method, mean_over_trials, sure_mean
from .facts import Clean
from .summary import Summary, accuracy, is_drop


class Comparison(NamedTuple):
    """An arm and the first one under faults that both meet, over the trials that both have.

    ``flips`` are the mean flips of a trial, of the first arm and of this one: they are the same where both store the same bits.
    ``difference`` is the mean accuracy of the arm less that of the first, for display, and ``sure`` is it for claims.
    ``only_first`` and ``only_arm`` count trials in which only one of them loses more than the drop, with the p-value of
    McNemar's exact test, and that value as it counts among all comparisons of the campaign, by Holm. What needs labels is
    ``None`` without, and so are p-values of cells that try every fault: nothing is left to chance.
    """

    arm: str
    faults: str
    first: str
    trials: int
    flips: tuple[float, float]
    difference: Estimate | None
    sure: Estimate | None
    only_first: int
    only_arm: int
    p_value: float | None
    p_holm: float | None


def compared(
    cells: Sequence[Summary],
    trials: Mapping[int, Sequence[Row]],
    judges: Mapping[int, Clean | None],
    methods: Mapping[int, Method],
    drop: Fraction,
) -> tuple[Comparison, ...]:
    """Every cell of a later arm against that of the first arm with the same faults, where they have trials in common.

    Cells that try every fault are compared where there are as many faults in both arms.
    """
    first = cells[0].facts.arm if cells else ""
    base = {found.facts.faults: found.facts.number for found in cells if found.facts.arm == first}
    made = []
    for found in cells:
        facts = found.facts
        if facts.arm != first and facts.faults in base:
            one, other = base[facts.faults], facts.number
            pairs = common(trials[one], trials[other])
            if pairs and methods[one].every == methods[other].every:
                made.append(comparison(found, first, pairs, (judges[one], judges[other]), drop, methods[other]))
    adjusted = iter(holm([one.p_value for one in made if one.p_value is not None]))
    return tuple(one if one.p_value is None else one._replace(p_holm=next(adjusted)) for one in made)


def common(one: Sequence[Row], other: Sequence[Row]) -> list[Pair]:
    """The pairs of the trials that both cells have."""
    both = {row.trial for row in one} & {row.trial for row in other}
    return paired([row for row in one if row.trial in both], [row for row in other if row.trial in both])


def comparison(
    found: Summary,
    first: str,
    pairs: Sequence[Pair],
    judges: tuple[Clean | None, Clean | None],
    drop: Fraction,
    method: Method,
) -> Comparison:
    """An arm against the first one, from pairs of trials."""
    n = len(pairs)
    flips = (sum(one.flips for one, _ in pairs) / n, sum(other.flips for _, other in pairs) / n)
    head = (found.facts.arm, found.facts.faults, first, n, flips)
    before, after = judges
    if before is None or after is None or before.correct is None or after.correct is None:
        return Comparison(*head, None, None, 0, 0, None, None)
    drops = Counter((is_drop(one, before, drop), is_drop(other, after, drop)) for one, other in pairs)
    only_first, only_arm = drops[True, False], drops[False, True]
    gains = [accuracy(other, after) - accuracy(one, before) for one, other in pairs]
    gained = (mean_over_trials(gains, method, GAINS), sure_mean(gains, method, GAINS))
    p_value = mcnemar(only_first, only_arm) if method.every is None else None
    return Comparison(*head, *gained, only_first, only_arm, p_value, None)
