"""Columns of hexadecimal digits as integers, and back, without a loop over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WORD = 16
"""The digits that a 64-bit column holds; wider columns are of Python integers."""

UPPER = b"0123456789ABCDEF"
LOWER = b"0123456789abcdef"


def _values(digits: bytes) -> NDArray[np.uint8]:
    table = np.full(256, 255, np.uint8)
    table[list(digits)] = range(16)
    return table


UPPER_VALUE = _values(UPPER)
"""The value of each upper-case hexadecimal digit, by its byte; 255 for any other byte."""
VALUE = np.minimum(UPPER_VALUE, _values(LOWER))
"""The same for digits of both cases."""


def column_of(digits: NDArray[np.uint8]) -> NDArray[Any]:
    """The integers that rows of hexadecimal digits write."""
    values = VALUE[digits]
    column = np.zeros(len(values), np.uint64 if values.shape[1] <= WORD else object)
    for place in range(values.shape[1]):
        digit = values[:, place].astype(column.dtype)
        column = (column << 4 if column.dtype == object else column << np.uint64(4)) | digit
    return column


def digits_of(column: NDArray[Any], digits: int) -> NDArray[np.uint8]:
    """Rows of so many lower-case hexadecimal digits that write the integers."""
    if column.dtype == object:
        return np.array([list(f"{int(v):0{digits}x}".encode()) for v in column], np.uint8).reshape(-1, digits)
    shifts = np.arange(4 * (digits - 1), -1, -4, dtype=np.uint64)
    return np.frombuffer(LOWER, np.uint8)[(column[:, None] >> shifts & np.uint64(15)).astype(np.intp)]


def matrix_of(data: bytes, words: int) -> list[NDArray[Any]] | None:
    """The columns of a text whose lines all have the shape of the first: so many words of digits, one space between them.

    ``None`` where that is not so, or a column is wider than 64 bits.
    """
    length = data.find(b"\n") + 1
    parts = data[: max(length - 1, 0)].split(b" ")
    if not length or len(data) % length or len(parts) != words or not all(0 < len(part) <= WORD for part in parts):
        return None
    rows = np.frombuffer(data, np.uint8).reshape(-1, length)
    columns, at = [], 0
    for place, part in enumerate(parts):
        digits = rows[:, at : at + len(part)]
        at += len(part)
        if (rows[:, at] != ord("\n" if place == words - 1 else " ")).any() or (VALUE[digits] > 15).any():
            return None
        columns.append(column_of(digits))
        at += 1
    return columns
