"""Arrays of numbers in .mat files of level 5, which MATLAB writes with -v6 and -v7.

The format is that of *MAT-File Format* (The MathWorks): a header of 128 bytes, then elements, each with a tag of its type and
its size. An array is an element of elements, perhaps packed by zlib: flags, sizes of the axes, name, and the numbers, columns
first. SciPy reads more of the format, but a type that is none ends its process; here whatever is not as it should be raises
``ValueError``, ``struct.error`` or ``zlib.error``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TYPES: Mapping[int, str] = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
"""The types of numbers as they are stored, by the type of their element."""
CLASSES: Mapping[int, str] = {
    6: "f8",
    7: "f4",
    8: "i1",
    9: "u1",
    10: "i2",
    11: "u2",
    12: "i4",
    13: "u4",
    14: "i8",
    15: "u8",
}
"""The types of numbers that arrays have; they may be stored in smaller ones."""
NAME, SIZES, FLAGS, MATRIX, PACKED = 1, 5, 6, 14, 15
COMPLEX = 0x0800
HEADER = 128
HEAD = 4096
"""The most bytes of an array before its numbers."""
LARGEST_FILE = 1 << 32
MOST_AXES = 8


class Element(NamedTuple):
    """A type, where the content begins and ends, and where the next element begins."""

    kind: int
    begin: int
    end: int
    after: int


class Head(NamedTuple):
    """An array without its numbers, whose element begins at ``at``."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    at: int


def mat_headers(path: Path) -> dict[str, Head]:
    """The arrays of real numbers in a file, by name."""
    found: dict[str, Head] = {}
    order, content = _opened(path)
    for element in _elements(content, order):
        head = _head(_body(content, element, HEAD), order)
        if head is not None and found.setdefault(head.name, head) is not head:
            raise ValueError(f"the array {head.name!r:.60} comes twice")
    return found


def mat_arrays(path: Path, names: Collection[str]) -> dict[str, NDArray[Any]]:
    """The arrays of these names; those that are not there are left out."""
    found = {}
    order, content = _opened(path)
    for element in _elements(content, order):
        head = _head(_body(content, element, HEAD), order)
        if head is not None and head.name in names:
            size = int(np.prod(head.shape, dtype=object)) * 8
            found[head.name] = _numbers(_body(content, element, size + HEAD, whole=True), head, order)
    return found


def _opened(path: Path) -> tuple[str, memoryview]:
    """The order of bytes, and the bytes."""
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise ValueError(f"it has {size} bytes, more than the {LARGEST_FILE} that are read")
    content = path.read_bytes()
    order = {b"IM": "<", b"MI": ">"}.get(content[HEADER - 2 : HEADER])
    if order is None:
        raise ValueError("it has no header of level 5")
    (version,) = struct.unpack_from(f"{order}H", content, HEADER - 4)
    if version == 0x0200:
        raise ValueError("it is of MATLAB 7.3, which is not read; save it with -v7")
    if version != 0x0100:
        raise ValueError(f"its version is {version:#06x}, not 0x0100")
    return order, memoryview(content)


def _element(content: bytes | memoryview, at: int, order: str) -> Element:
    """The element that begins somewhere. Up to four bytes stand in the tag itself; others are filled up to eight."""
    (kind,) = struct.unpack_from(f"{order}I", content, at)
    if kind >> 16:
        if (size := kind >> 16) > 4:
            raise ValueError(f"an element at byte {at} has {size} bytes in its tag")
        return Element(kind & 0xFFFF, at + 4, at + 4 + size, at + 8)
    (size,) = struct.unpack_from(f"{order}I", content, at + 4)
    fill = 0 if kind == PACKED else -size % 8
    return Element(kind, at + 8, at + 8 + size, at + 8 + size + fill)


def _elements(content: memoryview, order: str) -> Iterator[Element]:
    at = HEADER
    while at < len(content):
        element = _element(content, at, order)
        if element.end > len(content):
            raise ValueError(f"it ends in the element at byte {at}")
        if element.kind not in {MATRIX, PACKED}:
            raise ValueError(f"the element at byte {at} has the type {element.kind}")
        yield element._replace(begin=at if element.kind == MATRIX else element.begin)
        at = element.after


def _body(content: memoryview, element: Element, most: int, *, whole: bool = False) -> bytes | memoryview:
    """The first bytes of an array with its tag, or all of them."""
    if element.kind == MATRIX:
        return content[element.begin : element.end]
    unpack = zlib.decompressobj()
    found = unpack.decompress(content[element.begin : element.end], most)
    if whole and not unpack.eof:
        raise ValueError("a packed array has more bytes than numbers, or less than it should")
    return found


def _head(body: bytes | memoryview, order: str) -> Head | None:
    """An array without its numbers; None for one of something else than real numbers."""
    if _element(body, 0, order).kind != MATRIX:
        raise ValueError("a packed element is no array")
    flags = _element(body, 8, order)
    if flags.kind != FLAGS or flags.end - flags.begin != 8:
        raise ValueError("an array has no flags")
    (word,) = struct.unpack_from(f"{order}I", body, flags.begin)
    if word & 0xFF not in CLASSES or word & COMPLEX:
        return None
    sizes = _element(body, flags.after, order)
    count = (sizes.end - sizes.begin) // 4
    if sizes.kind != SIZES or not 2 <= count <= MOST_AXES:
        raise ValueError(f"an array has {count} axes, not 2 to {MOST_AXES}")
    shape = struct.unpack_from(f"{order}{count}i", body, sizes.begin)
    name = _element(body, sizes.after, order)
    text = bytes(body[name.begin : name.end])
    if name.kind != NAME or min(shape) < 0:
        raise ValueError(f"an array of shape {shape} has no name, or axes of negative size")
    return Head(text.decode("ascii"), shape, np.dtype(CLASSES[word & 0xFF]), name.after)


def _numbers(body: bytes | memoryview, head: Head, order: str) -> NDArray[Any]:
    element = _element(body, head.at, order)
    stored = np.dtype(order + TYPES.get(element.kind, "V"))
    if stored.kind not in {"i", "u", "f"} or (stored.kind == "f" and head.dtype.kind != "f"):
        raise ValueError(f"the array {head.name!r:.60} of {head.dtype} has numbers of the type {element.kind}")
    size = int(np.prod(head.shape, dtype=object)) * stored.itemsize
    content = body[element.begin : element.end]
    if element.end - element.begin != size or len(content) != size:
        raise ValueError(f"the array {head.name!r:.60} of shape {head.shape} has {len(content)} bytes, not {size}")
    return np.frombuffer(content, stored).reshape(head.shape, order="F").astype(head.dtype)
