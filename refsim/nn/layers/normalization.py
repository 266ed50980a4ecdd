"""Batch normalization: every channel, or every element of a vector, with a mean and a variance of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import axes, number

FIXED = ("mean", "variance")


class Kept(NamedTuple):
    """The input with mean 0 and variance 1, what it was multiplied by, the scale, and whether the batch gave the statistics."""

    x: Floats
    by: Floats
    scale: Floats
    training: bool


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    number(options, "epsilon", 0, 1)
    number(options, "momentum", 0, 1)
    return axes("batch_norm", shapes)


def _parameters(options: Options, shapes: Sequence[Shape]) -> Mapping[str, Shape]:  # noqa: ARG001
    return dict.fromkeys(("scale", "shift", *FIXED), shapes[0][:1])


def _initial(options: Options, shapes: Mapping[str, Shape], random: np.random.Generator) -> Parameters:  # noqa: ARG001
    return {role: (np.ones if role in {"scale", "variance"} else np.zeros)(shape) for role, shape in shapes.items()}


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:
    x, moved = xs[0], dict[str, Floats]()
    along, wide = _others(x), (-1, *[1] * (x.ndim - 2))
    if mode.training:
        statistics = {"mean": x.mean(axis=along), "variance": x.var(axis=along)}
        momentum = float(options["momentum"])
        moved = {role: (1 - momentum) * parameters[role] + momentum * value for role, value in statistics.items()}
    else:
        statistics = {role: parameters[role] for role in FIXED}
    by = 1 / np.sqrt(statistics["variance"] + float(options["epsilon"]))
    normal = (x - statistics["mean"].reshape(wide)) * by.reshape(wide)
    y = normal * parameters["scale"].reshape(wide) + parameters["shift"].reshape(wide)
    return Forward(y, Kept(normal, by, parameters["scale"], mode.training), moved)


def _others(x: Floats) -> tuple[int, ...]:
    """All axes but that of the channels."""
    return (0, *range(2, x.ndim))


def _backward(options: Options, gradient: Floats, cache: Kept) -> Backward:  # noqa: ARG001
    along, wide = _others(gradient), (-1, *[1] * (gradient.ndim - 2))
    found = {"scale": (gradient * cache.x).sum(axis=along), "shift": gradient.sum(axis=along)}
    by = (cache.by * cache.scale).reshape(wide)
    if not cache.training:
        return Backward([gradient * by], found)
    # The mean and the variance of the batch depend on the input too (Ioffe and Szegedy, 2015).
    count = gradient.size // len(cache.by)
    mean, slope = found["shift"].reshape(wide) / count, found["scale"].reshape(wide) / count
    return Backward([(gradient - mean - cache.x * slope) * by], found)


BATCH_NORM = Kind(
    "batch_norm",
    {"epsilon": 1e-5, "momentum": 0.1},
    _shape,
    _forward,
    _backward,
    parameters=_parameters,
    initial=_initial,
    fixed=FIXED,
)
"""(x - mean) / sqrt(variance + epsilon) * scale + shift. In training mean and variance are those of the batch, the variance
being the mean of squares, and the running ones move toward them by ``momentum``."""
