"""Pooling: the greatest element or the mean below a kernel, or the mean of a whole channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...spec.convolutions import Window
from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import flag, image, pair, window
from .windows import below, padded, scattered

Pair = tuple[int, int]


def _places(kind: str, options: Options, shapes: Sequence[Shape]) -> Shape:
    (channels, *size), moved, kernel = image(kind, shapes), window(options), pair(options, "kernel")
    if max(moved.padding[:2]) >= kernel[0] or max(moved.padding[2:]) >= kernel[1]:
        raise ValueError(f"the padding of {kind} is less than its kernel {kernel}, not {moved.padding}")
    return (channels, *moved.places((size[0], size[1]), kernel))


def _max_shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    return _places("max_pool", options, shapes)


def _max_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    moved, kernel = window(options), pair(options, "kernel")
    seen = below(padded(xs[0], moved, -np.inf), kernel, moved)
    flat = seen.reshape(*seen.shape[:4], kernel[0] * kernel[1])
    best = flat.argmax(axis=-1)[..., None]
    return Forward(np.take_along_axis(flat, best, -1)[..., 0], (xs[0].shape, best))


def _max_backward(options: Options, gradient: Floats, cache: tuple[Shape, Floats]) -> Backward:
    shape, best = cache
    moved, kernel = window(options), pair(options, "kernel")
    spread = np.zeros((*gradient.shape, kernel[0] * kernel[1]), gradient.dtype)
    np.put_along_axis(spread, best, gradient[..., None], -1)
    return Backward([_spread(spread, shape, kernel, moved)], {})


def _spread(found: Floats, shape: Shape, kernel: Pair, moved: Window) -> Floats:
    """Gradients (N, C, rows, columns of places, elements of the kernel) added at their places on the image."""
    apart = found.transpose(1, 4, 0, 2, 3).reshape(shape[1], kernel[0] * kernel[1], -1 if found.size else 0)
    return scattered(apart, shape[0], (shape[2], shape[3]), kernel, moved)


def _average_shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    flag(options, "count_padding")
    return _places("average_pool", options, shapes)


def _counts(options: Options, shape: Shape, dtype: np.dtype[Any]) -> Floats:
    """By how many each sum is divided."""
    moved, kernel = window(options), pair(options, "kernel")
    ones = padded(np.ones((1, 1, *shape[2:]), dtype), moved, float(options["count_padding"]))
    counts: Floats = below(ones, kernel, moved).sum(axis=(4, 5))
    return counts


def _average_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    moved, kernel = window(options), pair(options, "kernel")
    sums = below(padded(xs[0], moved), kernel, moved).sum(axis=(4, 5))
    return Forward(sums / _counts(options, xs[0].shape, xs[0].dtype), xs[0].shape)


def _average_backward(options: Options, gradient: Floats, cache: Shape) -> Backward:
    moved, kernel = window(options), pair(options, "kernel")
    each = gradient / _counts(options, cache, gradient.dtype)
    spread = np.repeat(each[..., None], kernel[0] * kernel[1], axis=-1)
    return Backward([_spread(spread, cache, kernel, moved)], {})


def _global_shape(options: Options, shapes: Sequence[Shape]) -> Shape:  # noqa: ARG001
    return (image("global_average_pool", shapes)[0], 1, 1)


def _global_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    return Forward(xs[0].mean(axis=(2, 3), keepdims=True), xs[0].shape)


def _global_backward(options: Options, gradient: Floats, cache: Shape) -> Backward:  # noqa: ARG001
    return Backward([np.broadcast_to(gradient / (cache[2] * cache[3]), cache).copy()], {})


PLACES = {"kernel": None, "stride": None, "padding": [0, 0, 0, 0]}
MAX_POOL = Kind("max_pool", PLACES, _max_shape, _max_forward, _max_backward)
"""What lies outside the image takes no part. Of several greatest elements the first, row by row, gets the gradient."""
AVERAGE_POOL = Kind("average_pool", {**PLACES, "count_padding": False}, _average_shape, _average_forward, _average_backward)
"""The sum is divided by the elements of the image below the kernel or, with ``count_padding``, by all of the kernel."""
GLOBAL_AVERAGE_POOL = Kind("global_average_pool", {}, _global_shape, _global_forward, _global_backward)
"""One row and column are left."""
