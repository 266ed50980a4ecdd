"""Plain data, as JSON has them: readers that take one kind of value and refuse any other in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
