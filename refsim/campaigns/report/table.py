"""What a table of a report is: text, for the terminal and the page alike."""

from __future__ import annotations

from typing import NamedTuple

from .summary import Summary


class Table(NamedTuple):
    """A table: what it shows, its columns, and its rows; the columns from ``numeric`` on are numbers."""

    title: str
    said: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: int = 2


def who(found: Summary) -> tuple[str, str]:
    """The arm and the faults of a cell."""
    return found.facts.arm, found.facts.faults


def lines(parts: tuple[str, ...]) -> str:
    """A value over its interval, and what else there is of it."""
    return "\n".join(parts)
