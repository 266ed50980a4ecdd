"""Tables as CSV: one line for each cell, and one for each trial. Lines end in a newline, what is not known is empty."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..rows import COLUMNS, Row
from ..statistics.intervals import Estimate
from .estimates import Share
from .facts import Facts
from .report import Report
from .summary import CLASSES, REPAIRS, Summary

FACTS = ("cell", "arm", "faults")
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula."""


def columns_of(found: Summary) -> dict[str, Any]:
    """A cell as one line of columns, each value a whole number, a share, a text or ``None``."""
    facts = found.facts
    columns: dict[str, Any] = {"cell": facts.number, "arm": facts.arm, "faults": facts.faults, "model": facts.model}
    columns |= {"aim": facts.aim, "rate": None if facts.rate is None else float(facts.rate), "count": facts.flips}
    columns |= {"candidates": facts.candidates, "trials": found.trials, "images": found.images, "flips": found.flips}
    columns |= {"flips_mean": found.mean_flips, "flips_expected": found.expected, "untouched_trials": found.untouched}
    columns |= {"hit": found.hit, "effective": found.effective, "absorbed": found.absorbed}
    columns |= {name: found.repairs[name] for name in REPAIRS}
    columns["accuracy_clean"] = None if found.clean is None else float(found.clean)
    for name, estimate in (("mean", found.mean), ("mean_sure", found.sure), ("median", found.median), ("q05", found.low)):
        columns |= estimated(f"accuracy_{name}", estimate)
    columns["refused_images"] = found.refused
    columns |= shared("dropped_trials", found.dropped) | shared("stopped_trials", found.stopped)
    columns |= shared("changed_pixels", found.changed)
    for name in CLASSES:
        outcome = found.outcomes.get(name)
        columns |= shared(f"{name}_trials", outcome and outcome.trials) | shared(f"{name}_images", outcome and outcome.images)
    return columns


def estimated(name: str, estimate: Estimate | None) -> dict[str, Any]:
    """The columns of an estimate: its value and the ends of its interval."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate or (None, None, None), strict=True))


def shared(name: str, share: Share | None) -> dict[str, Any]:
    """The columns of a share: how many, which part of all, and the ends of its interval."""
    names = (name, f"{name}_share", f"{name}_share_low", f"{name}_share_high")
    values = (None, None, None, None) if share is None else (share.k, share.value, share.low, share.high)
    return dict(zip(names, values, strict=True))


def written(header: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A header and lines as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[plain(value) for value in line] for line in lines])
    return text.getvalue()


def plain(value: Any) -> Any:
    """What stands in a field: a text that a spreadsheet would compute gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def cells_csv(report: Report) -> str:
    """One line for each cell."""
    lines = [columns_of(found) for found in report.cells]
    header = list(lines[0]) if lines else list(FACTS)
    return written(header, [list(line.values()) for line in lines])


def trials_csv(report: Report, rows: Iterable[Row]) -> str:
    """One line for each trial, in order of cells and trials."""
    cells: Mapping[int, Facts] = {found.facts.number: found.facts for found in report.cells}
    ordered = sorted(rows, key=lambda row: (row.cell, row.trial))
    lines = [(row.cell, cells[row.cell].arm, cells[row.cell].faults, *row.flat()[1:]) for row in ordered]
    return written((*FACTS, *COLUMNS[1:]), lines)
