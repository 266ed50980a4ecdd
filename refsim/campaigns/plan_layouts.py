"""Layouts of plans as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..spec.fault_names import read_list
from ..spec.layouts import Layout
from ..spec.plain_data import mapping
from .plan import Laid
from .plan_entries import at_least, entries, read_kinds, some

MOST = 1 << 20
"""The columns, words, banks and elements that a layout may have: rows are sampled whole."""


def read_layouts(value: Any) -> tuple[Laid, ...]:
    """Layouts in a list."""
    return tuple(entries("layout", read_list(value), read_laid))


def read_laid(data: Any) -> Laid:
    """How sites lie in memory arrays."""
    given = mapping(data, ["columns"], ["interleave", "banks", "word", "names", "kinds"])
    numbers = {name: given.get(name, 1) for name in ("columns", "interleave", "banks", "word")}
    for count in numbers.values():
        if at_least(1, count) > MOST:
            raise ValueError(
                f"a layout has at most {MOST} columns, interleaved words, banks and elements in a word, not {count}"
            )
    kinds = read_kinds(given.get("kinds", ["weight", "check"]))
    return Laid(Layout(**numbers), some(given.get("names", ["*"])), kinds)


def write_layouts(layouts: Sequence[Laid]) -> list[dict[str, Any]]:
    """The plain data of layouts."""
    return [{**asdict(one.layout), "names": list(one.names), "kinds": list(one.kinds)} for one in layouts]
