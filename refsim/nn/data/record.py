"""What a data set is, and how one fails."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


class MissingData(ValueError):
    """A data set is not on this machine; the message says how to install it."""


class DamagedData(ValueError):
    """A file holds no data set, or a damaged one; the message says which file and why."""


@dataclass(frozen=True, eq=False)
class Data:
    """Images to learn from and to be tested with, and their labels.

    Images are binary32 of shape (N, channels, rows, columns), from 0 to 1. Labels are int64 of shape (N,), or of shape
    (N, rows, columns) where every pixel has one; they are places in ``classes``, and -1 in a label image is a pixel without
    one. All arrays are read-only. ``ValueError`` for anything else.
    """

    name: str
    classes: tuple[str, ...]
    train_x: Images
    train_t: Labels
    test_x: Images
    test_t: Labels

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError(f"{self.name} has no classes")
        _check(self.name, "train", self.train_x, self.train_t, len(self.classes))
        _check(self.name, "test", self.test_x, self.test_t, len(self.classes))
        if self.train_x.shape[1:] != self.test_x.shape[1:] or self.train_t.shape[1:] != self.test_t.shape[1:]:
            raise ValueError(
                f"{self.name} is learned from images of {self.train_x.shape[1:]} with labels of {self.train_t.shape[1:]}, "
                f"but tested with images of {self.test_x.shape[1:]} with labels of {self.test_t.shape[1:]}"
            )
        for array in (self.train_x, self.train_t, self.test_x, self.test_t):
            array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image: channels, rows, columns."""
        return self.train_x.shape[1:]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the four arrays, each its shape, its type and its little-endian content, in hexadecimal.

        The same on every machine. Names are not part of it.
        """
        found = hashlib.sha256()
        for array in (self.train_x, self.train_t, self.test_x, self.test_t):
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            found.update(f"{little.shape}{little.dtype.str}".encode())
            found.update(little.tobytes())
        return found.hexdigest()

    def __repr__(self) -> str:
        counts = f"{len(self.train_x)} and {len(self.test_x)} images of {self.shape}"
        return f"Data({self.name}: {counts}, {len(self.classes)} classes)"


def _check(name: str, part: str, x: NDArray[Any], t: NDArray[Any], classes: int) -> None:
    """Raise ``ValueError`` for images and labels that are not as ``Data`` has them."""
    if x.dtype != np.float32 or x.ndim != 4 or not x.size:
        raise ValueError(f"{name} has {part} images of {x.dtype} of shape {x.shape}, not of float32 of (N, C, H, W)")
    if t.dtype != np.int64 or t.shape not in {x.shape[:1], (*x.shape[:1], *x.shape[2:])}:
        raise ValueError(f"{name} has {part} labels of {t.dtype} of shape {t.shape} for images of shape {x.shape}")
    if not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(f"{name} has {part} images of numbers from {x.min()} to {x.max()}, not from 0 to 1")
    least = 0 if t.ndim == 1 else -1
    if t.min() < least or t.max() >= classes:
        raise ValueError(f"{name} has {part} labels from {t.min()} to {t.max()}, not from {least} to {classes - 1}")
