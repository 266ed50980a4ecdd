"""Procedures: their parameters, their files, and that the published vectors notice every known bug."""

import pickle
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Unrepresentable
from refsim.vectors.devices import device
from refsim.vectors.fields import Field, code_field
from refsim.vectors.file import DamagedFile, parse, read, write
from refsim.vectors.header import identifier
from refsim.vectors.manifest import read_manifest
from refsim.vectors.mutants import killed
from refsim.vectors.procedures import PROCEDURES, get_procedure
from refsim.vectors.procedures.procedure import Applied, Parameter, Procedure, applied, bug, mistaken
from refsim.vectors.reports import as_data, text
from refsim.vectors.subjects import every_mutant, get_mutant, mutants_of
from refsim.vectors.suites import Suite, procedure_rows, suites
from refsim.vectors.verify import CONFORMS, DIFFERS, verify

INT8 = get_format("int8")


def _add(parameters, values):
    """The sum and the difference of two bytes, refused where the first is 255; carry in the flags."""
    a, b = values
    if a == 255:
        raise Unrepresentable("255 is refused")
    total = a + b if parameters["how"] == "plain" else a ^ b
    return total % 256, (a - b) % 256, total >> 8


TOY = Procedure(
    "toy",
    "two bytes added and subtracted",
    (Parameter("how", "how they are added", ("plain", "xor")), Parameter("note", "anything")),
    lambda _: (code_field("a", INT8), code_field("b", INT8)),
    lambda _: (code_field("sum", INT8), Field("difference", 8), Field("flags", 5)),
    _add,
    lambda _: ("format/decode", "format/code"),
    lambda _: iter([("small", (1, 2)), ("carry", (200, 100)), ("small", (1, 2)), ("refused", (255, 1)), ("small", (3, 3))]),
    (
        bug("toy.no-carry", "the carry is lost", lambda p, v: (*_add(p, v)[:2], 0)),
        mistaken("toy.xor", "added without carries", _add, "how", "xor", ("plain",)),
    ),
    ({"how": "plain", "note": "1"},),
    lambda _, values, results: f"{values[0]} and {values[1]} -> {results[0]}",
)
PLAIN = applied(TOY, {"note": "1", "how": "plain"})


@pytest.fixture
def toy(monkeypatch):
    """The toy among the procedures."""
    monkeypatch.setitem(PROCEDURES, "toy", TOY)
    return PLAIN


def test_parameters_are_told():
    """Every parameter must be given, once, and have one of its values."""
    assert PLAIN.given == (("how", "plain"), ("note", "1"))
    for given, message in (
        ({"how": "plain"}, "toy needs the parameter note: anything"),
        ({"note": "1"}, "toy needs the parameter how: how they are added, one of plain, xor"),
        ({"how": "or", "note": ""}, "how 'or' of toy is none of plain, xor"),
        ({"how": "xor", "note": "", "x": "1"}, "toy has no parameter 'x'; its parameters are how, note"),
    ):
        with pytest.raises(ValueError, match=message):
            applied(TOY, given)
    with pytest.raises(ValueError, match="toy is given a parameter twice"):
        Applied(TOY, (("how", "plain"), ("note", "1"), ("how", "xor")))


@pytest.mark.usefixtures("toy")
def test_names_of_procedures():
    """A near name is offered for an unknown one."""
    assert get_procedure("toy") is TOY
    with pytest.raises(ValueError, match="unknown procedure 'toyy'; did you mean toy"):
        get_procedure("toyy")
    with pytest.raises(ValueError, match=r"the procedures are .*toy"):
        get_procedure("")


def test_the_file_of_a_procedure(toy):
    """A file says what it is about, holds each vector once and none that is refused, and reads back."""
    suite = Suite(toy, "edge")
    assert suite.path == "toy/plain.1.edge.rsv"
    lines = suite.text().splitlines()
    for line in (
        "//! operation toy",
        "//! operands a:int8 b:int8",
        "//! results sum:int8 difference:8 flags:5",
        "//! parameters how=plain note=1",
        "//! clauses format/decode format/code",
        "//! layout a:2 b:2 sum:2 difference:2 flags:2 id:8",
        "//! class 1 small | 2 carry",
        "//! count 3",
    ):
        assert line in lines
    name = identifier(toy)((1, 2))[:8]
    assert f"01_02_03_FF_00_{name} // 1  1 and 2 -> 3" in lines
    again = parse(suite.text().encode())
    assert again.configuration == toy
    assert [again.row(i) for i in range(len(again))] == [((1, 2), (3, 255, 0)), ((3, 3), (6, 0, 0)), ((200, 100), (44, 100, 1))]
    assert identifier(applied(TOY, {"how": "plain", "note": "2"}))((1, 2))[:8] != name


