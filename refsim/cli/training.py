"""The command that trains a network."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import numpy as np

from ..nn.data import get_data
from ..nn.families import FAMILIES, build
from ..nn.files import FloatNetwork, load_network, save_network
from ..nn.networks import initial_parameters
from ..nn.training.checkpoints import fingerprint, history_facts, read_checkpoint, write_checkpoint
from ..nn.training.loop import Place, Plan, Progress, Training, train
from ..nn.training.schedules import SCHEDULES, Schedule
from ..nn.training.table import METHODS, get_method
from .options import DATA_OPTION, check_out, options_of
from .progress import progress_bar

INTERRUPTED = 130


def schedule_of(text: str) -> Schedule:
    """A number, or KIND:FIRST:LAST:EPOCHS; ``ValueError`` for anything else."""
    kind, *rest = text.split(":")
    try:
        if not rest:
            return Schedule("constant", float(kind), float(kind), 1)
        first, last, epochs = rest
        return Schedule(kind, float(first), float(last), int(epochs))
    except ValueError as error:
        kinds = ", ".join(SCHEDULES)
        raise ValueError(
            f"a schedule is a number, or KIND:FIRST:LAST:EPOCHS with a kind of {kinds}, not {text!r:.60}: {error}"
        ) from None


def network_of(source: str, options: tuple[str, ...], seed: int) -> FloatNetwork:
    """The network of a file, or a new one of a family."""
    if source in FAMILIES:
        network = build(source, options_of(options))
        return FloatNetwork(network, initial_parameters(network, seed))
    if options:
        raise ValueError(f"--network-option is for families, and {source} is none of {', '.join(FAMILIES)}")
    if not Path(source).exists():
        raise ValueError(f"{source} is neither a file nor one of the families {', '.join(FAMILIES)}")
    found = load_network(Path(source))
    if not isinstance(found, FloatNetwork):
        raise ValueError(f"{source} is a network of codes, which is not trained; train the one in floating point")
    return found


@contextmanager
def asked_to_stop() -> Iterator[list[bool]]:
    """A list that gets an element when somebody interrupts; a second interrupt ends at once."""
    asked: list[bool] = []

    def note(number: int, frame: FrameType | None) -> None:
        if asked:
            signal.default_int_handler(number, frame)
        asked.append(True)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


@click.command("train")
@click.argument("network")
@click.option("--network-option", "network_options", metavar="NAME=VALUE", multiple=True, help="A size of the family.")
@click.option("--data", default="digits", show_default=True, help="A data set: its name, or a file or folder of it.")
@DATA_OPTION
@click.option("--method", default="float", show_default=True, help=f"How to train: {', '.join(METHODS)}.")
@click.option("--option", "options", metavar="NAME=VALUE", multiple=True, help="An option of the method; once for each.")
@click.option("--epochs", default=10, show_default=True, type=click.IntRange(1), help="How often all samples are seen.")
@click.option("--batch", default=50, show_default=True, type=click.IntRange(1), help="Samples of one step.")
@click.option("--rate", default="0.1", show_default=True, help="The learning rate: a number, or KIND:FIRST:LAST:EPOCHS.")
@click.option("--momentum", default="0.9", show_default=True, help="The momentum, in the same way.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Decides everything that is random.")
@click.option("--checkpoint", type=click.Path(dir_okay=False, path_type=Path), help="An .npz file to go on from later.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, with the same options.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .json file of the network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def train_command(
    context: click.Context,
    network: str,
    network_options: tuple[str, ...],
    data: str,
    data_options: tuple[str, ...],
    method: str,
    options: tuple[str, ...],
    epochs: int,
    batch: int,
    rate: str,
    momentum: str,
    seed: int,
    checkpoint: Path | None,
    resume: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Train a network: of a family, or of a file. Ctrl-C finishes the step, and with --checkpoint nothing is lost.

    \b
    Examples:
      refsim network train mlp --data digits --epochs 20 --rate linear:0.1:0.01:20 --out mlp.json
      refsim network train lenet.json --data fashion-mnist --method low_precision --checkpoint run.npz --out lenet.json
    """
    if resume and checkpoint is None:
        raise ValueError("--resume goes on from a --checkpoint, which is not given")
    if out.suffix != ".json":
        raise ValueError(f"a network is written to a .json file, not to {out}")
    if checkpoint is not None and checkpoint.resolve() in {out.resolve(), out.with_suffix(".npz").resolve()}:
        raise ValueError(f"--checkpoint {checkpoint} is where --out {out} has its arrays; give it another name")
    check_out(out, checkpoint)
    found, known = network_of(network, network_options, seed), get_data(data, **options_of(data_options))
    way = get_method(method, options_of(options))
    plan = Plan(epochs, batch, seed, schedule_of(rate), schedule_of(momentum))
    mark = fingerprint(found.network, found.parameters, known, way, plan)
    start = way.start(found.network, found.parameters)
    if resume and checkpoint is not None:
        training = read_checkpoint(checkpoint, start, mark)
    else:
        if checkpoint is not None and checkpoint.exists():
            raise ValueError(f"{checkpoint} is there already: go on from it with --resume, or take it away")
        training = Training(start, Place())
    steps = len(known.train_x) // batch
    with asked_to_stop() as asked, progress_bar("training", epochs * steps) as bar:

        def told(now: Progress) -> None:
            text = f"epoch {now.epoch + 1}/{now.epochs}  loss {now.loss:.4f}"
            bar.update(bar.task_ids[0], description=text, completed=now.epoch * steps + now.iteration)

        def keep(one: Training) -> None:
            if checkpoint is not None:
                write_checkpoint(checkpoint, one, mark)
            if one.history and not one.place.iteration and not as_json:
                done = one.history[-1]
                bar.console.print(f"epoch {done.epoch + 1:3}  loss {done.loss:.4f}  right {100 * done.accuracy:.2f} %")

        training = train(found.network, training, known, way, plan, told=told, keep=keep, stop=lambda: bool(asked))
    if training.place.epoch < epochs:
        hint = "go on with --resume" if checkpoint is not None else "with --checkpoint it could go on"
        click.echo(f"refsim: stopped in epoch {training.place.epoch + 1} of {epochs}; {hint}", err=True)
        context.exit(INTERRUPTED)
    parameters = {name: np.asarray(value) for name, value in way.parameters(found.network, training.state).items()}
    save_network(out, FloatNetwork(found.network, parameters))
    if as_json:
        click.echo(json.dumps({"network": str(out), "history": history_facts(training)}, indent=1))
    else:
        click.echo(f"{out}: {found.network.name}, right {100 * training.history[-1].accuracy:.2f} % of the test samples")
