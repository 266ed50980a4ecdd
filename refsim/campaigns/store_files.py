"""The database file of a campaign: its tables, its seals, and what is said of a file that is none or cannot be used."""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .rows import COLUMNS

APPLICATION = int.from_bytes(b"rfsc", "big")
"""SQLite's application id of a campaign."""
SCHEMA = 1
"""Changes with the tables."""
SYNCHRONOUS = "EXTRA"
"""A transaction that has ended is on the disk, and so is the name of every file that it made or removed."""
WAIT_FOR_READERS = 60_000
"""The milliseconds for which a transaction waits until nobody reads."""
WAIT_FOR_A_RUN = 2_000
"""The milliseconds after which another run is taken to be going on: longer than any moment at which SQLite locks a file."""
UNSEALED = ""
"""The seal of a cell without trials."""

_COLUMNS = ", ".join(f"{name} {'TEXT' if name == 'digest' else 'INTEGER'} NOT NULL" for name in COLUMNS)
_BATCH = "cell INTEGER NOT NULL, trials INTEGER NOT NULL"

TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"CREATE TABLE rows ({_COLUMNS}, PRIMARY KEY (cell, trial)) WITHOUT ROWID",
    f"CREATE TABLE looks ({_BATCH}, decision TEXT NOT NULL, PRIMARY KEY (cell, trials)) WITHOUT ROWID",
    "CREATE TABLE gates (place INTEGER PRIMARY KEY, name TEXT NOT NULL, passed INTEGER NOT NULL, said TEXT NOT NULL)",
    "CREATE TABLE seals (name TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID",
    f"CREATE TABLE times ({_BATCH}, seconds REAL NOT NULL, PRIMARY KEY (cell, trials)) WITHOUT ROWID",
)
"""``looks`` and ``times`` have one entry for each batch, under the number of trials that the cell has after it.
No number of a report comes from ``times``."""
INSERT_ROW = f"INSERT INTO rows VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 marks only


class DamagedStore(ValueError):
    """A file is no database, or not the one that was written; the message says what is wrong."""


class ForeignStore(ValueError):
    """A database of another program, or of another campaign than the one at hand; the message says what differs."""


class Look(NamedTuple):
    """What was decided of a cell after so many trials: ``go on`` or ``enough``."""

    cell: int
    trials: int
    decision: str


class Checked(NamedTuple):
    """The flat rows of a cell in order of trials, and its looks in order: they are what was written."""

    cell: int
    rows: list[tuple[Any, ...]]
    looks: list[Look]
    seal: str


def plain(value: object) -> str:
    """A value as the only JSON text that there is for it. ``ValueError`` for what is no plain data."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a manifest must be plain data without NaN and infinities: {error}") from error


def digest(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(before: str, content: object) -> str:
    """The digest of a content that follows what was sealed before. Damage may have made anything of it."""
    return digest(f"{before}\n{json.dumps(content, separators=(',', ':'), default=str)}")


def cell_seal(before: str, rows: Sequence[Sequence[Any]], look: Look) -> str:
    """The seal of a cell after a batch: it depends on every row and look from trial 0 on."""
    return seal(before, [[list(row) for row in rows], list(look)])


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that exists. A transaction is on the disk when it has ended, and waits for those who read."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder, not a campaign", str(path))
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    for setting in (f"synchronous={SYNCHRONOUS}", "trusted_schema=OFF", f"busy_timeout={WAIT_FOR_READERS}"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def lock(connection: sqlite3.Connection) -> None:
    """Be the only one who writes, until the transaction ends. Others can read what was written before."""
    connection.execute(f"PRAGMA busy_timeout={WAIT_FOR_A_RUN}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA busy_timeout={WAIT_FOR_READERS}")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What SQLite cannot do, as an error of one line that names the file."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        # Ours, not the file's.
        raise
    except sqlite3.DatabaseError as error:
        raise _refusal(path, error) from error
    except UnicodeDecodeError as error:
        raise DamagedStore(f"{path}: damaged: not all of its text is text") from error


def _refusal(path: Path, error: sqlite3.DatabaseError) -> Exception:
    """The error that says what an error of SQLite means here."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BlockingIOError(errno.EAGAIN, "another run is writing to this campaign", str(path))
    if name.startswith("SQLITE_FULL"):
        return OSError(errno.ENOSPC, "there is no room left for results; those that are stored can be resumed", str(path))
    if name.startswith("SQLITE_CANTOPEN") and not path.exists():
        return FileNotFoundError(errno.ENOENT, "there is no such campaign", str(path))
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return PermissionError(errno.EACCES, "the file or its folder cannot be written", str(path))
    if name.startswith("SQLITE_IOERR"):
        return OSError(errno.EIO, f"reading or writing failed: {error}", str(path))
    return DamagedStore(f"{path}: damaged: {error}")


