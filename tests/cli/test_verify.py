"""The command that verifies a device, and its exit codes."""

import json
import shlex
import sys
from xml.etree import ElementTree as ET

import pytest

from ..vectors.made import data_lines, made, sealed, vectors

NAME = "multiply/float4_e2m1fn/ties_to_even.saturate.smoke"
TEXT, V = made(NAME), vectors(NAME)


@pytest.fixture
def file(tmp_path):
    """A vector file."""
    path = tmp_path / "some.rsv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def answers(tmp_path):
    """A device that is a file of right results and flags, changed."""

    def write(change=lambda lines: lines, name="results.txt"):
        fields = [line.split(" ")[0].split("_") for line in data_lines(TEXT)]
        lines = change([f"{y} {flags}" for *_, y, flags, _ in fields])
        (tmp_path / name).write_text("".join(line + "\n" for line in lines))
        return f"file:{tmp_path / name}"

    return write


def python(body):
    """A device that is a one-line Python program."""
    return f"cmd:{shlex.join([sys.executable, '-c', body])}"


def wrong(lines):
    """The first answer with another sign."""
    return [f"{int(lines[0].split()[0], 16) ^ 8:X} {lines[0].split()[1]}", *lines[1:]]


@pytest.mark.parametrize(
    ("change", "options", "code", "verdict"),
    [
        (lambda lines: lines, (), 0, "conforms"),
        (wrong, (), 1, "differs"),
        (lambda lines: lines[:-1], (), 3, "incomplete"),
        (lambda lines: [*lines, lines[0]], (), 3, "incomplete"),
        (lambda _: [], (), 3, "incomplete"),
        (lambda lines: wrong(lines)[:-1], (), 1, "differs"),
        (lambda lines: [*lines[:-1], "what?"], (), 3, "incomplete"),
        (lambda lines: ["x 0", *lines[1:]], (), 1, "differs"),
        (lambda lines: ["10 0", *lines[1:]], (), 1, "differs"),
        (lambda lines: ["// simulated", "", *lines], (), 0, "conforms"),
        (lambda lines: [line.replace(" ", "_") for line in lines], (), 0, "conforms"),
    ],
)
def test_exit_codes(refsim, file, answers, change, options, code, verdict):
    """0 conforms, 1 differs, 3 incomplete; a difference outweighs missing answers."""
    ran = refsim("verify", file, "--dut", answers(change), "--flags", *options)
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.endswith(f"result: {verdict}\n")
    assert f"expected {len(V)}  answered " in ran.out


def test_flags_are_compared_when_asked_for(refsim, file, answers):
    """A device of codes alone conforms without --flags; with --flags its answers are no answers."""
    codes = answers(lambda lines: [line.split()[0] for line in lines])
    assert refsim("verify", file, "--dut", codes).code == 0
    assert refsim("verify", file, "--dut", codes, "--flags").code == 3
    other = answers(lambda lines: [line.split()[0] + " 1F" for line in lines])
    assert refsim("verify", file, "--dut", other, "--flags").code == 1


def test_any_nan(refsim, tmp_path):
    """With --nan any another NaN is right; without it the canonical one."""
    name = "add/float6_e2m3fn/ties_to_even.saturate.smoke"
    suite = "convert/binary32-to-float8_e5m2/ties_to_even.saturate.smoke"
    codes = [line.split("_")[1] for line in data_lines(made(suite))]
    assert "7E" in codes
    (tmp_path / "results").write_text("".join(code.replace("7E", "FF") + "\n" for code in codes))
    (tmp_path / "some.rsv").write_text(made(suite))
    verify = ("verify", tmp_path / "some.rsv", "--dut", f"file:{tmp_path / 'results'}")
    assert [refsim(*verify, "--nan", policy).code for policy in ("any", "exact")] == [0, 1]
    assert refsim(*verify).code == 1
    assert refsim("verify", name, "--dut", "mutant:nan.read-as-zero").code == 0


def test_a_published_suite_by_name(refsim):
    """A suite is made on the spot where it is named, with or without its suffix."""
    for name in (NAME, NAME + ".rsv"):
        ran = refsim("verify", name, "--dut", "mutant:rounding.truncates")
        assert ran.code == 1
        assert ran.out.startswith(f"{NAME}.rsv: multiply float4_e2m1fn")
        assert "rounding.truncates (the lost bits are dropped)" in ran.out


