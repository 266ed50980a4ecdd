"""The manifest: every published vector file with its digest, what it is about, and what it is good for."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ..version import SPECIFICATION, __version__
from .file import DamagedFile, parse
from .mutants import killed
from .operations import Configuration
from .oracles import oracles
from .subjects import mutants_of
from .suites import Suite

SCHEMA = 3
STORED_ROWS = 1 << 13
"""Longer files are published as count and digest, and made on demand."""
SCORED_TABLE = 1 << 8
"""Mutants are held against what is stored: edge and smoke tiers, and tables of operations of at most so many rows."""
PER_OPERATION = 3
"""How many suites of an operation stand for all of them."""
NAME = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One file of the manifest."""

    file: str
    sha256: str
    count: int
    bytes: int
    stored: bool
    tier: str
    operation: str
    operands: tuple[str, ...]
    result: str | None
    rounding: str | None
    overflow: str | None
    tininess: str | None
    subnormals: str | None
    nan: str | None
    parameters: dict[str, str] | None
    clauses: tuple[str, ...]
    killed: tuple[str, ...]
    survived: tuple[str, ...]
    oracles: tuple[str, ...]


def made(suite: Suite) -> tuple[str, Entry]:
    """The text of a suite's file, and its entry."""
    text = suite.text()
    data = text.encode("ascii")
    vectors, c = parse(data, suite.path), suite.configuration
    dead: list[str] = []
    alive: list[str] = []
    short = len(vectors) <= SCORED_TABLE and isinstance(c, Configuration) and c.is_projected
    if suite.stored and (suite.tier != "exhaustive" or short):
        # In the order of the ids, which is as good as random: rows of one class, side by side in the file, notice the same.
        rows = [vectors.row(int(i)) for i in np.argsort(vectors.ids)]
        for mutant in mutants_of(c):
            hit = any(killed(mutant, c, operands, results, flags=True) for operands, results in rows)
            (dead if hit else alive).append(mutant.name)
    to = c.to if isinstance(c, Configuration) else None
    entry = Entry(
        file=suite.path,
        sha256=hashlib.sha256(data).hexdigest(),
        count=len(vectors),
        bytes=len(data),
        stored=suite.stored and len(vectors) <= STORED_ROWS and (suite.tier != "exhaustive" or c.operand_fields[0].bits <= 8),
        tier=suite.tier,
        operation=c.operation,
        operands=tuple(format.name for format in c.operands),
        result=to.format.name if to else None,
        rounding=to.rounding.name if to else None,
        overflow=to.overflow.name if to else None,
        tininess=to.tininess if to else None,
        subnormals=to.subnormals if to else None,
        nan=to.nan if to else None,
        parameters=None if isinstance(c, Configuration) else dict(c.parameters),
        clauses=c.clauses,
        killed=tuple(dead),
        survived=tuple(alive),
        oracles=oracles(c),
    )
    return text, entry


def make_all(wanted: Iterable[Suite], workers: int | None = None) -> Iterator[tuple[str, Entry]]:
    """The files and entries of suites, in order, made by several processes; suites that share their operands by one."""
    together = [
        list(group) for _, group in groupby(wanted, lambda suite: (suite.configuration.operation, suite.configuration.operands))
    ]
    with ProcessPoolExecutor(workers or os.cpu_count(), get_context("spawn"), _waits_undisturbed) as pool:
        for group in pool.map(_made_together, together):
            yield from group


def _waits_undisturbed() -> None:
    """A worker that waits for work takes no notice of an interrupt: the process that gives it work ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _made_together(group: list[Suite]) -> list[tuple[str, Entry]]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return [made(suite) for suite in group]
    finally:
        _waits_undisturbed()


def manifest_text(entries: Iterable[Entry]) -> str:
    """The manifest as JSON, an entry a line."""
    lines = ",\n".join("  " + json.dumps(asdict(entry)) for entry in entries)
    head = {"schema": SCHEMA, "generator": f"refsim {__version__}", "specification": SPECIFICATION, "license": "CC0-1.0"}
    return json.dumps(head)[:-1] + f', "files": [\n{lines}\n]}}\n'


def _entry(item: dict[str, Any]) -> Entry:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
    return Entry(**plain)


def read_manifest(folder: Path) -> list[Entry]:
    """The entries of a folder's manifest; ``DamagedFile`` where it is none."""
    path = folder / NAME
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA:
            raise DamagedFile(f"{path}: schema {found['schema']} is not {SCHEMA}, the one that this program reads")
        return [_entry(item) for item in found["files"]]
    except FileNotFoundError:
        raise DamagedFile(f"{path}: there is no manifest") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DamagedFile):
            raise
        raise DamagedFile(f"{path}: this is no manifest of vectors: {error}") from None


def save(path: Path, content: str | bytes) -> None:
    """Write a file, of 7-bit text or of bytes, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content.encode("ascii") if isinstance(content, str) else content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def representatives(wanted: Iterable[Suite]) -> list[Suite]:
    """A few suites of every operation, each of other formats than the rest where there are so many: those whose names have the
    least digests."""
    chosen: list[Suite] = []
    by_operation: dict[str, list[Suite]] = {}
    for suite in wanted:
        by_operation.setdefault(suite.configuration.operation, []).append(suite)
    for same in by_operation.values():
        same.sort(key=lambda suite: hashlib.sha256(suite.path.encode()).hexdigest())
        firsts = {suite.configuration.operands: suite for suite in reversed(same)}
        ordered = sorted(same, key=lambda suite: firsts[suite.configuration.operands] is not suite)
        chosen += ordered[:PER_OPERATION]
    return chosen


def problems(folder: Path, entries: list[Entry]) -> Iterator[str]:
    """What is wrong with the stored files of a folder by their digests alone; quick."""
    listed = {entry.file for entry in entries if entry.stored}
    for entry in entries:
        path = folder / entry.file
        if not entry.stored:
            continue
        if not path.is_file():
            yield f"{path}: listed in the manifest, but missing"
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            yield f"{path}: the file has changed: its digest is not the manifest's"
            try:
                parse(data, str(path))
            except DamagedFile as damage:
                yield str(damage)
    for path in sorted(folder.rglob("*.rsv")):
        if path.relative_to(folder).as_posix() not in listed:
            yield f"{path}: not listed in the manifest as stored"


def differences(
    folder: Path, fresh: Iterable[tuple[str, Entry]], entries: list[Entry], tick: Callable[[], None]
) -> Iterator[str]:
    """Where what the specification says now differs from what is published, byte for byte."""
    known = {entry.file: entry for entry in entries}
    for text, entry in fresh:
        tick()
        published = known.get(entry.file)
        if published is None:
            yield f"{entry.file}: a suite that the manifest does not list"
        elif published != entry:
            changed = [k for k, v in asdict(entry).items() if v != asdict(published)[k]]
            yield f"{entry.file}: made anew it differs from the manifest in {', '.join(changed)}"
        elif entry.stored and (folder / entry.file).is_file() and (folder / entry.file).read_bytes() != text.encode():
            yield f"{entry.file}: made anew it differs from the stored file"
