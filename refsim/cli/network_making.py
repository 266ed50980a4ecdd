"""Commands that make networks: of a family, out of an ONNX file, and of codes out of floating point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..nn.families import FAMILIES, build
from ..nn.files import CodeNetwork, FloatNetwork, load_network, save_network
from ..nn.networks import initial_parameters
from ..nn.onnx import read

OUT = click.Path(dir_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def options_of(given: tuple[str, ...]) -> dict[str, Any]:
    """Options written ``name=value``, a value as JSON or as a word; ``ValueError`` for anything else."""
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or name in found:
            raise ValueError(f"an option is written name=value, each once, not {text!r}")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


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
    from ..nn.storage import read_json  # noqa: PLC0415 for a file only

    found: Mapping[str, Any] = read_json(Path(text))
    return found
