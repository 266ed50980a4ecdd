"""Moves: images as vectors, and images of more rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import image, only, pair


def _flatten_shape(options: Options, shapes: Sequence[Shape]) -> Shape:  # noqa: ARG001
    return (prod(only("flatten", shapes)),)


def _flatten_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    return Forward(xs[0].reshape(len(xs[0]), prod(xs[0].shape[1:])), xs[0].shape)


def _flatten_backward(options: Options, gradient: Floats, cache: Shape) -> Backward:  # noqa: ARG001
    return Backward([gradient.reshape(cache)], {})


def _factors(options: Options) -> tuple[int, int]:
    """One factor for rows and columns, or one for each."""
    given = options["factor"]
    return pair({"factor": [given, given]} if isinstance(given, int) else options, "factor")


def _upsample_shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    (channels, rows, columns), (down, across) = image("upsample", shapes), _factors(options)
    return (channels, rows * down, columns * across)


def _upsample_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    down, across = _factors(options)
    return Forward(np.repeat(np.repeat(xs[0], down, axis=2), across, axis=3), None)


def _upsample_backward(options: Options, gradient: Floats, cache: None) -> Backward:  # noqa: ARG001
    n, channels, rows, columns = gradient.shape
    down, across = _factors(options)
    parts = gradient.reshape(n, channels, rows // down, down, columns // across, across)
    return Backward([parts.sum(axis=(3, 5))], {})


FLATTEN = Kind("flatten", {}, _flatten_shape, _flatten_forward, _flatten_backward)
"""All axes of a sample as one, the last one fastest."""
UPSAMPLE = Kind("upsample", {"factor": None}, _upsample_shape, _upsample_forward, _upsample_backward)
"""Every element as often as the factor says, in rows and in columns: the nearest neighbour. The factor is a number or two."""
