"""Activations: functions of each element, and their slopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import number, only

DPU_SIXTH = 2731 / 16384
"""What the deep-learning processing unit of Vitis AI takes for a sixth."""


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without an exponential that overflows."""
    small: Floats = np.exp(-np.abs(x))
    found: Floats = np.where(x >= 0, 1, small) / (1 + small)
    return found


def _relu6(x: Floats) -> Floats:
    return np.clip(x, 0, 6)


def _inside(x: Floats, least: float, most: float) -> Floats:
    return ((x > least) & (x < most)).astype(x.dtype)


Function = Callable[[Floats], Floats]
Slope = Callable[[Floats, Floats], Floats]
"""From the input and the result to the slope there."""
FUNCTIONS: Mapping[str, tuple[Function, Slope]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x, y: (x > 0).astype(x.dtype)),  # noqa: ARG005
    "relu6": (_relu6, lambda x, y: _inside(x, 0, 6)),  # noqa: ARG005
    "sigmoid": (sigmoid, lambda x, y: y * (1 - y)),  # noqa: ARG005
    "hard_sigmoid": (lambda x: _relu6(x + 3) / 6, lambda x, y: _inside(x, -3, 3) / 6),  # noqa: ARG005
    "hard_sigmoid_dpu": (lambda x: _relu6(x + 3) * DPU_SIXTH, lambda x, y: _inside(x, -3, 3) * DPU_SIXTH),  # noqa: ARG005
    "tanh": (np.tanh, lambda x, y: 1 - y * y),  # noqa: ARG005
    "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x, y: _inside(x, -1, 1)),  # noqa: ARG005
}
"""Functions without options. At a kink the slope is the lesser one: 0 in all of them."""


def _shape(options: Options, shapes: Sequence[Shape], name: str) -> Shape:  # noqa: ARG001
    return only(name, shapes)


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode, name: str) -> Forward:  # noqa: ARG001
    y = FUNCTIONS[name][0](xs[0])
    return Forward(y, (xs[0], y))


def _backward(options: Options, gradient: Floats, cache: tuple[Floats, Floats], name: str) -> Backward:  # noqa: ARG001
    return Backward([gradient * FUNCTIONS[name][1](*cache)], {})


def _leaky_shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    number(options, "slope", 0, 1)
    return only("leaky_relu", shapes)


def _leaky_slopes(options: Options, x: Floats) -> Floats:
    return np.where(x > 0, np.asarray(1, x.dtype), np.asarray(options["slope"], x.dtype))


def _leaky_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    slopes = _leaky_slopes(options, xs[0])
    return Forward(xs[0] * slopes, slopes)


def _leaky_backward(options: Options, gradient: Floats, cache: Floats) -> Backward:  # noqa: ARG001
    return Backward([gradient * cache], {})


ACTIVATIONS: Mapping[str, Kind] = {
    **{
        name: Kind(name, {}, partial(_shape, name=name), partial(_forward, name=name), partial(_backward, name=name))
        for name in FUNCTIONS
    },
    "leaky_relu": Kind("leaky_relu", {"slope": 0.01}, _leaky_shape, _leaky_forward, _leaky_backward),
}
"""The kinds by name. ``leaky_relu`` has its ``slope`` at zero and below."""
