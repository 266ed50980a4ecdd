"""The header of a vector file: what it says, and which configuration that is; and the identities of vectors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..spec.catalogue import get_format
from ..spec.projection import Projection
from .fields import Field
from .operations import Configuration
from .procedures import PROCEDURES
from .procedures.procedure import Applied
from .subjects import Subject

FORMAT_VERSION = 1
MAGIC = f"//! refsim-vectors {FORMAT_VERSION}"
TIERS = ("smoke", "edge", "exhaustive")


def identifier(about: Subject) -> Callable[[Sequence[int]], str]:
    """The function from operands to the content hash of a vector, 64 hexadecimal digits: of operation, formats, modes and
    operands, not of results."""
    word, prefix = word_of(about.operand_fields), hashlib.sha256(about.identity.encode())

    def identify(operands: Sequence[int]) -> str:
        whole = prefix.copy()
        whole.update(word(*operands).encode())
        return whole.hexdigest().upper()

    return identify


def word_of(fields: Iterable[Field]) -> Callable[..., str]:
    """The function from the values of fields to their digits."""
    return "_".join(f"{{:0{field.digits}X}}" for field in fields).format


def header(about: Subject, tier: str, generator: str, classes: dict[int, str], id_digits: int, count: int) -> list[str]:
    """The lines above the data."""
    layout = " ".join(f"{f.name}:{f.digits}" for f in (*about.operand_fields, *about.result_fields))
    lines = [
        MAGIC,
        f"//! operation {about.operation}",
        f"//! operands {' '.join(map(str, about.operand_fields))}",
        f"//! results {' '.join(map(str, about.result_fields))}",
        *(f"//! {name} {value}" for name, value in about.said),
        f"//! clauses {' '.join(about.clauses)}",
        f"//! layout {layout} id:{id_digits}",
        f"//! tier {tier}",
        f"//! generator {generator}",
    ]
    if classes:
        lines.append("//! class " + " | ".join(f"{number} {name}" for number, name in sorted(classes.items())))
    return [*lines, f"//! count {count}"]


def head_of(data: bytes) -> tuple[list[str], int]:
    """The header lines and the offset of the first data byte."""
    lines, at = [], 0
    while data.startswith(b"//! ", at) and not data.startswith(b"//! end ", at):
        stop = data.index(b"\n", at)
        lines.append(data[at:stop].decode())
        at = stop + 1
    return lines, at


def entries_of(head: list[str], damaged: Any) -> dict[str, str]:
    """The header's lines by their first word."""
    entries: dict[str, str] = {}
    for number, line in enumerate(head, 1):
        key, _, value = line.removeprefix("//! ").partition(" ")
        if key in entries:
            raise damaged(f"a second '{key}' line", number)
        entries[key] = value
    for key in ("operation", "operands", "results", "layout", "clauses", "tier", "generator", "count"):
        if key not in entries:
            raise damaged(f"the header has no '{key}' line")
    if entries["tier"] not in TIERS:
        raise damaged(f"tier {entries['tier']!r} is none of {', '.join(TIERS)}")
    return entries


def subject_of(entries: dict[str, str], damaged: Any) -> tuple[Subject, int]:
    """What a header says that its vectors are about, and the digits of the ids."""
    try:
        about = _applied(entries) if entries["operation"] in PROCEDURES else _configuration(entries)
        fields = (*about.operand_fields, *about.result_fields)
        meant = (" ".join(map(str, about.operand_fields)), " ".join(map(str, about.result_fields)))
    except KeyError as missing:
        raise damaged(f"the header has no {missing} line") from None
    except (ValueError, IndexError) as error:
        raise damaged(f"the header does not make sense: {error}") from None
    match = re.fullmatch(" ".join(f"{re.escape(f.name)}:{f.digits}" for f in fields) + r" id:(\d{1,2})", entries["layout"])
    if (entries["operands"], entries["results"]) != meant or match is None or not 1 <= int(match[1]) <= 64:
        raise damaged(f"operands, results and layout do not go with {about.title}")
    return about, int(match[1])


def _configuration(entries: dict[str, str]) -> Configuration:
    parts = [item.partition(":")[::2] for item in entries["operands"].split()]
    operands = tuple(get_format(name) for _, name in parts if not name.isdigit())
    to = None
    if "rounding" in entries:
        result = entries["results"].split()[0].partition(":")[2]
        said = {name: entries[name] for name in ("subnormals", "nan") if name in entries}
        to = Projection(result, entries["rounding"], entries["overflow"], entries["tininess"], **said)
    return Configuration(entries["operation"], operands, to)


def _applied(entries: dict[str, str]) -> Applied:
    pairs = tuple(item.partition("=")[::2] for item in entries.get("parameters", "").split(" ") if item)
    return Applied(PROCEDURES[entries["operation"]], pairs)


def class_names(text: str, damaged: Any) -> dict[int, str]:
    """The names of the classes by their numbers."""
    names: dict[int, str] = {}
    for item in filter(None, text.split(" | ")):
        number, _, name = item.partition(" ")
        if not number.isdigit() or not name:
            raise damaged(f"class {item!r} is not a number and a name")
        names[int(number)] = name
    return names
