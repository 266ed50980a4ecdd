"""Files that are not there or cannot be written, and disks that are full."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from refsim.campaigns import store

from .test_store import PLAN, batch, filled

NOBODY = 65534


@contextmanager
def nobody():
    """Without the rights of root, who may write everywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that anybody reaches."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        Path(name).chmod(0o777)


def test_a_full_disk(tmp_path):
    """What was stored stays, and can be read and resumed."""
    path = filled(tmp_path / "kept.sqlite")
    text = store.export(path)
    with store.resume(path, PLAN) as kept:
        (pages,) = kept.connection.execute("PRAGMA page_count").fetchone()
        kept.connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(OSError, match="there is no room left for results") as error:
            kept.add(batch(1, 0, 500), "go on", 1.0)
        assert error.value.filename == str(path)
    assert store.export(path) == text
    store.resume(path, PLAN).close()


def test_a_file_that_cannot_be_written(open_folder):
    """A read-only file, or a read-only folder, in which no journal can be: said before anything is computed. Both are read."""
    path = filled(open_folder / "kept.sqlite")
    text = store.export(path)
    for file, folder in ((0o444, 0o777), (0o444, 0o555), (0o666, 0o555)):
        path.chmod(file)
        open_folder.chmod(folder)
        with nobody():
            with pytest.raises(PermissionError, match="the file or its folder cannot be written"):
                store.resume(path, PLAN)
            assert store.export(path) == text
            if folder == 0o555:
                with pytest.raises(PermissionError):
                    store.begin(open_folder / "new.sqlite", PLAN)
        assert [one.name for one in open_folder.iterdir()] == ["kept.sqlite"]


def test_no_file(tmp_path):
    """What is not there, and what is no file."""
    for opened in (lambda path: store.resume(path, PLAN), store.read):
        with pytest.raises(FileNotFoundError, match="there is no such campaign"):
            opened(tmp_path / "none.sqlite")
        with pytest.raises(IsADirectoryError, match="a folder, not a campaign"):
            opened(tmp_path)
    with pytest.raises(FileNotFoundError):
        store.begin(tmp_path / "no" / "folder.sqlite", PLAN)
    assert not list(tmp_path.iterdir())
