"""Evaluations: the results of faulty runs, and the samples that have none.

A fault can make something of a network that has no result: a scale that is not positive, a code that a rule refuses. Where a
run is refused, it is found out which samples are, by halves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .changes import Changed, Changes
from .evaluator import Evaluator
from .outcomes import NO_SAMPLES
from .trials import Group

Samples = NDArray[np.int64]


class Evaluated(NamedTuple):
    """The samples of which the output codes are not those of the clean run, these codes, and the samples without a result, with
    those of them for which a detector stopped the machine.
    """

    samples: Samples
    outputs: NDArray[Any]
    without: Samples
    stopped: Samples


def evaluated(evaluator: Evaluator, trials: Sequence[Sequence[Group]]) -> Iterator[Evaluated]:
    """What each trial comes to, those that change all samples in one go where nothing is refused."""
    whole = [group.changes for made in trials for group in made if group.samples is None and not group.stopped]
    try:
        found = iter(evaluator.run_many(whole))
    except ValueError:
        found = None
    for made in trials:
        yield together(evaluator, [_group(evaluator, group, found) for group in made])


class Part(NamedTuple):
    """What changes for a group, and its samples that have no result and that were stopped."""

    changed: list[Changed]
    refused: Samples
    stopped: Samples = NO_SAMPLES


def _group(evaluator: Evaluator, group: Group, found: Iterator[Changed] | None) -> Part:
    samples = np.arange(len(evaluator.x)) if group.samples is None else group.samples
    if group.stopped:
        return Part([], NO_SAMPLES, samples)
    if group.samples is None and found is not None:
        return Part([next(found)], NO_SAMPLES)
    return Part(*halved(evaluator, group.changes, samples))


def halved(evaluator: Evaluator, changes: Changes, samples: Samples) -> tuple[list[Changed], Samples]:
    """What changes for samples, and those of which a run is refused."""
    try:
        return [evaluator.run(changes, samples)], NO_SAMPLES
    except ValueError:
        if len(samples) == 1:
            return [], samples
    parts = [halved(evaluator, changes, part) for part in np.array_split(samples, 2)]
    return [one for found, _ in parts for one in found], np.concatenate([without for _, without in parts])


def together(evaluator: Evaluator, parts: Sequence[Part]) -> Evaluated:
    """The groups of a trial as one."""
    changed = [one for part in parts for one in part.changed]
    stopped = np.concatenate([NO_SAMPLES, *(part.stopped for part in parts)])
    return Evaluated(
        np.concatenate([NO_SAMPLES, *(one.samples for one in changed)]),
        np.concatenate([evaluator.clean.codes[:0], *(one.outputs.codes for one in changed)]),
        np.concatenate([stopped, *(part.refused for part in parts)]),
        stopped,
    )
