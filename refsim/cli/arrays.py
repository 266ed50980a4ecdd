"""Files of codes: NumPy's .npy and .npz."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..spec.formats import Coding, Format, UniformGrid

BROKEN = (ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What reading a file that is damaged, or of another kind, ends with."""


def shape_text(array: Array) -> str:
    """The shape of an array, for people."""
    return " x ".join(map(str, array.shape)) or "one code"


def read_codes(text: str, format: Format) -> Array:
    """The codes in a file; ``ValueError`` for a file that holds none. Negative integers of an integer format are made codes."""
    given = read_array(text)
    if given.dtype.kind not in "ui":
        raise ValueError(f"{text} holds {given.dtype} data, not codes of {format} as integers")
    least, greatest = (int(given.min()), int(given.max())) if given.size else (0, 0)
    grid, half = format.grid, 1 << format.width - 1
    if least < 0 and isinstance(grid, UniformGrid) and grid.quantum == 0 and format.coding is Coding.TWOS_COMPLEMENT:
        if least < -half or greatest >= half:
            wrong = least if least < -half else greatest
            raise ValueError(f"{text} holds {wrong}, which is no integer of {format}")
        given = given.astype(np.int64) & (2 * half - 1)
    elif least < 0 or greatest >> format.width:
        wrong = least if least < 0 else greatest
        raise ValueError(f"{text} holds {wrong}, which is no code in 0..{(1 << format.width) - 1:#x} of {format}")
    return Array(given, format)


def read_array(text: str) -> NDArray[Any]:
    """The array of an .npy file, or of a name in an .npz file."""
    path, _, name = text.rpartition(":") if ".npz:" in text else (text, "", "")
    with Path(path).open("rb") as file:
        try:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray) and not name:
                return found
            names = [] if isinstance(found, np.ndarray) else found.files
            if name in names:
                return np.asarray(found[name])
        except BROKEN:
            raise ValueError(f"{path} is no .npy or .npz file of numbers") from None
    if not name:
        raise ValueError(f"{path} holds several arrays; name one, as in {path}:{next(iter(names), 'x')}")
    raise ValueError(f"{path} has no array {name!r}; it has {', '.join(names) or 'no names'}")


def file_of(codes: NDArray[Any], flags: NDArray[np.uint8] | None) -> bytes:
    """The bytes of an .npy file of codes, or of an .npz file of codes and flags."""
    buffer = io.BytesIO()
    write: Callable[..., None] = np.save if flags is None else np.savez
    write(buffer, **({"arr": codes} if flags is None else {"codes": codes, "flags": flags}))
    return buffer.getvalue()
