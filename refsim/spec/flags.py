"""Status flags, with the bits that Berkeley TestFloat gives them."""

from enum import IntFlag
from typing import NamedTuple


class Flags(IntFlag):
    """The five exceptions of IEEE 754-2019 clause 7 as bits; ``INFINITE`` is division by zero."""

    NONE = 0
    INEXACT = 1
    UNDERFLOW = 2
    OVERFLOW = 4
    INFINITE = 8
    INVALID = 16

    def names(self) -> tuple[str, ...]:
        """The lower-case names of the raised flags, least significant first."""
        return tuple(str(flag.name).lower() for flag in Flags if flag and flag in self)


class Result(NamedTuple):
    """A code and the status flags that its making raised."""

    code: int
    flags: Flags = Flags.NONE
