"""Commands of fault campaigns: planned, run, resumed, reported, and trials of them replayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from ..campaigns import runner
from ..campaigns.campaign import Campaign
from ..campaigns.fault_files import read_faults, write_faults, write_images
from ..campaigns.gates import judge
from ..campaigns.plan import Plan
from ..campaigns.plan_files import plan_of, read_plan, write_plan
from ..campaigns.rows import COLUMNS, Row
from ..campaigns.runner import Progress
from ..campaigns.statistics.stopping import enough
from ..campaigns.store import Store, begin, read, resume
from ..engine.faults import Masks
from .faults_report import report_command
from .faults_stored import stored_campaign
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
        click.option(
            "--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786, whose workers do it."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group()
def faults() -> None:
    """Flip bits of a network of codes, as a plan says, and count what comes of it.

    \b
    Examples:
      refsim faults example > campaign.toml
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
def plan_command(file: Path, as_json: bool) -> None:
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


@faults.command("example")
def example_command() -> None:
    """A plan with all that it can say, to begin with.

    \b
    Example:
      refsim faults example > campaign.toml
    """
    click.echo(files("refsim.campaigns").joinpath("example.toml").read_text("utf-8"), nl=False)


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

        alone = workers == 1 and scheduler is None
        factory = (lambda: campaign) if alone else partial(opened, write_plan(campaign.plan), campaign.folder.absolute())
        work: dict[str, Any] = {"batch": campaign.plan.batch, "workers": workers, "scheduler": scheduler, "progress": tell}
        runner.run(factory, store, stops, enough, **work)
    gates = judge(campaign, {cell: store.rows(cell) for cell in stops})
    store.judge(gates)
    trials = sum(len(store.rows(cell)) for cell in stops)
    click.echo(f"{store.path}: {trials} trials in {len(stops)} cells; see them with: refsim faults report {store.path}")
    if failed := [f"{name}: {said}" for name, passed, said in gates if not passed]:
        click.echo(f"refsim: {len(failed)} checks failed, so no number is to be believed: {failed[0]}", err=True)
        raise click.exceptions.Exit(DIFFERS)


@faults.command("replay")
@click.argument("database", type=FILE)
@click.option("--cell", type=click.IntRange(0), help="The cell of the trial, a number of the report.")
@click.option("--trial", type=click.IntRange(0), help="The trial.")
@click.option("--from", "source", type=FILE, help="A fault file that was saved, whose faults are applied in their place.")
@click.option("--save", type=OUT, help="Write the faults of the trial, with codes before and after, to a .json file.")
@click.option("--images", type=click.Path(file_okay=False, path_type=Path), help="Write the faulty memories, for $readmemh.")
@click.option("--folder", type=FOLDER, help="Where the plan's networks are; by default where the database is.")
def replay_command(
    database: Path,
    cell: int | None,
    trial: int | None,
    source: Path | None,
    save: Path | None,
    images: Path | None,
    folder: Path | None,
) -> None:
    """Compute one trial again, alone, and compare it with what is stored; exit code 1 where it differs.

    \b
    Examples:
      refsim faults replay campaign.db --cell 0 --trial 17 --save trial.json --images memories
      refsim faults replay campaign.db --from trial.json
    """
    stored = read(database)
    campaign = stored_campaign(database, stored, folder)
    if (source is None) == (cell is None and trial is None) or (source is None and (cell is None or trial is None)):
        raise ValueError("a trial is named by --cell and --trial, or by --from with a fault file")
    if source is not None:
        saved = read_faults(source, campaign, stored.fingerprint)
        cell, trial, masks = saved.cell, saved.trial, saved.masks
    else:
        assert cell is not None, "it was checked"
        assert trial is not None, "it was checked"
        if cell >= len(campaign.cells):
            raise ValueError(f"the campaign has the cells 0..{len(campaign.cells) - 1}, not {cell}")
        masks = campaign.hits(cell, trial)
    (row,) = campaign.judged(cell, [(trial, masks)])
    if save is not None:
        write_faults(save, campaign, stored.fingerprint, row, masks)
    for path in write_images(images, campaign, cell, masks) if images is not None else []:
        click.echo(f"wrote {path}")
    known = next((one for one in stored.rows.get(cell, []) if one.trial == trial), None)
    click.echo(told(campaign, row))
    if source is not None and not same_masks(masks, campaign.hits(cell, trial)):
        click.echo("these are other faults than the trial's own")
    if source is not None and (wrong := differences(row, saved.row)):
        click.echo(f"not as in {source}: {wrong}")
        raise click.exceptions.Exit(DIFFERS)
    if known is None:
        click.echo("the database has no such trial to compare with")
    elif wrong := differences(row, dict(zip(COLUMNS, known.flat(), strict=True))):
        click.echo(f"not as stored: {wrong}")
        raise click.exceptions.Exit(DIFFERS)
    else:
        click.echo("as stored, all output codes too")


def same_masks(one: Mapping[int, Masks], other: Mapping[int, Masks]) -> bool:
    """Whether two trials have the same faults."""
    first, second = ({number: masks.events(number) for number, masks in each.items()} for each in (one, other))
    return first == second


def differences(row: Row, other: Mapping[str, Any]) -> str:
    """The numbers of a row that are others, in words."""
    mine = dict(zip(COLUMNS, row.flat(), strict=True))
    return ", ".join(f"{name} is {mine[name]}, there {other[name]}" for name in COLUMNS if mine[name] != other[name])


def told(campaign: Campaign, row: Row) -> str:
    """A trial in words."""
    cell, counts = campaign.cells[row.cell], vars(row.counts)
    shown = [f"{name} {counts[name]}" for name in ("identical", "benign", "sdc", "due", "critical") if counts[name]]
    right = f", {counts['correct']} of {counts['pixels']} right"
    return (
        f"cell {row.cell} ({cell.arm.name}, {cell.faults.name}) trial {row.trial}: {row.flips} bits of {row.hit} elements hit, "
        f"{row.residual} read otherwise; of {counts['images']} samples {', '.join(shown)}{right}"
    )


faults.add_command(report_command)
