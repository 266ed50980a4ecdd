"""Arrays to rows of one block each, and back: the places of ``BlockFormat.tiles``, padded with zeros where a block is
smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.block_formats import BlockFormat


@dataclass(frozen=True)
class Tiling:
    """How an array of a shape is cut: along one axis, or its last two axes into tiles.

    ``ValueError`` for an array without the axes, and for an axis beside tiles of several rows.
    """

    format: BlockFormat
    shape: tuple[int, ...]
    axis: int = -1

    def __post_init__(self) -> None:
        least = 1 if self.format.rows == 1 else 2
        if len(self.shape) < least:
            raise ValueError(f"blocks of {self.format} need an array of at least {least} axes, not of shape {self.shape}")
        if not -len(self.shape) <= self.axis < len(self.shape):
            raise ValueError(f"axis {self.axis} is none of an array of shape {self.shape}")
        if self.format.rows > 1 and self.axis % len(self.shape) != len(self.shape) - 1:
            raise ValueError(f"{self.format} cuts the last two axes; its axis is -1, not {self.axis}")

    @property
    def counts(self) -> tuple[int, int]:
        """The blocks down and across."""
        *_, down, across = (1, *self._moved)
        if self.format.rows == 1:
            return down, -(-across // self.format.columns)
        return -(-down // self.format.rows), -(-across // self.format.columns)

    @property
    def _moved(self) -> tuple[int, ...]:
        """The shape with the axis last."""
        axis = self.axis % len(self.shape)
        return (*self.shape[:axis], *self.shape[axis + 1 :], self.shape[axis])

    @property
    def scales(self) -> tuple[int, ...]:
        """The shape of the scales: as that of the array, with blocks counted instead of elements."""
        down, across = self.counts
        if self.format.rows > 1:
            return (*self.shape[:-2], down, across)
        return self.from_last(np.empty((*self._moved[:-1], across), np.uint8)).shape

    @property
    def is_whole(self) -> bool:
        """Whether every block is full."""
        return self._moved[-1] % self.format.columns == 0 and (self.format.rows == 1 or self.shape[-2] % self.format.rows == 0)

    def from_last(self, x: NDArray[Any]) -> NDArray[Any]:
        """An array whose last axis is put where the axis was."""
        return np.moveaxis(x, -1, self.axis)

    def cut(self, x: NDArray[Any]) -> NDArray[Any]:
        """The array as rows of one block each, contiguous; a view where that is possible."""
        x = np.moveaxis(x, self.axis, -1)
        rows, columns = self.format.rows, self.format.columns
        if not self.is_whole:
            pads = [(0, 0)] * (x.ndim - 1) + [(0, -x.shape[-1] % columns)]
            if rows > 1:
                pads[-2] = (0, -x.shape[-2] % rows)
            x = np.pad(x, pads)
        if rows > 1:
            x = x.reshape(*x.shape[:-2], x.shape[-2] // rows, rows, x.shape[-1] // columns, columns).swapaxes(-3, -2)
        return np.ascontiguousarray(x).reshape(-1, self.format.size)

    def join(self, blocks: NDArray[Any]) -> NDArray[Any]:
        """The array of which these are the blocks, without what was padded."""
        rows, columns = self.format.rows, self.format.columns
        down, across = self.counts
        *ahead, _ = self._moved
        if rows > 1:
            whole = blocks.reshape(*ahead[:-1], down, across, rows, columns).swapaxes(-3, -2)
            whole = whole.reshape(*ahead[:-1], down * rows, across * columns)[..., : self.shape[-2], :]
        else:
            whole = blocks.reshape(*ahead, across * columns)
        return self.from_last(whole[..., : self._moved[-1]])

    def join_scales(self, scales: NDArray[Any]) -> NDArray[Any]:
        """One value a block in the shape of the scales."""
        if self.format.rows > 1:
            return scales.reshape(self.scales)
        return self.from_last(scales.reshape(*self._moved[:-1], self.counts[1]))

    def cut_scales(self, scales: NDArray[Any]) -> NDArray[Any]:
        """The values of the blocks, in the order of the rows of ``cut``."""
        return (scales if self.format.rows > 1 else np.moveaxis(scales, self.axis, -1)).reshape(-1)

    def used(self) -> NDArray[np.bool_]:
        """Which elements of the blocks are in the array."""
        return np.asarray(self.cut(np.ones(self.shape, bool)))
