"""The report for the terminal: the tables that say whether a campaign found something."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as RichTable
from rich.text import Text

from .report import Report
from .tables import Table, accuracies, comparisons, flips, gates, repairs, stopping


def terminal_tables(report: Report) -> Iterator[RichTable]:
    """The main tables in order; names of plans are text, never markup."""
    for table in (accuracies(report), stopping(report), flips(report), repairs(report), comparisons(report), gates(report)):
        if table is not None:
            yield rich_table(table)


def rich_table(table: Table) -> RichTable:
    """A table with its title above and what it shows below."""
    found = RichTable(title=Text(table.title), caption=Text(table.said), title_justify="left", caption_justify="left")
    for i, column in enumerate(table.columns):
        found.add_column(Text(column), justify="right" if i >= table.numeric else "left")
    for row in table.rows:
        found.add_row(*(Text(cell) for cell in row))
    return found
