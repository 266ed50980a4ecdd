"""The benchmarks: their rows are well-formed, both sides of each do the same work, and a small run prints and records it.

Nothing here looks at a time."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from itertools import chain
from pathlib import Path

import measure
import numpy as np
import peers
import pytest
import report
import rows
import run
from records import Claim, Goal, Row, Way

from refsim.spec.comparison import POSIT_PREDICATES, PREDICATES
from refsim.spec.operations import OPERATIONS

SMALL = 1 << 12
ROWS = list(rows.rows())
SCRIPT = Path(run.__file__)
IEEE = ("numpy", "verifloat", "apytypes")
NARROW = ("float8_e4m3fn", "float8_e5m2")
ACTIVATIONS = ("exp", "tanh", "sigmoid")
COMPARED = [
    (row, [way for way in row.peers if way.claim is not Claim.OTHER and peers.installed(way)])
    for row in ROWS
    if row.refsim.numbers is not None
]


def way(library="numpy", work=len, numbers=np.asarray, claim=Claim.SAME, goal=None):
    """A way to do nothing much."""
    return Way(library, lambda *data: data, work, numbers, claim, goal=goal)


def line(seconds, beside=(), goal=None):
    """A measured line of 100 elements."""
    return measure.Line(way(goal=goal), 100, seconds, beside)


def kind(row):
    """What a row does, and on how wide a format where it is an operation."""
    name, *format = row.name.split("/")
    return f"{name}/{format[0]}" if name in OPERATIONS and format else name


STATED = {
    ("encode", "ml_dtypes", "ratio", 4),
    ("encode", "gfloat", "ratio", 30),
    ("encode", "gfloat", "ratio", 10),
    ("decode", "ml_dtypes", "ratio", 4),
    ("verify", "refsim", "rate", 500_000),
    ("import", "numpy", "extra", 0.3),
    ("datapath", "refsim", "rate", 300e6),
    *(("datapath", "verifloat", "ratio", bound) for bound in (1, 2, 3, 4)),
    *(("datapath", "apytypes", "ratio", bound) for bound in (1, 8, 100)),
    *(("network", "refsim", "rate", 10_000 * 416_520 / seconds) for seconds in (60, 300)),
    *(("faults", "numpy", "ratio", bound) for bound in (20, 200)),
    *(("campaign", "plainly", "ratio", bound) for bound in (5, 50)),
    *(("studies", "plainly", "ratio", bound) for bound in (1.2, 3)),
    ("blocks", "gfloat", "ratio", 5),
    *(("fixed", "apytypes", "ratio", bound) for bound in (1, 2, 4)),
    *(("fixed", "fxpmath", "ratio", bound) for bound in (2, 50)),
    *((f"{name}/binary32", library, "ratio", 1) for name in ("add", "multiply", "divide") for library in IEEE),
    *(("sqrt/binary32", library, "ratio", 1) for library in ("numpy", "verifloat")),
    ("fma/binary32", "verifloat", "ratio", 1),
    *((f"{name}/binary16", library, "ratio", 0.3) for name in ("add", "multiply") for library in ("numpy", "verifloat")),
    *((f"{name}/{format}", "ml_dtypes", "ratio", 5) for name in ("add", "multiply") for format in NARROW),
    *((f"{name}/{format}", "verifloat", "ratio", 2) for name in ("add", "multiply", "divide", "sqrt") for format in NARROW),
    *((f"{name}/float8_e5m2", "apytypes", "ratio", 2) for name in ("add", "multiply", "divide")),
    *((f"{name}/{format}", "ml_dtypes", "ratio", 2) for name in ("divide", "sqrt", *ACTIVATIONS) for format in NARROW),
}


def test_row_names_are_distinct():
    """A pattern that is a row's name chooses that row alone."""
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_well_formed(row):
    """refsim does the work, each peer is somebody else, and what is not the same function has a note that says so."""
    assert row.refsim.library == "refsim"
    for peer in row.peers:
        others = {"numpy", "bitstring", "copy", "plainly"}
        assert peer.library in set(peers.OPTIONAL) | others
        assert peer.note or peer.claim is Claim.SAME
        assert peer.claim is Claim.OTHER or (peer.numbers is not None and row.refsim.numbers is not None)
    for peer in (row.refsim, *row.peers):
        assert peer.goal is None or (peer.goal.kind in {"ratio", "rate", "extra"} and peer.goal.bound > 0)


def test_the_stated_goals_are_there():
    """Each promise of the project's speed is a goal of some row."""
    goals = {(kind(row), way.library, *way.goal) for row in ROWS for way in (row.refsim, *row.peers) if way.goal}
    assert goals == STATED