def test_several_suites(refsim):
    """A pattern verifies every suite that it finds, one report after another."""
    ran = refsim("verify", "multiply/float4_e2m1fn/*.saturate.*", "--dut", "mutant:flags.inexact-missing")
    assert ran.out.count("result: conforms") == 3
    assert ran.out.count("\n\n") == 2
    assert ran.code == 0


COUNTING = "import sys; n = len(sys.stdin.readlines()); "
"""How the device of the next test tells the suites of 8 to 16, hundreds and 256 vectors apart."""


@pytest.mark.parametrize(
    ("body", "code", "verdicts"),
    [
        ("print('0\\n' * (n if n < 17 else 0), end='')", 1, ["differs", "incomplete", "incomplete"]),
        ("sys.exit(9) if n < 17 else print('0\\n' * n, end='')", 1, ["device failed", "differs", "differs"]),
        ("sys.exit(9) if n < 17 else None", 5, ["device failed", "incomplete", "incomplete"]),
        ("sys.exit(9)", 5, ["device failed"] * 3),
        ("None", 3, ["incomplete"] * 3),
    ],
)
def test_the_worst_counts(refsim, body, code, verdicts):
    """Of several suites a difference outweighs a crash, and a crash outweighs missing answers."""
    ran = refsim("verify", "multiply/float4_e2m1fn/*", "--dut", python(COUNTING + body))
    told = [line.removeprefix("result: ") for line in ran.out.splitlines() if line.startswith("result: ")]
    assert (ran.code, sorted(told)) == (code, sorted(verdicts))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import sys; sys.exit('no licence')", "ended with exit code 1: no licence"),
        ("import os; os.kill(os.getpid(), 9)", "ended with signal 9"),
        ("import time; time.sleep(60)", "did not finish within 1 s (--timeout)"),
    ],
)
def test_a_crash_or_timeout(refsim, file, body, said):
    """Exit code 5, with what happened."""
    ran = refsim("verify", file, "--dut", python(body), "--timeout", "1")
    assert (ran.code, ran.err) == (5, "")
    assert f"trouble: {sys.executable!r} {said}\n" in ran.out
    assert ran.out.endswith("result: device failed\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "", "the file is empty"),
        (lambda text: text[:-1], "the file is cut short"),
        (lambda text: text.replace("//! tier smoke", "//! tier edge"), "a byte has changed"),
        (lambda _: "hello\n", "this is no vector file"),
    ],
)
def test_a_damaged_file(refsim, file, change, message):
    """Exit code 4, and the device is not asked."""
    file.write_text(change(TEXT))
    ran = refsim("verify", file, "--dut", "cmd:/nowhere/nothing")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith(f"refsim: {file}:")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_no_vectors(refsim, file):
    """A file without vectors checks nothing: exit code 3 for a device that answers them all."""
    rows = set(data_lines(TEXT))
    lines = [line for line in TEXT.splitlines() if line not in rows]
    file.write_text(sealed("\n".join(lines).replace(f"count {len(V)}", "count 0") + "\n"))
    ran = refsim("verify", file, "--dut", "mutant:sign.ignored")
    assert ran.code == 3
    assert "expected 0  answered 0  checked 0  failed 0" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((NAME,), "Missing option '--dut'"),
        (("--dut", "cmd:true"), "Missing argument 'FILE_OR_SUITE'"),
        ((NAME, "--dut", "true"), "device 'true' is none of cmd:COMMAND, py:MODULE:FUNCTION, file:PATH, mutant:NAME"),
        ((NAME, "--dut", "cmd:/nowhere/nothing"), "cannot start '/nowhere/nothing': No such file or directory"),
        ((NAME, "--dut", "file:nothing"), "cannot read 'nothing': No such file or directory"),
        ((NAME, "--dut", "py:nothing:f"), "No module named 'nothing'"),
        ((NAME, "--dut", "py:math:nothing"), "has no attribute 'nothing'"),
        ((NAME, "--dut", "mutant:nothing"), "unknown mutant 'nothing'"),
        ((NAME, "--dut", "cmd:true", "--nan", "some"), "'some' is not one of 'exact', 'any'"),
        ((NAME, "--dut", "cmd:true", "--timeout", "0"), "is not in the range x>0"),
        ((NAME, "--dut", "cmd:true", "--timeout", "soon"), "'soon' is not a valid float"),
        ((NAME, "--dut", "cmd:true", "--max-failures", "-1"), "-1 is not in the range x>=0"),
        (("nothing/*", "--dut", "cmd:true"), "no suite is named 'nothing/*'"),
        (("nothing.rsv", "--dut", "cmd:true"), "nothing.rsv: No such file or directory"),
        ((".", "--dut", "cmd:true"), "no suite is named '.'"),
        ((NAME, "--dut", "cmd:true", "--json", "."), "is a directory"),
        ((NAME, "--dut", "cmd:true", "--frobnicate"), "No such option"),
    ],
)
def test_misuse(refused, arguments, message, tmp_path, monkeypatch):
    """What cannot be done is said in one line."""
    monkeypatch.chdir(tmp_path)
    assert message in refused("verify", *arguments)
    assert list(tmp_path.iterdir()) == []


