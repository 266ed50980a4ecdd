"""Tables of a study: columns with units, and cells that are texts, numbers, or values with intervals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .measured import Measured

Cell = str | int | float | Measured | None
"""``None`` is a cell without anything in it: what does not apply, or could not be computed."""
EMPTY = "-"
ENDS = (".low", ".high", ".trials")


class Column(NamedTuple):
    """A column: its name, the unit of its numbers, and the digits after the point that people are shown."""

    name: str
    unit: str = ""
    digits: int = 1

    @property
    def heading(self) -> str:
        """The name with its unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """A table: its name, which is that of its files, what it shows, and its rows. ``ValueError`` for rows of another length."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        if wrong := [row for row in self.rows if len(row) != len(self.columns)]:
            raise ValueError(f"a row of the table {self.name} has {len(self.columns)} cells, not {len(wrong[0])}")


def shown(cell: Cell, column: Column) -> str:
    """A cell as people read it: the interval in brackets."""
    if cell is None:
        return EMPTY
    if isinstance(cell, Measured):
        value, low, high = (f"{x:.{column.digits}f}" for x in cell[:3])
        return value if low == high == value else f"{value} [{low}, {high}]"
    return f"{cell:.{column.digits}f}" if isinstance(cell, float) else str(cell)


def shown_rows(table: Table) -> list[list[str]]:
    """The headings and the cells as people read them. Trials are a column of their own behind the values that they are of, once
    for all that have as many in each row."""
    groups = {group[-1]: group for group in _as_many(table)}
    lines = [[text for i, one in enumerate(table.columns) for text in ([one.heading] + ["trials"] * (i in groups))]]
    for row in table.rows:
        line = []
        for i, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            line.append(shown(cell, column))
            if i in groups:
                trials = [_trials(row[j]) for j in groups[i]]
                line.append(str(next((n for n in trials if n is not None), EMPTY)))
        lines.append(line)
    return lines


def _as_many(table: Table) -> list[list[int]]:
    """The columns with intervals, those that follow one another together where each row has as many trials in all of them."""
    groups: list[list[int]] = []
    for i, _ in enumerate(table.columns):
        if any(isinstance(row[i], Measured) for row in table.rows):
            group = [*groups[-1], i] if groups else [i]
            if groups and all(len({_trials(row[j]) for j in group} - {None}) <= 1 for row in table.rows):
                groups[-1] = group
            else:
                groups.append([i])
    return groups


def _trials(cell: Cell) -> int | None:
    return cell.trials if isinstance(cell, Measured) else None


def csv_text(table: Table) -> str:
    """A table for programs: numbers with all digits, a value with an interval in four columns, an empty cell for ``None``."""
    wide = [any(isinstance(row[i], Measured) for row in table.rows) for i in range(len(table.columns))]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        [
            text
            for column, many in zip(table.columns, wide, strict=True)
            for text in [column.heading, *(f"{column.name}{end}" for end in ENDS if many)]
        ]
    )
    for row in table.rows:
        writer.writerow(
            [text for cell, many in zip(row, wide, strict=True) for text in _cells(cell, 4 if many else 1)],
        )
    return file.getvalue()


def _cells(cell: Cell, count: int) -> list[str]:
    found = [*cell] if isinstance(cell, Measured) else [cell]
    return [_number(x) for x in found] + [""] * (count - len(found))


def _number(x: str | float | None) -> str:
    return "" if x is None else repr(x) if isinstance(x, float) else str(x)


def json_text(table: Table) -> str:
    """A table as JSON: columns with units, and rows; a value with an interval is an object."""
    found: dict[str, Any] = {
        "table": table.name,
        "caption": table.caption,
        "columns": [{"name": one.name, "unit": one.unit} for one in table.columns],
        "rows": [[cell._asdict() if isinstance(cell, Measured) else cell for cell in row] for row in table.rows],
    }
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
