"""Reports: what people read, and the same as JSON and as JUnit XML."""

import json
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.vectors.devices import UNKNOWN, Answers, DeviceFailed, device
from refsim.vectors.fields import Field
from refsim.vectors.reports import as_json, as_junit, result_text, text
from refsim.vectors.verify import verify

from .made import configuration, made, vectors

SUITE = ("multiply/float6_e2m3fn/ties_to_even.saturate.smoke",)
V = vectors(*SUITE)
TRUNCATES = device("mutant:rounding.truncates", 1)


def crash(*_):
    """A device that fails."""
    raise DeviceFailed("it \u00e9nded badly")


def short(v, _):
    """A device that answers the first three vectors alone."""
    return Answers((v.results[0][:3],), "answer 4 is '?', not y in hexadecimal")


def right(v, wanted):
    """A device that is right."""
    return Answers(v.results[:wanted])


def report(asked, v=V, *, flags=False, nan="exact", keep=5):
    """A report on a device."""
    return verify(v, asked, "somebody", flags=flags, nan=nan, keep=keep)


def test_a_failure_is_told_in_full():
    """A failure has its line, id, class and operands, the exact result with its place, what was expected and what came with
    their values, and the clause with its words."""
    r = report(TRUNCATES, flags=True)
    lines = list(text(r))
    failure = r.failures[0]
    at = next(i for i, line in enumerate(lines) if line.startswith("FAIL "))
    fail, exact, expect, got, clause = lines[at : at + 5]
    file_line = made(*SUITE).splitlines()[failure.line - 1]
    digits = file_line.split(" ")[0].split("_")
    assert fail == f"FAIL line {failure.line}  id {digits[-1]}  {failure.class_name}: a={digits[0]}  b={digits[1]}"
    number, operation = file_line.split("  ", 1)
    assert number.endswith(f"// {next(number for number, name in V.classes.items() if name == failure.class_name)}")
    assert exact.startswith(f"     exact   {operation.split(' -> ')[0]}: ")
    assert expect.startswith(f"     expect  y={digits[2]} ({operation.split(' -> ')[1]})  flags={digits[3]} (")
    assert got.startswith(f"     got     y={failure.got[0]:02X} (")
    assert clause.startswith("     clause  round/ties-to-even: The result must be the nearer neighbour")
    assert "**" not in clause


def test_counts_and_verdict_are_told():
    """A report begins with file, device and counts, and ends with the verdict."""
    r = report(TRUNCATES, keep=1)
    lines = list(text(r))
    assert lines[0].startswith(f"{SUITE[0]}: {V.configuration.title} (smoke)")
    assert lines[1] == "device somebody; comparing results"
    share = f"{100 * r.failed / r.checked:.2f}%"
    assert lines[2] == f"expected {len(V)}  answered {len(V)}  checked {len(V)}  failed {r.failed} ({share})"
    assert lines[-1] == "result: differs"
    assert f"... and {r.failed - 1} more (--max-failures {r.failed} shows all)" in lines
    assert any(line.startswith(("diagnosis: rounding.truncates", "       or: rounding.truncates")) for line in lines)
    table = [line.split() for line in lines[lines.index("") + 2 : lines.index("", lines.index("") + 1)]]
    assert sum(int(row[-1]) for row in table) == r.failed
    assert sum(int(row[-2]) for row in table) == r.checked


@pytest.mark.parametrize(
    ("asked", "options", "expected"),
    [
        (right, {"flags": True}, ["comparing results and flags", "failed 0", "result: conforms"]),
        (right, {"nan": "any"}, ["comparing results, any NaN accepted for a NaN", "result: conforms"]),
        (short, {}, ["checked 3  failed 0", "trouble: answer 4 is '?', not y in hexadecimal", "result: incomplete"]),
        (crash, {}, ["answered 0  checked 0", "trouble: it \u00e9nded badly", "result: device failed"]),
        (
            lambda v, _: Answers((v.results[0] ^ np.uint64(21),)),
            {"keep": 0},
            ["diagnosis: no known bug gives all of these answers"],
        ),
    ],
)
def test_other_outcomes_are_told(asked, options, expected):
    """Conforming, incomplete, failed and strange devices are told apart in words."""
    whole = "\n".join(text(report(asked, **options)))
    assert [part for part in expected if part not in whole] == []


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        (Field("y", 6, configuration("decode", "float6_e2m3fn").operands[0]), 0x28, "y=28 (-1)"),
        (Field("y", 6, configuration("decode", "float6_e2m3fn").operands[0]), 0x40, "y=40 (wider than 6 bits)"),
        (Field("y", 6, configuration("decode", "float6_e2m3fn").operands[0]), UNKNOWN, "y=unknown"),
        (Field("flags", 5), 5, "flags=05 (inexact overflow)"),
        (Field("flags", 5), 0, "flags=00 (none)"),
        (Field("flags", 5), 0x20, "flags=20 (wider than 5 bits)"),
        (Field("kind", 2), 3, "kind=3"),
    ],
)
def test_results_are_told_with_what_they_mean(field, value, shown):
    """Digits, and the number or the names of the flags behind them."""
    assert result_text(field, value) == shown


