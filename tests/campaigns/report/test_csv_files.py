"""The tables as CSV: read back by another reader, they say what the report says."""

import csv
import io

from refsim.campaigns.report.csv_files import cells_csv, trials_csv
from refsim.campaigns.report.report import make_report
from refsim.campaigns.rows import COLUMNS

from .cases import RATES, faults, manifest, row, rows


def read(text):
    """The lines of a text by the names of columns."""
    assert "\r" not in text
    return list(csv.DictReader(io.StringIO(text)))


def test_one_line_for_each_cell():
    """Exact counts, shares and intervals."""
    report = make_report(manifest(), rows())
    found = read(cells_csv(report))
    assert [line["arm"] for line in found] == ["plain", "plain", "hsiao", "hsiao"]
    assert [(line["rate"], line["candidates"], line["trials"], line["flips"]) for line in found[:2]] == [
        ("0.001", "240", "4", "3"),
        ("0.01", "240", "4", "12"),
    ]
    assert (found[1]["dropped_trials"], found[1]["dropped_trials_share"]) == ("3", "0.75")
    for line, cell in zip(found, report.cells, strict=True):
        assert float(line["accuracy_mean"]) == cell.mean.value
        assert float(line["dropped_trials_share_high"]) == cell.dropped.high
        assert int(line["due_images"]) == cell.outcomes["due"].images.k
        assert float(line["top1_images_share_low"]) == cell.outcomes["top1"].images.low


def test_one_line_for_each_trial():
    """All numbers of a row, in order of cells and trials, however they came."""
    report = make_report(manifest(), rows())
    text = trials_csv(report, rows()[::-1])
    found = read(text)
    assert len(found) == 16
    assert list(found[0]) == ["cell", "arm", "faults", *COLUMNS[1:]]
    for line, one in zip(found, rows(), strict=True):
        assert [line["cell"], *(line[name] for name in COLUMNS[1:])] == [str(value) for value in one.flat()]
    assert text == trials_csv(report, rows())


def test_what_is_not_known_is_empty():
    """A cell without trials has counts of 0 and no figures; no NaN is written."""
    text = cells_csv(make_report(manifest(), []))
    assert "nan" not in text.lower()
    assert [(line["trials"], line["accuracy_mean"], line["dropped_trials"]) for line in read(text)] == [("0", "", "")] * 4
    assert read(cells_csv(make_report(manifest(()), []))) == []


def test_hostile_names():
    """Separators, quotes and line ends are read back as they were, and no name is a formula."""
    name = '=1+1,"a"\nb'
    report = make_report(manifest((name,), [faults("@x", RATES[0]["model"])]), [row(0, 0)])
    for text in (cells_csv(report), trials_csv(report, [row(0, 0)])):
        assert [(line["arm"], line["faults"]) for line in read(text)] == [(f"'{name}", "'@x")]