@pytest.mark.parametrize(("row", "others"), COMPARED, ids=[row.name for row, _ in COMPARED])
def test_a_row_compares_the_same_function(row, others):
    """On small data the peers that claim refsim's function give refsim's numbers, and refsim's are no single number."""
    data = row.data(min(SMALL, row.most))
    ours = row.refsim.work(*row.refsim.prepare(*data))
    assert len(np.unique(row.refsim.numbers(ours))) > 1 or row.most == 1
    with np.errstate(all="ignore"):
        for peer in others:
            measure.check(row, peer, ours, peer.work(*peer.prepare(*data)))


def test_the_environment_has_every_peer():
    """The benchmarks' environment has each peer, at the version that the tests know where the project names one."""
    root = SCRIPT.parents[1]
    lines = (SCRIPT.parent / "requirements.txt").read_text("utf-8").splitlines()
    pinned = dict(text.split("==") for text in lines if not text.startswith("#"))
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    tested = dict(text.split("==") for text in extras["peers"])
    assert set(pinned) == set(peers.OPTIONAL)
    assert {name: tested.get(name, version) for name, version in pinned.items()} == pinned


def test_every_operation_has_a_row():
    """Each operation of the specification is timed, and one comparison for all of its kind."""
    named = {row.name.split("/")[0] for row in ROWS}
    assert set(OPERATIONS) - set(PREDICATES) - set(POSIT_PREDICATES) <= named
    assert named & set(PREDICATES)
    assert named & set(POSIT_PREDICATES)


def test_arithmetic_has_every_peer_that_has_it():
    """Sums of binary32 numbers are compared with each library under each rule that it has."""
    found = {row.name: {(x.library, x.claim) for x in row.peers} for row in ROWS if row.name.startswith("add/binary32/t")}
    numpy, verifloat, apytypes, copy = (
        (name, Claim.OTHER if name == "copy" else Claim.SAME) for name in ("numpy", "verifloat", "apytypes", "copy")
    )
    even = ("numpy", Claim.OTHER)
    assert found.pop("add/binary32/ties_to_even/flags") == {even, verifloat, copy}
    assert found.pop("add/binary32/ties_to_even") == {numpy, verifloat, apytypes, copy}
    assert found.pop("add/binary32/to_odd") == {even, apytypes, copy}
    assert list(found.values()) == [{even, verifloat, apytypes, copy}] * 3


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "float4_e2m1fn", "int8", "binary16", "bfloat16"])
def test_the_data_reach_everywhere(name):
    """The data of a row have numbers near the least one, most well inside, and a few past the end; none is NaN."""
    row = next(row for row in ROWS if row.name == f"encode/{name}/ties_to_even")
    (x,) = row.data(1 << 16)
    format = rows.get_format(name)
    size = np.abs(x)
    least, last = (float(format.grid.magnitude(n)) for n in (1, format.top))
    assert not np.isnan(x).any()
    assert ((size > 0) & (size < 2 * least)).any()
    assert 0 < np.count_nonzero(size > last) < x.size // 100


def test_a_difference_is_an_error():
    """A peer that claims the same function and gives another number, or a zero of the other sign, is refused."""
    row = Row("row", np.zeros, way("refsim"), (way(),))
    measure.check(row, row.peers[0], np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    for theirs in ([2.0, 1.0], [1.0, np.inf], [1.0, np.nan]):
        with pytest.raises(ValueError, match="row: 1 of 2 differ"):
            measure.check(row, row.peers[0], np.array([1.0, 1.0]), np.array(theirs))
    with pytest.raises(ValueError, match="1 of 1 differ"):
        measure.check(row, row.peers[0], np.array([0.0]), np.array([-0.0]))


def test_only_the_end_may_differ_in_range():
    """Where the overflow differs a peer may give infinity or NaN for refsim's last number, and for no other."""
    row, peer = Row("row", np.zeros, way("refsim"), ()), way(claim=Claim.IN_RANGE)
    measure.check(row, peer, np.array([448.0, -448.0, 1.0]), np.array([np.nan, -np.inf, 1.0]))
    with pytest.raises(ValueError, match="1 of 2 differ"):
        measure.check(row, peer, np.array([448.0, 1.0]), np.array([448.0, np.inf]))


def test_only_zeros_may_differ_where_any_will_do():
    """Where a peer may choose between two zeros, it may give the other one, and no other number."""
    row, peer = Row("row", np.zeros, way("refsim"), ()), way(claim=Claim.ANY_ZERO)
    measure.check(row, peer, np.array([0.0, 1.0]), np.array([-0.0, 1.0]))
    with pytest.raises(ValueError, match="1 of 2 differ"):
        measure.check(row, peer, np.array([0.0, 1.0]), np.array([-0.0, -1.0]))


def test_the_ratio_is_of_paired_rounds():
    """Ratio and extra seconds are medians over the rounds, not of the medians: one slow round of both changes neither."""
    found = line((2.0, 20.0, 3.0), (1.0, 10.0, 1.5))
    assert (found.ratio, found.extra) == (2.0, -1.5)
    assert (found.best, found.median) == (50.0, 100 / 3)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("ratio", 2), True),
        (Goal("ratio", 2.5), False),
        (Goal("rate", 50), True),
        (Goal("rate", 51), False),
        (Goal("extra", 0), True),
        (Goal("extra", -1), False),
        (None, None),
    ],
)
def test_a_goal_is_met_or_missed(goal, met):
    """A ratio or a rate is met from its bound up, extra seconds below theirs; without a goal there is neither."""
    found = line((2.0,), (1.0,), goal)
    assert found.met is met
    assert ("MISSED" in report.promise(found)) == (met is False)


