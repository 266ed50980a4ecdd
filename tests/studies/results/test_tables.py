"""Tables say the same to people, to spreadsheets and to programs."""

import csv
import io
import json

import pytest

from refsim.studies.results.measured import Measured, exact
from refsim.studies.results.tables import Column, Table, csv_text, json_text, shown_rows

COLUMNS = (Column("format"), Column("width", "bits"), Column("accuracy", "%"), Column("gain", "points", 2))
THIRD = 100 / 3
ROWS = [
    ("binary16", 16, Measured(THIRD, 30.04, 36.0, 5), None),
    ("q2.5, scaled", 8, exact(50.0), Measured(1.005, -0.5, 2.0, 5)),
]
TABLE = Table("formats", "Formats compared", COLUMNS, ROWS)


def test_shown():
    """Units are in headings, intervals in brackets unless they have no width; nothing is a dash; trials stand behind."""
    assert shown_rows(TABLE) == [
        ["format", "width (bits)", "accuracy (%)", "trials", "gain (points)", "trials"],
        ["binary16", "16", "33.3 [30.0, 36.0]", "5", "-", "-"],
        ["q2.5, scaled", "8", "50.0", "1", "1.00 [-0.50, 2.00]", "5"],
    ]


def test_trials_that_are_as_many_are_said_once():
    """Where all values of each row have as many trials, they stand once."""
    rows = [("a", 1, Measured(1.0, 0.0, 2.0, 3), Measured(2.0, 1.0, 3.0, 3)), ("b", 2, None, Measured(2.0, 1.0, 3.0, 4))]
    assert shown_rows(Table("t", "", COLUMNS, rows)) == [
        ["format", "width (bits)", "accuracy (%)", "gain (points)", "trials"],
        ["a", "1", "1.0 [0.0, 2.0]", "2.00 [1.00, 3.00]", "3"],
        ["b", "2", "-", "2.00 [1.00, 3.00]", "4"],
    ]


def test_trials_stand_behind_those_that_they_are_of():
    """Neighbours with as many trials share a column of them; others have their own."""
    columns = [Column(name) for name in "abcde"]
    few, many = Measured(1.0, 0.0, 2.0, 3), Measured(2.0, 1.0, 3.0, 90)
    heading, row, other = shown_rows(Table("t", "", columns, [("x", many, few, few, "y"), ("x", many, None, few, "y")]))
    assert heading == ["a", "b", "trials", "c", "d", "trials", "e"]
    assert [row[2], row[5], other[2], other[5]] == ["90", "3", "90", "3"]


def test_csv():
    """All digits come back; a value with an interval has four columns; what is empty stays so."""
    heading, *rows = csv.reader(io.StringIO(csv_text(TABLE)))
    ends = [f"{name}{end}" for name in ("accuracy", "gain") for end in (".low", ".high", ".trials")]
    assert heading == ["format", "width (bits)", "accuracy (%)", *ends[:3], "gain (points)", *ends[3:]]
    assert rows[0][:2] == ["binary16", "16"]
    assert [float(x) for x in rows[0][2:6]] == [THIRD, 30.04, 36.0, 5.0]
    assert rows[0][6:] == [""] * 4
    assert rows[1][0] == "q2.5, scaled"


def test_json():
    """The same as JSON."""
    found = json.loads(json_text(TABLE))
    assert found["columns"][1] == {"name": "width", "unit": "bits"}
    assert found["rows"][0] == ["binary16", 16, {"value": THIRD, "low": 30.04, "high": 36.0, "trials": 5}, None]


def test_rows_fit():
    """A row has a cell for each column."""
    with pytest.raises(ValueError, match="a row of the table formats has 4 cells, not 2"):
        Table("formats", "", COLUMNS, [("a", 1)])
