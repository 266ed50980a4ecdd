"""The whole curve against the rate, from cells whose trials have exactly so many flips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import log10

from ..rows import Row
from ..statistics.intervals import SHARES, Estimate
from ..statistics.planning import bonferroni
from ..statistics.stratified import Point as Place
from ..statistics.stratified import curve
from .estimates import Method, share_of_trials, sure_mean
from .facts import Clean
from .series import Point, Series, short_names
from .summary import Summary, accuracy, is_drop

Judged = Callable[[Sequence[Row], Clean, Method], Estimate]
"""What is estimated from trials of one number of flips."""
PER_DECADE = 12
MOST_MISSING = 0.2
"""A curve ends where the numbers of flips without a cell are more likely than this together."""


def mean_accuracy(rows: Sequence[Row], clean: Clean, method: Method) -> Estimate:
    """The mean accuracy."""
    return sure_mean([accuracy(row, clean) for row in rows], method)


def chance_of_a_drop(drop: Fraction) -> Judged:
    """How many trials lose more than the drop."""

    def estimate(rows: Sequence[Row], clean: Clean, method: Method) -> Estimate:
        share = share_of_trials(sum(is_drop(row, clean, drop) for row in rows), len(rows), method)
        return Estimate(share.value or 0.0, share.low or 0.0, share.high or 0.0)

    return estimate


def strata(
    cells: Sequence[Summary],
    trials: Mapping[int, Sequence[Row]],
    judges: Mapping[int, Clean | None],
    method: Method,
    judged: Judged,
    *,
    loss: bool,
) -> list[Series]:
    """For each arm and aim with two numbers of flips or more, the curve of what is judged, accuracy or a ``loss``.

    The intervals of the strata hold together at the level, each having a part of what the level leaves, and so does the curve.
    Cells with so many flips in each sample are no strata: their trials have as many in all samples, and that is no rate.
    """
    groups: dict[tuple[str, str, str], list[Summary]] = {}
    arms: dict[str, int] = {}
    for found in cells:
        arms.setdefault(found.facts.arm, len(arms))
        clean = judges[found.facts.number]
        single = found.facts.kind == "count" and found.facts.candidates and not found.facts.per_sample
        if single and found.trials and clean and clean.correct is not None:
            groups.setdefault((found.facts.arm, found.facts.model, found.facts.aim), []).append(found)
    groups = {key: group for key, group in groups.items() if len({one.facts.flips for one in group} - {0}) > 1}
    names, kinds = short_names(list(groups)), list(dict.fromkeys(key[1:] for key in groups))
    made = []
    for key, group in groups.items():
        facts, clean = group[0].facts, judges[group[0].facts.number]
        assert clean is not None, "only judged cells are in groups"
        assert clean.correct is not None, "only judged cells are in groups"
        part = method._replace(level=bonferroni(method.level, len(group)))
        level = clean.correct / clean.labelled
        known = {0: Estimate(*[0.0 if loss else level] * 3)}
        known |= {one.facts.flips or 0: judged(trials[one.facts.number], clean, part) for one in group if one.facts.flips}
        points = curve(known, facts.candidates, rates(facts.candidates, max(known)), SHARES, sure=True)
        kept = tuple(drawn(place) for place in points if place.missing <= MOST_MISSING)
        made += [Series(names[key], arms[key[0]], kinds.index(key[1:]), level, kept)]
    return made


def rates(bits: int, most: int) -> list[float]:
    """Rates from where a hundredth of a flip is expected up to as many flips as there are strata for."""
    low, high = log10(0.01 / bits), log10(min(most, bits) / bits)
    steps = max(1, round((high - low) * PER_DECADE))
    return [min(1.0, 10 ** (low + (high - low) * i / steps)) for i in range(steps + 1)]


def drawn(place: Place) -> Point:
    """A point of a curve as it is drawn: its value is the mean of what is known, and what is not is in its band only."""
    known = (place.value - place.missing * sum(SHARES) / 2) / (1 - place.missing)
    return Point(place.rate, known, place.low, place.high)
