"""The report as one page of HTML that needs nothing else: no script, no font, no other file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .drawing import inline
from .pictures import Picture
from .report import Report
from .table import Table
from .tables import all_tables
from .words import given, plural, points, share

STYLE = """
:root { color-scheme: light dark; --ink: #22303c; --soft: #52606d; --faint: #9aa5b1; --line: #d9e0e6; --back: #ffffff;
  --band: #f4f6f8; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #a9b4bf; --faint: #66727e; --line: #333d47;
  --back: #14191e; --band: #1c2329; --bad: #ff8a80; } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--back); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p, figcaption, caption { max-width: 48rem; } caption, figcaption { text-align: left; color: var(--soft); font-size: .9rem; }
caption { padding-bottom: .5rem; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom-color: var(--faint); vertical-align: bottom; } tbody tr:nth-child(even) { background: var(--band); }
.number { text-align: right; } td small { display: block; color: var(--soft); white-space: nowrap; }
figure { margin: 1rem 0 2rem; }
svg { width: 100%; height: auto; color: var(--ink); stroke-linejoin: round; stroke-linecap: butt; }
.bad { color: var(--bad); font-weight: bold; }
nav a { margin-right: 1rem; color: inherit; } .plan td { overflow-wrap: anywhere; }
"""


def html_page(report: Report, found: Sequence[Picture]) -> str:
    """The page: what came out first, then the tables, the pictures and the plan."""
    title = escape(f"Fault campaign {report.name}")
    tables = all_tables(report)
    shown, plan = tables[:-1], tables[-1:]
    sections = [*(table_section(table) for table in shown), *(figure_section(i, one) for i, one in enumerate(found))]
    sections += [table_section(table) for table in plan]
    names = [*(table.title for table in shown), *(one.title for one in found), *(table.title for table in plan)]
    links = " ".join(f'<a href="#{anchor(name)}">{escape(name)}</a>' for name in names)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{title}</h1>",
            *summary(report),
            f"<nav>{links}</nav>",
            *sections,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def summary(report: Report) -> list[str]:
    """What came out, in a few sentences."""
    cells, empty = len(report.cells), [found for found in report.cells if not found.trials]
    said = [f"<p>{plural(cells, 'cell')}, {plural(report.trials, 'trial')}.</p>"]
    if report.failed:
        failed = escape(", ".join(gate.name for gate in report.failed))
        said.append(
            f'<p class="bad">A check of the campaign failed: {failed}. No other number of this page is to be believed.</p>'
        )
    elif report.gates:
        said.append(f"<p>Checks of the campaign: all {len(report.gates)} passed.</p>")
    judged = [found for found in report.cells if found.dropped is not None and found.dropped.value is not None]
    if judged:
        worst = max(judged, key=lambda found: (found.dropped and found.dropped.value) or 0)
        value, *interval = share(worst.dropped)
        said.append(
            f"<p>Most often accuracy falls by more than {points(report.options.drop)} in "
            f"<b>{escape(worst.facts.arm)}</b> under <b>{escape(worst.facts.faults)}</b>: in {value} % of the trials, "
            f"{given(report.options.level)} % interval {' '.join(interval)}.</p>"
        )
    elif report.trials:
        said.append("<p>No labels are known: there is no accuracy, and outcomes are judged against the run without faults.</p>")
    if empty:
        said.append(
            f"<p>Without a trial: {escape(', '.join(f'{one.facts.arm} under {one.facts.faults}' for one in empty))}.</p>"
        )
    return said


def anchor(name: str) -> str:
    """The name of a section inside the page."""
    return "s-" + "".join(char if char.isascii() and char.isalnum() else f"-{ord(char):x}-" for char in name)


def table_section(table: Table) -> str:
    """A table under its title."""
    classes = ["number" if i >= table.numeric else "text" for i in range(len(table.columns))]
    heads = "".join(
        f'<th scope="col" class="{look}">{escape(column)}</th>' for column, look in zip(table.columns, classes, strict=True)
    )
    lines = ["".join(cell(value, look) for value, look in zip(row, classes, strict=True)) for row in table.rows]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    kind = ' class="plan"' if table.title == "Plan" else ""
    return (
        f'<section id="{anchor(table.title)}">\n<h2>{escape(table.title)}</h2>\n<div class="wide">\n<table{kind}>\n'
        f"<caption>{escape(table.said)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</section>"
    )


def cell(value: str, look: str) -> str:
    """A cell: of several lines the later ones are small."""
    first, *rest = value.split("\n")
    look = "bad" if value == "FAILED" else look
    small = f"<small>{escape(' '.join(rest))}</small>" if rest else ""
    return f'<td class="{look}">{escape(first)}{small}</td>'


def figure_section(number: int, one: Picture) -> str:
    """A picture under its title, with its caption."""
    svg = inline(one.figure, f"f{number}", escape(one.alt))
    return (
        f'<section id="{anchor(one.title)}">\n<h2>{escape(one.title)}</h2>\n<figure>\n{svg}\n'
        f"<figcaption>{escape(one.caption)}</figcaption>\n</figure>\n</section>"
    )
