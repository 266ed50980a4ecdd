"""Interleaved scales: where the scale of each block lies for matrix units that read them in tiles of 128 rows and 4 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROWS, COLUMNS = 128, 4
"""The rows and columns of scales in a tile."""
PART = 32
"""The rows of a tile that are apart in its memory; rows that differ by a multiple of it lie side by side."""


def tiles(rows: int, columns: int) -> tuple[int, int]:
    """The tiles, down and across, that cover so many rows and columns of scales."""
    if rows < 1 or columns < 1:
        raise ValueError(f"scales are {rows} rows of {columns}, not at least one of each")
    return -(-rows // ROWS), -(-columns // COLUMNS)


def swizzle_128x4(row: Any, column: Any, columns: int) -> Any:
    """The place in memory of the scale of a row and a column, among rows of so many columns.

    Tiles of 128 by 4 scales **must** follow one another along a row of tiles, then row by row. In a tile, the scale of row r
    and column c **must** lie at ``16 (r mod 32) + 4 (r div 32) + c``.

    The layout that cuBLAS takes block scales in (cuBLAS, "1D Block Scaling Factors Layout"; torchao mx_formats/utils.py).
    [interleaving/place]
    """
    tile = row // ROWS * tiles(1, columns)[1] + column // COLUMNS
    within = row % ROWS
    return tile * ROWS * COLUMNS + within % PART * (ROWS // PART * COLUMNS) + within // PART * COLUMNS + column % COLUMNS


def unswizzle_128x4(place: Any, columns: int) -> tuple[Any, Any]:
    """The row and the column of the scale at a place of memory: the inverse, of the places of padding too."""
    tile, within = place // (ROWS * COLUMNS), place % (ROWS * COLUMNS)
    across = tiles(1, columns)[1]
    row = within // (ROWS // PART * COLUMNS) + within // COLUMNS % (ROWS // PART) * PART
    return tile // across * ROWS + row, tile % across * COLUMNS + within % COLUMNS


def check_scales(found: int, rows: int, columns: int) -> None:
    """``ValueError`` where the codes are not as many as the rows and columns make."""
    if found != rows * columns:
        raise ValueError(f"{rows} rows of {columns} scales are {rows * columns} codes, not {found}")


def interleave(scales: Sequence[int], rows: int, columns: int, filler: int) -> tuple[int, ...]:
    """The scales of a matrix, given row by row, in the order of memory.

    Places of a tile that no row and column of the matrix has **must** hold the filler. It has no default, for makers differ:
    cuBLAS asks for zeros there, and IREE needs 1.0 (0x7f of E8M0), as zero bits are the least scale of E8M0, and no zero.

    [interleaving/filler]
    """
    down, across = tiles(rows, columns)
    check_scales(len(scales), rows, columns)
    memory = [filler] * (down * across * ROWS * COLUMNS)
    for at, scale in enumerate(scales):
        memory[swizzle_128x4(*divmod(at, columns), columns)] = scale
    return tuple(memory)


def deinterleave(memory: Sequence[int], rows: int, columns: int) -> tuple[int, ...]:
    """The scales of a matrix, row by row, out of memory; they **must** not depend on the filler. [interleaving/inverse]"""
    down, across = tiles(rows, columns)
    if len(memory) != (right := down * across * ROWS * COLUMNS):
        raise ValueError(f"the tiles of {rows} rows of {columns} scales hold {right}, not {len(memory)}")
    return tuple(memory[swizzle_128x4(row, column, columns)] for row in range(rows) for column in range(columns))
