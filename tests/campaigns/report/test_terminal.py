"""The tables of the terminal."""

import io

from rich.console import Console

from refsim.campaigns.report.report import make_report
from refsim.campaigns.report.terminal import terminal_tables

from .cases import RATES, faults, manifest, row, rows


def printed(report):
    """What a wide terminal shows."""
    text = io.StringIO()
    console = Console(file=text, width=200, color_system=None)
    for table in terminal_tables(report):
        console.print(table)
    return text.getvalue()


def test_tables():
    """Accuracy, faults, protection, comparisons and gates, with intervals."""
    text = printed(make_report(manifest(), rows(), [("clean run", False, "another digest")]))
    for part in ("Accuracy", "Faults", "Protection", "Arms compared", "Gates", "19.41 to 99.37 (3 of 4)", "FAILED"):
        assert part in text
    assert "Clopper and Pearson" in text
    assert "confidence sequences" in printed(make_report(manifest(rule="width"), rows()))


def test_names_are_no_markup():
    """Brackets in names are printed as they are."""
    name = "[red]arm[/red] :smile:"
    assert name in printed(make_report(manifest((name,), [faults("[/b]", RATES[0]["model"])]), [row(0, 0)]))


def test_nothing_to_show():
    """An empty campaign and cells without trials are tables with dashes."""
    assert "Accuracy" in printed(make_report(manifest(()), []))
    assert "-" in printed(make_report(manifest(), []))
