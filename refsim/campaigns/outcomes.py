"""Outcomes: what faults did to the results of a network, sample by sample, judged against the run without faults.

The clean run has the same network and the same formats; labels are known beside it, or not. Everything is decided on numbers
that binary64 holds exactly, by comparisons, differences and products with small integers: every machine counts the same.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..engine.decode import decode
from ..engine.digests import digest as code_digest
from ..spec.formats import Format
from .rows import Counts

NONE = -1
"""The label of a pixel without one, and the class where no result is a number."""
BEST = 5
Numbers = NDArray[np.float64]
Classes = NDArray[np.int64]


class Clean(NamedTuple):
    """The run without faults: output codes of shape (samples, classes, ...), and of each pixel the label, the first class and
    the five best ones. A sample whose result is one class has one pixel.
    """

    outputs: Array
    numbers: Numbers
    labels: Classes
    first: Classes
    best: Classes

    @property
    def right(self) -> NDArray[np.bool_]:
        """The pixels whose first class is their label."""
        found: NDArray[np.bool_] = (self.first == self.labels) & (self.labels != NONE)
        return found


def clean_run(outputs: Array, labels: NDArray[np.int64] | None) -> Clean:
    """What faulty runs are judged against.

    ``ValueError`` for results that binary64 does not hold, and for labels that are not as many as the pixels.
    """
    numbers = numbers_of(outputs.codes, outputs.format)
    pixels = (numbers.shape[0], numbers.shape[2])
    known = np.full(pixels, NONE, np.int64) if labels is None else labels.reshape(len(labels), -1).astype(np.int64)
    if known.shape != pixels:
        raise ValueError(
            f"{pixels[0]} results of {pixels[1]} pixels need as many labels, not {known.shape[0]} x {known.shape[1]}"
        )
    return Clean(outputs, numbers, known, first_class(numbers), best_classes(numbers))


def numbers_of(codes: NDArray[Any], format: Format) -> Numbers:
    """Results as numbers of shape (samples, classes, pixels); a result that is one number is one class."""
    numbers = decode(Array(codes, format))
    classes, pixels = numbers.shape[1] if numbers.ndim > 1 else 1, prod(numbers.shape[2:])
    return numbers.reshape(len(numbers), classes, pixels)


def best_classes(numbers: Numbers) -> Classes:
    """The five classes with the greatest results, of equal ones the first, NaNs last; all where there are no more."""
    nans = np.isnan(numbers)
    return np.lexsort((-np.where(nans, 0, numbers), nans), axis=1)[:, :BEST]


def first_class(numbers: Numbers) -> Classes:
    """The class with the greatest result, the first one of several; -1 where all results are NaNs."""
    return np.where(np.isnan(numbers).all(axis=1), NONE, best_classes(numbers)[:, 0])


def confidence_change(clean: Numbers, faulty: Numbers, first: Classes, parts: int) -> NDArray[np.bool_]:
    """The pixels of which the result for the clean run's first class changed by more than one of so many parts of itself."""
    place = np.maximum(first, 0)[:, None, :]
    before, after = (np.take_along_axis(x, place, axis=1)[:, 0, :] for x in (clean, faulty))
    with np.errstate(all="ignore"):  # Of what is not finite there is another class.
        return parts * np.abs(after - before) > np.abs(before)


NO_SAMPLES: NDArray[np.int64] = np.zeros(0, np.int64)


def judged(clean: Clean, samples: NDArray[np.int64], outputs: NDArray[Any], without: NDArray[np.int64] = NO_SAMPLES) -> Counts:
    """The outcome classes of a trial in which these samples had these output codes, some others ``without`` any, and all others
    those of the clean run.

    A sample that is ``due`` is in no other class, and none of its pixels is right: what is detected is not used.
    """
    images, pixels = clean.labels.shape
    before, after = clean.numbers[samples], numbers_of(outputs, clean.outputs.format)
    first, labels, right = first_class(after), clean.labels[samples], clean.right[samples]
    wild = np.any(~np.isfinite(after) & np.isfinite(before), axis=(1, 2))
    differs = np.any(outputs != clean.outputs.codes[samples], axis=tuple(range(1, outputs.ndim)))
    silent = differs & ~wild
    changed = (first != clean.first[samples]) & silent[:, None]
    now = (first == labels) & (labels != NONE) & ~wild[:, None]
    beyond = (clean.best[samples] != first[:, None, :]).all(axis=1)
    visible = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=(1, 2))

    def count(which: NDArray[np.bool_]) -> int:
        """Samples that are not due of which one pixel is such a one."""
        return int((which.any(axis=1) & silent).sum())

    return Counts(
        images=images,
        identical=images - int(differs.sum()) - len(without),
        benign=int((silent & ~visible).sum()),
        sdc=int((silent & visible).sum()),
        due=int((differs & wild).sum()) + len(without),
        top1=count(changed),
        top5=count(beyond),
        confidence10=count(confidence_change(before, after, clean.first[samples], 10)),
        confidence20=count(confidence_change(before, after, clean.first[samples], 5)),
        critical=count(right & ~now),
        healed=count(~right & now),
        correct=int(clean.right.sum()) - int(right.sum()) + int(now.sum()) - int(clean.right[without].sum()),
        pixels=images * pixels,
        changed_pixels=int(changed.sum()),
    )


def digest(clean: Clean, samples: NDArray[np.int64], outputs: NDArray[Any], without: NDArray[np.int64] = NO_SAMPLES) -> str:
    """The SHA-256 of the output codes of all samples, little-endian, without those of samples that have none."""
    codes = clean.outputs.codes.copy()
    codes[samples] = outputs
    return code_digest(Array(np.delete(codes, without, axis=0), clean.outputs.format))
