"""Stores: what is written is read, what is there is never overwritten, and two runs never write to one."""

import json
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

import refsim
from refsim.campaigns import store, store_files
from refsim.campaigns.rows import COLUMNS

from .toy import Toy, toy_row

PLAN = Toy().manifest()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(store_files, "WAIT_FOR_A_RUN", 20)
    monkeypatch.setattr(store_files, "WAIT_FOR_READERS", 20)


def batch(cell, first, beyond):
    return [toy_row(0, cell, trial) for trial in range(first, beyond)]


def filled(path):
    """A store of two cells and two gates."""
    with store.begin(path, PLAN) as kept:
        kept.add(batch(0, 0, 4), "go on", 0.5)
        kept.add(batch(3, 0, 2), "enough", 0.25)
        kept.add(batch(0, 4, 7), "enough", 0.125)
        kept.judge([("rate", True, "within 4 sigma"), ("replay", False, "trial 0 differs")])
    return path


def listing(folder):
    """The names and contents of all files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_what_is_written_is_read(tmp_path):
    """Rows, looks, gates, the plan and the versions, from a file by itself."""
    found = store.read(filled(tmp_path / "a campaign?#.sqlite"))
    assert found.rows == {0: batch(0, 0, 7), 3: batch(3, 0, 2)}
    assert found.looks == [(0, 4, "go on"), (0, 7, "enough"), (3, 2, "enough")]
    assert found.gates == [("rate", True, "within 4 sigma"), ("replay", False, "trial 0 differs")]
    assert found.manifest == PLAN
    assert found.versions == {
        "refsim": refsim.__version__,
        "specification": refsim.SPECIFICATION,
        "numpy": np.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["a campaign?#.sqlite"]


def test_it_is_a_database_for_anybody(tmp_path):
    """SQLite's own view of the file: the columns of rows under their names, and times apart."""
    connection = sqlite3.connect(filled(tmp_path / "kept.sqlite"))
    connection.row_factory = sqlite3.Row
    rows = [dict(one) for one in connection.execute("SELECT * FROM rows WHERE cell = 0 ORDER BY trial")]
    assert rows == [dict(zip(COLUMNS, one.flat(), strict=True)) for one in batch(0, 0, 7)]
    assert [tuple(one) for one in connection.execute("SELECT * FROM times")] == [(0, 4, 0.5), (0, 7, 0.125), (3, 2, 0.25)]
    assert connection.execute("PRAGMA application_id").fetchone()[0] == 0x72667363
    connection.close()


def test_fingerprint_is_that_of_the_manifest():
    """SHA-256 of the canonical JSON text: the order of names does not matter, any value does."""
    turned = dict(reversed(PLAN.items()))
    assert store.identity(PLAN).fingerprint == store.identity(turned).fingerprint
    text = '{"a":[1,2.5,null],"b":"\\u00e9"}'
    assert store.identity({"b": "é", "a": (1, 2.5, None)}).manifest == text
    asked = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True).stdout.decode()
    assert store.identity(json.loads(text)).fingerprint == asked.split()[0]
    assert store.identity({**PLAN, "seed": 1}).fingerprint != store.identity(PLAN).fingerprint


@pytest.mark.parametrize("manifest", [{"a": float("nan")}, {"a": float("inf")}, {"a": {1, 2}}, {"a": np.int64(3)}])
def test_a_manifest_is_plain_data(tmp_path, manifest):
    """Nothing is created for one that is not."""
    with pytest.raises(ValueError, match="a manifest must be plain data"):
        store.begin(tmp_path / "kept.sqlite", manifest)
    assert not list(tmp_path.iterdir())


def test_each_transaction_is_on_the_disk(tmp_path):
    """The settings on which durability rests: a rollback journal, which is one file only while it is written, and every
    synchronization, that of the folder too."""
    with store.begin(tmp_path / "kept.sqlite", PLAN) as kept:
        assert kept.connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert kept.connection.execute("PRAGMA synchronous").fetchone() == (3,)


def test_times_are_no_results(tmp_path):
    """Exports do not show how long batches took, nor in which order cells were stored."""
    texts = []
    for name, seconds, cells in (("one", 1.0, (0, 1)), ("two", 2.0, (1, 0))):
        with store.begin(tmp_path / name, PLAN) as kept:
            for cell in cells:
                kept.add(batch(cell, 0, 3), "go on", seconds)
        texts.append(store.export(tmp_path / name))
    assert texts[0] == texts[1]
    assert texts[0].decode().splitlines()[-3] == f"row {' '.join(map(str, toy_row(0, 1, 2).flat()))}"


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path):
    """A batch that cannot follow leaves the store as it was, and in use."""
    with store.begin(tmp_path / "kept.sqlite", PLAN) as kept:
        kept.add(batch(0, 0, 4), "go on", 1.0)
        with pytest.raises(sqlite3.IntegrityError):
            kept.add(batch(0, 3, 6), "go on", 1.0)
        assert kept.rows(0) == batch(0, 0, 4)
        kept.add(batch(0, 4, 6), "go on", 1.0)
    assert store.read(tmp_path / "kept.sqlite").rows[0] == batch(0, 0, 6)


