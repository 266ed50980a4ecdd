"""How memories are spelled as plain data, as JSON and TOML have them: a list of stages, each a mapping of its attributes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from .block_formats import get_block_format
from .blocks import PRACTICES, Quantizer
from .codebooks import BOOKS, CodeBook, from_json, get_codebook, to_json
from .embedded_parity import EmbeddedParity
from .linear_codes import LinearCode
from .memories import Memory, Stage
from .msb_duplication import MsbDuplication
from .naming import get_rounding
from .parity import Parity
from .plain_data import Field, kind_of, made_of, mapping, named_kind, text, texts, whole_number
from .read_policies import Clamped, ReadAsZero
from .rounding import Rounding
from .rule_names import PROJECTION, TEXT, YES
from .secded import Secded
from .stored_formats import Converted, InBlocks
from .stored_integers import Affine, InCodeBook
from .text import exact_text, parse_exact
from .weight_scaling import Scaled
from .zero_space import ZeroSpace

MOST_STAGES = 16
"""The stages that a memory may have."""
MOST_CHECKS = 16
"""The check bits that a linear code of one's own may have."""
LONGEST_NUMBER = 200
"""The characters that an exact number may have."""


class StageKind(NamedTuple):
    """The name of a kind of stage, its record, and its attributes; those of which the record has a default can be left out."""

    name: str
    record: Callable[..., Stage]
    fields: Mapping[str, Field]


def read_number(value: Any) -> Fraction:
    """A rational number from a text, as ``parse_exact`` reads it; ``ValueError`` for anything else, and so for a floating-point
    number, of which nobody knows which number was meant, and for one that ``write_number`` refuses."""
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        raise ValueError(f'a number is an exact text such as "3.96875" or "127/32", not {value!r:.60}')
    found = parse_exact(value)
    if not isinstance(found, Fraction):
        raise ValueError(f"a rational number is needed, not {value!r:.60}")
    write_number(found)
    return found


def write_number(x: Fraction) -> str:
    """The text that is read as the number; ``ValueError`` where it is too long for that."""
    found = exact_text(x)
    if len(found) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(found)} characters cannot be written: {found:.60}")
    return found


def read_quantizer(value: Any) -> Quantizer:
    """A quantizer of blocks from the names of its format, projection and practice."""
    given = mapping(value, ["format", "to", "practice"])
    return Quantizer(get_block_format(text(given["format"])), PROJECTION.read(given["to"]), text(given["practice"]))


def write_quantizer(how: Quantizer) -> dict[str, Any]:
    """The names of a quantizer; ``ValueError`` where its format or its practice is none of those with a name."""
    practice = next((name for name, known in PRACTICES.items() if known == how.practice), None)
    if practice is None:
        raise ValueError(f"the practice {how.practice} has no name")
    if get_block_format(how.format.name) != how.format:
        raise ValueError(f"the block format {how.format.name} has no name")
    return {"format": how.format.name, "to": PROJECTION.write(how.to), "practice": practice}


def read_codebook(value: Any) -> CodeBook:
    """A code book from its name, or from a mapping of a name and values as ``codebooks.from_json`` reads them."""
    return get_codebook(value) if isinstance(value, str) else from_json(json.dumps(mapping(value, ["name", "values"])))


def write_codebook(book: CodeBook) -> Any:
    """The name of a code book, or its name and values where it is none of those that are known."""
    return book.name if BOOKS.get(book.name) == book else json.loads(to_json(book))


def read_code(value: Any) -> str | LinearCode:
    """The name of a linear code, or one from a mapping of its number of check bits and the columns of its data bits."""
    if isinstance(value, str):
        return value
    given = mapping(value, ["checks", "columns"])
    checks, columns = whole_number(given["checks"]), given["columns"]
    if not 1 <= checks <= MOST_CHECKS or not isinstance(columns, list):
        raise ValueError(f"a code has 1 to {MOST_CHECKS} check bits and a list of columns, not {value!r:.60}")
    return LinearCode(checks, tuple(map(whole_number, columns)))


def write_code(code: str | LinearCode) -> Any:
    """The name of a code, or its check bits and columns."""
    return code if isinstance(code, str) else {"checks": code.checks, "columns": list(code.columns)}


def _rounding_name(rounding: Rounding) -> str:
    return rounding.name


