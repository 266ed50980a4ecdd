"""Tables: a function of few bits is computed once by the general path, for every input, and looked up from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 16
"""Elements that are worked on at a time: enough to drown Python's cost a call, few enough to stay in the cache."""


@dataclass(frozen=True)
class Table:
    """Codes, flags and what the specification must decide, by index."""

    codes: NDArray[Any]
    flags: NDArray[np.uint8]
    hard: NDArray[np.bool_] | None

    def look_up(
        self, size: int, index: Callable[[slice, NDArray[np.intp]], None], *, flags: bool
    ) -> tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_] | None]:
        """The entries of ``size`` elements; ``index`` fills in the indices of a slice of them."""
        codes = np.empty(size, self.codes.dtype)
        raised = np.empty(size, np.uint8) if flags else None
        hard = np.empty(size, bool) if self.hard is not None else None
        buffer = np.empty(min(CHUNK, size), np.intp)
        for start in range(0, size, CHUNK):
            part = slice(start, min(start + CHUNK, size))
            at = buffer[: part.stop - start]
            index(part, at)
            # "clip" lets take write into out without a buffer; every index is in range.
            self.codes.take(at, out=codes[part], mode="clip")
            if raised is not None:
                self.flags.take(at, out=raised[part], mode="clip")
            if hard is not None and self.hard is not None:
                self.hard.take(at, out=hard[part], mode="clip")
        return codes, raised, hard


def table_of(codes: NDArray[Any], flags: NDArray[np.uint8], hard: NDArray[np.bool_]) -> Table:
    """A table that cannot be written, without the hard column where it is empty."""
    for column in (codes, flags, hard):
        column.setflags(write=False)
    return Table(codes, flags, hard if hard.any() else None)
