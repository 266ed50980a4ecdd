"""The manifest: what an entry says, what is found wrong in a folder, and that files are written whole or not at all."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from refsim.vectors import manifest
from refsim.vectors.file import DamagedFile, parse
from refsim.vectors.manifest import (
    NAME,
    SCHEMA,
    STORED_ROWS,
    differences,
    made,
    make_all,
    manifest_text,
    problems,
    read_manifest,
    save,
)
from refsim.vectors.suites import Suite, matching, suites

from .made import configuration, published

NAMES = ("multiply/float4_e2m1fn/ties_to_even.saturate.*", "decode/binary4p2se*", "convert/*-to-int4/*")


@pytest.fixture
def folder(tmp_path):
    """A folder with a manifest and the stored files of a few suites."""
    fresh = [made(suite) for suite in matching(NAMES)]
    for text, entry in fresh:
        save(tmp_path / entry.file, text)
    save(tmp_path / NAME, manifest_text(entry for _, entry in fresh))
    return tmp_path


def found(folder):
    """What the digests alone show."""
    return list(problems(folder, read_manifest(folder)))


def test_an_entry_is_about_its_file(folder):
    """An entry has the size, digest, count and modes of its file."""
    entries = read_manifest(folder)
    assert [entry.file for entry in entries] == [suite.path for suite in matching(NAMES)]
    for entry in entries:
        data = (folder / entry.file).read_bytes()
        v = parse(data)
        assert (entry.sha256, entry.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
        assert (entry.count, entry.tier, entry.operation) == (len(v), v.tier, v.configuration.operation)
        assert entry.clauses == v.configuration.clauses
        assert entry.operands == tuple(format.name for format in v.configuration.operands)
        assert entry.stored
        assert not set(entry.killed) & set(entry.survived)


def test_an_entry_lists_mutants_that_apply():
    """Mutants are those that apply, noticed or not; of long tables, and of files that are not stored, none are listed."""
    _, smoke = made(published("multiply/float4_e2m1fn/ties_to_even.saturate.smoke"))
    _, short = made(published("multiply/float4_e2m1fn/ties_to_even.saturate.exhaustive"))
    _, whole = made(published("multiply/float6_e2m3fn/ties_to_even.saturate.exhaustive"))
    _, other = made(replace(published("multiply/float4_e2m1fn/ties_to_even.saturate.smoke"), stored=False))
    assert set(smoke.killed) <= set(short.killed)
    assert (other.stored, other.killed, other.survived) == (False, (), ())
    assert {"rounding.truncates", "sign.ignored"} <= set(smoke.killed)
    assert "add.subtracts" not in {*smoke.killed, *smoke.survived}
    assert (whole.killed, whole.survived) == ((), ())


@pytest.mark.parametrize(
    ("names", "stored"),
    [
        (("decode", "float8_e4m3fn"), True),
        (("decode", "uint12"), False),
        (("multiply", "float6_e2m3fn float6_e2m3fn", "float6_e2m3fn"), True),
        (("add", "e4m2 e4m2", "e4m2"), False),
    ],
)
def test_long_files_are_not_stored(names, stored):
    """Up to 8192 rows are stored, and tables of formats up to 8 bits; the others are count and digest."""
    _, entry = made(Suite(configuration(*names), "exhaustive"))
    assert STORED_ROWS == 8192
    assert entry.stored == stored
    assert entry.count == 1 << sum(format.width for format in configuration(*names).operands)


def test_round_trip(folder):
    """A manifest that is read and written again is the same."""
    text = (folder / NAME).read_text()
    assert manifest_text(read_manifest(folder)) == text
    head = json.loads(text)
    assert (head["schema"], head["license"]) == (SCHEMA, "CC0-1.0")
    assert text.count("\n") == len(head["files"]) + 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no manifest of vectors"),
        ("not JSON", "this is no manifest of vectors"),
        ("\u00e9", "this is no manifest of vectors"),
        ("[]", "this is no manifest of vectors"),
        ("3", "this is no manifest of vectors"),
        ("{}", "this is no manifest of vectors: 'schema'"),
        ('{"schema": 3}', "this is no manifest of vectors: 'files'"),
        ('{"schema": 1, "files": []}', "schema 1 is not 3, the one that this program reads"),
        ('{"schema": 3, "files": [3]}', "this is no manifest of vectors"),
        ('{"schema": 3, "files": [{"file": "x"}]}', "this is no manifest of vectors"),
        ('{"schema": 3, "files": 7}', "this is no manifest of vectors"),
    ],
)
def test_what_is_no_manifest(tmp_path, text, message):
    """Anything else, and a manifest of another schema, is damage, with the path and the reason."""
    (tmp_path / NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(DamagedFile, match=message) as caught:
        read_manifest(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / NAME}: ")


def test_a_missing_manifest(tmp_path):
    """A folder without a manifest is damaged."""
    with pytest.raises(DamagedFile, match="there is no manifest"):
        read_manifest(tmp_path)


def test_a_sound_folder(folder):
    """Nothing is wrong with a folder as it was written."""
    assert found(folder) == []


def test_a_changed_byte(folder):
    """A byte that changes is found by the digest, in a remark too; where the file's own check finds it, with its line."""
    path = folder / published("multiply/float4_e2m1fn/ties_to_even.saturate.smoke").path
    text = path.read_text()
    path.write_text(text.replace(" = ", " ~ ", 1))
    assert found(folder) == [f"{path}: the file has changed: its digest is not the manifest's"]
    path.write_text(text.replace("//! tier smoke", "//! tier smoky"))
    digest, own = found(folder)
    assert digest == f"{path}: the file has changed: its digest is not the manifest's"
    assert own.startswith(f"{path}: tier 'smoky' is none of")


