"""Commands about networks: what they have, their results, and traces of every layer's codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..engine import networks as engine
from ..engine.array import Array
from ..nn import networks as floats
from ..nn.files import CodeNetwork, FloatNetwork, load_network
from ..nn.losses import IGNORED
from ..nn.storage import save
from ..nn.summary import FLOAT_BITS, Row, bits, summary, total
from ..nn.traces import Trace, computed, differences, read_trace, specified, write_trace
from ..spec.networks import INPUT
from ..spec.tensors import size
from ..vectors.verify import DIFFERS
from .network_inputs import Samples, given_samples, sample_options
from .network_making import import_command, new_command, quantize_command
from .options import check_out
from .progress import progress_bar
from .pruning import prune_command
from .training import train_command

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def network() -> None:
    """Networks, in floating point and of codes: make, import, quantize, run them, and trace every layer.

    A network is a .json file with an .npz file beside it.

    \b
    Examples:
      refsim network train mlp --data digits --out mlp.json
      refsim network quantize mlp.json --scheme int8 --data digits --out int8.json
      refsim network trace int8.json --data digits --take 4 --images --out trace
    """


for command in (new_command, import_command, train_command, prune_command, quantize_command):
    network.add_command(command)


def shape_text(shape: Sequence[int]) -> str:
    """A shape, for people."""
    return "x".join(map(str, shape)) or "1"


@network.command("summary")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def summary_command(file: Path, as_json: bool) -> None:
    """The layers of a network: shapes, formats, multiply-accumulates, and bits of parameters and results, for one sample.

    \b
    Example:
      refsim network summary int8.json
    """
    found = load_network(file)
    rows = summary(found.network)
    if isinstance(found, CodeNetwork):
        x, held = str(found.network.input), bits(found.network.input)
    else:
        x, held = f"{shape_text(found.network.input)} of float", size(found.network.input) * FLOAT_BITS
    totals = total(rows, held)
    if as_json:
        facts = {"name": found.network.name, "input": x, "layers": [row._asdict() for row in rows], "total": totals._asdict()}
        click.echo(json.dumps(facts, indent=1))
        return
    click.echo(f"network   {found.network.name}\ninput     {x}\n")
    click.echo("\n".join(_table(rows)))
    click.echo(
        f"\ntotal     {totals.macs} MACs, {totals.parameters} parameters of {totals.parameter_bits} bits, "
        f"results of {totals.result_bits} bits, of which {totals.alive_bits} at once"
    )


def _table(rows: Sequence[Row]) -> Iterator[str]:
    head = ("layer", "kind", "from", "shape", "format", "MACs", "parameters", "bits", "result bits", "")
    table: list[tuple[str, ...]] = [head]
    for row in rows:
        numbers = map(str, (row.macs, row.parameters, row.parameter_bits, row.result_bits))
        table.append((row.name, row.kind, ",".join(row.inputs), shape_text(row.shape), row.format, *numbers, row.detail))
    widths = [max(len(line[i]) for line in table) for i in range(len(head))]
    for line in table:
        places = enumerate(zip(line, widths, strict=True))
        yield "  ".join(f"{text:>{n}}" if 5 <= i <= 8 else f"{text:<{n}}" for i, (text, n) in places).rstrip()


@network.command("run")
@click.argument("file", type=FILE)
@sample_options
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1), help="How many samples at once.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="An .npy file for the results: codes, or numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run_command(file: Path, batch: int, out: Path | None, as_json: bool, **given: Any) -> None:
    """The results of a network for samples, bit by bit where it is one of codes; and how many are right where labels are known.

    \b
    Examples:
      refsim network run int8.json --data digits
      refsim network run mine.json --input images.npy --out logits.npy
    """
    if out is not None and out.suffix != ".npy":
        raise ValueError(f"--out must be an .npy file, not {out}")
    found = load_network(file)
    samples = given_samples(found, **given)
    with progress_bar("samples", len(samples)) as bar:
        parts = []
        for begin in range(0, len(samples), batch):
            parts.append(_results(found, samples.part(begin, begin + batch)))
            bar.update(bar.task_ids[0], advance=len(parts[-1][0]))
    results, values = (np.concatenate(both) for both in zip(*parts, strict=True))
    if out is not None:
        save(out, _npy(results))
    facts: dict[str, Any] = {"network": found.network.name, "samples": len(samples), "result": list(results.shape[1:])}
    if isinstance(found, CodeNetwork):
        facts["format"] = found.network.output.format.name
    chosen = values.argmax(axis=1) if values.ndim > 1 else None
    if samples.labels is not None:
        facts |= _right(found.network.name, chosen, samples.labels)
    if as_json:
        click.echo(json.dumps({**facts, "classes": None if chosen is None else chosen.tolist()}, indent=1))
        return
    click.echo(f"samples   {len(samples)}")
    click.echo(f"result    {shape_text(results.shape[1:])} of {facts.get('format', results.dtype.name)} each")
    if samples.labels is not None:
        click.echo(f"right     {facts['right']} of {facts['of']}, {100 * facts['accuracy']:.2f} %")
    elif chosen is not None and chosen.ndim == 1:
        shown = " ".join(map(str, chosen[:20]))
        click.echo(f"classes   {shown}{' ...' if len(chosen) > 20 else ''}")


def _right(name: str, chosen: Any, labels: Any) -> dict[str, Any]:
    """How many classes are right, of those samples or pixels whose label is known."""
    if chosen is None or chosen.shape != labels.shape:
        raise ValueError(f"the results of the network {name} are no classes for labels of shape {labels.shape}")
    known = labels != IGNORED
    right, of = int(np.count_nonzero((chosen == labels) & known)), int(np.count_nonzero(known))
    return {"right": right, "of": of, "accuracy": right / max(of, 1)}


def _results(found: CodeNetwork | FloatNetwork, part: Samples) -> tuple[Any, Any]:
    """The results as they are held, and as numbers."""
    if isinstance(found, FloatNetwork):
        assert not isinstance(part.x, Array), "such a network takes numbers"
        y = floats.predict(found.network, found.parameters, part.x)
        return y, y
    assert isinstance(part.x, Array), "such a network takes codes"
    made = engine.run(found.network, found.tensors, part.x)
    return made.codes, numbers_of(made)


def numbers_of(array: Array) -> Any:
    """Numbers in binary64, rounded where they are no binary64 numbers: to compare results, not to compute with."""
    try:
        return array.values()
    except ValueError:
        return np.vectorize(float, otypes=[np.float64])(array.exact()) if array.codes.size else np.zeros(array.shape)


def _npy(array: Any) -> bytes:
    import io  # noqa: PLC0415 for this command only

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _codes(file: Path) -> CodeNetwork:
    found = load_network(file)
    if not isinstance(found, CodeNetwork):
        raise ValueError(f"{file} is a network in floating point, without codes; refsim network quantize makes one of codes")
    return found


@network.command("trace")
@click.argument("file", type=FILE)
@sample_options
@click.option("--specification", is_flag=True, help="Compute it by the scalar specification: the golden one, and slow.")
@click.option("--images", is_flag=True, help="Write memory images for $readmemh too.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A folder for the trace.")
def trace_command(file: Path, specification: bool, images: bool, out: Path, **given: Any) -> None:
    """The codes of every layer for samples, written to a folder.

    \b
    Example:
      refsim network trace int8.json --data digits --take 4 --specification --images --out trace
    """
    check_out(out / "trace.json")
    found = _codes(file)
    samples = given_samples(found, **given)
    assert isinstance(samples.x, Array), "such a network takes codes"
    made = _traced(found, samples.x, specification=specification)
    write_trace(out, made, images=images)
    layers = len(made.arrays) - 1
    click.echo(f"{layers} layers of {len(samples)} samples in {out}, by the {'specification' if specification else 'engine'}")


def _traced(found: CodeNetwork, x: Array, *, specification: bool) -> Trace:
    if specification:
        with progress_bar("samples", x.shape[0]) as bar:
            return specified(found, x, lambda done, _: bar.update(bar.task_ids[0], completed=done))
    with progress_bar("layers", len(found.network.nodes)) as bar:
        places = {node.name: i for i, node in enumerate(found.network.nodes)}

        def told(layer: str, done: int, total: int) -> None:
            bar.update(bar.task_ids[0], description=layer, completed=places[layer] + done / total)

        return computed(found, x, told)


@network.command("check")
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@click.option("--specification", is_flag=True, help="Compute it again by the scalar specification, not by the engine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check_command(context: click.Context, folders: tuple[Path, ...], specification: bool, as_json: bool) -> None:
    """Compute traces again from their networks and inputs, and say for each layer that differs where it does first.

    \b
    Example:
      refsim network check vectors/network/*
    """
    found: list[dict[str, Any]] = []
    for folder in folders:
        trace = read_trace(folder)
        again = _traced(trace.found, trace.arrays[INPUT], specification=specification)
        wrong = list(differences(again, trace))
        found.append({"trace": str(folder), "layers": len(trace.arrays) - 1, "samples": trace.samples, "differ": wrong})
        if not as_json:
            click.echo(f"{folder}: {len(trace.arrays) - 1} layers of {trace.samples} samples, {len(wrong)} differ")
            for d in wrong:
                click.echo(
                    f"  {d.layer}: {d.wrong} codes differ, first sample {d.sample} at {list(d.index)}: "
                    f"expected {d.expected:#x}, given {d.given:#x}"
                )
    if as_json:
        click.echo(json.dumps([{**one, "differ": [vars(d) for d in one["differ"]]} for one in found], indent=1))
    if any(one["differ"] for one in found):
        context.exit(DIFFERS)
