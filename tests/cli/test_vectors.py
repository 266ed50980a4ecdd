"""The commands about golden vectors."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from refsim.vectors.file import read
from refsim.vectors.manifest import NAME
from refsim.vectors.subjects import every_mutant
from refsim.vectors.suites import matching, suites

FEW = ("multiply/float4_e2m1fn/*", "decode/binary4p2s*")


@pytest.fixture
def few(monkeypatch):
    """A project that publishes a few suites only."""
    chosen = matching(FEW)
    monkeypatch.setattr(sys.modules["refsim.cli.vectors"], "suites", lambda: iter(chosen))
    return [suite.path for suite in chosen]


@pytest.fixture
def folder(few, refsim, tmp_path):
    """A folder with all that such a project publishes."""
    ran = refsim("vectors", "generate", "--all", "--out", tmp_path / "vectors", "--workers", "1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{len(few)} suites, ")
    return tmp_path / "vectors"


def files(folder):
    """The files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_list(refsim):
    """Every published suite, or those of a pattern or a tier, by name or as JSON."""
    assert refsim("vectors", "list").out.split() == [suite.path for suite in suites()]
    names = refsim("vectors", "list", "multiply/float4_e2m1fn/*", "decode/float8_e5m2.*").out.split()
    assert names == [suite.path for suite in matching(("multiply/float4_e2m1fn/*", "decode/float8_e5m2.*"))]
    assert all(".smoke." in name for name in refsim("vectors", "list", "--tier", "smoke").out.split())
    found = json.loads(refsim("vectors", "list", "multiply/float4*", "--tier", "edge", "--json").out)
    assert [(item["name"], item["tier"]) for item in found] == [
        ("multiply/float4_e2m1fn/ties_to_even.saturate.edge.rsv", "edge")
    ]
    assert "round/ties-to-even" in found[0]["clauses"]


def test_generate_some(refsim, tmp_path):
    """Named suites are written to a folder, and no manifest."""
    ran = refsim("vectors", "generate", *FEW, "--out", tmp_path / "a" / "b", "--workers", "1")
    assert files(tmp_path / "a" / "b") == sorted(suite.path for suite in matching(FEW))
    vectors = sum(len(read(tmp_path / "a" / "b" / suite.path)) for suite in matching(FEW))
    assert ran.out == f"{len(matching(FEW))} suites, {vectors} vectors, {len(matching(FEW))} files in {tmp_path / 'a' / 'b'}\n"
    assert ran.code == 0


def test_generate_all(few, folder, refsim):
    """With --all the manifest is written too, and a sound folder passes every check."""
    assert files(folder) == sorted([NAME, *few])
    ran = refsim("vectors", "check", folder, "--workers", "1")
    count = len(few)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{count} suites listed, {count} files compared with their digests, {count} made anew: 0 problems\n"
    ran = refsim("vectors", "check", folder, "--digests")
    assert ran.out.endswith(f"{count} files compared with their digests, 0 made anew: 0 problems\n")


def test_export(refsim, tmp_path):
    """Vectors are written in TestFloat's names with a README, and as tables under the suites' names."""
    name = "round_to_integral/binary16/toward_zero.infinity.edge"
    ran = refsim("vectors", "export", name, "--format", "testfloat", "--out", tmp_path / "a")
    assert (ran.code, ran.err, ran.out) == (0, "", f"2 files in {tmp_path / 'a'}\n")
    assert files(tmp_path / "a") == ["README.txt", "f16_roundToInt-rminMag-tininessafter-notexact.edge.txt"]
    for form in ("csv", "jsonl"):
        refsim("vectors", "export", name, "--format", form, "--out", tmp_path / form)
        assert files(tmp_path / form) == [f"{name}.{form}"]


def test_export_writes_nothing_where_one_suite_has_no_words(refsim, tmp_path):
    """One suite that TestFloat has not spoils the whole export: exit code 2, one line, no files."""
    ran = refsim(
        "vectors",
        "export",
        "sqrt/binary16/ties_to_even.infinity.edge",
        "hypot/binary16/ties*",
        "--format",
        "testfloat",
        "--out",
        tmp_path / "a",
    )
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "TestFloat has no hypot on binary16" in ran.err
    assert files(tmp_path) == []


def change_byte(folder, few):
    path = folder / few[-1]
    path.write_text(path.read_text().replace("//! tier", "//! tiar"))
    return ["the file has changed", "the header has no 'tier' line", "made anew it differs from the stored file"]


def put_a_strange_byte(folder, few):
    path = folder / few[-1]
    path.write_bytes(path.read_bytes().replace(b"tier", b"ti\xffr"))
    return ["the file has changed", "7-bit text", "made anew it differs from the stored file"]


def remove_file(folder, few):
    (folder / few[0]).unlink()
    return [f"{few[0]}: listed in the manifest, but missing"]


def add_file(folder, _):
    (folder / "mine.rsv").write_text("")
    return ["mine.rsv: not listed in the manifest as stored"]


def change_manifest(folder, few):
    document = json.loads((folder / NAME).read_text())
    document["files"][0]["count"] += 1
    (folder / NAME).write_text(json.dumps(document))
    return [f"{few[0]}: made anew it differs from the manifest in count"]


def drop_entry(folder, few):
    document = json.loads((folder / NAME).read_text())
    del document["files"][0]
    (folder / NAME).write_text(json.dumps(document))
    return [f"{few[0]}: not listed in the manifest as stored", f"{few[0]}: a suite that the manifest does not list"]


