"""Piecewise activations on arrays of codes: the names of ``refsim.spec.activations``."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def relu(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The numbers above zero, and zero for the others."""
    return apply("relu", (x,), to, draw, flags=flags)


def relu6(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """relu, cut at 6."""
    return apply("relu6", (x,), to, draw, flags=flags)


def hard_tanh(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The numbers cut to the interval from -1 to 1."""
    return apply("hard_tanh", (x,), to, draw, flags=flags)


def hard_sigmoid(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x / 6 + 1/2, cut to the interval from 0 to 1."""
    return apply("hard_sigmoid", (x,), to, draw, flags=flags)


def hard_sigmoid_fifth(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x / 5 + 1/2, cut to the interval from 0 to 1."""
    return apply("hard_sigmoid_fifth", (x,), to, draw, flags=flags)


def hard_sigmoid_dpu(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """relu6(x + 3) * 2731 / 16384."""
    return apply("hard_sigmoid_dpu", (x,), to, draw, flags=flags)


def leaky_relu(x: Any, slope: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The numbers that are not below zero, and the others times the slope."""
    return apply("leaky_relu", (x, slope), to, draw, flags=flags)


def hard_swish(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x times its hard sigmoid."""
    return apply("hard_swish", (x,), to, draw, flags=flags)
