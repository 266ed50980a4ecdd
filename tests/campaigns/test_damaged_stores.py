"""Files that are no campaign, or not the one that was written: refused in one line, or read as what was written."""

import random
import shutil
import sqlite3
import zipfile

import pytest

from refsim.campaigns import store, store_files

from .toy import Toy, toy_row

PLAN = Toy().manifest()
REFUSED = (store.DamagedStore, store.ForeignStore, PermissionError)
"""The last where a flipped byte of the header says that the file is not to be written."""
HEADER = 100
"""The bytes of SQLite's header."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Nothing here depends on what a disk has."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store of a few pages, and what it says."""
    path = tmp_path_factory.mktemp("whole") / "kept.sqlite"
    with store.begin(path, PLAN) as kept:
        for cell in (0, 1):
            for first in (0, 20, 40):
                kept.add([toy_row(0, cell, trial) for trial in range(first, first + 20)], "go on", 1.0)
        kept.judge([("rate", True, "within 4 sigma")])
    return path.read_bytes(), store.export(path)


def refusals(path):
    """What reading and resuming say; the file is not written in any case."""
    before = path.read_bytes()
    said = []
    for opened in (store.read, lambda path: store.resume(path, PLAN).close()):
        try:
            opened(path)
        except REFUSED as error:
            assert "\n" not in str(error)
            assert str(path) in str(error)
            assert path.read_bytes() == before
            assert [one.name for one in path.parent.iterdir()] == [path.name]
            said.append(str(error).removeprefix(f"{path}: "))
    return said


def assert_noticed(path, content, text):
    """The damaged file is refused, or it still says what was written; which of them."""
    path.write_bytes(content)
    said = refusals(path)
    if len(said) < 2:
        # Who resumes refuses more than who reads.
        path.write_bytes(content)
        assert store.export(path) == text
    return bool(said)


def test_every_truncation_is_refused(tmp_path, whole):
    """Inside the header, at and beside every end of a page, and by one byte."""
    content, _ = whole
    page = int.from_bytes(content[16:18], "big")
    lengths = {0, 1, 15, 16, 17, 68, 99, 100, 101, 500, len(content) - 1, len(content) - 100}
    lengths |= {end + off for end in range(page, len(content), page) for off in (-1, 0, 1)}
    for length in sorted(lengths):
        path = tmp_path / "kept.sqlite"
        path.write_bytes(content[:length])
        assert len(refusals(path)) == 2, length


@pytest.mark.parametrize("word", [b"CREATE \xbfABLE gates", b"CREATE TABLE \xbfates", b"CREATE TABLE g\x00tes"])
def test_tables_whose_description_is_no_text(tmp_path, whole, word):
    """SQLite's own words for it are then no text either."""
    content, _ = whole
    path = tmp_path / "kept.sqlite"
    path.write_bytes(content.replace(b"CREATE TABLE gates", word))
    assert len(refusals(path)) == 2


def test_more_bytes_than_were_written(tmp_path, whole):
    """Something behind the last page, short or whole."""
    content, _ = whole
    for more in (1, 100, 4096):
        (tmp_path / "kept.sqlite").write_bytes(content + bytes(more))
        assert len(refusals(tmp_path / "kept.sqlite")) == 2


@pytest.mark.parametrize("mask", [0x01, 0xFF])
def test_flipped_bytes_of_the_header(tmp_path, whole, mask):
    """Each byte of the header: refused, or without effect. What it means is in SQLite's description of its files; those that
    name the kind of file must be refused."""
    content, text = whole
    noticed = set()
    for place in range(HEADER):
        damaged = bytearray(content)
        damaged[place] ^= mask
        if assert_noticed(tmp_path / "kept.sqlite", bytes(damaged), text):
            noticed.add(place)
    # The magic string, the page size, the fractions, the schema's version of the user, and the application's id.
    assert noticed >= {*range(16), 16, 21, 22, 23, *range(60, 64), *range(68, 72)}


def _flips(content, places, seed):
    """The content with one byte changed, once for each place."""
    draw = random.Random(seed)
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= draw.randrange(1, 256)
        yield bytes(damaged)


def test_flipped_bytes_of_pages(tmp_path, whole):
    """Bytes anywhere behind the header: refused, or without effect because nothing is there."""
    content, text = whole
    places = random.Random(1).sample(range(HEADER, len(content)), 150)
    noticed = [assert_noticed(tmp_path / "kept.sqlite", damaged, text) for damaged in _flips(content, places, 2)]
    assert 50 < sum(noticed) < 150


@pytest.mark.slow
def test_flipped_bytes_everywhere(tmp_path, whole):
    """Every fourth byte of the file, once."""
    content, text = whole
    for damaged in _flips(content, range(1, len(content), 4), 3):
        assert_noticed(tmp_path / "kept.sqlite", damaged, text)


