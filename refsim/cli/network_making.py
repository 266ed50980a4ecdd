"""Commands that make networks: of a family, out of an ONNX file, and of codes out of floating point."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..nn.data import get_data
from ..nn.families import FAMILIES, build
from ..nn.files import CodeNetwork, FloatNetwork, load_network, save_network
from ..nn.folding import fold as folded
from ..nn.folding import shared
from ..nn.networks import initial_parameters
from ..nn.onnx import read
from ..nn.quantization.presets import PRESETS
from ..nn.quantization.quantize import quantize
from ..nn.storage import read_json
from .network_inputs import fitted
from .options import DATA_OPTION, check_out, options_of
from .progress import progress_bar

OUT = click.Path(dir_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def told(found: FloatNetwork | CodeNetwork, out: Path) -> None:
    """Write a network and say what it is."""
    save_network(out, found)
    if isinstance(found, CodeNetwork):
        layers, numbers = len(found.network.nodes), sum(array.codes.size for array in found.tensors.values())
        arithmetic = "of codes"
    else:
        layers, numbers = len(found.network.layers), sum(array.size for array in found.parameters.values())
        arithmetic = "in floating point"
    click.echo(f"{out}: {found.network.name}, a network {arithmetic} with {layers} layers and {numbers} parameters")


@click.command("new")
@click.argument("family", type=click.Choice(list(FAMILIES)))
@click.option("--option", "options", metavar="NAME=VALUE", multiple=True, help="A size of the family; once for each.")
@click.option("--seed", default=1, show_default=True, help="Where the first parameters come from.")
@click.option("--out", required=True, type=OUT, help="The .json file of the network.")
def new_command(family: str, options: tuple[str, ...], seed: int, out: Path) -> None:
    """A network of a family, in floating point and not trained.

    \b
    Examples:
      refsim network new lenet --out lenet.json
      refsim network new mlp --option input='[1,28,28]' --option hidden='[100,50]' --out mlp.json
    """
    network = build(family, options_of(options))
    told(FloatNetwork(network, initial_parameters(network, seed)), out)


@click.command("import")
@click.argument("model", type=FILE)
@click.option("--out", required=True, type=OUT, help="The .json file of the network.")
def import_command(model: Path, out: Path) -> None:
    """The network of an ONNX file: in floating point, or, where the file has a quantized one, of codes.

    \b
    Example:
      refsim network import model.onnx --out model.json
    """
    told(read(model), out)


def read_scheme(text: str) -> str | Mapping[str, Any]:
    """A scheme by its name, or the plain data of a JSON file."""
    if not text.endswith(".json"):
        return text
    found: Mapping[str, Any] = read_json(Path(text))
    return found


@click.command("quantize")
@click.argument("file", type=FILE)
@click.option("--scheme", required=True, help=f"A .json file, or one of {', '.join(PRESETS)}.")
@click.option("--data", help="A data set by which ranges are found: its name, or a file or folder; its training part is taken.")
@DATA_OPTION
@click.option("--take", default=200, show_default=True, type=click.IntRange(1), help="How many of its samples.")
@click.option("--fold/--no-fold", default=True, help="Whether batch normalizations go into the layers before them.")
@click.option("--out", required=True, type=OUT, help="The .json file of the network of codes.")
def quantize_command(
    file: Path, scheme: str, data: str | None, data_options: tuple[str, ...], take: int, fold: bool, out: Path
) -> None:
    """A network of codes from one in floating point, under a scheme: formats, datapaths and how ranges are found.

    \b
    Examples:
      refsim network quantize mlp.json --scheme int8 --data digits --out mlp8.json
      refsim network quantize lenet.json --scheme mine.json --data digits --out lenet.codes.json
    """
    check_out(out)
    found = load_network(file)
    if not isinstance(found, FloatNetwork):
        raise ValueError(f"{file} is a network of codes already")
    network, parameters = found.network, found.parameters
    if fold:
        network, parameters = folded(network, parameters, leave=shared(network))
    samples = (
        None if data is None else fitted(get_data(data, **options_of(data_options)).train_x[:take], network.input, network.name)
    )
    with progress_bar("samples", take) as bar:

        def tell(done: int, _: int) -> None:
            bar.update(bar.task_ids[0], completed=done)

        made = quantize(network, parameters, read_scheme(scheme), samples, tell)
    told(CodeNetwork(*made), out)
