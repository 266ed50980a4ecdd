"""The whole report as a record: every cell, the comparisons of arms, and the gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..plan import Stop
from ..rows import Row
from .comparing import Comparison, compared
from .estimates import Method
from .facts import Clean, Facts, clean_of, facts_of, plan_of, stop_of
from .summary import Options, Summary, clean_from, summary


class Gate(NamedTuple):
    """A check of the campaign itself: its name, whether it passed, and what it found."""

    name: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Report:
    """What rows say: cells in order, arms against the first one, and gates."""

    manifest: Mapping[str, Any]
    options: Options
    stop: Stop | None
    cells: tuple[Summary, ...]
    comparisons: tuple[Comparison, ...]
    gates: tuple[Gate, ...]

    def method(self) -> Method:
        """By which methods cells have intervals that do not try every fault."""
        return method_of(self.manifest, self.options, None)

    @property
    def name(self) -> str:
        """The name of the campaign."""
        return str(plan_of(self.manifest).get("name", "campaign"))

    @property
    def trials(self) -> int:
        """The trials of all cells."""
        return sum(found.trials for found in self.cells)

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that did not pass: with one of them no number of the report is to be believed."""
        return tuple(gate for gate in self.gates if not gate.passed)


def make_report(
    manifest: Mapping[str, Any],
    rows: Iterable[Row],
    gates: Iterable[tuple[str, bool, str]] = (),
    options: Options | None = None,
) -> Report:
    """The report of a campaign from what its store says; each gate is its name, whether it passed, and what it found.

    ``ValueError`` for rows of cells that the manifest does not have, and for a trial that comes twice.
    """
    facts, stop = facts_of(manifest), stop_of(manifest)
    options = options or (Options(level=stop.level) if stop else Options())
    trials = by_cell(rows, [one.number for one in facts])
    methods = {one.number: method_of(manifest, options, one) for one in facts}
    judges = judges_of(manifest, facts, trials)
    cells = tuple(summary(one, trials[one.number], judges[one.number], options.drop, methods[one.number]) for one in facts)
    found = tuple(Gate(name, bool(passed), said) for name, passed, said in gates)
    return Report(manifest, options, stop, cells, compared(cells, trials, judges, methods, options.drop), found)


def judges_of(
    manifest: Mapping[str, Any], facts: Sequence[Facts], trials: Mapping[int, Sequence[Row]]
) -> dict[int, Clean | None]:
    """The clean run that each cell is judged against."""
    clean = clean_of(manifest)
    return {one.number: clean.get(one.arm) or clean_from(trials[one.number]) for one in facts}


def method_of(manifest: Mapping[str, Any], options: Options, facts: Facts | None) -> Method:
    """By which methods a cell has intervals: one that tries every fault leaves nothing to chance."""
    every = facts.candidates if facts and facts.kind == "exhaustive" and facts.candidates else None
    return Method(options.level, int(plan_of(manifest).get("seed", 0)), stop_of(manifest), every)


def by_cell(rows: Iterable[Row], numbers: Sequence[int]) -> dict[int, list[Row]]:
    """The rows of each cell in order of trials."""
    trials: dict[int, dict[int, Row]] = {number: {} for number in numbers}
    for row in rows:
        if row.cell not in trials:
            raise ValueError(f"there is a row of cell {row.cell}, and the manifest has no such cell")
        if row.trial in trials[row.cell]:
            raise ValueError(f"trial {row.trial} of cell {row.cell} comes twice")
        trials[row.cell][row.trial] = row
    return {number: [found[trial] for trial in sorted(found)] for number, found in trials.items()}