def add_entry(folder, _):
    document = json.loads((folder / NAME).read_text())
    document["files"].append({**document["files"][0], "file": "decode/other.exhaustive.rsv", "stored": False})
    (folder / NAME).write_text(json.dumps(document))
    return ["decode/other.exhaustive.rsv: listed in the manifest, but no suite makes it"]


@pytest.mark.parametrize(
    "damage", [change_byte, put_a_strange_byte, remove_file, add_file, change_manifest, drop_entry, add_entry]
)
def test_check_finds(few, folder, refsim, damage):
    """A changed byte, a missing and an unlisted file, and a manifest that says something else are found: exit code 4, a line
    each, and the number of them."""
    expected = damage(folder, few)
    ran = refsim("vectors", "check", folder, "--workers", "1")
    lines = ran.err.splitlines()
    assert ran.code == 4
    assert all(line.startswith("refsim: ") for line in lines)
    assert [text for text, line in zip(expected, lines, strict=True) if text not in line] == []
    assert ran.out.endswith(f": {len(expected)} problems\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "this is no manifest of vectors"),
        ('{"schema": 9, "files": []}', "schema 9 is not 3, the one that this program reads"),
        (None, "there is no manifest"),
    ],
)
@pytest.mark.parametrize("command", ["check", "score"])
def test_what_is_no_manifest(refsim, tmp_path, command, text, message):
    """Without a manifest, or with another schema's, there is nothing to check: exit code 4."""
    if text is not None:
        (tmp_path / NAME).write_text(text)
    ran = refsim("vectors", command, tmp_path)
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith(f"refsim: {tmp_path / NAME}: {message}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("generate", "--out", "there"), "name the suites to make, or give --all"),
        (("generate", "multiply/float4*", "--all", "--out", "there"), "name the suites to make, or give --all"),
        (("generate", "multiply/float4*"), "Missing option '--out'"),
        (("generate", "nothing/*", "--out", "there"), "no suite is named 'nothing/*'"),
        (("generate", "multiply/float4*", "--out", "there", "--workers", "0"), "0 is not in the range x>=1"),
        (("list", "nothing"), "no suite is named 'nothing'; 'refsim vectors list' lists them"),
        (("list", "--tier", "full"), "'full' is not one of 'smoke', 'edge', 'exhaustive'"),
        (("make",), "No such command 'make'"),
        (("export", "--format", "csv", "--out", "there"), "Missing argument 'SUITE...'"),
        (("export", "add/binary16/*", "--out", "there"), "Missing option '--format'"),
        (("export", "add/binary16/*", "--format", "xml", "--out", "there"), "'xml' is not one of 'testfloat', 'csv', 'jsonl'"),
        (("export", "nothing/*", "--format", "csv", "--out", "there"), "no suite is named 'nothing/*'"),
        (("export", "next_up/*", "--format", "testfloat", "--out", "there"), "TestFloat has no next_up on float8_e4m3fn"),
        (
            ("export", "add/binary16/*smoke", "--format", "testfloat", "--out", "there"),
            "TestFloat has no add with overflow saturate",
        ),
        (("check",), "Missing argument 'FOLDER'"),
    ],
)
def test_misuse(refused, arguments, message, tmp_path, monkeypatch):
    """What cannot be done is said in one line, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert message in refused("vectors", *arguments)
    assert files(tmp_path) == []


def test_generate_where_nothing_can_be_written(refused, tmp_path):
    """A folder that is a file, or lies below one, is misuse."""
    (tmp_path / "file").write_text("")
    assert "is a file" in refused("vectors", "generate", "multiply/float4*smoke", "--out", tmp_path / "file")
    assert str(tmp_path / "file") in refused("vectors", "generate", "multiply/float4*smoke", "--out", tmp_path / "file" / "x")
    assert files(tmp_path) == ["file"]


def test_mutants(refsim):
    """Every mutant with its sentence, as lines and as JSON."""
    lines = refsim("vectors", "mutants").out.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [[mutant.name, mutant.sentence] for mutant in every_mutant()]
    found = json.loads(refsim("vectors", "mutants", "--json").out)
    assert [[item["name"], item["sentence"]] for item in found] == [[mutant.name, mutant.sentence] for mutant in every_mutant()]


def test_score(few, folder, refsim):
    """For each file that mutants were tried on, how many it notices and which not."""
    tried = [name for name in few if name.startswith("multiply/")]
    found = json.loads(refsim("vectors", "score", folder, "--json").out)
    assert [item["file"] for item in found] == tried
    lines = refsim("vectors", "score", folder).out.splitlines()
    for line, item in zip(lines, found, strict=True):
        assert line.startswith(f"{item['file']}: {len(item['killed'])} of {len(item['killed']) + len(item['survived'])}")
        assert (": " + " ".join(item["survived"]) in line) == bool(item["survived"])
        assert item["count"] <= (16 if ".smoke." in item["file"] else 256)


def test_an_interrupt_leaves_whole_files_only(tmp_path):
    """When making vectors is interrupted there are whole files and no parts of any; no manifest stands for what is missing."""
    command = [
        sys.executable,
        "-m",
        "refsim",
        "vectors",
        "generate",
        "decode/*",
        "convert/*",
        "--out",
        str(tmp_path / "vectors"),
    ]
    process = subprocess.Popen(
        [*command, "--workers", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(600):
        if len(files(tmp_path)) > 3:
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.split()) == (130, "", ["refsim:", "interrupted"])
    found = files(tmp_path)
    assert len(found) > 3
    assert all(name.endswith(".rsv") for name in found)
    for name in found:
        assert len(read(tmp_path / name)) > 0
