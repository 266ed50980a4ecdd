"""Plain data, as JSON has them: readers that take one kind of value and refuse any other in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol, TypeVar

from .tensors import Shape

MOST_AXES = 6
"""The axes that a tensor of a network file may have."""
MOST_LENGTH = 1 << 16
"""What a kernel, a stride, a padding or a factor may be."""


def text(value: Any) -> str:
    """A text as it is; ``ValueError`` for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"a text is needed, not {value!r:.60}")
    return value


def whole_number(value: Any) -> int:
    """An integer of at most 18 digits; ``ValueError`` for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 10**18:
        raise ValueError(f"an integer of at most 18 digits is needed, not {value!r:.60}")
    return value


def code(value: Any) -> int:
    """A code of at most 1024 bits; ``ValueError`` for anything else. Which codes there are is for the format to say."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 1024:
        raise ValueError(f"a code is an integer from 0 on, not {value!r:.60}")
    return value


def yes_or_no(value: Any) -> bool:
    """True or false; ``ValueError`` for anything else."""
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {value!r:.60}")
    return value


def whole_numbers(value: Any) -> Shape:
    """Integers in a list; ``ValueError`` for anything else."""
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        raise ValueError(f"a list of at most {MOST_AXES} integers is needed, not {value!r:.60}")
    return tuple(map(whole_number, value))


def texts(value: Any) -> tuple[str, ...]:
    """Texts in a list; ``ValueError`` for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"a list of texts is needed, not {value!r:.60}")
    return tuple(map(text, value))


def mapping(value: Any, keys: Sequence[str], optional: Sequence[str] | None = ()) -> dict[str, Any]:
    """A mapping with these keys, ``None`` standing for any others; ``ValueError`` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"a mapping{' with ' if keys else ''}{', '.join(keys)} is needed, not {value!r:.60}")
    for key in keys:
        if key not in value:
            raise ValueError(f"{key} is missing")
    unknown = [] if optional is None else [key for key in value if key not in (*keys, *optional)]
    if unknown and optional is not None:
        raise ValueError(f"there is no {unknown[0]!r:.60} here; known are {', '.join([*keys, *optional])}")
    return value


def lengths(value: Any) -> Shape:
    """Integers in a list, none longer than a window may be; ``ValueError`` for anything else."""
    found = whole_numbers(value)
    if wrong := [n for n in found if abs(n) > MOST_LENGTH]:
        raise ValueError(f"lengths of at most {MOST_LENGTH} are needed, not {wrong[0]}")
    return found


class Field(NamedTuple):
    """How an attribute of a record is read from plain data and written as it; a reader raises ``ValueError``."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


class Kind(Protocol):
    """A record that has a name in plain data, and its attributes."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def record(self) -> Callable[..., Any]:
        """What makes the record of its attributes, by name."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """The attributes."""


K = TypeVar("K", bound=Kind)


def named_kind(what: str, kinds: Sequence[K], data: Any, key: str) -> K:
    """The kind that a mapping names under a key; ``ValueError`` with a near name for an unknown one and for no name."""
    name = text(data.get(key, "") if isinstance(data, dict) else "")
    known = {kind.name: kind for kind in kinds}
    if name not in known:
        near = get_close_matches(name, known, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(known)
        raise ValueError(f"there is no {what} {name!r:.60}; {hint}")
    return known[name]


def made_of(kind: Kind, given: Mapping[str, Any]) -> Any:
    """The record of a kind, of the attributes that are given; errors name the attribute."""
    made = {}
    for key, field in kind.fields.items():
        if key not in given:
            continue
        try:
            made[key] = field.read(given[key])
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{key}: {error}") from None
    return kind.record(**made)


def kind_of(what: str, kinds: Sequence[K], record: object) -> K:
    """The kind of a record; ``ValueError`` for one without a name."""
    kind = next((kind for kind in kinds if kind.record is type(record)), None)
    if kind is None:
        raise ValueError(f"{type(record).__name__} is no {what} with a name")
    return kind


def read_named(what: str, kinds: Sequence[Kind], data: Any) -> Any:
    """The record that a mapping of its ``kind`` and all its attributes spells; ``ValueError`` for anything else."""
    kind = named_kind(what, kinds, data, "kind")
    return made_of(kind, mapping(data, ["kind", *kind.fields]))


def write_named(what: str, kinds: Sequence[Kind], record: object) -> dict[str, Any]:
    """The mapping of a record; ``ValueError`` for one without a name."""
    kind = kind_of(what, kinds, record)
    return {"kind": kind.name, **{key: field.write(getattr(record, key)) for key, field in kind.fields.items()}}
