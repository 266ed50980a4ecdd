"""Samplers on arrays: the faults of a trial as masks, for as much work as there are faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from ..spec import samplers as spec
from ..spec.faults import Model
from ..spec.randomness import ALL_SITES, stream
from ..spec.samplers import Count, DenseRate, Exhaustive, Rate, Thinned, limit
from .candidates import Candidates, candidates, flips
from .cell_samplers import SAMPLERS as CELL_SAMPLERS
from .faults import Masks, Target, masks_of
from .gaps import Positions, hits_of_trials
from .randomness import below, words32, words64
from .strikes import kept, struck, table_of

Sampler = Callable[[Any, int, int, Sequence[Target]], dict[int, Masks]]
"""From a model, a seed, a trial and targets in order to the masks of each site that is hit."""
MOST_DENSE = 1 << 20
"""Words that are compared at once where every candidate has one."""


def sample(model: Model, seed: int, trial: int, targets: Iterable[Target]) -> dict[int, Masks]:
    """The masks of the sites that are hit in a trial, by number: those of ``model.events`` of the specification.

    The errors of the specification. A model that is not in ``SAMPLERS`` is asked for its events.
    """
    found = ordered(targets)
    sampler = SAMPLERS.get(type(model), _by_events)
    return sampler(model, seed, trial, found)


def sample_trials(model: Model, seed: int, trials: Sequence[int], targets: Iterable[Target]) -> list[dict[int, Masks]]:
    """What ``sample`` gives for each of the trials; where few bits are hit, faster than one after the other."""
    found = ordered(targets)
    if not isinstance(model, Rate) or model.p in {0, 1}:
        return [sample(model, seed, trial, found) for trial in trials]
    masks: list[dict[int, Masks]] = [{} for _ in trials]
    for target in found:
        bits = candidates(target)
        words = stream(seed, 0, target.number, "positions")
        for of_trial, numbers in zip(masks, hits_of_trials(table_of(model.p), words, trials, bits.count), strict=True):
            of_trial.update(_flipped(target, bits, numbers))
    return masks


def ordered(targets: Iterable[Target]) -> list[Target]:
    """Targets in order of their numbers; ``ValueError`` where two are one site."""
    return cast("list[Target]", spec.ordered(cast("Any", targets)))


def _by_events(model: Model, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
    return masks_of(model.events(seed, trial, [target.specified for target in targets]), targets)


def _flipped(target: Target, bits: Candidates, numbers: Positions) -> dict[int, Masks]:
    """The masks of a target whose candidates of these numbers are flipped; none where there are no numbers."""
    return {target.number: flips(target, *bits.places(numbers))} if len(numbers) else {}


def _rate(model: Rate, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
    found: dict[int, Masks] = {}
    for target in targets:
        bits = candidates(target)
        found |= _flipped(target, bits, struck(model.p, seed, trial, target.number, bits.count))
    return found


def _dense(model: DenseRate, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
    found: dict[int, Masks] = {}
    for target in targets:
        bits, words = candidates(target), stream(seed, trial, target.number, "dense")
        parts = [
            at + np.flatnonzero(words32(words, at, min(MOST_DENSE, bits.count - at)) < np.uint64(model.threshold))
            for at in range(0, bits.count, MOST_DENSE)
        ]
        found |= _flipped(target, bits, np.concatenate(parts)) if parts else {}
    return found


def _thinned(model: Thinned, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
    found: dict[int, Masks] = {}
    for target in targets:
        bits = candidates(target)
        numbers = struck(model.greatest, seed, trial, target.number, bits.count)
        marks = stream(seed, trial, target.number, "marks")
        found |= _flipped(target, bits, numbers[kept(words64(marks, 0, len(numbers)), limit(model.p / model.greatest))])
    return found


def _together(numbers: Positions, targets: Sequence[Target]) -> dict[int, Masks]:
    """The masks of targets where candidates are flipped, numbered through all targets and in order."""
    found: dict[int, Masks] = {}
    start = 0
    for target in targets:
        bits = candidates(target)
        first, last = np.searchsorted(numbers, (start, start + bits.count))
        found |= _flipped(target, bits, numbers[first:last] - start)
        start += bits.count
    return found


def _pool(targets: Sequence[Target]) -> int:
    return sum(candidates(target).count for target in targets)


def distinct(k: int, count: int, seed: int, trial: int) -> Positions:
    """k distinct numbers in 0..count-1 in order, by Floyd's algorithm; ``ValueError`` for more than there are."""
    if not 0 <= k <= count:
        raise ValueError(f"{k} distinct bits cannot be drawn from {count} candidates")
    bounds = range(count - k + 1, count + 1)
    drawn, _ = below(stream(seed, trial, ALL_SITES, "positions"), bounds, 0)
    taken: set[int] = set()
    for bound, number in zip(bounds, drawn, strict=True):
        taken.add(bound - 1 if number in taken else number)
    return np.array(sorted(taken), np.int64)


def _count(model: Count, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
    return _together(distinct(model.k, _pool(targets), seed, trial), targets)


def _exhaustive(model: Exhaustive, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:  # noqa: ARG001
    count = _pool(targets)
    if not 0 <= trial < count:
        raise ValueError(f"an exhaustive trial is in 0..{count - 1}, not {trial}")
    return _together(np.array([trial], np.int64), targets)


SAMPLERS: Mapping[type, Sampler] = {
    Rate: _rate,
    DenseRate: _dense,
    Thinned: _thinned,
    Count: _count,
    Exhaustive: _exhaustive,
    **CELL_SAMPLERS,
}
"""The models that have a way of their own on arrays."""
