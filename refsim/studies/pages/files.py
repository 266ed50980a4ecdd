"""The files of a finished study: its records, tables, figures and page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...campaigns.report.drawing import saved
from ...nn.storage import save
from ..results.report import Report
from ..results.tables import csv_text, json_text
from ..running.folder import Folder
from ..running.jobs import Scale
from ..running.outcomes import DamagedStudy
from ..study import Records, Study
from .drawing import draw
from .page import FIGURES, TABLES, page

RESULTS, PAGE = "results.json", "page.rst"
KINDS = ("svg", "png")


@dataclass(frozen=True)
class Results:
    """What a study found, and what of."""

    manifest: Mapping[str, Any]
    times: Sequence[Mapping[str, float]]
    records: Records

    @property
    def scale(self) -> Scale:
        """The scale that it ran at."""
        return Scale(self.manifest["data"], self.manifest["quick"])


def results_of(folder: Folder) -> Results:
    """What a folder has computed; ``ValueError`` while something is missing."""
    return Results(folder.manifest, folder.times(), folder.records())


def write_results(path: Path, results: Results) -> None:
    """Write the records with what they depend on, a line for each."""
    head = json.dumps({"manifest": results.manifest, "times": results.times}, allow_nan=False)
    lines = ",\n".join(json.dumps(record, allow_nan=False) for record in results.records)
    save(path, f'{head[:-1]}, "records": [\n{lines}\n]}}\n'.encode())


def read_results(path: Path) -> Results:
    """What was written; ``DamagedStudy`` for anything else."""
    try:
        found = json.loads(path.read_bytes())
        return Results(found["manifest"], found["times"], Records(found["records"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedStudy(f"{path} is no results of a study: {error}") from None


def write_all(folder: Path, study: Study, results: Results, kinds: Sequence[str] = KINDS) -> Report:
    """Write everything that is made of the records: ``results.json``, tables as CSV and JSON, figures, and the page."""
    report = study.report(results.scale, results.records)
    write_results(folder / RESULTS, results)
    for table in report.tables():
        save(folder / TABLES / f"{table.name}.csv", csv_text(table).encode())
        save(folder / TABLES / f"{table.name}.json", json_text(table).encode())
    for figure in report.figures():
        drawn = draw(figure)
        for kind in kinds:
            save(folder / FIGURES / f"{figure.name}.{kind}", saved(drawn, kind))
    save(folder / PAGE, page(study, report, results.manifest, results.times).encode())
    return report
