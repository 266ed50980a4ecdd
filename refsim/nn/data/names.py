"""Data sets by their names, and by the files that hold them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .cubes import archive
from .digits import digits
from .idx import GARMENTS, idx_folder
from .record import Data, MissingData
from .scene import scene

FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts its files."""
VARIABLE = "REFSIM_DATA"
"""The environment variable with a folder in which data sets are looked for."""


def fashion_mnist() -> Data:
    """60000 images of garments to learn from and 10000 to test with, of shape (1, 28, 28): of the folder ``fashion-mnist`` in
    ``REFSIM_DATA``, or of Debian's package. ``MissingData`` where neither is there."""
    folder = _found("fashion-mnist") or FASHION
    if not folder.is_dir():
        raise MissingData(
            f"fashion-mnist is not on this machine: apt install dataset-fashion-mnist, or put its files into "
            f"the folder fashion-mnist of a folder that {VARIABLE} names"
        )
    return idx_folder(folder, "fashion-mnist", GARMENTS)


NAMED: Mapping[str, Callable[..., Data]] = MappingProxyType({"digits": digits, "scene": scene, "fashion-mnist": fashion_mnist})
"""The data sets that have names."""
SUFFIXES = (".npz", ".mat")


def get_data(text: str, **options: Any) -> Data:
    """A data set by its name, of ``NAMED``, or by its path: a folder of IDX files, an .npz or a .mat file.

    A name comes first; a path is looked for from the working directory on, then in the folder that ``REFSIM_DATA`` names.
    Options are those of ``digits``, ``scene``, ``idx_folder`` or ``archive``. ``ValueError`` for what is not known, for options
    that do not fit, and for files that are not as they should be, each in one line.
    """
    if text in NAMED:
        return _call(text, NAMED[text], options)
    path = Path(text) if _exists(text) else _found(text)
    if path is None:
        raise MissingData(f"there is no data set {text!r:.200}: neither a name, of {', '.join(NAMED)}, nor a file or folder")
    if path.is_dir():
        return _call(text, idx_folder, options, path)
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} is no data set: a file ends with {' or '.join(SUFFIXES)}, and IDX files are given by their folder"
        )
    return _call(text, archive, options, path)


def _call(text: str, function: Callable[..., Data], options: Mapping[str, Any], *given: Path) -> Data:
    known = list(signature(function).parameters)[len(given) :]
    if unknown := [name for name in options if name not in known]:
        raise ValueError(f"{text} has no option {unknown[0]!r:.60}; there are {', '.join(known) or 'none'}")
    try:
        return function(*given, **options)
    except TypeError as error:
        raise ValueError(f"{text}: an option is of another type than {signature(function)} says: {error}") from None


def _exists(text: str) -> bool:
    """Whether a text is a path of something; texts that can be none, as empty or overlong ones, are not."""
    try:
        return bool(text) and Path(text).exists()
    except (OSError, ValueError):
        return False


def _found(text: str) -> Path | None:
    """The path of a data set in the folder of the environment variable."""
    root = os.environ.get(VARIABLE)
    path = None if not root or not text else str(Path(root) / text)
    return Path(path) if path is not None and _exists(path) else None