NUMBER = Field(read_number, write_number)
TEXTS = Field(lambda value: texts(list(value) if isinstance(value, tuple) else value), list)
ROUNDING = Field(lambda value: get_rounding(text(value)), _rounding_name)
QUANTIZER = Field(read_quantizer, write_quantizer)
CODEBOOK = Field(read_codebook, write_codebook)
COUNT = Field(whole_number, int)
CODE = Field(read_code, write_code)

KINDS: tuple[StageKind, ...] = (
    StageKind("converted", Converted, {"to": PROJECTION, "back": PROJECTION, "name": TEXT}),
    StageKind(
        "scaled",
        Scaled,
        {"target": NUMBER, "power_of_two": YES, "scale": PROJECTION, "to": PROJECTION, "back": PROJECTION, "name": TEXT},
    ),
    StageKind("blocks", InBlocks, {"how": QUANTIZER, "back": PROJECTION, "row": COUNT, "name": TEXT}),
    StageKind(
        "affine",
        Affine,
        {"to": PROJECTION, "scale": PROJECTION, "back": PROJECTION, "symmetric": YES, "group": COUNT, "name": TEXT},
    ),
    StageKind(
        "codebook",
        InCodeBook,
        {
            "book": CODEBOOK,
            "rounding": ROUNDING,
            "entry": PROJECTION,
            "scale": PROJECTION,
            "back": PROJECTION,
            "group": COUNT,
            "name": TEXT,
        },
    ),
    StageKind("read_as_zero", ReadAsZero, {"data": TEXTS, "name": TEXT}),
    StageKind("clamped", Clamped, {"out_of_range": TEXT, "nan": TEXT, "group": COUNT, "name": TEXT}),
    StageKind("parity", Parity, {"elements": COUNT, "parity": TEXT, "detected": TEXT, "name": TEXT}),
    StageKind("secded", Secded, {"code": CODE, "width": COUNT, "detected": TEXT, "name": TEXT}),
    StageKind("zero_space", ZeroSpace, {"code": CODE, "detected": TEXT, "throttle": YES, "name": TEXT}),
    StageKind("msb_duplication", MsbDuplication, {"bit": COUNT, "copies": COUNT, "low": TEXT, "name": TEXT}),
    StageKind("embedded_parity", EmbeddedParity, {"chunk": COUNT, "name": TEXT}),
)
"""The kinds of stages by name."""


def defaults(record: Callable[..., Stage]) -> dict[str, Any]:
    """The attributes of a record that have defaults."""
    return {field.name: field.default for field in dataclasses.fields(record) if field.default is not dataclasses.MISSING}  # type: ignore[arg-type]


def read_stage(data: Any) -> Stage:
    """A stage **must** be spelled as a mapping of its kind as ``stage`` and its attributes; those that are as by default can be
    left out, and no others. ``ValueError`` for anything else. [memory-names/stage]
    """
    kind = named_kind("stage", KINDS, data, "stage")
    optional = defaults(kind.record)
    given = mapping(data, ["stage", *(key for key in kind.fields if key not in optional)], [*optional])
    try:
        made: Stage = made_of(kind, given)
    except ValueError as error:
        raise ValueError(f"stage {kind.name}: {error}") from None
    return made


def write_stage(stage: Stage) -> dict[str, Any]:
    """The plain data of a stage, without what is as by default; ``ValueError`` where it has none. What is written **must** be
    read as an equal stage. [memory-names/round-trip]
    """
    kind = kind_of("stage", KINDS, stage)
    plain = {**dict.fromkeys(kind.fields, ...), **defaults(kind.record)}
    shown = {key: field for key, field in kind.fields.items() if getattr(stage, key) != plain[key]}
    return {"stage": kind.name, **{key: field.write(getattr(stage, key)) for key, field in shown.items()}}


def read_memory(data: Any) -> Memory:
    """A memory **must** be spelled as the list of its stages, the one that codes go through first when they are written first;
    an empty list is a memory that holds the codes as they are.

    ``ValueError`` for anything else, and for more than 16 stages. [memory-names/memory]
    """
    if not isinstance(data, list) or len(data) > MOST_STAGES:
        raise ValueError(f"a memory is a list of at most {MOST_STAGES} stages, not {data!r:.60}")
    return Memory(tuple(map(read_stage, data)))


def write_memory(memory: Memory) -> list[dict[str, Any]]:
    """The plain data of a memory; ``ValueError`` for a stage without a name."""
    return [write_stage(stage) for stage in memory.stages]
