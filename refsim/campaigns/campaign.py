"""Campaigns: the trials of a plan, each a pure function of the plan, the cell and the trial.

A cell is an arm under a fault model. Sites are numbered once for all arms together, so that a site has the same faults in every
arm that has it, in any order and on any worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.candidates import candidates
from ..engine.digests import digest as code_digest
from ..engine.faults import Masks, Target
from ..engine.samplers import sample, sample_trials
from ..spec.network_names import write_network
from ..spec.samplers import Exhaustive, trial_of_sample
from ..spec.sites import site_numbers
from ..spec.text import exact_text
from .aiming import aimed, check_names
from .arms import Built, build, check_layouts, data_set, stored_in
from .evaluations import Evaluated, evaluated
from .outcomes import digest, judged
from .plan import Cell, Plan, Stop
from .plan_files import write_plan
from .rows import Row
from .sites import Stored
from .store_files import plain
from .trials import Seen, groups

SCHEMA = 1
MOST_TRIALS = 1 << 32


@dataclass(frozen=True)
class Campaign:
    """The trials of a plan whose files lie in a folder; building one is where a plan that does not fit is refused."""

    plan: Plan
    folder: Path

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells in order."""
        return self.plan.cells()

    @cached_property
    def arms(self) -> Mapping[str, Built]:
        """What is built, by the names of arms."""
        found = {arm.name: build(self.plan, arm, self.folder) for arm in self.plan.arms}
        check_layouts(self.plan.layouts, [site for built in found.values() for site in stored_in(built)])
        return found

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each site that one of the arms has."""
        kinds: dict[str, str] = {}
        for built in self.arms.values():
            for name, (site, _) in built.sites.items():
                kinds.setdefault(name, site.kind)
        return site_numbers(kinds)

    @cached_property
    def _names(self) -> Mapping[int, str]:
        return {number: name for name, number in self.numbers.items()}

    @cached_property
    def targets(self) -> tuple[tuple[Target, ...], ...]:
        """By cell, what its faults aim at; ``ValueError`` that names the faults for what they cannot aim at."""
        found = []
        for faults in self.plan.faults:
            check_names(faults, [site for built in self.arms.values() for site, _ in built.sites.values()])
        for cell in self.cells:
            built = self.built(cell.number)  # Its errors name the arm themselves.
            try:
                found.append(tuple(aimed(built, cell.faults, self.numbers)))
                check_trials(self.plan.stop.trials * self.samples(cell.number))
                sample(cell.faults.model, self.plan.seed, 0, found[-1])  # A model that does not fit is refused here.
            except ValueError as error:
                raise ValueError(f"faults {cell.faults.name} of arm {cell.arm.name}: {error}") from None
        return tuple(found)

    def built(self, cell: int) -> Built:
        """The arm of a cell."""
        return self.arms[self.cells[cell].arm.name]

    def hits(self, cell: int, trial: int) -> dict[int, Masks]:
        """The masks of a trial, by the numbers of sites."""
        return self.drawn(cell, [trial])[0]

    def drawn(self, cell: int, trials: Sequence[int]) -> list[dict[int, Masks]]:
        """The masks of trials."""
        faults, targets, seed = self.cells[cell].faults, self.targets[cell], self.plan.seed
        if not faults.aim.per_sample:
            return sample_trials(faults.model, seed, trials, targets)
        samples = self.samples(cell)
        own = [trial_of_sample(trial, sample, samples) for trial in trials for sample in range(samples)]
        each = sample_trials(faults.model, seed, own, targets)
        sizes = {target.number: target.site.count for target in targets}
        return [side_by_side(each[i : i + samples], sizes) for i in range(0, len(each), samples)]

    def samples(self, cell: int) -> int:
        """How often the model of a cell is asked in a trial: once for each sample, or once."""
        return len(self.built(cell).clean.labels) if self.cells[cell].faults.aim.per_sample else 1

    def row(self, cell: int, trial: int) -> Row:
        """What a trial comes to."""
        return self.rows(cell, [trial])[0]

    def rows(self, cell: int, trials: Sequence[int]) -> list[Row]:
        """What trials come to, in order."""
        return list(self.judged(cell, zip(trials, self.drawn(cell, trials), strict=True)))

    def judged(self, cell: int, struck: Iterable[tuple[int, Mapping[int, Masks]]]) -> Iterator[Row]:
        """What trials with these masks come to."""
        built, lifetime = self.built(cell), self.cells[cell].faults.aim.lifetime
        found = [(trial, *groups(built, self.by_name(masks), lifetime)) for trial, masks in struck]
        results = evaluated(built.evaluator, [made for _, made, _ in found])
        for (trial, _, seen), result in zip(found, results, strict=True):
            yield self._row(cell, trial, seen, result)

    def by_name(self, masks: Mapping[int, Masks]) -> dict[str, Masks]:
        """Masks by the names of sites."""
        return {self.name_of(number): one for number, one in masks.items()}

    def name_of(self, number: int) -> str:
        """The name of a site."""
        return self._names[number]

    def _row(self, cell: int, trial: int, seen: Seen, found: Evaluated) -> Row:
        clean, refused = self.built(cell).clean, len(found.without) - len(found.stopped)
        given = (clean, found.samples, found.outputs, found.without)
        counts, code = judged(*given), digest(*given)
        return Row(cell, trial, **{**seen._asdict(), "stopped": int(seen.stopped)}, refused=refused, counts=counts, digest=code)

    def manifest(self) -> dict[str, Any]:
        """Everything that decides the results, as plain data: the plan, digests of inputs and codes, and the sites."""
        return {
            "refsim_campaign": SCHEMA,
            "plan": write_plan(self.plan),
            "data": data_set(self.plan.data, self.folder).digest,
            "arms": [self._arm(built) for built in self.arms.values()],
            "cells": [self._cell(cell) for cell in self.cells],
        }

    def _arm(self, built: Built) -> dict[str, Any]:
        clean = built.clean
        return {
            "name": built.arm.name,
            "network": hashlib.sha256(plain(write_network(built.network.network)).encode()).hexdigest(),
            "divisor": exact_text(built.divisor),
            "input": code_digest(built.x),
            "output": code_digest(clean.outputs),
            "samples": len(clean.labels),
            "pixels": clean.labels.size,
            "labelled": int((clean.labels >= 0).sum()),
            "correct": int(clean.right.sum()),
            "sites": [
                {
                    "number": self.numbers[name],
                    "name": name,
                    "kind": site.kind,
                    "format": site.format.name,
                    "width": site.format.width,
                    "count": site.count,
                    "layout": asdict(site.layout) if isinstance(where, Stored) else None,
                    "sha256": code_digest(built.parts[where.tensor][where.part].array) if isinstance(where, Stored) else None,
                }
                for name, (site, where) in sorted(built.sites.items(), key=lambda item: self.numbers[item[0]])
            ],
        }

    def _cell(self, cell: Cell) -> dict[str, Any]:
        """A cell as plain data."""
        return {
            "number": cell.number,
            "arm": cell.arm.name,
            "faults": cell.faults.name,
            "sites": [target.number for target in self.targets[cell.number]],
            "bits": self.bits(cell.number),
            "samples": self.samples(cell.number),
        }

    def stops(self) -> dict[int, Stop]:
        """By cell, when it has enough trials; an exhaustive one has as many as there are candidates."""
        every = {cell.number for cell in self.cells if isinstance(cell.faults.model, Exhaustive)}
        stop = self.plan.stop
        return {n: replace(stop, rule="trials", trials=self.bits(n)) if n in every else stop for n in range(len(self.cells))}

    def bits(self, cell: int) -> int:
        """The candidates of a cell: the bits that can be hit."""
        return self.samples(cell) * sum(candidates(target).count for target in self.targets[cell])


def check_trials(trials: int) -> None:
    """``ValueError`` for more trials, each sample by itself being one, than there are random numbers for."""
    if trials > MOST_TRIALS:
        raise ValueError(f"{trials} trials of single samples are more than {MOST_TRIALS}")


def side_by_side(each: Sequence[Mapping[int, Masks]], sizes: Mapping[int, int]) -> dict[int, Masks]:
    """The masks of each sample by itself as those of the sites of all samples, of which each has so many elements."""
    found = {}
    for number, size in sizes.items():
        parts = [replace(one[number], elements=one[number].elements + i * size) for i, one in enumerate(each) if number in one]
        if parts:
            columns = ([getattr(part, field.name) for part in parts] for field in fields(Masks))
            found[number] = Masks(*map(np.concatenate, columns))
    return found
