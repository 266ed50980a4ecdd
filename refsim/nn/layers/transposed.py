"""Transposed convolutions: every element of the image is spread over the result by the kernels of its channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...spec.convolutions import Window
from .convolutions import OPTIONS, check_groups, matrices
from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import flag, image, pair, whole, window
from .windows import apart, columns, pieces, scattered, together

KIND = "conv_transpose2d"
Pair = tuple[int, int]


def _places(size: Pair, kernel: Pair, moved: Window, more: Pair) -> Pair:
    """The rows and columns of the result: those of an image on which the convolution has as many places as ``size``."""
    top, bottom, left, right = moved.padding
    rows, across = (
        (n - 1) * s + (k - 1) * d + 1 + m
        for n, k, s, d, m in zip(size, kernel, moved.stride, moved.dilation, more, strict=True)
    )
    return rows - top - bottom, across - left - right


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    (channels, *size), moved, kernels = image(KIND, shapes), window(options), whole(options, "kernels")
    check_groups(KIND, kernels, channels, moved.groups)
    flag(options, "bias")
    more = pair(options, "output_padding", 0)
    if any(m >= s for m, s in zip(more, moved.stride, strict=True)):
        raise ValueError(f"the output_padding of {KIND} is less than its stride {moved.stride}, not {more}")
    found = _places((size[0], size[1]), pair(options, "kernel"), moved, more)
    if min(found) < 1:
        raise ValueError(f"nothing is left of {KIND} within its padding {moved.padding}")
    return (kernels, *found)


def _parameters(options: Options, shapes: Sequence[Shape]) -> Mapping[str, Shape]:
    kernels = whole(options, "kernels")
    bias = {"bias": (kernels,)} if flag(options, "bias") else {}
    return {"weights": (shapes[0][0], kernels // whole(options, "groups"), *pair(options, "kernel")), **bias}


def _initial(options: Options, shapes: Mapping[str, Shape], random: np.random.Generator) -> Parameters:
    """He's normal weights; an element of the result is a sum of the channels of a group, times the kernel by the stride."""
    weights, stride = shapes["weights"], pair(options, "stride")
    channels = weights[0] // whole(options, "groups")
    terms = channels * max(1.0, weights[2] / stride[0]) * max(1.0, weights[3] / stride[1])
    bias = {role: np.zeros(shape) for role, shape in shapes.items() if role == "bias"}
    return {"weights": random.normal(0, np.sqrt(2 / terms), weights), **bias}


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    x, weights, moved = xs[0], parameters["weights"], window(options)
    kernel = (weights.shape[2], weights.shape[3])
    size = _places((x.shape[2], x.shape[3]), kernel, moved, pair(options, "output_padding", 0))
    y = np.empty((len(x), options["kernels"], *size), np.result_type(x, weights))
    for some in pieces(len(x), (x.shape[2], x.shape[3]), weights[0].size * moved.groups):
        spread = matrices(weights, moved).swapaxes(1, 2) @ apart(x[some], moved.groups)
        y[some] = scattered(spread, len(x[some]), size, kernel, moved)
    if "bias" in parameters:
        y += parameters["bias"][:, None, None]
    return Forward(y, (x, weights))


def _backward(options: Options, gradient: Floats, cache: tuple[Floats, Floats]) -> Backward:
    x, weights = cache
    moved, kernel = window(options), (weights.shape[2], weights.shape[3])
    size = (x.shape[2], x.shape[3])
    back, total = np.empty_like(x), np.zeros_like(matrices(weights, moved))
    for some in pieces(len(x), size, weights[0].size * moved.groups):
        g = columns(gradient[some], kernel, moved)
        total += apart(x[some], moved.groups) @ g.swapaxes(1, 2)
        back[some] = together(matrices(weights, moved) @ g, len(x[some]), size)
    found = {"weights": total.reshape(weights.shape)}
    if options["bias"]:
        found["bias"] = gradient.sum(axis=(0, 2, 3))
    return Backward([back], found)


CONV_TRANSPOSE2D = Kind(
    KIND,
    {**OPTIONS, "output_padding": [0, 0]},
    _shape,
    _forward,
    _backward,
    parameters=_parameters,
    initial=_initial,
)
"""``weights`` (channels, kernels of a group, rows, columns) and ``bias`` (kernels); ``output_padding`` adds rows below and
columns to the right, in which a part of the spread image can fall. As ConvTranspose of ONNX."""