def test_pages_in_another_order(tmp_path, whole):
    """Two pages exchanged, a page of zeros, a page twice."""
    content, text = whole
    pages = [content[first : first + 4096] for first in range(0, len(content), 4096)]
    for one in range(1, len(pages)):
        swapped = [*pages]
        swapped[one], swapped[one - 1] = pages[one - 1], pages[one]
        zeroed = [*pages[:one], bytes(4096), *pages[one + 1 :]]
        for damaged in (swapped, zeroed):
            assert assert_noticed(tmp_path / "kept.sqlite", b"".join(damaged), text)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE rows SET critical = 1 - critical WHERE cell = 1 AND trial = 30", "the trials of cell 1"),
        ("UPDATE rows SET digest = 'x' WHERE cell = 0 AND trial = 0", "the trials of cell 0"),
        ("UPDATE rows SET sdc = 'three' WHERE cell = 0 AND trial = 0", "the trials of cell 0"),
        ("UPDATE rows SET sdc = x'00' WHERE cell = 0 AND trial = 0", "the trials of cell 0"),
        ("DELETE FROM rows WHERE cell = 0 AND trial = 59", "the trials of cell 0"),
        ("DELETE FROM rows WHERE cell = 0 AND trial = 5", "the trials of cell 0"),
        ("DELETE FROM rows WHERE cell = 0 AND trial >= 40", "the trials of cell 0"),
        ("UPDATE rows SET trial = 60 WHERE cell = 0 AND trial = 59", "the trials of cell 0"),
        (
            "CREATE TEMP TABLE m AS SELECT * FROM rows WHERE trial=5; UPDATE m SET trial=60; INSERT INTO rows SELECT * FROM m",
            "the trials of cell 0",
        ),
        ("DELETE FROM looks WHERE cell = 1 AND trials = 60", "the trials of cell 1"),
        ("UPDATE looks SET decision = 'enough' WHERE cell = 1 AND trials = 60", "the trials of cell 1"),
        ("DELETE FROM rows WHERE cell = 0", "the trials of cell 0"),
        ("DELETE FROM looks WHERE cell = 0", "the trials of cell 0"),
        ("UPDATE rows SET cell = 7 WHERE cell = 0", "its cells"),
        ("DELETE FROM seals WHERE name = 'cell 0'", "its cells"),
        ("DELETE FROM seals WHERE name = 'meta'", "its plan"),
        ("UPDATE meta SET value = '9' WHERE name = 'numpy'", "its plan"),
        ("UPDATE meta SET value = replace(value, '0', '1') WHERE name = 'manifest'", "its plan"),
        ("DELETE FROM meta", "its plan"),
        ("UPDATE gates SET passed = 0", "its gates"),
        ("DELETE FROM gates", "its gates"),
        ("INSERT INTO gates (name, passed, said) VALUES ('more', 1, '')", "its gates"),
        ("DROP TABLE times", "its tables"),
        ("ALTER TABLE looks RENAME TO glances", "its tables"),
        ("CREATE TABLE more (name TEXT)", "its tables"),
        ("CREATE TRIGGER more AFTER INSERT ON rows BEGIN DELETE FROM looks; END", "its tables"),
    ],
)
def test_changed_by_hand(tmp_path, whole, statement, said):
    """A whole database in which something was changed: the line says where."""
    path = tmp_path / "kept.sqlite"
    path.write_bytes(whole[0])
    with sqlite3.connect(path) as connection:
        connection.executescript(statement)
    connection.close()
    first, second = refusals(path)
    assert first == second
    assert first.startswith(f"damaged: {said}")


def test_a_cell_that_is_gone_altogether(tmp_path, whole):
    """Rows, looks and seal of a cell: nothing of it is there, so it is a campaign that has not come so far."""
    path = tmp_path / "kept.sqlite"
    path.write_bytes(whole[0])
    with sqlite3.connect(path) as connection:
        for table in ("rows", "looks"):
            connection.execute(f"DELETE FROM {table} WHERE cell = 1")
        connection.execute("DELETE FROM seals WHERE name = 'cell 1'")
    connection.close()
    assert list(store.read(path).rows) == [0]


def _database(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), "no campaign has begun in it"),
        (lambda path: path.write_text("cell,trial\n0,0\n" * 500), "damaged: file is not a database"),
        (lambda path: path.write_bytes(random.Random(5).randbytes(9000)), "damaged: file is not a database"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200)), "damaged: file is not a database"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "damaged: file is not a database"),
        (lambda path: _database(path, "CREATE TABLE notes (text)"), "a database of another program"),
        (lambda path: _database(path, "CREATE TABLE rows (cell, trial)"), "a database of another program"),
        (
            lambda path: _database(path, "PRAGMA application_id=252006674", "CREATE TABLE a (b)"),
            "a database of another program",
        ),
        (lambda path: _database(path, "PRAGMA journal_mode=WAL", "CREATE TABLE notes (text)"), "a database of another program"),
        (
            lambda path: _database(path, "PRAGMA application_id=0x72667363", "PRAGMA user_version=99", "CREATE TABLE rows (a)"),
            "a campaign with tables of version 99, where this refsim has 1",
        ),
        (
            lambda path: _database(path, "PRAGMA application_id=0x72667363", "PRAGMA user_version=1", "CREATE TABLE rows (a)"),
            "damaged: its tables are not those of a campaign",
        ),
    ],
    ids=["empty", "text", "noise", "png", "zip", "other", "other rows", "other id", "wal", "other schema", "other tables"],
)
def test_foreign_files(tmp_path, make, said):
    """Files of other programs, and of other versions of this one."""
    make(tmp_path / "kept.sqlite")
    first, second = refusals(tmp_path / "kept.sqlite")
    assert first == second
    assert first.startswith(said)


def test_a_journal_without_its_database(tmp_path, whole):
    """A database that was copied in the middle of a transaction, without its journal, is damaged or what it was before."""
    content, text = whole
    path = tmp_path / "kept.sqlite"
    path.write_bytes(content)
    shutil.copy(path, tmp_path / "copy.sqlite")
    (tmp_path / "kept.sqlite-journal").write_bytes(random.Random(6).randbytes(5000))
    assert store.export(path) == text
