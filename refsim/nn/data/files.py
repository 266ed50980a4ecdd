"""Arrays in files of others: only what a header announces is read, only numbers, and never more than a bound."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ..storage import BROKEN, LARGEST_HEADER, DamagedNetwork, read_npz
from .record import DamagedData, MissingData

MOST_NUMBERS = 1 << 28
"""The most numbers of an array that is read."""
MAT_TYPES = frozenset({"single", "double", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))})
"""The types of numbers that MATLAB has."""


class Announced(NamedTuple):
    """An array as its header announces it; the type of MATLAB's is not known before it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None


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
        return read_npz(path, {name: (shape, dtype) for name, (shape, dtype) in chosen.items() if dtype})
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
        from scipy.io import whosmat  # noqa: PLC0415 an extra
    except ImportError:
        raise MissingData(f"{path} is read by SciPy, which is not installed: pip install 'refsim[data]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = whosmat(path, appendmat=False)
    except NotImplementedError:
        raise DamagedData(f"{path} is a file of MATLAB 7.3, which is not read; save it with -v7") from None
    except Exception as error:  # noqa: BLE001 SciPy fails on damaged files in whatever way
        raise _damaged(path, ".mat", error) from None
    return {name: Announced(tuple(shape), None) for name, shape, kind in found if kind in MAT_TYPES}


def _read_mat(path: Path, chosen: Mapping[str, Announced]) -> dict[str, NDArray[Any]]:
    from scipy.io import loadmat  # noqa: PLC0415 an extra, which the headers needed too

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = loadmat(path, appendmat=False, variable_names=list(chosen))
    except Exception as error:  # noqa: BLE001 SciPy fails on damaged files in whatever way
        raise _damaged(path, ".mat", error) from None
    for name, (shape, _) in chosen.items():
        array = found.get(name)
        if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.kind not in "fuib":
            raise DamagedData(f"{path} announces the array {name!r:.60} of shape {shape} and does not have it")
    return {name: found[name] for name in chosen}


def _damaged(path: Path, kind: str, error: BaseException) -> DamagedData:
    return DamagedData(f"{path} is no undamaged {kind} file: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
