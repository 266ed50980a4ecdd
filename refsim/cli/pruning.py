"""The command that takes channels out of a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..nn.data import get_data
from ..nn.files import FloatNetwork, load_network, save_network
from ..nn.pruning.iterative import Schedule, as_it_is, prune
from ..nn.pruning.ranking import SCOPES
from ..nn.pruning.tuning import tuned
from ..nn.training.loop import Plan, tested
from ..nn.training.methods import grouped
from ..nn.training.table import METHODS, get_method
from .options import DATA_OPTION, check_out, options_of
from .progress import progress_bar
from .training import schedule_of


@click.command("prune")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ratio", required=True, type=float, help="The share of channels that is gone at the end.")
@click.option("--steps", default=2, show_default=True, type=click.IntRange(1), help="In how many steps.")
@click.option("--scope", default="local", show_default=True, type=click.Choice(list(SCOPES)), help="Of each layer, or of all.")
@click.option("--data", default="digits", show_default=True, help="A data set to tune and test with.")
@DATA_OPTION
@click.option("--method", default="float", show_default=True, help=f"How to tune: {', '.join(METHODS)}.")
@click.option("--option", "options", metavar="NAME=VALUE", multiple=True, help="An option of the method; once for each.")
@click.option("--epochs", default=3, show_default=True, type=click.IntRange(0), help="Epochs of tuning after each step.")
@click.option("--batch", default=50, show_default=True, type=click.IntRange(1), help="Samples of one step of tuning.")
@click.option("--rate", default="0.01", show_default=True, help="The learning rate: a number, or KIND:FIRST:LAST:EPOCHS.")
@click.option("--momentum", default="0.9", show_default=True, help="The momentum, in the same way.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Decides the order of samples.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .json file of the network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prune_command(
    file: Path,
    ratio: float,
    steps: int,
    scope: str,
    data: str,
    data_options: tuple[str, ...],
    method: str,
    options: tuple[str, ...],
    epochs: int,
    batch: int,
    rate: str,
    momentum: str,
    seed: int,
    out: Path,
    as_json: bool,
) -> None:
    """Take the weakest channels out of a network, in steps, and tune what is left after each.

    \b
    Example:
      refsim network prune lenet.json --ratio 0.5 --steps 4 --data fashion-mnist --out small.json
    """
    if out.suffix != ".json":
        raise ValueError(f"a network is written to a .json file, not to {out}")
    check_out(out)
    found, known = load_network(file), get_data(data, **options_of(data_options))
    if not isinstance(found, FloatNetwork):
        raise ValueError(f"{file} is a network of codes, which is not pruned; prune the one in floating point")
    way, schedule = get_method(method, options_of(options)), Schedule(ratio, steps, scope)
    tune = tuned(way, known, Plan(epochs, batch, seed, schedule_of(rate), schedule_of(momentum))) if epochs else as_it_is
    rows: list[dict[str, Any]] = []
    network, parameters = found.network, found.parameters
    with progress_bar("pruning", steps) as bar:
        for one in prune(network, parameters, schedule, tune):
            network, parameters = one.network, one.parameters
            right = tested(network, grouped("parameters", dict(parameters)), known, get_method("float", {}))
            counts = {"step": one.step, "taken_out": one.taken_out, "macs": one.macs, "parameters": one.size}
            rows.append({**counts, "accuracy": right})
            bar.update(bar.task_ids[0], completed=one.step)
    save_network(out, FloatNetwork(network, parameters))
    if as_json:
        click.echo(json.dumps({"network": str(out), "steps": rows}, indent=1))
        return
    click.echo("step  channels out       MACs  parameters    right")
    for row in rows:
        share = f"{100 * row['accuracy']:.2f} %"
        click.echo(f"{row['step']:4}  {row['taken_out']:12}  {row['macs']:9}  {row['parameters']:10}  {share:>7}")
    click.echo(f"{out}: {network.name}")
