"""The store of a campaign: one SQLite file that holds the plan and every trial, whole after any end of the program.

Each batch of trials is one transaction, on the disk before the next begins. A store is read while a run writes to it; two runs
never write to one. Whatever is read was written by a run: every row, look and gate is under a seal that is computed anew.
"""

from __future__ import annotations

import errno
import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from ..version import SPECIFICATION, __version__
from . import store_files as files
from .rows import Row, row
from .store_files import DamagedStore, ForeignStore, Look

__all__ = [
    "DamagedStore",
    "ForeignStore",
    "Identity",
    "Look",
    "Results",
    "Store",
    "begin",
    "check_identity",
    "export",
    "identity",
    "read",
    "resume",
]

VERSIONS = (
    ("refsim", __version__),
    ("specification", SPECIFICATION),
    ("numpy", np.__version__),
    ("python", platform.python_version()),
)
"""What the rows of a campaign are computed with, all of them."""


class Identity(NamedTuple):
    """What the rows of a campaign are a function of: the manifest, as text and by its SHA-256, and the versions."""

    fingerprint: str
    manifest: str
    versions: tuple[tuple[str, str], ...]

    def pairs(self) -> dict[str, str]:
        """As it stands in a store."""
        return {"fingerprint": self.fingerprint, "manifest": self.manifest, **dict(self.versions)}


def identity(manifest: Mapping[str, Any]) -> Identity:
    """The identity of a campaign that is computed here. ``ValueError`` for a manifest that is no plain data."""
    text = files.plain(manifest)
    return Identity(files.digest(text), text, VERSIONS)


@dataclass(frozen=True)
class Results:
    """All that a store says. ``rows`` are those of each cell in order of trials, from trial 0 on."""

    manifest: Mapping[str, Any]
    fingerprint: str
    versions: Mapping[str, str]
    rows: Mapping[int, Sequence[Row]]
    looks: Sequence[Look]
    gates: Sequence[tuple[str, bool, str]]


@dataclass(frozen=True)
class Store:
    """A store that one run writes to."""

    path: Path
    connection: sqlite3.Connection
    identity: Identity

    def rows(self, cell: int) -> list[Row]:
        """The rows of a cell in order of trials."""
        with files.told(self.path):
            return [row(flat) for flat in files.checked_cell(self.connection, cell).rows]

    def add(self, rows: Sequence[Row], decision: str, seconds: float) -> None:
        """Store a batch, the next trials of one cell in order, what was decided after it, and how long it took to compute."""
        flat = [one.flat() for one in rows]
        look = Look(rows[0].cell, rows[-1].trial + 1, decision)
        with self._transaction() as connection:
            before = files.seals(connection).get(f"cell {look.cell}", files.UNSEALED)
            connection.executemany(files.INSERT_ROW, flat)
            connection.execute("INSERT INTO looks VALUES (?, ?, ?)", look)
            connection.execute("INSERT INTO times VALUES (?, ?, ?)", (look.cell, look.trials, seconds))
            _set_seal(connection, f"cell {look.cell}", files.cell_seal(before, flat, look))

    def judge(self, gates: Sequence[tuple[str, bool, str]]) -> None:
        """Store the gates, each its name, whether it was passed and what it says, in place of those that were there."""
        flat = [(name, int(passed), said) for name, passed, said in gates]
        with self._transaction() as connection:
            connection.execute("DELETE FROM gates")
            connection.executemany("INSERT INTO gates (name, passed, said) VALUES (?, ?, ?)", flat)
            _set_seal(connection, "gates", files.seal(files.UNSEALED, flat))

    def close(self) -> None:
        """End the run; what is stored stays."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing. The lock on the store is taken again at once: it is what keeps other runs out."""
        with files.told(self.path):
            if not self.connection.in_transaction:
                files.lock(self.connection)
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            files.lock(self.connection)


def begin(path: Path, manifest: Mapping[str, Any]) -> Store:
    """A new store. Nothing is ever overwritten: ``FileExistsError`` for a file with anything in it.

    A file without anything is what a run leaves that was killed right at its beginning; it can begin again.
    """
    mine = identity(manifest)
    with suppress(FileExistsError):
        path.touch(exist_ok=False)
    # Of two runs that begin at once, one has the lock and the other is told; or it finds the first one's tables.
    with files.told(path):
        connection = files.connect(path)
        with _kept(connection):
            files.lock(connection)
            if not files.is_empty(connection):
                raise FileExistsError(errno.EEXIST, "exists already, and is not overwritten: resume it", str(path))
            files.insert_meta(connection, mine.pairs().items())
            connection.execute("COMMIT")
            files.lock(connection)
        return Store(path, connection, mine)


