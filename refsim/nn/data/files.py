"""Arrays in files of others: only what a header announces is read, only numbers, and never more than a bound."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ..storage import BROKEN, LARGEST_HEADER, DamagedNetwork, read_npz
from .mat import mat_arrays, mat_headers
from .record import DamagedData

MOST_NUMBERS = 1 << 28
"""The most numbers of an array that is read."""


class Announced(NamedTuple):
    """An array as its header announces it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def announced(path: Path) -> dict[str, Announced]:
    """The arrays of numbers in an .npz or .mat file, by name. ``DamagedData`` where the file is none."""
    return _npz_headers(path) if path.suffix == ".npz" else _mat_headers(path)


def arrays(path: Path, chosen: Mapping[str, Announced]) -> dict[str, NDArray[Any]]:
    """Announced arrays, read. ``DamagedData`` where one is not as it was announced, or too large."""
    for name, (shape, _) in chosen.items():
        if (count := int(np.prod(shape, dtype=object))) > MOST_NUMBERS:
            raise DamagedData(
                f"{path} has the array {name!r:.60} of {count} numbers, more than the {MOST_NUMBERS} that are read"
            )
    if path.suffix != ".npz":
        return _read_mat(path, chosen)
    try:
        return read_npz(path, dict(chosen))
    except DamagedNetwork as error:
        raise DamagedData(str(error)) from None


def _npz_headers(path: Path) -> dict[str, Announced]:
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.filename.endswith(".npy"):
                    continue
                with archive.open(entry) as file:
                    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(file)]
                    shape, _, dtype = read(file, LARGEST_HEADER)
                if dtype.kind in "fuib":
                    found[entry.filename.removesuffix(".npy")] = Announced(shape, dtype)
    except (*BROKEN, OSError) as error:
        raise _damaged(path, ".npz", error) from None
    return found


def _mat_headers(path: Path) -> dict[str, Announced]:
    try:
        return {name: Announced(head.shape, head.dtype) for name, head in mat_headers(path).items()}
    except (*BROKEN, OSError) as error:
        raise _damaged(path, ".mat", error) from None


def _read_mat(path: Path, chosen: Collection[str]) -> dict[str, NDArray[Any]]:
    try:
        return mat_arrays(path, chosen)
    except (*BROKEN, OSError) as error:
        raise _damaged(path, ".mat", error) from None


def _damaged(path: Path, kind: str, error: BaseException) -> DamagedData:
    return DamagedData(f"{path} is no undamaged {kind} file: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