def test_resuming(tmp_path):
    """A store that was begun goes on."""
    path = filled(tmp_path / "kept.sqlite")
    with store.resume(path, PLAN) as kept:
        assert [kept.rows(cell) for cell in (0, 1, 3)] == [batch(0, 0, 7), [], batch(3, 0, 2)]
        kept.add(batch(3, 2, 5), "enough", 0.5)
        kept.judge([])
    assert store.read(path).rows[3] == batch(3, 0, 5)
    assert store.read(path).gates == []


def test_nothing_is_overwritten(tmp_path):
    """Not a campaign, nor anything else."""
    filled(tmp_path / "kept.sqlite")
    (tmp_path / "notes.txt").write_text("important " * 500)
    before = listing(tmp_path)
    with pytest.raises(FileExistsError, match="exists already, and is not overwritten: resume it"):
        store.begin(tmp_path / "kept.sqlite", PLAN)
    with pytest.raises(store.DamagedStore, match="file is not a database"):
        store.begin(tmp_path / "notes.txt", PLAN)
    assert listing(tmp_path) == before


def test_a_beginning_that_was_killed(tmp_path):
    """It leaves a file without anything: begun again, but neither resumed nor read."""
    path = tmp_path / "kept.sqlite"
    path.touch()
    for refused in (lambda: store.resume(path, PLAN), lambda: store.read(path)):
        with pytest.raises(store.DamagedStore, match="no campaign has begun in it"):
            refused()
    assert path.stat().st_size == 0
    store.begin(path, PLAN).close()
    assert store.read(path).rows == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 7}, "seed of the plan is 0 in it, and here 7"),
        ({"files": [{"name": "net.npz", "sha256": "0"}]}, "sha256 of entry 0 of files of the plan is"),
        ({"files": []}, "files of the plan has 1 entries in it, and here 0"),
        ({"more": None}, "the plan has no more in it, and here it has"),
        ({"files": [{"name": "net.npz"}]}, "entry 0 of files of the plan has sha256 in it, and here it has not"),
    ],
)
def test_another_plan(tmp_path, change, said):
    """What differs is said in one line, and nothing is written."""
    path = filled(tmp_path / "kept.sqlite")
    before = listing(tmp_path)
    with pytest.raises(store.ForeignStore, match=said) as error:
        store.resume(path, {**PLAN, **change})
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{path}: belongs to another campaign: ")
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x" * 90 + "z", r"is \.\.\.x{20}y\" in it, and here \.\.\.x{20}z\"$"),
        ("x" * 90 + "y" * 90, r"is \.\.\.x{19}y\" in it, and here \.\.\.x{19}y{41}\.\.\.$"),
        ("short", r"is \"x{59}\.\.\. in it, and here \"short\"$"),
    ],
)
def test_long_texts_that_differ(tmp_path, given, said):
    """They are cut, and not where they differ."""
    there, here = (store.identity({"name": name}) for name in ("x" * 90 + "y", given))
    with pytest.raises(store.ForeignStore, match=f"name of the plan {said}"):
        store.check_identity(tmp_path, there.pairs(), here)


@pytest.mark.parametrize("name", [name for name, _ in store.VERSIONS])
def test_other_versions(tmp_path, monkeypatch, name):
    """A campaign is computed by the same versions from beginning to end; it is read by any."""
    path = filled(tmp_path / "kept.sqlite")
    before, text = listing(tmp_path), store.export(path)
    monkeypatch.setattr(store, "VERSIONS", tuple((one, "99" if one == name else version) for one, version in store.VERSIONS))
    with pytest.raises(store.ForeignStore, match=f"was begun with {name} .*, and this is {name} 99"):
        store.resume(path, PLAN)
    assert listing(tmp_path) == before
    assert store.export(path) == text


def test_one_run_at_a_time(tmp_path):
    """While a run has a store, another one is told so, before and after batches; who reads is not."""
    path = tmp_path / "kept.sqlite"
    with store.begin(path, PLAN) as kept:
        for trials in (0, 4):
            for opened in (store.begin, store.resume):
                with pytest.raises(BlockingIOError, match="another run is writing to this campaign"):
                    opened(path, PLAN)
            assert sum(map(len, store.read(path).rows.values())) == trials
            kept.add(batch(0, trials, trials + 4), "go on", 1.0)
    assert store.read(path).rows[0] == batch(0, 0, 8)


def test_one_run_at_a_time_among_processes(tmp_path):
    """The lock is the system's: it holds against another process, and is gone with the process that had it."""
    path = tmp_path / "kept.sqlite"
    code = "import sys; from pathlib import Path; from refsim.campaigns import store;"
    code += f"kept = store.begin(Path({str(path)!r}), {PLAN!r})"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; print('begun', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"begun\n"
        with pytest.raises(BlockingIOError, match="another run"):
            store.resume(path, PLAN)
        assert store.read(path).rows == {}
        other.kill()
    store.resume(path, PLAN).close()


def test_a_reader_that_does_not_end(tmp_path):
    """A batch waits for those who read, and then says so; it is stored when they have gone."""
    path = filled(tmp_path / "kept.sqlite")
    with store.resume(path, PLAN) as kept:
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM rows").fetchone()
        with pytest.raises(BlockingIOError):
            kept.add(batch(3, 2, 4), "go on", 1.0)
        reader.close()
        assert kept.rows(3) == batch(3, 0, 2)
        kept.add(batch(3, 2, 4), "go on", 1.0)
    assert store.read(path).rows[3] == batch(3, 0, 4)