def check_file(connection: sqlite3.Connection, path: Path) -> None:
    """``ForeignStore`` or ``DamagedStore`` for a database that is not a whole campaign of this schema.

    The connection is in a transaction, so that nobody changes the file.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if is_empty(connection):
        raise DamagedStore(f"{path}: no campaign has begun in it")
    if application != APPLICATION:
        raise ForeignStore(f"{path}: a database of another program, not a campaign")
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if schema != SCHEMA:
        raise ForeignStore(f"{path}: a campaign with tables of version {schema}, where this refsim has {SCHEMA}")
    (pages,), (size,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    if (there := path.stat().st_size) != pages * size:
        raise DamagedStore(f"{path}: damaged: {there} bytes, where {pages} pages of {size} were written")
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise DamagedStore(f"{path}: damaged: {' '.join(said.split())}")
    found = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]
    if sorted(found) != sorted(TABLES):
        raise DamagedStore(f"{path}: damaged: its tables are not those of a campaign")


def is_empty(connection: sqlite3.Connection) -> bool:
    """A database in which nothing was ever created."""
    (tables,), (application,) = (
        connection.execute(question).fetchone() for question in ("SELECT count(*) FROM sqlite_schema", "PRAGMA application_id")
    )
    return bool(tables == application == 0)


def seals(connection: sqlite3.Connection) -> dict[str, str]:
    """The seals by name: ``meta``, ``gates`` and ``cell 0`` onwards."""
    return dict(connection.execute("SELECT name, digest FROM seals"))


def meta(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """The names and values of ``meta``. ``DamagedStore`` where they are not those that were written."""
    found = list(connection.execute("SELECT name, value FROM meta ORDER BY name"))
    if seal(UNSEALED, found) != seals(connection).get("meta"):
        raise DamagedStore(f"{path}: damaged: its plan is not the one that was written")
    return dict(found)


def gates(connection: sqlite3.Connection, path: Path) -> list[tuple[str, bool, str]]:
    """The gates in order. ``DamagedStore`` where they are not those that were written."""
    found = list(connection.execute("SELECT name, passed, said FROM gates ORDER BY place"))
    if seal(UNSEALED, found) != seals(connection).get("gates", seal(UNSEALED, [])):
        raise DamagedStore(f"{path}: damaged: its gates are not those that were written")
    return [(name, bool(passed), said) for name, passed, said in found]


def checked_cells(connection: sqlite3.Connection, path: Path) -> Iterator[Checked]:
    """Every cell that has trials, in order. ``DamagedStore`` where one is not what was written."""
    written = {name: digest for name, digest in seals(connection).items() if name.startswith("cell ")}
    there = [cell for (cell,) in connection.execute("SELECT DISTINCT cell FROM rows UNION SELECT cell FROM looks ORDER BY 1")]
    if {f"cell {cell}" for cell in there} != set(written):
        raise DamagedStore(f"{path}: damaged: its cells are not those that were written")
    for cell in there:
        found = checked_cell(connection, cell)
        if found.seal != written[f"cell {cell}"]:
            raise DamagedStore(f"{path}: damaged: the trials of cell {cell} are not those that were written")
        yield found


def checked_cell(connection: sqlite3.Connection, cell: int) -> Checked:
    """A cell with the seal that it must have."""
    rows = list(connection.execute("SELECT * FROM rows WHERE cell = ? ORDER BY trial", (cell,)))
    looks = [Look(*one) for one in connection.execute("SELECT * FROM looks WHERE cell = ? ORDER BY trials", (cell,))]
    found, first = UNSEALED, 0
    for look in looks:
        found = cell_seal(found, rows[first : look.trials], look)
        first = look.trials
    return Checked(cell, rows, looks, found if first == len(rows) else UNSEALED)


def insert_meta(connection: sqlite3.Connection, values: Iterable[tuple[str, str]]) -> None:
    """Create the tables and say what campaign this is."""
    for table in TABLES:
        connection.execute(table)
    connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute(f"PRAGMA user_version={SCHEMA}")
    found = sorted(values)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", found)
    connection.execute("INSERT INTO seals VALUES ('meta', ?)", (seal(UNSEALED, found),))
