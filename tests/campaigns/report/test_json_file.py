"""The report as JSON: everything, exact, the same every time."""

import json

from refsim.campaigns.report.json_file import SCHEMA, report_json
from refsim.campaigns.report.report import make_report

from .cases import manifest, rows


def refuse(name):
    """There is no constant that JSON does not have."""
    raise AssertionError(name)


def test_everything():
    """Cells with counts and intervals, comparisons, gates, options and the manifest."""
    report = make_report(manifest(), rows(), [("clean run", True, "the same")])
    text = report_json(report)
    found = json.loads(text, parse_constant=refuse)
    assert found["schema"] == SCHEMA
    assert found["manifest"] == manifest()
    assert found["cells"][1]["dropped"] == {
        "k": 3,
        "n": 4,
        "value": 0.75,
        "low": report.cells[1].dropped.low,
        "high": report.cells[1].dropped.high,
    }
    assert found["cells"][1]["facts"]["rate"] == "1/100"
    assert found["cells"][1]["outcomes"]["critical"]["images"]["k"] == 95
    assert found["comparisons"][1]["only_first"] == 2
    assert found["gates"] == [{"name": "clean run", "passed": True, "said": "the same"}]
    assert found["options"] == {"drop": "1/100", "level": 0.95}
    assert found["stop"]["rule"] == "trials"


def test_twice_the_same():
    """Keys are sorted, and the order of rows does not matter."""
    text = report_json(make_report(manifest(), rows()))
    assert text == report_json(make_report(manifest(), rows()[::-1]))
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def test_nothing_known():
    """What is not known is null."""
    found = json.loads(report_json(make_report(manifest(), [])), parse_constant=refuse)
    assert found["cells"][0]["mean"] is None
    assert json.loads(report_json(make_report(manifest(()), [])))["cells"] == []
