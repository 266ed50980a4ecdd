"""Data sets in .npz and .mat files: split ones, and hyperspectral cubes with a label for each pixel, cut into patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import Announced, announced, arrays
from .randomness import order
from .record import DamagedData, Data, Images, Labels, MissingData

FIELDS = ("train_x", "train_t", "test_x", "test_t")
KERAS = ("x_train", "y_train", "x_test", "y_test")
"""The names of Keras for the same; its images have their channels last."""
TEST_SHARE = 4
"""One patch of so many is to test with."""
MOST_CLASSES = 1000
GREATEST = (1 << 31) - 1
"""The greatest label of a cube, and the greatest below 0."""


def archive(
    path: Path,
    cube: str | None = None,
    labels: str | None = None,
    labels_file: str | Path | None = None,
    unlabelled: int = 0,
    size: int = 32,
    seed: int = 0,
) -> Data:
    """The data set of a file.

    A file with ``train_x``, ``train_t``, ``test_x`` and ``test_t``, or with Keras' names for them, is taken as it is, but bytes
    are divided by 255. It needs no options.

    In any other there is a cube of numbers (rows, columns, bands), or several of one size (N, rows, columns, bands), and whole
    labels (rows, columns) or (N, rows, columns), here or in ``labels_file``. ``cube`` and ``labels`` are their names, which are
    not needed where only one array can be meant: of arrays with three and with four axes, those with four.

    ``unlabelled`` is the label of what has none. Cubes are cut into patches of ``size`` x ``size``; what is left at the edges
    is dropped, and so are patches without any label. A quarter of them, which ``seed`` decides, is to test with. Numbers go
    from 0 for the least of the patches to learn from to 1 for the greatest, and those beyond to 0 and 1.

    ``DamagedData`` for a file that is none of these, ``ValueError`` for options that do not fit it.
    """
    known = announced(path)
    for names in (FIELDS, KERAS):
        if set(names) <= set(known):
            if (cube, labels, labels_file) != (None, None, None):
                raise ValueError(f"{path} is split already, and takes no names of a cube and its labels")
            found = arrays(path, {name: known[name] for name in names})
            try:
                return _split(path.stem, [found[name] for name in names], last=names == KERAS)
            except ValueError as error:
                raise DamagedData(f"{path}: {error}") from None
    return _cube(path, known, cube, labels, labels_file, unlabelled, size, seed)


def _split(name: str, found: Sequence[NDArray[Any]], *, last: bool) -> Data:
    train_x, train_t, test_x, test_t = found
    t = [_as_labels(array) for array in (train_t, test_t)]
    greatest = max(int(array.max(initial=0)) for array in t)
    if greatest >= MOST_CLASSES:
        raise ValueError(f"there is a label {greatest}; labels are below {MOST_CLASSES}")
    classes = tuple(map(str, range(greatest + 1)))
    return Data(name, classes, _as_images(train_x, last=last), t[0], _as_images(test_x, last=last), t[1])


def _as_images(array: NDArray[Any], *, last: bool) -> Images:
    """Numbers as images: bytes from 0 to 255, others from 0 to 1."""
    if array.ndim == 3:
        array = array[:, np.newaxis]
    elif array.ndim == 4 and last:
        array = array.transpose(0, 3, 1, 2)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array.astype(np.float32) / np.float32(255 if array.dtype == np.uint8 else 1))


def _as_labels(array: NDArray[Any]) -> Labels:
    if array.dtype.kind not in "ui":
        raise ValueError(f"labels are whole numbers, not {array.dtype}")
    column = array.ndim == 2 and array.shape[1] == 1
    return np.ascontiguousarray((array[:, 0] if column else array).astype(np.int64))


def _cube(
    path: Path,
    known: Mapping[str, Announced],
    cube: str | None,
    labels: str | None,
    labels_file: str | Path | None,
    unlabelled: int,
    size: int,
    seed: int,
) -> Data:
    """A data set of patches."""
    full = {name: found.shape for name, found in known.items() if len(found.shape) in {3, 4} and 0 not in found.shape}
    axes = max(map(len, full.values()), default=0)
    x_name = _one(path, "cube", cube, {name: shape for name, shape in full.items() if len(shape) == axes})
    spatial = known[x_name].shape[:-1]
    t_path = path if labels_file is None else Path(labels_file)
    if not t_path.is_file():
        raise MissingData(f"there is no file {str(t_path)!r:.200} of labels")
    t_known = known if labels_file is None else announced(t_path)
    fitting = {name: found.shape for name, found in t_known.items() if found.shape == spatial}
    t_name = _one(t_path, f"map of labels of shape {spatial}", labels, fitting)
    x = arrays(path, {x_name: known[x_name]})[x_name].astype(np.float64)
    t = arrays(t_path, {t_name: t_known[t_name]})[t_name]
    if not np.isfinite(x).all():
        raise DamagedData(f"{path} has a number in {x_name!r:.60} that is not finite")
    if not (-GREATEST <= t.min() <= t.max() <= GREATEST and np.array_equal(t, np.rint(t))):
        raise DamagedData(f"{t_path} has labels in {t_name!r:.60} that are no whole numbers, or beyond {GREATEST}")
    places, classes = _classes(t_path, t.astype(np.int64), unlabelled)
    if x.ndim == 3:
        x, places = x[np.newaxis], places[np.newaxis]
    images, targets = patches(x.transpose(0, 3, 1, 2), size), patches(places[:, np.newaxis], size)[:, 0]
    labelled = (targets >= 0).any(axis=(1, 2))
    images, targets = images[labelled], targets[labelled]
    if len(images) < TEST_SHARE:
        raise ValueError(
            f"{path} gives {len(images)} labelled patches of {size} x {size}, less than {TEST_SHARE}: cut smaller ones"
        )
    chosen = order(len(images), seed)
    test, learn = np.split(chosen, [len(images) // TEST_SHARE])
    low, high = images[learn].min(), images[learn].max()
    scaled = (np.clip(images, low, high) - low) / (high - low if high > low else 1.0)
    scaled = scaled.astype(np.float32)
    return Data(path.stem, classes, scaled[learn], targets[learn], scaled[test], targets[test])


def _one(path: Path, what: str, name: str | None, possible: Mapping[str, Any]) -> str:
    """The array that is named, or the only one that can be meant."""
    if name is not None:
        if name not in possible:
            raise ValueError(f"{path} has no {what} named {name!r:.60}; possible are {', '.join(possible) or 'none':.200}")
        return name
    if len(possible) != 1:
        names = f": {', '.join(possible):.200}" if possible else ""
        raise DamagedData(f"{path} has {len(possible)} arrays that can be a {what}{names}")
    return next(iter(possible))


def _classes(path: Path, t: Labels, unlabelled: int) -> tuple[Labels, tuple[str, ...]]:
    """Labels as places in the classes that occur, which are named by their labels; -1 for what has none."""
    occurring = np.unique(t[t != unlabelled])
    if not 0 < len(occurring) <= MOST_CLASSES:
        raise DamagedData(f"{path} has {len(occurring)} labels besides {unlabelled}; there are 1 to {MOST_CLASSES}")
    places = np.where(t == unlabelled, -1, np.searchsorted(occurring, t))
    return places.astype(np.int64), tuple(map(str, occurring.tolist()))


def patches(x: NDArray[Any], size: int) -> NDArray[Any]:
    """Images (N, channels, rows, columns) cut into squares from the top left on; what is left at the edges is dropped.

    ``ValueError`` where no square fits.
    """
    n, channels, rows, columns = x.shape
    down, right = (0, 0) if size < 1 else (rows // size, columns // size)
    if not down * right:
        raise ValueError(f"no patch of {size} x {size} fits on an image of {rows} x {columns}")
    cut = x[:, :, : down * size, : right * size].reshape(n, channels, down, size, right, size)
    return np.ascontiguousarray(cut.transpose(0, 2, 4, 1, 3, 5).reshape(n * down * right, channels, size, size))
