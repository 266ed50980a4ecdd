"""The page of a study in reStructuredText, made of its report."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..results.charts import Chart, Figure
from ..results.claims import Claim, Effect
from ..results.measured import LEVEL
from ..results.report import Report, Section
from ..results.tables import EMPTY, Table, shown_rows
from ..study import Study

FIGURES, TABLES = "figures", "tables"
"""The folders beside the page."""


def page(study: Study, report: Report, manifest: Mapping[str, Any], times: Sequence[Mapping[str, float]]) -> str:
    """The whole page. It shows figures and offers tables that lie in folders beside it."""
    blocks = [
        _title(f"{study.title}: {literal(manifest['data'])}{', quick' if manifest['quick'] else ''}", "="),
        f"After {study.paper}.",
        _title("The question", "-"),
        _text(report.question),
        _title("How it was asked", "-"),
        _text(report.set_up),
        *_made(manifest, times),
        _title("What is claimed, and what holds", "-"),
        f"A claim holds where the whole interval at {LEVEL:.0%} of each of its effects lies above its bound.",
        *(block for claim in report.claims for block in _claim(claim)),
        *(block for section in report.sections for block in _section(section)),
        *_section(report.beside_the_paper),
        _title("What was not reproduced, and why", "-"),
        _text(report.limits),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def literal(text: str) -> str:
    """A text in reStructuredText that is read as it is: nothing in it is markup."""
    return re.sub(r"([\\`*_|<>])", r"\\\1", _line(text))


def _title(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _text(text: str) -> str:
    return textwrap.dedent(text).strip()


def _made(manifest: Mapping[str, Any], times: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """How to make the page again, and how long it took."""
    name = manifest["study"]
    yield "Made by"
    quick = " --quick" if manifest["quick"] else ""
    yield f".. code-block:: console\n\n   $ refsim study {name} --data {shlex.quote(manifest['data'])}{quick}"
    versions = ", ".join(f"{what} {version}" for what, version in manifest["versions"].items())
    workers = sorted({int(one["workers"]) for one in times})
    seconds = sum(one["seconds"] for one in times)
    took = f"It took {seconds:.0f} seconds with {' or '.join(map(str, workers))} processes of one thread. " if times else ""
    yield (
        f"{took}{len(manifest['jobs'])} jobs; {versions}; the data have the digest ``{manifest['digest'][:16]}``. Values in "
        f"brackets are intervals at {LEVEL:.0%}."
    )


def _section(section: Section) -> Iterator[str]:
    yield _title(section.title, "-")
    yield _text(section.text)
    for figure in section.figures:
        yield _figure(figure)
    for table in section.tables:
        yield _table(table)


def _figure(figure: Figure) -> str:
    bars = _bars(figure)
    caption = _line(f"{figure.caption.rstrip('. ')}. {bars}" if bars else figure.caption)
    return f".. figure:: {FIGURES}/{figure.name}.svg\n   :width: 100%\n   :alt: {caption}\n\n   {caption}"


def _bars(figure: Figure) -> str:
    """What the bars of a chart are, and of how many trials, unless its caption says it. A heat map has none."""
    if not isinstance(figure, Chart) or not figure.trials or f"intervals at {LEVEL:.0%}" in figure.caption.lower():
        return ""
    least, most = figure.trials[0], figure.trials[-1]
    return f"Bars are intervals at {LEVEL:.0%}, of {least if least == most else f'{least} to {most}'} trials each."


def _table(table: Table) -> str:
    heading, *rows = shown_rows(table)
    lines = [f".. list-table:: {_line(table.caption)}", "   :header-rows: 1", ""]
    for row in [heading, *rows]:
        lines += [f"   {'* -' if i == 0 else '  -'} {_cell(cell)}" for i, cell in enumerate(row)]
    kinds = " and ".join(f":download:`{kind.upper()} <{TABLES}/{table.name}.{kind}>`" for kind in ("csv", "json"))
    return "\n".join(lines) + f"\n\nWith all digits: {kinds}."


def _cell(text: str) -> str:
    """What stands in a cell: a lone dash is one, and no list."""
    return f"\\{text}" if text == EMPTY else text


def _claim(claim: Claim) -> Iterator[str]:
    yield f"**{_line(claim.paper)}** It {claim.verdict}:"
    yield "\n".join(f"* {_effect(effect)}" for effect in claim.effects)
    if claim.tried:
        yield _text(claim.tried)


def _effect(effect: Effect) -> str:
    found = effect.found
    value, low, high = (f"{x:.2f}" for x in found[:3])
    return (
        f"{_line(effect.said)}: {value} [{low}, {high}] {effect.unit} in {found.trials} trials, to be above "
        f"{effect.above:g}: it {effect.verdict}."
    )


def _line(text: str) -> str:
    return " ".join(text.split())
