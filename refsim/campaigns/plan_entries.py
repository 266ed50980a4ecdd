"""Readers of the entries of plans, beside those of ``refsim.spec.plain_data``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..spec.plain_data import texts, whole_number
from ..spec.sites import KINDS

T = TypeVar("T")


def entry(what: str, read: Callable[[Any], T], data: Any) -> T:
    """What an entry spells; errors say which one it is."""
    try:
        return read(data)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def entries(what: str, given: list[Any], read: Callable[[Any], T]) -> Iterator[T]:
    """What entries spell; errors name the entry."""
    for number, one in enumerate(given, start=1):
        name = one.get("name") if isinstance(one, dict) else None
        yield entry(f"{what} {name if isinstance(name, str) else number}", read, one)


def at_least(least: int, value: Any) -> int:
    """An integer that is not below the least one."""
    if whole_number(value) < least:
        raise ValueError(f"a number from {least} on is needed, not {value}")
    return int(value)


def some(value: Any) -> tuple[str, ...]:
    """Texts in a list, one or more."""
    found = texts(value)
    if not found:
        raise ValueError("a list of one text or more is needed, not []")
    return found


def read_kinds(value: Any) -> tuple[str, ...]:
    """Kinds of sites."""
    found = some(value)
    if unknown := [kind for kind in found if kind not in KINDS]:
        raise ValueError(f"unknown kind {unknown[0]!r:.60}; the kinds are {', '.join(KINDS)}")
    return found


def share(what: str, value: Any) -> float:
    """A number between 0 and 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1:
        raise ValueError(f"{what} is a number between 0 and 1, not {value!r:.60}")
    return float(value)


def without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is given."""
    return {key: value for key, value in data.items() if value is not None}
