"""Convolutions of images, in groups and depthwise too; the kernel is not turned over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...spec.convolutions import Window
from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import flag, image, pair, whole, window
from .windows import apart, columns, pieces, scattered, together

OPTIONS = {
    "kernels": None,
    "kernel": None,
    "stride": [1, 1],
    "padding": [0, 0, 0, 0],
    "dilation": [1, 1],
    "groups": 1,
    "bias": True,
}


def check_groups(kind: str, kernels: int, channels: int, groups: int) -> None:
    """``ValueError`` where channels or kernels cannot be dealt out to the groups evenly."""
    if channels % groups or kernels % groups:
        raise ValueError(f"{kind} cannot deal out {channels} channels and {kernels} kernels to {groups} groups")


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    (channels, *size), moved, kernels = image("conv2d", shapes), window(options), whole(options, "kernels")
    check_groups("conv2d", kernels, channels, moved.groups)
    flag(options, "bias")
    return (kernels, *moved.places((size[0], size[1]), pair(options, "kernel")))


def _parameters(options: Options, shapes: Sequence[Shape]) -> Mapping[str, Shape]:
    kernels = whole(options, "kernels")
    bias = {"bias": (kernels,)} if flag(options, "bias") else {}
    return {"weights": (kernels, shapes[0][0] // whole(options, "groups"), *pair(options, "kernel")), **bias}


def _initial(options: Options, shapes: Mapping[str, Shape], random: np.random.Generator) -> Parameters:  # noqa: ARG001
    """He's normal weights (He et al., 2015): the variance is 2 by the number of terms of a sum."""
    weights = shapes["weights"]
    bias = {role: np.zeros(shape) for role, shape in shapes.items() if role == "bias"}
    return {"weights": random.normal(0, np.sqrt(2 / np.prod(weights[1:])), weights), **bias}


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    x, weights, moved = xs[0], parameters["weights"], window(options)
    kernel = (weights.shape[2], weights.shape[3])
    places = moved.places((x.shape[2], x.shape[3]), kernel)
    y = np.empty((len(x), len(weights), *places), np.result_type(x, weights))
    for some in pieces(len(x), places, weights[0].size * moved.groups):
        y[some] = together(matrices(weights, moved) @ columns(x[some], kernel, moved), len(x[some]), places)
    if "bias" in parameters:
        y += parameters["bias"][:, None, None]
    return Forward(y, (x, weights))


def matrices(weights: Floats, moved: Window) -> Floats:
    """Kernels as one matrix for each group."""
    return weights.reshape(moved.groups, weights.shape[0] // moved.groups, -1)


def _backward(options: Options, gradient: Floats, cache: tuple[Floats, Floats]) -> Backward:
    x, weights = cache
    moved, kernel = window(options), (weights.shape[2], weights.shape[3])
    size, places = (x.shape[2], x.shape[3]), (gradient.shape[2], gradient.shape[3])
    back, total = np.empty_like(x), np.zeros_like(matrices(weights, moved))
    for some in pieces(len(x), places, weights[0].size * moved.groups):
        g = apart(gradient[some], moved.groups)
        # The columns are made anew: to keep those of all layers would take kernel times the memory of the results.
        total += g @ columns(x[some], kernel, moved).swapaxes(1, 2)
        back[some] = scattered(matrices(weights, moved).swapaxes(1, 2) @ g, len(x[some]), size, kernel, moved)
    found = {"weights": total.reshape(weights.shape)}
    if options["bias"]:
        found["bias"] = gradient.sum(axis=(0, 2, 3))
    return Backward([back], found)


CONV2D = Kind("conv2d", OPTIONS, _shape, _forward, _backward, parameters=_parameters, initial=_initial)
"""``weights`` (kernels, channels of a group, rows, columns) and ``bias`` (kernels). The padding is of zeros:
above, below, left, right."""