def test_reports_are_written(refsim, tmp_path):
    """JSON and JUnit reports hold the counts of every suite, in folders that need not be there."""
    json_path, junit_path = tmp_path / "a" / "report.json", tmp_path / "b" / "report.xml"
    dut = "mutant:rounding.ties-away"
    ran = refsim("verify", "multiply/float4_e2m1fn/*", "--dut", dut, "--json", json_path, "--junit", junit_path)
    found = json.loads(json_path.read_text())
    assert ran.code == 1
    assert len(found) == 3
    for item in found:
        counts = f"expected {item['expected']}  answered {item['answered']}  checked {item['checked']}  failed {item['failed']}"
        assert counts in ran.out
        assert item["device"] == dut
        assert "rounding.ties-away" in {suspect["mutant"] for suspect in item["diagnosis"] if suspect["explains"]}
    root = ET.parse(junit_path).getroot()
    assert [suite.get("name") for suite in root] == [item["file"] for item in found]
    assert [int(suite.get("failures")) for suite in root] == [
        sum(count["failed"] > 0 for count in item["classes"]) for item in found
    ]
    assert [int(suite.get("errors")) for suite in root] == [0, 0, 0]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["report.json", "report.xml"]


def test_reports_of_a_crash(refsim, file, tmp_path):
    """A crash is in the reports too, whatever the device said when it died."""
    body = "import sys; sys.stderr.buffer.write(b'caf\\xc3\\xa9 \\x1b[1m <&> \\xff\\n'); sys.exit(7)"
    json_path, junit_path = tmp_path / "report.json", tmp_path / "report.xml"
    ran = refsim("verify", file, "--dut", python(body), "--json", json_path, "--junit", junit_path)
    assert ran.code == 5
    (found,) = json.loads(json_path.read_text())
    assert (found["exit_code"], found["verdict"], found["checked"]) == (5, "device failed", 0)
    error = ET.parse(junit_path).find("testsuite/testcase/error")
    assert error.get("message") == found["trouble"]
    assert "ended with exit code 7: caf\u00e9 " in found["trouble"]


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_report_that_cannot_be_written(refsim, file, tmp_path, option):
    """A report below a file cannot be written: exit code 2, one line, and nothing half written."""
    below = file / "report"
    ran = refsim("verify", file, "--dut", "mutant:rounding.truncates", option, below)
    assert ran.code == 2
    assert ran.err.startswith(f"refsim: {file}: ")
    assert ran.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["some.rsv"]


def test_how_many_failures_are_shown(refsim, file):
    """--max-failures bounds what is shown and not what is counted."""
    dut = python("import sys; print('7\\n' * len(sys.stdin.readlines()), end='')")
    none, two = (refsim("verify", file, "--dut", dut, "--max-failures", n).out for n in (0, 2))
    assert [out.count("\nFAIL line ") for out in (none, two)] == [0, 2]
    assert none.split("failed ")[1].split()[0] == two.split("failed ")[1].split()[0]


def test_the_device_is_asked_blind(refsim, file, tmp_path):
    """What a device gets are operands; it cannot tell the expected results from anything that it is given."""
    seen = tmp_path / "seen"
    body = f"import sys, os; open({str(seen)!r}, 'w').write(sys.stdin.read() + repr(sys.argv) + repr(dict(os.environ)))"
    refsim("verify", file, "--dut", python(body), "--flags")
    operands = "".join(f"{int(a):x} {int(b):x}\n" for a, b in zip(*V.operands, strict=True))
    assert seen.read_text().startswith(operands + "['-c']")
    assert "refsim-vectors" not in seen.read_text()
