"""Codes to numbers, on arrays."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.catalogue import get_format
from ..spec.exact import NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN, floor_log2
from ..spec.formats import Coding, FloatGrid, Format
from ..spec.log_grids import LogGrid
from ..spec.posits import PositGrid
from . import logs, posits
from .array import as_array, code_dtype

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
    with np.errstate(all="ignore"):
        found = numbers(np.ascontiguousarray(x.codes).reshape(-1), x.format, kind).reshape(x.shape)
    return found.copy() if np.may_share_memory(found, x.codes) else found


def numbers(codes: NDArray[Any], format: Format, kind: np.dtype[Any]) -> NDArray[Any]:
    """The numbers of a flat array of codes in a type that holds them all; of signaling NaNs the host may complain."""
    if format.width > TABLE_WIDTH:
        return compute(codes, format, kind)
    table, out = _table(format, kind), np.empty(codes.shape, dtype=kind)
    for start in range(0, len(codes), CHUNK):
        # "clip" lets take write into out without a buffer; every code is in range.
        table.take(codes[start : start + CHUNK], out=out[start : start + CHUNK], mode="clip")
    return out


@lru_cache(maxsize=256)
def _table(format: Format, kind: np.dtype[Any]) -> NDArray[Any]:
    table = compute(np.arange(1 << format.width, dtype=code_dtype(format)), format, kind)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1024)
def fits(format: Format, kind: np.dtype[Any]) -> bool:
    """Whether every number of the format is a number of the type."""
    info = np.finfo(kind)
    if isinstance(format.grid, LogGrid) and format.grid.fraction:
        return False
    least, most = exponents(format)
    bits = format.grid.precision if isinstance(format.grid, FloatGrid) else format.width
    return least >= info.minexp - info.nmant and most < info.maxexp and bits <= info.nmant + 1


def exponents(format: Format) -> tuple[int, int]:
    """The exponents of the last place and of the leading bit between which all numbers of the format lie."""
    return format.grid.quantum, floor_log2(format.grid.magnitude(max(format.top, format.top_negative)))


def points(codes: NDArray[Any], format: Format) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The array form of ``Format.point``, for formats of at most 64 bits whose points are less than 2**63."""
    if format.coding is Coding.LOGARITHMIC:
        return logs.points(codes, format)
    spare = np.uint64(64 - format.width)
    top = (codes.astype(np.uint64) << spare).view(np.int64)
    if format.coding is Coding.UNSIGNED:
        return np.zeros(top.shape, dtype=bool), np.maximum((top.view(np.uint64) >> spare).view(np.int64) - format.offset, 0)
    negative = top < 0
    if format.coding is Coding.TWOS_COMPLEMENT:
        return negative, np.abs(top >> spare.view(np.int64))
    field = (top & np.iinfo(np.int64).max) >> spare.view(np.int64)
    return negative, np.maximum(field - format.offset, 0)


def of_points(negative: NDArray[np.bool_], n: NDArray[np.int64], format: Format) -> NDArray[np.int64]:
    """The array form of ``Format.code``, the other way round than ``points``: codes as integers of 64 bits with a sign."""
    if format.coding is Coding.LOGARITHMIC:
        return logs.of_points(negative, n, format)
    if format.coding is Coding.TWOS_COMPLEMENT:
        codes = np.where(negative, -n, n)
        return codes & (1 << format.width) - 1 if format.width < 64 else codes
    codes = n + format.offset * (n > 0) if format.offset else n.copy()
    if format.coding is Coding.UNSIGNED:
        return codes
    sign = negative if format.has_negative_zero else negative & (n > 0)
    return np.asarray(codes | sign.astype(np.int64) << format.width - 1)


@lru_cache(maxsize=1024)
def host_type(format: Format) -> np.dtype[Any] | None:
    """The type of which the format's codes are the bits, whatever the format is called."""
    for name, kind in (("binary32", np.float32), ("binary64", np.float64)):
        if format == replace(get_format(name), name=format.name):
            return np.dtype(kind)
    return None


def compute(codes: NDArray[Any], format: Format, kind: np.dtype[Any]) -> NDArray[Any]:
    """The numbers, computed from the grid and the coding instead of looked up; a view of the codes where that is possible."""
    host = host_type(format)
    if host is not None:
        return np.asarray(codes.view(host).astype(kind, copy=False))
    minus, n, exponent = significands(codes, format)
    values: NDArray[np.float64] = np.ldexp(n.astype(np.float64), exponent)
    values = np.where(minus, -values, values)
    put_specials(values, codes, format)
    return values.astype(kind, copy=False)


def significands(codes: NDArray[Any], format: Format) -> tuple[NDArray[np.bool_], NDArray[np.int64], Any]:
    """The numbers of codes as a sign, an integer significand and the exponent of its last bit; for other data anything."""
    negative, n = points(codes, format)
    minus = negative if format.has_negative_zero else negative & (n > 0)
    grid = format.grid
    if isinstance(grid, PositGrid):
        return minus, *posits.significands(n, grid)
    if isinstance(grid, LogGrid):
        return minus, (n > 0).astype(np.int64), n + (grid.least - 1)
    if not isinstance(grid, FloatGrid):
        return minus, n, grid.quantum
    hidden = 1 << grid.precision - 1
    binade = (n - grid.first_normal) >> grid.precision - 1
    place = (n - grid.first_normal) & hidden - 1
    return minus, np.where(binade >= 0, place + hidden, n), grid.quantum + np.maximum(binade, 0)


def put_specials(values: NDArray[np.float64], codes: NDArray[Any], format: Format) -> None:
    """Put the infinities and NaNs where the codes name them."""
    for first, last, datum in format.specials:
        values[(codes >= codes.dtype.type(first)) & (codes <= codes.dtype.type(last))] = _SPECIAL.get(datum, np.nan)


def is_signaling(codes: NDArray[Any], format: Format) -> NDArray[np.bool_]:
    """Which codes are signaling NaNs."""
    found = np.zeros(codes.shape, dtype=bool)
    for first, last, datum in format.specials:
        if datum is SIGNALING_NAN:
            found |= (codes >= first) & (codes <= last)
    return found
