"""What a kernel of the engine is given and gives: many sums of products of one datapath at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format
from ..spec.products import Multiplier
from ..spec.terms import Accumulator


@dataclass(frozen=True)
class Job:
    """Sums over the first axis of ``x`` and ``y``, which hold codes and whose other axes broadcast.

    A matrix product has ``x`` of shape (K, M, 1) and ``y`` of shape (K, 1, N), dot products of pairs have both of shape (K, R).
    ``initial`` holds codes of the third format that broadcast to the sums, or is ``None``.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    initial: NDArray[Any] | None
    formats: tuple[Format, Format, Format | None]
    multiplier: Multiplier
    accumulator: Accumulator
    flags: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the sums."""
        return np.broadcast_shapes(self.x.shape[1:], self.y.shape[1:])

    @property
    def length(self) -> int:
        """The number of terms of a sum."""
        return len(self.x)

    @property
    def size(self) -> int:
        """The number of sums."""
        return int(np.prod(self.shape, dtype=np.int64))

    def part(self, place: tuple[slice, ...]) -> Job:
        """The job of a part of the sums."""
        initial = self.initial
        if initial is not None:
            initial = np.broadcast_to(initial, self.shape)[place]
        return replace(self, x=_part(self.x, place), y=_part(self.y, place), initial=initial)


def _part(codes: NDArray[Any], place: tuple[slice, ...]) -> NDArray[Any]:
    """A part of operands, where an axis of length one stands for all."""
    chosen = (slice(None) if size == 1 else s for size, s in zip(codes.shape[1:], place, strict=True))
    return codes[(slice(None), *chosen)]


class Sums(NamedTuple):
    """Codes of the accumulator's format, the flags of all that happened on the way, if they were asked for, and which of the
    sums, if any, the kernel leaves to the specification."""

    codes: NDArray[Any]
    flags: NDArray[np.uint8] | None
    hard: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Kernel:
    """A way of computing sums: what it suits, how it computes them, and how many at once.

    ``suits`` looks at formats, multiplier, accumulator and length, never at codes. ``tile`` is the greatest number of rows and
    of columns that it is given at once; where ``threaded``, several tiles are computed at the same time.
    """

    name: str
    suits: Callable[[Job], bool]
    run: Callable[[Job], Sums]
    tile: tuple[int, int]
    threaded: bool


def tiles(shape: tuple[int, ...], tile: tuple[int, int]) -> Iterator[tuple[slice, ...]]:
    """The parts of sums that are computed at once; all axes of pairs are one. Few rows or columns leave room for more of the
    others."""
    each = tile[0] * tile[1]
    if len(shape) == 1:
        yield from ((slice(i, i + each),) for i in range(0, shape[0], each))
        return
    columns = min(tile[1], max(shape[1], 1))
    rows = max(each // columns, 1)
    if shape[0] < rows:
        rows, columns = tile[0], max(each // max(shape[0], 1), tile[1])
    for i in range(0, shape[0], rows):
        for j in range(0, shape[1], columns):
            yield slice(i, i + rows), slice(j, j + columns)