@pytest.mark.parametrize("asked", [right, short, crash, TRUNCATES])
def test_json_holds_the_counts(asked):
    """The JSON report has the counts, the failures and the diagnosis of the report, for every file."""
    r = report(asked)
    first, second = json.loads(as_json([r, r]))
    assert first == second
    assert [first[key] for key in ("expected", "answered", "checked", "failed")] == [
        r.expected,
        r.answered,
        r.checked,
        r.failed,
    ]
    assert [first[key] for key in ("verdict", "exit_code", "trouble")] == [r.verdict, r.exit_code, r.trouble]
    assert sum(item["checked"] for item in first["classes"]) == r.checked
    assert len(first["failures"]) == min(r.failed, 5)
    for item, failure in zip(first["failures"], r.failures, strict=True):
        assert [int(code, 16) for code in item["operands"]] == list(failure.operands)
        assert [int(code, 16) for code in item["got"]] == list(failure.got)
        assert item["clause"] in clauses()
        assert (item["line"], item["id"], item["class"]) == (failure.line, failure.id, failure.class_name)
    if r.failed:
        assert "rounding.truncates" in {item["mutant"] for item in first["diagnosis"] if item["explains"]}
    else:
        assert first["diagnosis"] is None


def test_json_of_unknown_digits():
    """A digit that is not known is told as that."""
    (found,) = json.loads(as_json([report(lambda v, _: Answers((np.full(len(v), UNKNOWN),)))]))
    assert {code for item in found["failures"] for code in item["got"]} == {"unknown"}


@pytest.mark.parametrize(
    ("asked", "errors"), [(right, 0), (short, 1), (crash, 1), (TRUNCATES, 0)], ids=["right", "short", "crash", "truncates"]
)
def test_junit_counts(asked, errors):
    """JUnit XML has a case for each class, a failure in each that failed, and an error where not every vector was checked;
    its counts are those of its elements."""
    r = report(asked)
    root = ET.fromstring(as_junit([r, r]))
    assert [suite.get("name") for suite in root] == [SUITE[0]] * 2
    for suite in root:
        cases, failures, found = (len(suite.findall(path)) for path in ("testcase", "testcase/failure", "testcase/error"))
        assert [int(suite.get(key)) for key in ("tests", "failures", "errors")] == [cases, failures, found]
        assert failures == sum(count.failed > 0 for count in r.classes)
        assert found == errors
        assert cases == len(r.classes) + errors
        for failure in suite.findall("testcase/failure"):
            assert "vectors failed" in failure.get("message")


def test_junit_of_strange_words():
    """A device's words that XML cannot hold, or that are not ASCII, do not break the report."""

    def strange(*_):
        raise DeviceFailed("caf\u00e9 <&> \u2603")

    whole = as_junit([report(strange)])
    assert whole.isascii()
    assert ET.fromstring(whole).find("testsuite/testcase/error").get("message") == "caf\u00e9 <&> \u2603"


def test_titles():
    """A configuration in one line."""
    assert V.configuration.title == "multiply float6_e2m3fn, float6_e2m3fn -> float6_e2m3fn, ties_to_even, saturate"
    assert configuration("decode", "int4").title == "decode int4"


def test_a_decoded_datum_is_told():
    """A failure of a table tells all parts of the datum."""
    v = vectors("decode/float4_e2m1fn.exhaustive")
    lines = list(text(report(lambda v, _: Answers(tuple(column ^ np.uint64(1) for column in v.results)), v, keep=1)))
    assert "     expect  kind=0  sign=0  significand=0  exponent=00000000" in lines
    assert "     got     kind=1  sign=1  significand=1  exponent=00000001" in lines
    assert any(line.startswith("     clause  format/decode: ") for line in lines)