def test_a_damaged_header(toy):
    """A header whose parameters make no sense is damaged."""
    text_of = Suite(toy, "edge").text()
    for wrong in ("how=plain", "how=or note=1", "how=plain note=1 note=2", "how"):
        with pytest.raises(DamagedFile, match="does not make sense"):
            parse(text_of.replace("how=plain note=1", wrong).encode())
    with pytest.raises(DamagedFile, match="operands, results and layout do not go with toy how=plain note=1"):
        parse(text_of.replace("difference:8", "difference:9").encode())


def test_verification_of_a_procedure(toy):
    """Results are compared whole, flags where they are asked for; a bug is diagnosed by its name."""
    vectors = parse(Suite(toy, "edge").text().encode())
    assert [m.name for m in mutants_of(toy)] == ["toy.no-carry", "toy.xor"]
    silent = verify(vectors, device("mutant:toy.no-carry", 60), "it", flags=False, nan="exact", keep=5)
    assert silent.exit_code == CONFORMS
    report = verify(vectors, device("mutant:toy.no-carry", 60), "it", flags=True, nan="any", keep=5)
    assert (report.exit_code, report.failed) == (DIFFERS, 1)
    lines = "\n".join(text(report))
    assert "toy how=plain note=1 (edge)" in lines
    assert "asked   200 and 100 -> 44" in lines
    assert "expect  sum=2C (44)  difference=64  flags=01 (inexact)" in lines
    assert "clause  format/decode:" in lines
    assert "diagnosis: toy.no-carry (the carry is lost) gives all 1 wrong answers" in lines
    assert as_data(report)["failures"][0]["exact"] == "200 and 100 -> 44"
    assert verify(vectors, device("mutant:toy.xor", 60), "it", flags=False, nan="exact", keep=0).failed == 2


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_suites_go_to_other_processes(name):
    """A suite is made by another process, and is the same there."""
    suite = next(suite for suite in PUBLISHED if suite.configuration.operation == name)
    there = pickle.loads(pickle.dumps(suite))
    assert (there, there.configuration.procedure) == (suite, PROCEDURES[name])


def test_names_of_mutants_are_their_own():
    """No two mutants have one name."""
    names = [mutant.name for mutant in every_mutant()]
    assert len(set(names)) == len(names)
    assert all(get_mutant(name).name == name for name in names)


VECTORS = Path(__file__).parents[2] / "vectors"
PUBLISHED = [suite for suite in suites() if isinstance(suite.configuration, Applied)]
COUNTS = {entry.file: entry.count for entry in read_manifest(VECTORS)}
SHORTEST = {
    min((suite.path for suite in PUBLISHED if suite.configuration.operation == name), key=COUNTS.__getitem__)
    for name in PROCEDURES
}
"""The suite of fewest vectors of each procedure, which is made in every run."""


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_published_suites_notice_every_mutant(name):
    """Each known bug of a procedure is noticed by the vectors of a published suite, as they are stored."""
    mine = [suite for suite in PUBLISHED if suite.configuration.operation == name]
    assert min(COUNTS[suite.path] for suite in mine) >= 8
    unnoticed = {mutant.name for mutant in PROCEDURES[name].mutants}
    for suite in mine:
        about = suite.configuration
        missing = [mutant for mutant in mutants_of(about) if mutant.name in unnoticed]
        vectors = read(VECTORS / suite.path) if missing else []
        rows = [vectors.row(i) for i in range(len(vectors))]
        unnoticed -= {mutant.name for mutant in missing if any(killed(mutant, about, *row, flags=True) for row in rows)}
    assert unnoticed == set()


@pytest.mark.parametrize(
    "suite",
    [pytest.param(suite, id=suite.path, marks=[pytest.mark.slow] * (suite.path not in SHORTEST)) for suite in PUBLISHED],
)
def test_published_suites_are_sound(suite):
    """Fields hold their values, clauses exist, remarks are plain text of a line, files read back, paths are short."""
    about = suite.configuration
    assert set(about.clauses) <= set(clauses())
    rows, classes = procedure_rows(about)
    assert len(rows) == COUNTS[suite.path]
    assert sorted(classes) == list(range(1, len(classes) + 1))
    fields = (*about.operand_fields, *about.result_fields)
    assert len({field.name for field in fields}) == len(fields)
    for row in rows:
        assert all(0 <= value < 1 << field.bits for field, value in zip(fields, chain(*row[:2]), strict=True))
        assert row.remark.isascii()
        assert "\n" not in row.remark
    again = parse(write(about, suite.tier, "it", classes, rows).encode("ascii"))
    assert again.configuration == about
    assert len(again) == len(rows)
    assert np.array_equal(np.unique(again.row_classes), sorted(classes))
    assert len(suite.path) < 160
