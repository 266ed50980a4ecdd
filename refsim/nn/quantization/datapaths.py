"""Datapaths that fit themselves to the formats of a layer: names with places for what the formats decide."""

from __future__ import annotations

import re

from ...spec.datapath_names import get_datapath
from ...spec.datapaths import Datapath
from ...spec.formats import Format, UniformGrid
from ...spec.projection import Projection
from ...spec.spellings import projection_name

PLACE = re.compile(r"\{([^{}]*)\}")
ANY = Projection("int8", "toward_zero", "saturate")
"""What stands for the activations while a name is checked."""


def places_after_point(formats: tuple[Format, ...]) -> int:
    """How many places after the point an exact product of these formats has; ``ValueError`` where one has no point."""
    if wrong := [format for format in formats if not isinstance(format.grid, UniformGrid)]:
        raise ValueError(f"a register of a product's places needs fixed point, which {wrong[0].name} is not")
    return sum(-format.grid.quantum for format in formats)


def filled(name: str, to: Projection = ANY, formats: tuple[Format, ...] = ()) -> str:
    """A name of a datapath or an accumulator, with ``{to}`` replaced by the projection of the activations, and ``{32}`` by the
    format of 32 bits with as many places after the point as a product of the formats.

    ``ValueError`` for any other place.
    """

    def given(match: re.Match[str]) -> str:
        word = match[1]
        if word == "to":
            return projection_name(to)
        if not word.isascii() or not word.isdigit() or not 2 <= int(word) <= 1024:
            raise ValueError(f"the places of a datapath are {{to}} and bits from {{2}} to {{1024}}, not {{{word:.20}}}")
        fraction = places_after_point(formats)
        return f"q{int(word) - 1 - fraction}.{fraction}"

    return PLACE.sub(given, name)


def datapath_for(name: str, to: Projection = ANY, formats: tuple[Format, ...] = ()) -> Datapath:
    """The datapath of a name with places."""
    return get_datapath(filled(name, to, formats))


def check_template(name: str) -> None:
    """``ValueError`` for a name that is none of a datapath, whatever stands in its places."""
    try:
        datapath_for(name)
    except ValueError as error:
        raise ValueError(f"datapath: {error}") from None
