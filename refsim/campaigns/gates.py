"""Checks of a campaign once its trials are there: a number of it is to be believed where all of them passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .campaign import Campaign, sha256
from .changes import Changes, run_plainly
from .rows import Row

Gate = tuple[str, bool, str]
"""A check's name, whether it passed, and what it found."""


def judge(campaign: Campaign, rows: Mapping[int, Sequence[Row]]) -> list[Gate]:
    """All checks of a campaign of which these are the rows by cell."""
    return [*first_trials(campaign, rows), *clean_runs(campaign)]


def first_trials(campaign: Campaign, rows: Mapping[int, Sequence[Row]]) -> Iterator[Gate]:
    """The first trial of each cell, computed once more at the end, is the row that was stored."""
    wrong = [cell for cell, found in rows.items() if found and campaign.row(cell, 0) != found[0]]
    said = f"differs in cells {', '.join(map(str, wrong))}" if wrong else f"the same in {len(rows)} cells"
    yield "first trial again", not wrong, said


def clean_runs(campaign: Campaign) -> Iterator[Gate]:
    """The run without faults of each arm, of the whole network, has the output codes that trials were judged against."""
    for name, built in campaign.arms.items():
        network, tensors = built.network.network, built.network.tensors
        again = sha256(run_plainly(network, tensors, built.x, Changes()).codes)
        passed = again == sha256(built.clean.outputs.codes) == built.evaluator.digest()
        yield f"clean run of {name} again", passed, "the same codes" if passed else "other codes than before"
