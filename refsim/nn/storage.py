"""Arrays in files: written whole or not at all, and read only as what they are expected to be."""

from __future__ import annotations

import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    MemoryError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What reading a damaged archive ends with."""
LARGEST_TEXT = 1 << 26
"""The most bytes of a JSON file."""
LARGEST_HEADER = 10_000
DATE = (1980, 1, 1, 0, 0, 0)
"""The time of every member, so that the same arrays make the same file."""


class DamagedNetwork(ValueError):
    """A file is none of this kind, or damaged; the message says which and where."""


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def npz_bytes(arrays: Mapping[str, NDArray[Any]], texts: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The bytes of an .npz file, the same for the same arrays, with texts under names of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), text)
        for name, array in arrays.items():
            if array.dtype == object:
                raise ValueError(f"the array {name} has codes of more than 64 bits, which have no place in a file")
            entry = zipfile.ZipInfo(f"{name}.npy", DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                npy.write_array(file, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
    return buffer.getvalue()


def read_npz(path: Path, expected: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> dict[str, NDArray[Any]]:
    """The arrays of these names, each of the shape and type that is expected: nothing else is unpacked, so that no file can ask
    for more memory than that.

    ``DamagedNetwork`` for anything else.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, (shape, dtype) in expected.items():
                found[name] = _read_member(archive, path, name, shape, dtype)
    except (DamagedNetwork, FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (*BROKEN, OSError) as error:
        raise DamagedNetwork(f"{path} is no undamaged .npz file: {error}") from None
    return found


def read_text(path: Path, name: str) -> str:
    """A text of an archive; ``DamagedNetwork`` where there is none."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as file:
            content = file.read(LARGEST_TEXT)
        return content.decode("utf-8")
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (*BROKEN, OSError) as error:
        raise DamagedNetwork(f"{path} has no undamaged text {name}: {error}") from None


def _read_member(archive: zipfile.ZipFile, path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        entry = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise DamagedNetwork(f"{path} has no array {name!r:.60}") from None
    with archive.open(entry) as file:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise DamagedNetwork(f"{path} has the array {name!r:.60} in a version {version} of .npy that is not read")
        given, fortran, kind = read(file, LARGEST_HEADER)
        if given != shape or kind != dtype:
            raise DamagedNetwork(f"{path} has {name!r:.60} as {given} of {kind}, not {shape} of {dtype}")
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        content = file.read(size + 1)
    if len(content) != size:
        raise DamagedNetwork(
            f"{path} has {name!r:.60} with {len(content)} bytes{'' if len(content) < size else ' or more'}, not {size}"
        )
    flat = np.frombuffer(content, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy()


def read_json(path: Path) -> Any:
    """Plain data of a JSON file; ``DamagedNetwork`` for what is none, as NaN is none, and for a key that comes twice."""
    size = path.stat().st_size
    if size > LARGEST_TEXT:
        raise DamagedNetwork(f"{path} has {size} bytes, more than the {LARGEST_TEXT} that are read")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r:.60} comes twice")
        return found

    def refused(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=once, parse_constant=refused)
    except RecursionError:
        raise DamagedNetwork(f"{path} is nested too deep") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise DamagedNetwork(f"{path} is no JSON that can be read: {error}") from None
