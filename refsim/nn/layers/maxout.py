"""Maxout: the greatest of several neighbours (Goodfellow et al., 2013)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import axes, whole


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    shape, pieces = axes("maxout", shapes), whole(options, "pieces")
    if shape[0] % pieces:
        raise ValueError(f"maxout cannot take {shape[0]} results in groups of {pieces}")
    return (shape[0] // pieces, *shape[1:])


def _groups(x: Floats, pieces: int) -> Floats:
    return x.reshape(len(x), x.shape[1] // pieces, pieces, *x.shape[2:])


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    groups = _groups(xs[0], options["pieces"])
    best = groups.argmax(axis=2)[:, :, None]
    return Forward(np.take_along_axis(groups, best, 2)[:, :, 0], best)


def _backward(options: Options, gradient: Floats, cache: Floats) -> Backward:
    n, units, *rest = gradient.shape
    spread = np.zeros((n, units, options["pieces"], *rest), gradient.dtype)
    np.put_along_axis(spread, cache, gradient[:, :, None], 2)
    return Backward([spread.reshape(n, units * options["pieces"], *rest)], {})


MAXOUT = Kind("maxout", {"pieces": None}, _shape, _forward, _backward)
"""Groups are neighbours along the first axis of a sample. Of several greatest elements the first gets the gradient."""
