"""The command that runs a study of a paper, from data to a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ..campaigns.report.drawing import matplotlib
from ..studies.names import STUDIES, get_study
from ..studies.pages.files import PAGE, RESULTS, results_of, write_all
from ..studies.results.claims import Claim
from ..studies.running.folder import open_folder
from ..studies.running.jobs import Scale
from ..studies.running.runner import Progress, run, samples
from .progress import progress_bar

NAMES = "\n".join(f"      {study.name:<24}{study.summary}" for study in STUDIES.values())


@click.command(
    help=f"""Run the study of a paper: train, quantize, break, and write tables, figures and a page.

    \b
    The studies:
{NAMES}

    What is computed is stored, job by job: the same command goes on where it was stopped, and makes nothing twice.

    \b
    Examples:
      refsim study weight-scaling --quick
      refsim study log-representation --data fashion-mnist --out logarithms --workers 2
    """
)
@click.argument("name", type=click.Choice(list(STUDIES)), metavar="NAME")
@click.option("--quick", is_flag=True, help="Fewer points and trials, in about two minutes on two cores.")
@click.option("--data", metavar="D", help="A data set by name or path, in place of the study's own.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the results; by default NAME-DATA or NAME-DATA-quick in this one.",
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes of this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the claims and what they were decided by as JSON.")
def study(name: str, quick: bool, data: str | None, out: Path | None, workers: int, as_json: bool) -> None:
    """Run a study."""
    matplotlib()
    found = get_study(name)
    scale = Scale(data or found.data, quick)
    path = out or Path(f"{name}-{Path(scale.data).stem}{'-quick' if quick else ''}")
    folder = open_folder(path, found, scale, samples(found, scale))
    with progress_bar("jobs", len(folder.jobs)) as bar:

        def tell(progress: Progress) -> None:
            left = "" if progress.left is None else f", about {progress.left:.0f} s left"
            bar.update(bar.task_ids[0], completed=progress.done, description=f"{progress.job}{left}")

        run(folder, get_study, workers=workers, progress=tell)
    claims = write_all(path, found, results_of(folder)).claims
    click.echo(claims_json(claims) if as_json else told(claims), nl=False)
    click.echo(f"{path / PAGE}: the page; {path / RESULTS}: all that was found", err=as_json)


def claims_json(claims: Sequence[Claim]) -> str:
    """The claims with their effects as JSON."""
    found = [
        {
            "claim": claim.name,
            "paper": claim.paper,
            "verdict": claim.verdict,
            "effects": [
                {"said": one.said, **one.found._asdict(), "above": one.above, "unit": one.unit, "verdict": one.verdict}
                for one in claim.effects
            ],
        }
        for claim in claims
    ]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def told(claims: Sequence[Claim]) -> str:
    """The claims as a table for a terminal."""
    console = Console(width=110)
    table = Table("claim", "", "effect", "at 95 %")
    for claim in claims:
        for i, effect in enumerate(claim.effects):
            value, low, high = (f"{x:.2f}" for x in effect.found[:3])
            first = (claim.name, claim.verdict) if i == 0 else ("", "")
            table.add_row(*first, effect.said, f"{value} [{low}, {high}] > {effect.above:g} {effect.unit}")
    with console.capture() as capture:
        console.print(table)
    return capture.get()
