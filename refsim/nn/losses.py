"""Losses: what training makes small, and its gradient with respect to the network's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .layers.kind import Floats
from .layers.softmax import softmax

IGNORED = -1
"""The label of what has none: it adds nothing to a loss, and no metric counts it."""
Labels = NDArray[Any]
"""Whole numbers: one for each sample (N), or one for each pixel (N, H, W)."""


class Loss(NamedTuple):
    """The loss of a batch, and its gradient, of the shape and the type of the network's result."""

    value: float
    gradient: Floats


LossFunction = Callable[[Floats, NDArray[Any]], Loss]
"""From the result of a network, samples along the first axis, and what it should be."""


def _given(labels: Labels, y: Floats) -> NDArray[np.bool_]:
    """Which labels count; ``ValueError`` for labels of another shape, or of classes that are not there."""
    if labels.shape != (y.shape[0], *y.shape[2:]) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"results of shape {y.shape} need whole labels of shape {(y.shape[0], *y.shape[2:])},"
            f" not {labels.dtype} of shape {labels.shape}"
        )
    if labels.size and not IGNORED <= labels.min() <= labels.max() < y.shape[1]:
        raise ValueError(f"labels are from 0 to {y.shape[1] - 1}, or {IGNORED}, not {labels.min()} to {labels.max()}")
    known: NDArray[np.bool_] = labels != IGNORED
    return known


def one_hot(labels: Labels, y: Floats) -> Floats:
    """1 for the class of the label and 0 elsewhere, in the shape and type of ``y``; for no label 0 everywhere."""
    found = np.zeros(y.shape, y.dtype)
    known = _given(labels, y)
    np.put_along_axis(found, np.where(known, labels, 0)[:, None], known[:, None].astype(y.dtype), axis=1)
    return found


def softmax_cross_entropy(y: Floats, t: Labels) -> Loss:
    """The mean of -log(softmax(y)[t]) over all samples, or all pixels, that have a label.

    ``y`` has the classes along its second axis: (N, classes) or (N, classes, H, W). ``ValueError`` for labels that do not fit.
    """
    known = _given(t, y)
    count = max(1, int(known.sum()))
    top = y - y.max(axis=1, keepdims=True)
    chosen = np.take_along_axis(top, np.where(known, t, 0)[:, None], axis=1)[:, 0]
    logs = np.log(np.exp(top).sum(axis=1)) - chosen
    gradient = (softmax(y) - one_hot(t, y)) * known[:, None].astype(y.dtype) / count
    return Loss(float(logs.sum(where=known, dtype=np.float64)) / count, gradient)


def mean_squared_error(y: Floats, t: NDArray[Any]) -> Loss:
    """The mean of (y - t)**2 over all elements; labels stand for 1 in their class and 0 elsewhere.

    ``ValueError`` for targets that do not fit.
    """
    target, known = _target(y, t)
    count = max(1, int(known.sum()))
    apart = (y - target) * known.astype(y.dtype)
    return Loss(float((apart * apart).sum(dtype=np.float64)) / count, apart * 2 / count)


def squared_hinge(y: Floats, t: NDArray[Any]) -> Loss:
    """The mean of max(0, 1 - t*y)**2 over all elements, ``t`` being 1 or -1; labels stand for 1 in their class, else -1.

    ``ValueError`` for targets that do not fit.
    """
    target, known = _target(y, t)
    target = target if t.shape == y.shape else target * 2 - 1
    count = max(1, int(known.sum()))
    short = np.maximum(1 - target * y, 0) * known.astype(y.dtype)
    return Loss(float((short * short).sum(dtype=np.float64)) / count, -2 * target * short / count)


def _target(y: Floats, t: NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    """Targets as numbers, and which elements count."""
    if t.shape == y.shape:
        return t.astype(y.dtype), np.ones(y.shape, np.bool_)
    return one_hot(t, y), np.broadcast_to(_given(t, y)[:, None], y.shape)


LOSSES: Mapping[str, LossFunction] = {
    "softmax_cross_entropy": softmax_cross_entropy,
    "mean_squared_error": mean_squared_error,
    "squared_hinge": squared_hinge,
}
"""The losses by name."""
