"""The report for the terminal: the tables that say whether a campaign found something, narrow enough for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from .report import Report
from .table import Table
from .tables import accuracies, comparisons, flips, gates, repairs, stopping

LEFT_OUT = "against"
LINES = {"median %": 1, "mean %": 2, "accuracy gained": 2}
"""How many lines of a column there is room for."""


def terminal_tables(report: Report) -> Iterator[RichTable]:
    """The main tables in order; names of plans are text, never markup."""
    for table in (accuracies(report), stopping(report), flips(report), repairs(report), comparisons(report), gates(report)):
        if table is not None:
            yield rich_table(narrow(table))


def narrow(table: Table) -> Table:
    """The same with an arm over its faults, as a value is over its interval, with shorter intervals, and without what there
    is no room for and other reports have.
    """
    if table.columns[:2] != ("arm", "faults"):
        return table
    kept = [i for i, column in enumerate(table.columns) if i > 1 and column != LEFT_OUT]
    rows = [("\n".join(row[:2]), *(cut(row[i], table.columns[i]) for i in kept)) for row in table.rows]
    columns = ("arm and faults", *(table.columns[i] for i in kept))
    return Table(table.title, table.said, columns, tuple(rows), sum(i < table.numeric for i in kept) + 1)


def cut(cell: str, column: str) -> str:
    """A cell with a shorter interval, or with fewer of them."""
    kept = cell.split("\n")[: LINES.get(column)]
    return "\n".join(kept).replace(" to ", "..")


def rich_table(table: Table) -> RichTable:
    """A table with its title above and what it shows below."""
    found = RichTable(
        title=Text(table.title, style="bold"),
        caption=Text(table.said, style="italic"),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for i, column in enumerate(table.columns):
        # A number is never cut: where there is no room, names are wrapped.
        width = max(map(len, [*column.split(), *(line for row in table.rows for line in row[i].split("\n"))]))
        numeric = i >= table.numeric
        found.add_column(Text(column), justify="right" if numeric else "left", width=width if numeric else None)
    for row in table.rows:
        found.add_row(*(Text(cell) for cell in row))
    return found
