"""The fields of a vector: what each is called, how wide it is, and what its values mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..spec.formats import Format

FLAG_BITS = 5


class Field(NamedTuple):
    """A field of a vector: its name, its bits, and the format of its code if it is one."""

    name: str
    bits: int
    format: Format | None = None
    words: tuple[str, ...] = ()
    """What its values mean, where they are no code and no number."""

    @property
    def digits(self) -> int:
        """The hexadecimal digits that hold it."""
        return -(-self.bits // 4)

    def __str__(self) -> str:
        return f"{self.name}:{self.format.name if self.format else self.bits}"


def code_field(name: str, format: Format) -> Field:
    """A field that holds a code of a format."""
    return Field(name, format.width, format)


def code_fields(name: str, format: Format, count: int) -> Iterator[Field]:
    """The fields of so many codes of a format, element 0 first."""
    return (code_field(f"{name}{i}", format) for i in range(count))
