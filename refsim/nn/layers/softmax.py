"""Softmax: numbers that are positive and sum up to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import axes


def softmax(x: Floats) -> Floats:
    """exp(x) by its sum along the second axis, without an exponential that overflows."""
    found: Floats = np.exp(x - x.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    return found


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:  # noqa: ARG001
    return axes("softmax", shapes)


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    y = softmax(xs[0])
    return Forward(y, y)


def _backward(options: Options, gradient: Floats, cache: Floats) -> Backward:  # noqa: ARG001
    return Backward([cache * (gradient - (gradient * cache).sum(axis=1, keepdims=True))], {})


SOFTMAX = Kind("softmax", {}, _shape, _forward, _backward)
"""Along the first axis of a sample: over the elements of a vector, or over the channels at each place of an image."""
