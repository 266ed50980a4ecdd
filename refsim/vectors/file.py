"""Vector files: one operation or procedure, one configuration, one tier. The format is described in vectors/README.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .header import FORMAT_VERSION, MAGIC, class_names, entries_of, head_of, header, identifier, subject_of, word_of
from .hexadecimal import UPPER_VALUE, column_of
from .subjects import Subject


class DamagedFile(ValueError):
    """A vector file that is not what it says it is, or says it in another version's words."""


@dataclass(frozen=True)
class Vectors:
    """A vector file: its configuration and, by row, operands, results, ids and classes.

    Columns are integer arrays (Python integers for fields above 64 bits). ``classes`` gives each class number its name; number
    0 is for rows without one.
    """

    configuration: Subject
    tier: str
    generator: str
    operands: tuple[NDArray[Any], ...]
    results: tuple[NDArray[Any], ...]
    ids: tuple[str, ...] | NDArray[Any]
    row_classes: NDArray[np.intp]
    classes: dict[int, str] = field(default_factory=dict)
    lines: NDArray[np.intp] | None = None
    path: str = ""

    def __len__(self) -> int:
        return len(self.operands[0])

    def row(self, i: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The operands and results of row i."""
        return tuple(int(c[i]) for c in self.operands), tuple(int(c[i]) for c in self.results)


class Row(NamedTuple):
    """One vector to be written: operands, results, and for the reader its class and a remark."""

    operands: tuple[int, ...]
    results: tuple[int, ...]
    row_class: int = 0
    remark: str = ""


def write(configuration: Subject, tier: str, generator: str, classes: dict[int, str], rows: Sequence[Row]) -> str:
    """The text of a vector file. ``ValueError`` where two rows have one id."""
    word = word_of((*configuration.operand_fields, *configuration.result_fields))
    identify, digits = identifier(configuration), 8 if len(rows) <= 1 << 12 else 12
    head = header(configuration, tier, generator, classes, digits, len(rows))
    ids = [identify(row.operands)[:digits] for row in rows]
    if len(set(ids)) != len(rows):
        raise ValueError(f"{configuration.operation}: {len(rows) - len(set(ids))} vectors share an id with another")
    words = [f"{word(*row.operands, *row.results)}_{name}" for row, name in zip(rows, ids, strict=True)]
    lines = [f"{word}{_remark(row)}" for word, row in zip(words, rows, strict=True)]
    return "\n".join([*head, *lines, f"//! end count {len(rows)} sha256 {digest(head, words)}", ""])


def _remark(row: Row) -> str:
    parts = (f" {row.row_class}" if row.row_class else "", f"  {row.remark}" if row.remark else "")
    return f" //{''.join(parts)}" if any(parts) else ""


def digest(head: Iterable[str], words: Iterable[str]) -> str:
    """The SHA-256 of the header lines and of the data words without the remarks behind them, each with its line feed."""
    return hashlib.sha256("".join(f"{line}\n" for line in (*head, *words)).encode("ascii")).hexdigest()


def read(path: str | Path) -> Vectors:
    """A vector file, checked: version, layout, every digit, count and digest.

    ``DamagedFile`` with the line at fault; ``OSError`` where it cannot be read.
    """
    return parse(Path(path).read_bytes(), str(path))


def parse(data: bytes, path: str = "<vectors>") -> Vectors:
    """The vectors in the bytes of a file, checked as ``read`` says."""

    def damaged(what: str, line: int = 0) -> DamagedFile:
        return DamagedFile(f"{path}{f':{line}' if line else ''}: {what}")

    if not data:
        raise damaged("the file is empty")
    if not data.endswith(b"\n"):
        raise damaged("the last line does not end with a newline: the file is cut short")
    if not data.isascii() or b"\r" in data:
        raise damaged("a vector file is 7-bit text with LF line ends")
    if not data.startswith(b"//! refsim-vectors "):
        raise damaged("the first line is not '//! refsim-vectors': this is no vector file", 1)
    if not data.startswith(MAGIC.encode() + b"\n"):
        version = data.split(b"\n", 1)[0].decode().removeprefix("//! refsim-vectors ")
        raise damaged(f"version {version} is not {FORMAT_VERSION}, the one that this program reads", 1)
    head, start = head_of(data)
    entries = entries_of(head, damaged)
    end_at = data.rfind(b"\n", 0, len(data) - 1) + 1
    end = re.fullmatch(r"//! end count (\d+) sha256 ([0-9a-f]{64})\n", data[end_at:].decode())
    if end is None or end_at < start:
        raise damaged("the '//! end' line is missing: the file is cut short")
    configuration, digits = subject_of(entries, damaged)
    body = np.frombuffer(data, np.uint8)[start:end_at]
    fields = (*configuration.operand_fields, *configuration.result_fields)
    rows, starts = _rows(body, [*(f.digits for f in fields), digits], len(head) + 1, damaged)
    if not (str(len(rows)) == entries["count"] == end[1]):
        raise damaged(f"{len(rows)} vectors where the header counts {entries['count']} and the end {end[1]}")
    words = rows.copy()
    words[:, -1] = ord("\n")
    hashed = hashlib.sha256("".join(f"{line}\n" for line in head).encode() + words.tobytes()).hexdigest()
    if hashed != end[2]:
        raise damaged(f"the contents hash to {hashed[:16]}..., not to {end[2][:16]}...: a byte has changed")
    columns, at = [], 0
    for f in fields:
        columns.append(column_of(rows[:, at : at + f.digits]))
        over: NDArray[np.intp] = np.flatnonzero(columns[-1] >> f.bits) if f.bits % 4 else np.zeros(0, np.intp)
        if len(over):
            raise damaged(f"{f.name} does not fit {f.bits} bits", len(head) + 1 + int(over[0]))
        at += f.digits + 1
    ids = rows[:, at : at + digits].copy().view(f"S{digits}").ravel()
    split = len(configuration.operand_fields)
    return Vectors(
        configuration,
        entries["tier"],
        entries["generator"],
        tuple(columns[:split]),
        tuple(columns[split:]),
        ids,
        _classes_of(body, starts + rows.shape[1] - 1),
        class_names(entries.get("class", ""), damaged),
        np.arange(len(rows)) + len(head) + 1,
        path,
    )


def _rows(
    body: NDArray[np.uint8], widths: list[int], first_line: int, damaged: Any
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The packed words, a row each with the byte behind it, and where in the body each starts."""
    length = sum(widths) + len(widths) - 1
    ends = np.flatnonzero(body == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else np.zeros(0, np.intp)
    short = np.flatnonzero(ends - starts < length)
    if len(short):
        raise damaged("the line is shorter than the layout", first_line + int(short[0]))
    if len(body) == len(ends) * (length + 1):
        rows = body.reshape(-1, length + 1)
    else:
        rows = body[starts[:, None] + np.arange(length + 1)]
    good = np.ones(rows.shape, bool)
    at = 0
    for width in widths:
        good[:, at : at + width] = UPPER_VALUE[rows[:, at : at + width]] < 16
        at += width
        good[:, at] = rows[:, at] == ord("_")
        at += 1
    slashes = (body.take(starts + length + place, mode="clip") == ord("/") for place in (1, 2))
    good[:, -1] = (rows[:, -1] == ord("\n")) | ((rows[:, -1] == ord(" ")) & next(slashes) & next(slashes))
    bad = np.flatnonzero(~good.all(axis=1))
    if len(bad):
        text = rows[bad[0]].tobytes().decode().strip()
        raise damaged(f"{text!r} is not upper-case hexadecimal in the layout's shape", first_line + int(bad[0]))
    return rows, starts


def _classes_of(body: NDArray[np.uint8], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """The class number in the remark ``// N`` behind each word, 0 where there is none."""
    found = np.zeros(len(ends), np.intp)
    padded = np.concatenate([body, np.zeros(8, np.uint8)])
    window = padded[ends[:, None] + np.arange(8)] if len(ends) else np.zeros((0, 8), np.uint8)
    marked = (window[:, :4] == np.frombuffer(b" // ", np.uint8)).all(axis=1)
    going = marked.copy()
    for place in range(4, 7):
        digit = window[:, place].astype(np.intp) - ord("0")
        going &= (digit >= 0) & (digit <= 9)
        found = np.where(going, found * 10 + digit, found)
    return found
