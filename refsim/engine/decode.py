"""Codes to numbers, on arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN, floor_log2
from ..spec.formats import Coding, FloatGrid, Format
from .array import Array, as_array, code_dtype

TABLE_WIDTH = 16
"""Formats of at most this many bits are decoded by a table."""
CHUNK = 1 << 16
_SPECIAL = {POSITIVE_INFINITY: np.inf, NEGATIVE_INFINITY: -np.inf}


def decode(x: Any, dtype: Any = np.float64) -> NDArray[Any]:
    """The numbers that codes name, exactly, as an array of a NumPy floating-point type of the same shape.

    ``ValueError`` where the type does not hold every number of the format.
    """
    x, kind = as_array(x), np.dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"codes decode to a floating-point dtype, not {kind}")
    if not fits(x.format, kind):
        raise ValueError(f"{kind} does not hold every number of {x.format}; Array.exact() does")
    if x.format.width > TABLE_WIDTH:
        with np.errstate(all="ignore"):
            return compute(x.codes, x.format).astype(kind, copy=False)
    table, codes = _table(x.format, kind), np.ascontiguousarray(x.codes).reshape(-1)
    out = np.empty(codes.shape, dtype=kind)
    for start in range(0, len(codes), CHUNK):
        # "clip" lets take write into out without a buffer; every code is in range.
        table.take(codes[start : start + CHUNK], out=out[start : start + CHUNK], mode="clip")
    return out.reshape(x.shape)


@lru_cache(maxsize=256)
def _table(format: Format, kind: np.dtype[Any]) -> NDArray[Any]:
    table = compute(np.arange(1 << format.width, dtype=code_dtype(format)), format).astype(kind)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1024)
def fits(format: Format, kind: np.dtype[Any]) -> bool:
    """Whether every number of the format is a number of the type."""
    info = np.finfo(kind)
    least, most = exponents(format)
    bits = format.grid.precision if isinstance(format.grid, FloatGrid) else format.width
    return least >= info.minexp - info.nmant and most < info.maxexp and bits <= info.nmant + 1


def exponents(format: Format) -> tuple[int, int]:
    """The exponents of the last place and of the leading bit between which all numbers of the format lie."""
    return format.grid.quantum, floor_log2(format.grid.magnitude(max(format.top, format.top_negative)))


def points(codes: NDArray[Any], format: Format) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The array form of ``Format.point``, for formats of at most 62 bits."""
    field = codes.astype(np.int64)
    sign_bit = 1 << format.width - 1
    if format.coding is Coding.UNSIGNED:
        return np.zeros(field.shape, dtype=bool), np.maximum(field - format.offset, 0)
    negative = (field & sign_bit) != 0
    if format.coding is Coding.TWOS_COMPLEMENT:
        return negative, np.where(negative, 2 * sign_bit - field, field)
    return negative, np.maximum((field & sign_bit - 1) - format.offset, 0)


def compute(codes: NDArray[Any], format: Format) -> NDArray[np.float64]:
    """The numbers in binary64, computed from the grid and the coding instead of looked up."""
    if format.name == "binary64":
        return codes.view(np.float64)
    if format.name == "binary32":
        return codes.view(np.float32).astype(np.float64)
    negative, n = points(codes, format)
    grid = format.grid
    exponent: Any = grid.quantum
    if isinstance(grid, FloatGrid):
        hidden = 1 << grid.precision - 1
        binade = (n - grid.first_normal) >> grid.precision - 1
        place = (n - grid.first_normal) & hidden - 1
        n = np.where(binade >= 0, place + hidden, n)
        exponent = grid.quantum + np.maximum(binade, 0).astype(np.int32)
    values: NDArray[np.float64] = np.ldexp(n.astype(np.float64), exponent)
    values = np.where(negative, -values, values)
    for first, last, datum in format.specials:
        values[(codes >= first) & (codes <= last)] = _SPECIAL.get(datum, np.nan)
    return values


def is_signaling(x: Array) -> NDArray[np.bool_]:
    """Which codes are signaling NaNs."""
    found = np.zeros(x.shape, dtype=bool)
    for first, last, datum in x.format.specials:
        if datum is SIGNALING_NAN:
            found |= (x.codes >= first) & (x.codes <= last)
    return found
