"""Options that are written as a name and a value."""

from __future__ import annotations

import json
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
