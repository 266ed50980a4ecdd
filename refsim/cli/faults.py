"""Commands of fault campaigns: planned, run, resumed, reported, and trials of them replayed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from ..campaigns import runner
from ..campaigns.campaign import Campaign
from ..campaigns.fault_files import read_faults, write_faults, write_images
from ..campaigns.gates import judge
from ..campaigns.plan import Plan
from ..campaigns.plan_files import plan_of, read_plan
from ..campaigns.rows import Row
from ..campaigns.runner import Progress
from ..campaigns.statistics.stopping import enough
from ..campaigns.store import Store, begin, read, resume
from .faults_report import report_command
from .faults_table import planned
from .options import check_out
from .progress import progress_bar

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
DIFFERS = 1


def worker_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say who computes."""
    options = (
        click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes of this machine."),
        click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786, whose workers do it."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group()
def faults() -> None:
    """Flip bits of a network of codes, as a plan says, and count what comes of it.

    \b
    Examples:
      refsim faults plan campaign.toml
      refsim faults run campaign.toml --out campaign.db --workers 2
      refsim faults report campaign.db --html campaign.html
    """


def opened(data: Any, folder: Path) -> Campaign:
    """The campaign of a plan as plain data, which is how it reaches other processes."""
    return Campaign(plan_of(data), folder)


@faults.command("plan")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="The manifest as JSON: sites, cells, digests.")
def plan_command(file: Path, as_json: bool) -> None:  # noqa: FBT001
    """What a plan comes to: sites, bits, expected flips, and how many trials tell how much.

    \b
    Example:
      refsim faults plan campaign.toml
    """
    campaign = Campaign(read_plan(file), file.parent)
    if as_json:
        click.echo(json.dumps(campaign.manifest(), indent=1))
        return
    planned(campaign)


@faults.command("run")
@click.argument("file", type=FILE)
@click.option("--out", required=True, type=OUT, help="The database of the results; it is never overwritten.")
@worker_options
def run_command(file: Path, out: Path, workers: int, scheduler: str | None) -> None:
    """Run a campaign from its beginning. Ctrl-C ends it after the trials at hand; resume goes on.

    \b
    Examples:
      refsim faults run campaign.toml --out campaign.db
      refsim faults run campaign.toml --out campaign.db --workers 2
      refsim faults run campaign.toml --out campaign.db --scheduler tcp://127.0.0.1:8786
    """
    check_out(out)
    plan = read_plan(file)
    campaign = Campaign(plan, file.parent)
    with begin(out, campaign.manifest()) as store:
        _go(campaign, store, workers, scheduler)


@faults.command("resume")
@click.argument("database", type=FILE)
@click.option("--folder", type=FOLDER, help="Where the plan's networks are; by default where the database is.")
@worker_options
def resume_command(database: Path, folder: Path | None, workers: int, scheduler: str | None) -> None:
    """Go on with a campaign that was stopped or killed; what it comes to is the same.

    \b
    Example:
      refsim faults resume campaign.db --workers 2
    """
    campaign = Campaign(stored_plan(database), folder or database.parent)
    with resume(database, campaign.manifest()) as store:
        _go(campaign, store, workers, scheduler)


def stored_plan(database: Path) -> Plan:
    """The plan of a database."""
    return plan_of(read(database).manifest["plan"])


def _go(campaign: Campaign, store: Store, workers: int, scheduler: str | None) -> None:
    """Run what the store does not have, judge it, and say what came of it."""
    stops = campaign.stops()
    with progress_bar("trials", sum(stop.trials for stop in stops.values())) as bar:

        def tell(progress: Progress) -> None:
            bar.update(bar.task_ids[0], completed=progress.trials, total=progress.expected)
            if progress.stopping:
                bar.update(bar.task_ids[0], description="stopping after the trials at hand")

        factory = partial(opened, store_plan(campaign), campaign.folder.absolute())
        work = dict(batch=campaign.plan.batch, workers=workers, scheduler=scheduler, progress=tell)
        runner.run(factory, store, stops, enough, **work)
    gates = judge(campaign, {cell: store.rows(cell) for cell in stops})
    store.judge(gates)
    trials = sum(len(store.rows(cell)) for cell in stops)
    click.echo(f"{store.path}: {trials} trials in {len(stops)} cells; see them with: refsim faults report {store.path}")
    if failed := [f"{name}: {said}" for name, passed, said in gates if not passed]:
        raise ValueError(f"{len(failed)} checks of the campaign failed, so its numbers are not to be believed: {failed[0]}")


def store_plan(campaign: Campaign) -> Any:
    """The plan as plain data."""
    from ..campaigns.plan_files import write_plan

    return write_plan(campaign.plan)


faults.add_command(report_command)