def resume(path: Path, manifest: Mapping[str, Any]) -> Store:
    """The store of a campaign that was begun.

    ``ForeignStore`` where the manifest or a version is another one than at its beginning, or the file is not a campaign's;
    ``DamagedStore`` where something is not as it was written; an ``OSError`` for a file that is not there, that cannot be
    written, or that another run is writing to. In all these cases nothing is written.
    """
    mine = identity(manifest)
    with files.told(path):
        connection = files.connect(path)
        with _kept(connection):
            files.lock(connection)
            files.check_file(connection, path)
            check_identity(path, files.meta(connection, path), mine)
            files.gates(connection, path)
            for _ in files.checked_cells(connection, path):
                pass
            # That the file can be written, and a journal beside it, shows before anything is computed.
            connection.execute(f"PRAGMA user_version={files.SCHEMA}")
            connection.execute("COMMIT")
            files.lock(connection)
        return Store(path, connection, mine)


def read(path: Path) -> Results:
    """All that a store says, at one moment; a run may be going on. Any campaign is read, whatever its plan and versions are.

    ``ForeignStore``, ``DamagedStore`` and ``OSError`` as for ``resume``.
    """
    with files.told(path), closing(files.connect(path)) as connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        files.check_file(connection, path)
        meta = files.meta(connection, path)
        cells = list(files.checked_cells(connection, path))
        return Results(
            json.loads(meta.pop("manifest")),
            meta.pop("fingerprint"),
            meta,
            {cell.cell: [row(flat) for flat in cell.rows] for cell in cells},
            [look for cell in cells for look in cell.looks],
            files.gates(connection, path),
        )


def export(path: Path) -> bytes:
    """All results as text, the same bytes for the same campaign whoever computed it and however often it was stopped."""
    found = read(path)
    lines = [f"fingerprint {found.fingerprint}", f"manifest {files.plain(found.manifest)}"]
    lines += [f"version {name} {version}" for name, version in sorted(found.versions.items())]
    lines += [f"row {' '.join(map(str, one.flat()))}" for cell in sorted(found.rows) for one in found.rows[cell]]
    lines += [f"look {' '.join(map(str, look))}" for look in found.looks]
    lines += [f"gate {files.plain(list(gate))}" for gate in found.gates]
    return ("\n".join(lines) + "\n").encode()


def _set_seal(connection: sqlite3.Connection, name: str, digest: str) -> None:
    """Put a seal in the place of the one of this name."""
    connection.execute("INSERT OR REPLACE INTO seals VALUES (?, ?)", (name, digest))


@contextmanager
def _kept(connection: sqlite3.Connection) -> Iterator[None]:
    """Close a connection that comes to nothing."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def check_identity(path: Path, found: Mapping[str, str], mine: Identity) -> None:
    """``ForeignStore`` for a campaign of other inputs or versions."""
    if found["fingerprint"] != mine.fingerprint:
        what = _difference(json.loads(found["manifest"]), json.loads(mine.manifest), "the plan")
        raise ForeignStore(f"{path}: belongs to another campaign: {what}")
    for name, version in mine.versions:
        if found.get(name) != version:
            raise ForeignStore(f"{path}: was begun with {name} {found.get(name)}, and this is {name} {version}")


def _difference(stored: Any, given: Any, where: str) -> str:
    """The first place in which two pieces of plain data differ."""
    if isinstance(stored, dict) and isinstance(given, dict):
        for name in sorted(set(stored) | set(given)):
            if name not in given:
                return f"{where} has {name} in it, and here it has not"
            if name not in stored:
                return f"{where} has no {name} in it, and here it has"
            if stored[name] != given[name]:
                return _difference(stored[name], given[name], f"{name} of {where}")
    if isinstance(stored, list) and isinstance(given, list):
        if len(stored) != len(given):
            return f"{where} has {len(stored)} entries in it, and here {len(given)}"
        for place, (one, other) in enumerate(zip(stored, given, strict=True)):
            if one != other:
                return _difference(one, other, f"entry {place} of {where}")
    texts = json.dumps(stored), json.dumps(given)
    same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    one, other = (_short(text, same) for text in texts)
    return f"{where} is {one} in it, and here {other}"


def _short(text: str, place: int) -> str:
    """A text, cut where it is long; a place in it is left."""
    first = max(0, place - 20) if len(text) > 60 else 0
    return f"{'...' if first else ''}{text[first : first + 60]}{'...' if len(text) > first + 60 else ''}"
