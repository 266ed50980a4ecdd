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
    for part in ("Accuracy", "Faults", "Protection", "Arms compared", "Gates", "19.41..99.37", "(3 of 4)", "FAILED"):
        assert part in text
    assert "Clopper and Pearson" in text
    assert "confidence sequences" in printed(make_report(manifest(rule="width"), rows()))


def test_tables_that_need_something_to_say():
    """Without protection, a second arm, checks or a rule that looks there are no tables of them."""
    text = printed(make_report(manifest(("one",)), [row(0, 0), row(1, 0, 50)]))
    assert not [part for part in ("Protection", "Arms compared", "Gates", "Event of the rule") if part in text]
    assert "Event of the rule" in printed(make_report(manifest(("one",), rule="events"), [row(0, 0)]))
    assert "Protection" in printed(make_report(manifest(("one",)), [row(0, 0, refused=3)]))
    words = {"corrected": 12, "miscorrected": 3, "detected": 5, "undetected": 1}
    text = printed(make_report(manifest(("one",)), [row(0, 0, **words), row(0, 1, **words)]))
    assert "24 / 6" in text
    assert "10 / 2" in text


def test_eighty_columns():
    """On a narrow terminal every number is whole."""
    text = io.StringIO()
    console = Console(file=text, width=80, color_system=None)
    some = [faults(f"upsets of all weights p={p}", {"kind": "rate", "p": p}) for p in ("1/1000", "1/100")]
    for table in terminal_tables(make_report(manifest(("plain", "guarded"), some), rows())):
        console.print(table)
    assert "…" not in text.getvalue()
    assert "19.41..99.37" in text.getvalue()
    assert "(3 of 4)" in text.getvalue()


def test_cells_that_are_not_at_their_end():
    """What is planned is said where there are fewer trials, and that trials of every fault leave nothing to chance."""
    some = [*RATES[:1], faults("all", {"kind": "exhaustive"})]
    text = printed(make_report(manifest(("one",), some), [row(0, 0), *(row(1, t) for t in range(5))]))
    assert "1 of 4" in text
    assert "5 of 240" in text
    assert "nothing to chance" in text
    assert " of 4 " not in printed(make_report(manifest(), rows()))


def test_names_are_no_markup():
    """Brackets in names are printed as they are."""
    name = "[red]arm[/red] :smile:"
    assert name in printed(make_report(manifest((name,), [faults("[/b]", RATES[0]["model"])]), [row(0, 0)]))


def test_nothing_to_show():
    """An empty campaign and cells without trials are tables with dashes."""
    assert "Accuracy" in printed(make_report(manifest(()), []))
    assert "-" in printed(make_report(manifest(), []))