def test_missing_and_unlisted_files(folder):
    """A file that is missing and one that nobody listed are found."""
    path = folder / published("multiply/float4_e2m1fn/ties_to_even.saturate.smoke").path
    other = folder / "multiply" / "mine.rsv"
    path.rename(other)
    assert found(folder) == [f"{path}: listed in the manifest, but missing", f"{other}: not listed in the manifest as stored"]


def test_a_file_that_is_listed_as_not_stored(folder):
    """A file whose entry says that it is not stored must not lie there."""
    first, *others = read_manifest(folder)
    save(folder / NAME, manifest_text([replace(first, stored=False), *others]))
    assert found(folder) == [f"{folder / first.file}: not listed in the manifest as stored"]


def anew(folder, wanted=None):
    """What making the suites anew shows."""
    ticks = []
    chosen = matching(NAMES) if wanted is None else wanted
    fresh = (made(suite) for suite in chosen)
    shown = list(differences(folder, fresh, read_manifest(folder), lambda: ticks.append(1)))
    assert len(ticks) == len(chosen)
    return shown


def test_making_anew(folder):
    """What the specification says now is what the folder holds, or the differences are named."""
    assert anew(folder) == []
    entries = read_manifest(folder)
    path = folder / entries[0].file
    path.write_bytes(path.read_bytes().replace(b"tier", b"ti\xffr", 1))
    assert anew(folder) == [f"{entries[0].file}: made anew it differs from the stored file"]
    wrong = replace(entries[1], sha256="0" * 64, count=3)
    save(folder / NAME, manifest_text([wrong, *entries[2:]]))
    first, second = anew(folder)
    assert first == f"{entries[0].file}: a suite that the manifest does not list"
    assert second == f"{entries[1].file}: made anew it differs from the manifest in sha256, count"


def test_several_processes_make_the_same():
    """Files and entries come in order, the same from other processes as from this one."""
    wanted = matching(NAMES)
    assert list(make_all(wanted, 2)) == [made(suite) for suite in wanted]


def test_saving_is_all_or_nothing(tmp_path, monkeypatch):
    """A file is replaced whole; where writing fails the old one stays, and nothing else is left."""
    path = tmp_path / "deep" / "er" / "file.txt"
    save(path, "old\n")
    assert path.read_bytes() == b"old\n"
    with pytest.raises(UnicodeEncodeError):
        save(path, "new \u00e9\n")
    monkeypatch.setattr(manifest.Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save(path, "new\n")
    assert path.read_bytes() == b"old\n"
    assert list(path.parent.iterdir()) == [path]


def test_suites_have_names_of_their_own():
    """No two published suites share a name, and a name finds its suite with and without the suffix."""
    paths = [suite.path for suite in suites()]
    assert len(set(paths)) == len(paths) > 300
    assert all(path.endswith(".rsv") and not path.startswith("/") for path in paths)
    for path in paths[:: len(paths) // 7]:
        assert (
            [suite.path for suite in matching((path,))]
            == [suite.path for suite in matching((path.removesuffix(".rsv"),))]
            == [path]
        )


def test_patterns():
    """Patterns find suites in the published order, each once; one that finds none is refused."""
    found_twice = matching(("multiply/float4*", "multiply/*/ties_to_even.saturate.smoke"))
    assert len({suite.path for suite in found_twice}) == len(found_twice)
    order = [suite.path for suite in suites()]
    assert [order.index(suite.path) for suite in found_twice] == sorted(order.index(suite.path) for suite in found_twice)
    with pytest.raises(ValueError, match="no suite is named 'nothing'; 'refsim vectors list' lists them"):
        matching(("multiply/float4*", "nothing"))


def test_a_suite_is_named_after_all_that_it_depends_on():
    """The name has operation, formats, modes and tier; the formats once where they are all the same."""
    names = ("multiply", "float4_e2m1fn int4", "binary16", "stochastic_a:3", "infinity")
    assert (
        Suite(configuration(*names), "edge").path == "multiply/float4_e2m1fn-int4-to-binary16/stochastic_a-3.infinity.edge.rsv"
    )
    assert Suite(configuration("decode", "int4"), "exhaustive").path == "decode/int4.exhaustive.rsv"
    assert asdict(made(Suite(configuration("decode", "int4"), "exhaustive"))[1])["result"] is None
