"""What a flip did: pixels of another class, a result that is not finite, and the intersection over union that is left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...campaigns.outcomes import NONE, first_class
from ...nn.layers.kind import Floats
from ...nn.losses import IGNORED
from ...nn.metrics import confusion, global_iou, intersection_over_union, weighted_iou

Classes = NDArray[np.int64]


class Overlap(NamedTuple):
    """The intersection over union in percent: global, mean over the classes, weighted by the classes."""

    of_all: float
    mean: float
    weighted: float


class Seen(NamedTuple):
    """What a flip did: changed pixels in percent, whether a result is not finite, and what is left of the overlap."""

    changed: float
    wild: bool
    overlap: Overlap


def classes_of(y: Floats) -> Classes:
    """The class of each pixel; NaNs come last, and a pixel of NaNs alone has no class."""
    if not np.isnan(y).any():
        found: Classes = y.argmax(axis=1)
        return found
    return first_class(y.reshape(*y.shape[:2], -1)).reshape(len(y), *y.shape[2:])


def overlap(guess: Classes, labels: Classes, classes: int) -> Overlap:
    """The overlap of predictions with labels; pixels without a class are of a class more, which has no mean of its own."""
    counts = confusion(np.where(guess == NONE, classes, guess), labels, classes + 1)
    with np.errstate(all="ignore"):
        each = intersection_over_union(counts)[:classes]
    known = each[~np.isnan(each)]
    mean = float(known.mean()) if len(known) else 0.0
    return Overlap(100 * global_iou(counts), 100 * mean, 100 * weighted_iou(counts))


@np.errstate(all="ignore")
def judged(y: Floats, clean: Classes, labels: Classes, classes: int, before: Overlap) -> Seen:
    """What the results with a flip say beside the clean classes and their overlap ``before``."""
    guess = classes_of(y)
    changed = int((guess != clean).sum())
    left = overlap(guess, labels, classes) if changed and (labels != IGNORED).any() else before
    return Seen(100 * changed / clean.size, not bool(np.isfinite(y).all()), left)
