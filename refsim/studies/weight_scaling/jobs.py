"""The jobs of the study: trainings, then what is struck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..running.jobs import Job, Scale
from .settings import (
    ALL_RATES,
    BATCH,
    FAMILIES,
    FAULTS,
    FORMATS,
    HIGH,
    LOW,
    MIDDLE,
    PLAIN,
    Q25,
    RATES,
    SCALED,
    SEED,
    SWEPT,
    SWEPT_FAMILIES,
    TRAINING,
    WITH_CHECKS,
    WITHOUT_CHECKS,
    ZEROED,
    Arm,
    Memory,
    Settings,
    memory,
    settings,
)
from .stored import HIT


def jobs(scale: Scale) -> Sequence[Job]:
    """All jobs of a scale."""
    by = settings(scale)
    return [
        *(_training(by, family, seed) for family in FAMILIES for seed in _seeds(by)),
        *(job for family in FAMILIES for job in _rates(by, family)),
        *(job for family in SWEPT_FAMILIES for job in _targets(by, family)),
        *(_errors(by, family) for family in FAMILIES),
        *(_factors(by, family) for family in FAMILIES),
        *(_single(by, family) for family in FAMILIES),
        *(_again(by, family, seed) for family in FAMILIES for seed in _seeds(by)),
    ]


def _seeds(by: Settings) -> range:
    return range(SEED, SEED + by.trainings)


def _network(by: Settings, family: str) -> dict[str, Any]:
    name, options = by.networks[family]
    return {"network": [name, dict(options)], "family": family}


def _needs(family: str, seed: int = SEED) -> tuple[str, ...]:
    return (f"training/{family}/{seed}",)


def _training(by: Settings, family: str, seed: int) -> Job:
    plan = {"epochs": by.epochs, "batch": BATCH, "rate": list(RATES)}
    options = {**_network(by, family), "method": list(TRAINING), "plan": plan, "seed": seed}
    return Job(_needs(family, seed)[0], "train", options, (), by.cost * by.train * by.epochs / 60)


Labelled = tuple[Mapping[str, Any], Memory]
"""A memory, and what its record says of it beside what those of a job have in common."""


def _struck(
    by: Settings,
    labels: Mapping[str, Any],
    memories: Sequence[Labelled],
    rates: Mapping[str, int],
    hit: Sequence[str] = HIT,
    *,
    faults: int = FAULTS,
    whole: bool = False,
) -> tuple[dict[str, Any], float]:
    options = {
        **_network(by, labels["family"]),
        "labels": dict(labels),
        "memories": [[dict(own), stages] for own, stages in memories],
        "rates": dict(rates),
        "faults": faults,
        "hit": list(hit),
        "whole": whole,
    }
    return options, by.cost * len(memories) * sum(rates.values())


def _rates(by: Settings, family: str) -> Iterator[Job]:
    """Every memory at every rate."""
    for format in FORMATS:
        for name, arms in (("unchecked", WITHOUT_CHECKS), ("checked", WITH_CHECKS)):
            labels = {"part": "rates", "family": family, "format": format.name}
            memories = [({"arm": arm.name}, memory(arm, format)) for arm in arms]
            options, cost = _struck(by, labels, memories, dict.fromkeys(ALL_RATES, by.trials), whole=True)
            yield Job(f"rates/{family}/{format.name}/{name}", "strike", options, _needs(family), cost)


def _targets(by: Settings, family: str) -> Iterator[Job]:
    """What weights are scaled to, at one rate."""
    for format in FORMATS:
        memories = [
            ({"target": target, "read": read}, memory(Arm(read, scaled=True, policy=policy), format, target))
            for read, policy in SWEPT.items()
            for target in format.swept
            if read != ZEROED or format != Q25
        ]
        labels = {"part": "targets", "family": family, "format": format.name}
        options, cost = _struck(by, labels, memories, {LOW: by.sweep})
        yield Job(f"targets/{family}/{format.name}", "strike", options, _needs(family), cost)


def _factors(by: Settings, family: str) -> Job:
    """Scaled weights whose factors lie in the same memory."""
    labels, rates = {"part": "factors", "family": family}, dict.fromkeys((MIDDLE, LOW, HIGH), by.trials)
    options, cost = _struck(by, labels, [({}, memory(SCALED, Q25))], rates, (*HIT, "scale"))
    return Job(f"factors/{family}", "strike", options, _needs(family), cost)


def _again(by: Settings, family: str, seed: int) -> Job:
    """Plain and scaled weights of other trainings, each under faults of its own: so the spread over trainings has both."""
    memories = [({"arm": arm.name}, memory(arm, Q25)) for arm in (PLAIN, SCALED)]
    labels = {"part": "trainings", "family": family, "training": seed}
    rates = dict.fromkeys((LOW, HIGH), by.sweep)
    options, cost = _struck(by, labels, memories, rates, faults=FAULTS + seed - SEED)
    return Job(f"trainings/{family}/{seed}", "strike", options, _needs(family, seed), cost)


def _errors(by: Settings, family: str) -> Job:
    labels = {"part": "errors", "family": family}
    memories = [[labels | {"arm": arm.name}, memory(arm, Q25)] for arm in (PLAIN, SCALED)]
    same = {"rate": LOW, "trials": by.trials, "faults": FAULTS, "fixed": [8, 5]}
    return Job(f"errors/{family}", "errors", {**_network(by, family), "memories": memories, **same}, _needs(family))


def _single(by: Settings, family: str) -> Job:
    options = {"memory": memory(SCALED, Q25), "rate": LOW, "trials": by.single, "faults": FAULTS}
    cost = by.cost * 2 * by.single
    return Job(f"single/{family}", "single", {**_network(by, family), **options}, _needs(family), cost)
