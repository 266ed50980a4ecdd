"""Data sets in IDX files, the format of MNIST: two zero bytes, a type, the number of axes, their sizes, and the numbers.

The format is LeCun's, given at the end of *The MNIST database of handwritten digits*: all numbers are big-endian.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .record import DamagedData, Data, Images, Labels, MissingData

TYPES: Mapping[int, str] = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The types of numbers by their byte."""
GZIP = b"\x1f\x8b"
MOST_AXES = 8
MOST_BYTES = 1 << 28
"""The most bytes of a file's numbers that are read."""
WHITE = 255
PARTS = {"train": "train", "test": "t10k"}
"""What begins the names of the files of each part."""
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
"""The classes of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, arXiv 1708.07747, table 2)."""


def read_idx(path: Path) -> NDArray[Any]:
    """The array of an IDX file, which may be packed by gzip. ``DamagedData`` unless it is exactly as its header says."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            if not packed:
                return _read(path, file)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(path, unpacked)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DamagedData(f"{path} is no undamaged gzip file: {error}") from None


def _read(path: Path, file: BinaryIO | gzip.GzipFile) -> NDArray[Any]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not head[3]:
        raise DamagedData(f"{path} is no IDX file: it begins with {head.hex(' ') or 'nothing'}")
    dtype, axes = np.dtype(TYPES[head[2]]), head[3]
    sizes = file.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise DamagedData(f"{path} ends in the sizes of its {axes} axes")
    shape = struct.unpack(f">{axes}I", sizes)
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if size > MOST_BYTES or axes > MOST_AXES:
        most = f"more than the {MOST_BYTES} on {MOST_AXES} that are read"
        raise DamagedData(f"{path} announces {size} bytes on {axes} axes, {most}")
    content = file.read(size + 1)
    if len(content) != size:
        raise DamagedData(
            f"{path} has {'more than ' if len(content) > size else f'{len(content)} of '}the {size} bytes of {shape}"
        )
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def idx_folder(folder: Path, name: str | None = None, classes: tuple[str, ...] | None = None) -> Data:
    """The data set of a folder with files named like ``train-images-idx3-ubyte``, with or without ``.gz``.

    Classes are numbers from 0 to the greatest label where their names are not given. ``MissingData`` for a file that is not
    there, ``DamagedData`` for one that is not as it should be.
    """
    x = {part: _images(_file(folder, f"{begin}-images", 3)) for part, begin in PARTS.items()}
    t = {part: _labels(_file(folder, f"{begin}-labels", 1)) for part, begin in PARTS.items()}
    for part, begin in PARTS.items():
        if len(x[part]) != len(t[part]):
            raise DamagedData(f"{folder} has {len(x[part])} images and {len(t[part])} labels to {begin}")
    greatest = max(int(t[part].max()) for part in PARTS)
    names = tuple(map(str, range(greatest + 1))) if classes is None else classes
    if greatest >= len(names):
        raise DamagedData(f"{folder} has a label {greatest}, beyond its {len(names)} classes")
    try:
        return Data(name or folder.name, names, x["train"], t["train"], x["test"], t["test"])
    except ValueError as error:
        raise DamagedData(f"{folder}: {error}") from None


def _names(folder: Path, stem: str, axes: int) -> list[Path]:
    return [folder / f"{stem}{joint}idx{axes}-ubyte{end}" for joint in "-." for end in ("", ".gz")]


def _file(folder: Path, stem: str, axes: int) -> Path:
    for path in _names(folder, stem, axes):
        if path.exists():
            return path
    raise MissingData(f"there is no {stem}-idx{axes}-ubyte[.gz] in {folder}")


def _bytes(path: Path, axes: int) -> NDArray[Any]:
    found = read_idx(path)
    if found.dtype != np.uint8 or found.ndim != axes or not found.size:
        raise DamagedData(f"{path} has {found.dtype} of shape {found.shape}, not bytes on {axes} axes")
    return found


def _images(path: Path) -> Images:
    return (_bytes(path, 3).astype(np.float32) / np.float32(WHITE))[:, np.newaxis]


def _labels(path: Path) -> Labels:
    return _bytes(path, 1).astype(np.int64)
