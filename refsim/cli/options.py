"""Options that are written as a name and a value."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

DATA_OPTION = click.option(
    "--data-option", "data_options", metavar="NAME=VALUE", multiple=True, help="An option of the data set; once for each."
)


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


def check_out(*paths: Path | None) -> None:
    """``ValueError`` where a file that long work will be written to could not be written."""
    for path in paths:
        if path is None:
            continue
        folder = next(one for one in path.absolute().parents if one.exists())
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            raise ValueError(f"{path} cannot be written") from None
