"""Mosaics: images of one thing each, a few of them pasted into a larger image whose pixels have labels. So what is learned by
classification can be learned by segmentation too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .randomness import words
from .record import Data, Images, Labels

BACKGROUND = "background"
TRAIN, TEST = 1, 2
"""The purposes of what is drawn."""


def mosaics(
    source: Data,
    train: int,
    test: int,
    *,
    size: int = 32,
    pieces: int = 6,
    shrink: int = 1,
    threshold: float = 0.3,
    classes: int | None = None,
    seed: int = 0,
) -> Data:
    """So many mosaics to learn from and to test with, of ``size`` x ``size`` pixels, with ``pieces`` images of the source each:
    those to learn from have images to learn from, the others images to test with.

    A piece lies at a random place, wholly inside. Where the greatest of its channels is above ``threshold`` it covers what lay
    there before, and the label is its class; elsewhere the brighter one of both is seen, and the label stays. Class 0 is the
    background. ``shrink``: so many rows and columns of a piece become one, their mean. ``classes``: only images of so many of
    the first classes are taken. The words of Philox decide, so that mosaics are the same bit for bit on every machine; one does
    not depend on how many there are.

    ``ValueError`` for a source of labelled pixels, for pieces that do not fit, and for numbers that mean nothing.
    """
    if source.train_t.ndim != 1:
        raise ValueError(f"mosaics are of images with one label each; {source.name} has one for each pixel")
    for name, value in {"size": size, "pieces": pieces, "shrink": shrink}.items():
        if value < 1:
            raise ValueError(f"mosaics have {name} from 1 on, not {value}")
    if train < 1 or test < 1:
        raise ValueError(f"there is at least one mosaic to learn from and to test with, not {train} and {test}")
    if not 0 <= threshold < 1:
        raise ValueError(f"the threshold of mosaics is from 0 to below 1, not {threshold}")
    _, rows, columns = source.shape
    if rows % shrink or columns % shrink:
        raise ValueError(f"images of {rows} x {columns} pixels cannot be shrunk to one of {shrink} x {shrink}")
    if max(rows, columns) // shrink > size:
        raise ValueError(f"a piece of {rows // shrink} x {columns // shrink} pixels does not fit a mosaic of {size} x {size}")

    known = len(source.classes) if classes is None else classes
    if not 1 <= known <= len(source.classes):
        raise ValueError(f"{source.name} has 1 to {len(source.classes)} classes to take, not {known}")

    def made(x: Images, t: Labels, count: int, purpose: int) -> tuple[Images, Labels]:
        x, t = x[t < known], t[t < known]
        if not len(x):
            raise ValueError(f"{source.name} has no image of its first {known} classes")
        drawn = [words(3 * pieces, seed, purpose, i).reshape(3, pieces) for i in range(count)]
        found = [_mosaic(x, t, one, size, shrink, threshold) for one in drawn]
        return np.stack([image for image, _ in found]), np.stack([labels for _, labels in found])

    learn, look = made(source.train_x, source.train_t, train, TRAIN), made(source.test_x, source.test_t, test, TEST)
    return Data(f"{source.name} mosaics", (BACKGROUND, *source.classes[:known]), *learn, *look)


def _mosaic(x: Images, t: Labels, drawn: NDArray[np.uint64], size: int, shrink: int, threshold: float) -> tuple[Images, Labels]:
    """One mosaic: by three words for each piece, which image it is and where it lies."""
    image, labels = np.zeros((x.shape[1], size, size), np.float32), np.zeros((size, size), np.int64)
    rows, columns = x.shape[2] // shrink, x.shape[3] // shrink
    for which, down, across in (drawn % np.array([[len(x)], [size - rows + 1], [size - columns + 1]], np.uint64)).T.tolist():
        piece = _shrunk(x[which], shrink)
        here = np.s_[down : down + rows, across : across + columns]
        covers = piece.max(axis=0) > threshold
        image[:, *here] = np.where(covers, piece, np.maximum(image[:, *here], piece))
        labels[here][covers] = t[which] + 1
    return image, labels


def _shrunk(x: Images, by: int) -> Images:
    """Means of squares of pixels; sums in binary64, in a fixed order."""
    total = np.zeros((x.shape[0], x.shape[1] // by, x.shape[2] // by))
    for i in range(by):
        for j in range(by):
            total += x[:, i::by, j::by]
    return (total / (by * by)).astype(np.float32)
