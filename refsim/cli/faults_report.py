"""The command that reports a campaign."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ..campaigns.report.csv_files import cells_csv, trials_csv
from ..campaigns.report.html_page import html_page
from ..campaigns.report.json_file import report_json
from ..campaigns.report.pictures import Picture, pictures, save_pictures
from ..campaigns.report.report import Report, make_report
from ..campaigns.report.sensitivity import Hits
from ..campaigns.report.summary import Options
from ..campaigns.report.terminal import terminal_tables
from ..campaigns.rows import Row
from ..campaigns.store import Results, read
from ..nn.storage import save
from ..spec.fault_names import read_rate
from .faults_stored import stored_campaign
from .options import check_out

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
KINDS = ("svg", "png")


@click.command("report")
@click.argument("database", type=FILE)
@click.option("--html", type=OUT, help="One page with tables and pictures, which needs no network.")
@click.option("--csv", "cells", type=OUT, help="A line for each cell.")
@click.option("--trials", type=OUT, help="A line for each trial, as CSV.")
@click.option("--json", "as_json", type=OUT, help="Everything, for machines.")
@click.option("--pictures", "folder", type=click.Path(file_okay=False, path_type=Path), help="A folder for the pictures.")
@click.option("--picture-kind", "kind", type=click.Choice(KINDS), default="svg", show_default=True, help="How they are drawn.")
@click.option("--folder", "networks", type=FOLDER, help="Where the plan's networks are: with them there are more maps of bits.")
@click.option("--drop", default="0.01", show_default=True, help="The loss of accuracy whose probability is given.")
@click.option("--level", type=float, help="The level of the intervals; by default that of the plan.")
def report_command(
    database: Path,
    html: Path | None,
    cells: Path | None,
    trials: Path | None,
    as_json: Path | None,
    folder: Path | None,
    kind: str,
    networks: Path | None,
    drop: str,
    level: float | None,
) -> None:
    """What came of a campaign; one that is not finished is reported as far as it is.

    \b
    Examples:
      refsim faults report campaign.db
      refsim faults report campaign.db --html campaign.html --csv cells.csv --drop 0.05
    """
    check_out(html, cells, trials, as_json)
    stored = read(database)
    report = reported(stored, drop, level)
    rows = [row for cell in sorted(stored.rows) for row in stored.rows[cell]]
    drawn = pictures(report, rows, hits_of(database, stored, networks)) if html is not None or folder is not None else []
    for path, text in written(report, drawn, rows, html, cells, trials, as_json).items():
        save(path, text.encode("utf-8"))
        click.echo(f"wrote {path}")
    for path in save_pictures(drawn, folder, kind) if folder is not None else []:
        click.echo(f"wrote {path}")
    if not any((html, cells, trials, as_json, folder)):
        console = Console()
        for table in terminal_tables(report):
            console.print(table)
    for gate in report.failed:
        click.echo(f"refsim: the check {gate.name} failed: {gate.said}", err=True)


def reported(stored: Results, drop: str, level: float | None) -> Report:
    """The report of what is stored."""
    usual = stored.manifest["plan"]["stop"]["level"]
    if level is not None and not 0 < level < 1:
        raise ValueError(f"the level of intervals is between 0 and 1, not {level}")
    options: dict[str, Any] = {"drop": Fraction(read_rate(drop)), "level": usual if level is None else level}
    rows = (row for found in stored.rows.values() for row in found)
    return make_report(stored.manifest, rows, stored.gates, Options(**options))


def hits_of(database: Path, stored: Results, networks: Path | None) -> Hits | None:
    """Where the faults of a trial are, which the networks of the plan tell; ``ValueError`` where they are others."""
    return None if networks is None else stored_campaign(database, stored, networks).hits


def written(
    report: Report,
    drawn: list[Picture],
    rows: list[Row],
    html: Path | None,
    cells: Path | None,
    trials: Path | None,
    as_json: Path | None,
) -> dict[Path, str]:
    """The texts of the files that are asked for."""
    found = {}
    if html is not None:
        found[html] = html_page(report, drawn)
    if cells is not None:
        found[cells] = cells_csv(report)
    if trials is not None:
        found[trials] = trials_csv(report, rows)
    if as_json is not None:
        found[as_json] = report_json(report)
    return found
