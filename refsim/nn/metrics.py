"""Metrics: how good predictions are, read off the confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layers.kind import Floats
from .losses import IGNORED, Labels

Counts = NDArray[np.int64]


def predicted(y: Floats) -> Labels:
    """The class with the greatest result, of several the first; classes lie along the second axis."""
    found: Labels = y.argmax(axis=1)
    return found


def confusion(guess: Labels, t: Labels, classes: int) -> Counts:
    """How often class i (row) was taken for class j (column), over all samples or pixels that have a label.

    ``ValueError`` for shapes that differ and for classes that are not there.
    """
    if guess.shape != t.shape:
        raise ValueError(f"predictions and labels have one shape, not {guess.shape} and {t.shape}")
    known = t != IGNORED
    true, found = t[known].astype(np.int64), guess[known].astype(np.int64)
    for what, given in (("labels", true), ("predictions", found)):
        if given.size and not 0 <= given.min() <= given.max() < classes:
            raise ValueError(f"{what} are from 0 to {classes - 1}, not {given.min()} to {given.max()}")
    return np.bincount(true * classes + found, minlength=classes * classes).reshape(classes, classes)


def accuracy(counts: Counts) -> float:
    """The share of what was taken for what it is; 0 of nothing."""
    return float(np.trace(counts) / max(1, counts.sum()))


def _shares(counts: Counts) -> tuple[NDArray[Any], NDArray[Any]]:
    """Of each class, what was rightly found, and that with all that was missed or wrongly found."""
    hit = np.diag(counts)
    return hit, counts.sum(axis=0) + counts.sum(axis=1) - hit


def intersection_over_union(counts: Counts) -> NDArray[np.float64]:
    """Hits / (hits + misses + false alarms) of each class; NaN for one that is neither there nor found."""
    hit, union = _shares(counts)
    found: NDArray[np.float64] = np.where(union > 0, hit / np.maximum(union, 1), np.nan)
    return found


def mean_iou(counts: Counts) -> float:
    """The mean over the classes that are there or found; 0 of nothing."""
    found = intersection_over_union(counts)
    found = found[~np.isnan(found)]
    return float(found.mean()) if len(found) else 0.0


def global_iou(counts: Counts) -> float:
    """All hits by the sum of all unions; 0 of nothing."""
    hit, union = _shares(counts)
    return float(hit.sum() / max(1, union.sum()))


def weighted_iou(counts: Counts) -> float:
    """The mean over the classes, each with the weight of how often it is there; 0 of nothing."""
    return float(counts.sum(axis=1) @ np.nan_to_num(intersection_over_union(counts)) / max(1, counts.sum()))