def test_measuring_pairs_every_peer_with_refsim():
    """Each round times each peer and then refsim, so refsim's line has a timing for every pair."""
    calls = []
    ways = [replace(way(name), work=lambda *_, name=name: calls.append(name)) for name in ("refsim", "numpy", "copy")]
    found = measure.measure(Row("row", lambda size: (size,), ways[0], tuple(replace(w, numbers=None) for w in ways[1:])), 8, 3)
    runs = [name for name, before in zip(calls, [None, *calls], strict=False) if name != before]
    assert runs == ["refsim", "numpy", "copy", *["numpy", "refsim", "copy", "refsim"] * 3]
    assert [len(x.seconds) for x in found.lines] == [6, 3, 3]


def test_a_missing_peer_is_said(monkeypatch):
    """A library that is not installed is named in the table and in the record, and measures nothing."""
    monkeypatch.setattr(peers, "MISSING", {"gfloat", "ml_dtypes", "apytypes", "verifloat"})
    row = next(row for row in ROWS if row.name == "encode/float8_e5m2/ties_to_even")
    found = measure.measure(row, SMALL, 1)
    assert [x.way.library for x in found.lines] == ["refsim", "copy"]
    assert report.record(found)["missing"] == ["ml_dtypes", "gfloat", "apytypes", "verifloat"]
    assert report.text(found).count("not installed") == 4


def test_the_script_prints_and_records(tmp_path):
    """The script prints the table on standard output, progress on standard error, and the same figures into a file."""
    path = tmp_path / "figures.json"
    patterns = ["encode/float8_e5m2/*", "decode/float8_e4m3fn", "verify"]
    command = [sys.executable, SCRIPT, "--rows", *patterns, "--size", str(SMALL), "--rounds", "1", "--json", path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = [f"encode/float8_e5m2/{rule}" for rule in rows.RULES] + ["decode/float8_e4m3fn", "verify"]
    found = json.loads(path.read_text("utf-8"))
    assert [row["name"] for row in found["rows"]] == names
    assert [row["elements"] for row in found["rows"]] == [SMALL] * 5
    assert "numpy" in found["context"]["versions"]
    assert [text.split()[-1] for text in done.stderr.splitlines()] == names
    assert all(f"\n{name} " in done.stdout for name in names)
    lines = list(chain.from_iterable(row["lines"] for row in found["rows"]))
    assert all(one["best"] >= one["median"] > 0 for one in lines)
    assert all((one["met"] is None) == (one["goal"] is None) for one in lines)


def test_check_fails_where_a_goal_is_missed(monkeypatch, capsys):
    """With --check the exit code says whether every goal was met; without it a missed goal is printed alone."""
    for bound, code in ((0.0, 0), (1e12, 1)):
        impossible = Row("row", lambda size: (np.zeros(size),), way("refsim", numbers=None), (way(goal=Goal("ratio", bound)),))
        monkeypatch.setattr(run, "rows", lambda row=impossible: [row])
        assert run.main(["--check", "--rounds", "1"]) == code
        assert run.main(["--rounds", "1"]) == 0
        assert ("missed: row, numpy" in capsys.readouterr().out) == bool(code)


def test_misuse_is_refused(capsys):
    """A pattern that names no row is misuse, and so is an empty array."""
    assert run.main(["--rows", "no-such-row"]) == 2
    assert "no-such-row" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        run.main(["--size", "0"])


def test_list_measures_nothing(capsys):
    """--list prints each chosen row with its peers."""
    assert run.main(["--list", "--rows", "decode/float8_e5m2", "verify"]) == 0
    assert capsys.readouterr().out.splitlines() == ["decode/float8_e5m2 ml_dtypes gfloat apytypes verifloat copy", "verify"]
