"""Streams of bits: integers of any width one behind the other, without a loop over them.

In an ``lsb_first`` stream the first element has the lowest bits and bytes are little-endian; in an ``msb_first`` stream the
first element has the highest bits and bytes are big-endian.
"""

from __future__ import annotations

from functools import partial
from math import gcd
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..spec.packing import LSB_FIRST, MSB_FIRST
from .array import width_dtype

WORD = 64
BIT_ORDERS: dict[str, Literal["little", "big"]] = {LSB_FIRST: "little", MSB_FIRST: "big"}
"""NumPy's names of the orders of bits in a byte."""
NATIVE = (8, 16, 32, 64)
"""The widths of elements that are a stream as they lie in memory."""


def stream(elements: NDArray[Any], width: int, order: str) -> NDArray[np.uint8]:
    """The bytes of a row of elements of so many bits, whose other bits are zero; the last byte is filled up with zeros."""
    if width == 1:
        return np.packbits(elements, bitorder=BIT_ORDERS[order])
    if width > WORD:
        return _wide(elements, width, order)
    size = -(-len(elements) * width // 8)
    container = elements.dtype.itemsize * 8
    doublings = _doublings(width, container)
    elements = filled(elements, 1 << doublings)
    for _ in range(doublings):
        elements = _joined(elements, width, container, order)
        width, container = 2 * width, 2 * container
    if width not in NATIVE:
        elements, width = _in_words(elements, width, order), WORD
    return _endian(elements, width, order).view(np.uint8)[:size]


def from_stream(data: NDArray[np.uint8], count: int, width: int, order: str) -> NDArray[Any]:
    """The first ``count`` elements of so many bits of a stream of bytes, in the smallest unsigned dtype."""
    if width == 1:
        return np.unpackbits(data, count=count, bitorder=BIT_ORDERS[order])
    if width > WORD:
        return _from_wide(data, count, width, order)
    container = width_dtype(width).itemsize * 8
    doublings = _doublings(width, container)
    wide, holds = width << doublings, container << doublings
    parts = -(-count // (1 << doublings))
    if wide in NATIVE:
        elements = _from_bytes(data, parts, wide, order).astype(f"uint{holds}", copy=False)
    else:
        elements = _from_words(_from_bytes(data, -(-parts * wide // WORD), WORD, order), parts, wide, order)
    for _ in range(doublings):
        wide, holds = wide // 2, holds // 2
        elements = _halved(elements, wide, holds, order)
    return elements[:count]


def _doublings(width: int, container: int) -> int:
    """How often two neighbours are joined: until their bits are whole bytes of a native size, or as they fill a word."""
    most = (WORD // container).bit_length() - 1
    return next((n for n in range(most + 1) if width << n in NATIVE), most)


def filled(row: NDArray[Any], multiple: int) -> NDArray[Any]:
    """A row with zeros behind it up to a multiple of a length."""
    spare = -len(row) % multiple
    return np.concatenate([row, np.zeros(spare, row.dtype)]) if spare else row


def _joined(elements: NDArray[Any], width: int, container: int, order: str) -> NDArray[Any]:
    """Each two neighbours as one number of twice the width, in a container of twice the size."""
    double = np.ascontiguousarray(elements.astype(f"<u{container // 8}", copy=False)).view(f"<u{container // 4}")
    first, second = double & double.dtype.type((1 << container) - 1), double >> double.dtype.type(container)
    low, high = (first, second) if order == LSB_FIRST else (second, first)
    high <<= high.dtype.type(width)
    joined: NDArray[Any] = np.bitwise_or(high, low, out=high)
    return joined


def _halved(elements: NDArray[Any], width: int, container: int, order: str) -> NDArray[Any]:
    """Numbers of twice a width as their two halves, in containers of half the size."""
    of = elements.dtype.type
    low, high = elements & of((1 << width) - 1), elements >> of(width)
    first, second = (low, high) if order == LSB_FIRST else (high, low)
    second <<= of(container)
    second |= first
    halves: NDArray[Any] = second.astype(f"<u{container // 4}", copy=False).view(f"<u{container // 8}")
    return halves.astype(f"uint{container}", copy=False)


def _places(width: int) -> tuple[int, int]:
    """The fewest elements that fill whole words, and those words."""
    shared = gcd(width, WORD)
    return WORD // shared, width // shared


def _in_words(elements: NDArray[Any], width: int, order: str) -> NDArray[np.uint64]:
    """Words that hold 64-bit containers of a width; column by column, as elements at the same place in a group shift alike."""
    many, words = _places(width)
    table = filled(elements, many).reshape(-1, many)
    found = np.zeros((len(table), words), np.uint64)
    for nth in range(many):
        word, step = divmod(nth * width, WORD)
        over = step + width - WORD
        column, row = table[:, nth], found[:, word]
        if order == LSB_FIRST:
            row |= column << np.uint64(step)
            if over > 0:
                found[:, word + 1] |= column >> np.uint64(width - over)
        elif over <= 0:
            row |= column << np.uint64(-over)
        else:
            row |= column >> np.uint64(over)
            found[:, word + 1] |= column << np.uint64(WORD - over)
    return found.ravel()


def _from_words(data: NDArray[np.uint64], count: int, width: int, order: str) -> NDArray[np.uint64]:
    """The inverse: elements of a width out of words."""
    many, words = _places(width)
    table = filled(data, words).reshape(-1, words)
    found = np.empty((len(table), many), np.uint64)
    mask = np.uint64((1 << width) - 1)
    for nth in range(many):
        word, step = divmod(nth * width, WORD)
        over = step + width - WORD
        row = table[:, word]
        if order == LSB_FIRST:
            column = row >> np.uint64(step)
            if over > 0:
                column |= table[:, word + 1] << np.uint64(width - over)
        elif over <= 0:
            column = row >> np.uint64(-over)
        else:
            column = row << np.uint64(over) | table[:, word + 1] >> np.uint64(WORD - over)
        found[:, nth] = column & mask
    return found.ravel()[:count]


def _endian(elements: NDArray[Any], width: int, order: str) -> NDArray[Any]:
    """Elements of a native width with the bytes in the order of the stream."""
    return np.ascontiguousarray(elements.astype(f"{'<' if order == LSB_FIRST else '>'}u{width // 8}", copy=False))


def _from_bytes(data: NDArray[np.uint8], count: int, width: int, order: str) -> NDArray[Any]:
    """The first elements of a native width, filled up with zeros where the stream ends."""
    size = count * width // 8
    data = data[:size] if len(data) >= size else np.concatenate([data, np.zeros(size - len(data), np.uint8)])
    dtype = np.dtype(f"{'<' if order == LSB_FIRST else '>'}u{width // 8}")
    return np.ascontiguousarray(data).view(dtype).astype(dtype.newbyteorder("="), copy=False)


def _wide(elements: NDArray[Any], width: int, order: str) -> NDArray[np.uint8]:
    """A stream of Python integers, as bits."""
    size = -(-width // 8)
    big = b"".join(int(element).to_bytes(size, "little") for element in elements)
    bits = np.unpackbits(np.frombuffer(big, np.uint8).reshape(-1, size), axis=1, bitorder="little")[:, :width]
    return np.packbits(bits if order == LSB_FIRST else bits[:, ::-1], bitorder=BIT_ORDERS[order])


def _from_wide(data: NDArray[np.uint8], count: int, width: int, order: str) -> NDArray[Any]:
    """Python integers out of a stream, as bits."""
    bits = np.unpackbits(data, count=count * width, bitorder=BIT_ORDERS[order]).reshape(count, width)
    rows = np.packbits(bits if order == LSB_FIRST else bits[:, ::-1], axis=1, bitorder="little")
    found = np.empty(count, object)
    found[:] = list(map(partial(int.from_bytes, byteorder="little"), map(bytes, rows)))
    return found
