"""Interleaved scales on arrays: the names of ``refsim.spec.interleaving``. Scales are arrays of rows and columns of codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.interleaving import COLUMNS, ROWS, swizzle_128x4, tiles
from .array import Array


def interleave(scales: Any, filler: int) -> NDArray[Any]:
    """The codes of a matrix of scales in the order of memory, with the filler where the tiles have more places.

    ``ValueError`` for scales that are no matrix.
    """
    matrix = scales.codes if isinstance(scales, Array) else np.asarray(scales)
    rows, columns = _shape(matrix.shape)
    down, across = tiles(rows, columns)
    memory = np.full(down * across * ROWS * COLUMNS, filler, matrix.dtype)
    memory[_places(rows, columns)] = matrix
    return memory


def deinterleave(memory: Any, rows: int, columns: int) -> NDArray[Any]:
    """The codes of a matrix of scales out of memory. ``ValueError`` for memory of another length."""
    given = np.asarray(memory)
    down, across = tiles(rows, columns)
    if given.size != (right := down * across * ROWS * COLUMNS):
        raise ValueError(f"the tiles of {rows} rows of {columns} scales hold {right}, not {given.size}")
    found: NDArray[Any] = given.ravel()[_places(rows, columns)]
    return found


def _shape(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 2:
        raise ValueError(f"scales must be a matrix, not an array of shape {shape}")
    return shape[0], shape[1]


def _places(rows: int, columns: int) -> NDArray[np.intp]:
    places: NDArray[np.intp] = swizzle_128x4(np.arange(rows)[:, None], np.arange(columns)[None, :], columns)
    return places
