"""The checks of a campaign once its trials are there: its numbers are to be believed where all of them passed.

What is checked, and how, is in ``statistics.gates``; here the campaign is asked for what the checks need.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.candidates import candidates
from ..engine.digests import digest
from ..spec.samplers import Count, DenseRate, Exhaustive, Rate, Thinned
from .campaign import Campaign
from .changes import Changes, run_plainly
from .clean_runs import clean_run
from .rows import Row
from .statistics import gates
from .statistics.gates import Gate

EVEN = (Rate, DenseRate, Thinned, Count)
"""The models that invert bits, each candidate as likely as any other."""
BY_CHANCE = 2
"""The checks of a cell that a sound campaign can fail by chance."""
AT_ONCE = 64
"""Trials whose faults are drawn again at once."""


def judge(campaign: Campaign, rows: Mapping[int, Sequence[Row]]) -> list[Gate]:
    """All checks of a campaign of which these are the rows by cell, those of a cell one after the other."""
    cells = [cell for cell in sorted(rows) if rows[cell]]
    alarm = gates.ALARM / max(1, BY_CHANCE * len(cells))
    found = [named(gate, f"cell {cell}") for cell in cells for gate in of_cell(campaign, cell, rows[cell], alarm)]
    return [*found, *clean_runs(campaign)]


def named(gate: Gate, what: str) -> Gate:
    """A check with what it is about in its name."""
    return gate._replace(name=f"{gate.name}, {what}")


def of_cell(campaign: Campaign, cell: int, rows: Sequence[Row], alarm: float) -> Iterator[Gate]:
    """The checks of a cell: the first trial and the last once more, counts, and faults as often and where the model has them,
    of which each fails by chance with the probability ``alarm``.
    """
    model, built = campaign.cells[cell].faults.model, campaign.built(cell)
    yield gates.replayed(rows[0], campaign.row(cell, rows[0].trial))
    # A fault that stays where it was computed shows in later trials only, and only there.
    yield gates.replayed(rows[-1], campaign.row(cell, rows[-1].trial))._replace(name="replayed at the end")
    yield gates.whole_counts(rows)
    yield gates.clean_without_flips(rows, digest(built.clean.outputs))
    yield gates.non_effective(rows, inverts=isinstance(model, (*EVEN, Exhaustive)))
    flips = sum(row.flips for row in rows)
    if isinstance(model, Rate | Thinned | DenseRate):
        p = model.rate if isinstance(model, DenseRate) else model.p
        yield gates.realised_rate(flips, campaign.bits(cell), len(rows), float(p), alarm)
    if isinstance(model, Count | Exhaustive):
        yield gates.realised_count(rows, campaign.samples(cell) * (model.k if isinstance(model, Count) else 1))
    if isinstance(model, EVEN):
        flipped = flips_by_bit(campaign, cell, [row.trial for row in rows])
        yield gates.bit_positions(flipped, candidates_by_bit(campaign, cell), alarm)


def candidates_by_bit(campaign: Campaign, cell: int) -> Counter[int]:
    """How many candidates of a cell there are at each place of a code."""
    found: Counter[int] = Counter()
    for target in campaign.targets[cell]:
        chosen = candidates(target)
        found.update(dict.fromkeys(chosen.bits.tolist(), target.site.count) if chosen.masks is None else bits_of(chosen.masks))
    return found


def flips_by_bit(campaign: Campaign, cell: int, trials: Sequence[int]) -> Counter[int]:
    """How many bits the trials of a cell flip at each place of a code."""
    found: Counter[int] = Counter()
    for first in range(0, len(trials), AT_ONCE):
        for masks in campaign.drawn(cell, trials[first : first + AT_ONCE]):
            for one in masks.values():
                found.update(bits_of(one.inverted))
    return found


def bits_of(masks: NDArray[Any]) -> dict[int, int]:
    """How many of some masks have each bit."""
    width = int(np.bitwise_or.reduce(masks, initial=0)).bit_length()
    return {bit: int((masks >> masks.dtype.type(bit) & masks.dtype.type(1)).sum()) for bit in range(width)}


def clean_runs(campaign: Campaign) -> Iterator[Gate]:
    """The run without faults of each arm, of the whole network, has the output codes that trials were judged against; and all
    that trials of this process start from, every layer's result, is as it is in a new run.
    """
    for name, built in campaign.arms.items():
        again = run_plainly(built.network.network, built.network.tensors, built.x, Changes())
        yield gates.unchanged(name, digest(built.clean.outputs), digest(again))
        kept = built.evaluator.kept
        if kept is not None:
            new = clean_run(built.network.network, built.network.tensors, built.x)
            yield gates.unchanged(f"{name}, kept", new.digest(), kept.digest())
