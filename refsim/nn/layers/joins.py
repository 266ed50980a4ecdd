"""Joins: sums of results of one shape, and results one behind the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape


def _several(kind: str, shapes: Sequence[Shape]) -> None:
    if len(shapes) < 2:
        raise ValueError(f"{kind} takes two inputs or more, not {len(shapes)}")


def _add_shape(options: Options, shapes: Sequence[Shape]) -> Shape:  # noqa: ARG001
    _several("add", shapes)
    if wrong := [shape for shape in shapes if shape != shapes[0]]:
        raise ValueError(f"add takes inputs of one shape, not {shapes[0]} and {wrong[0]}")
    return shapes[0]


def _add_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    y = xs[0] + xs[1]
    for x in xs[2:]:
        y += x
    return Forward(y, len(xs))


def _add_backward(options: Options, gradient: Floats, cache: int) -> Backward:  # noqa: ARG001
    return Backward([gradient] * cache, {})


def _concat_shape(options: Options, shapes: Sequence[Shape]) -> Shape:  # noqa: ARG001
    _several("concat", shapes)
    if not shapes[0]:
        raise ValueError("concat takes inputs with at least one axis")
    if wrong := [shape for shape in shapes if shape[1:] != shapes[0][1:] or not shape]:
        raise ValueError(f"concat takes inputs that differ along the first axis only, not {shapes[0]} and {wrong[0]}")
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def _concat_forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    return Forward(np.concatenate(xs, axis=1), [x.shape[1] for x in xs])


def _concat_backward(options: Options, gradient: Floats, cache: list[int]) -> Backward:  # noqa: ARG001
    return Backward(np.split(gradient, np.cumsum(cache)[:-1], axis=1), {})


ADD = Kind("add", {}, _add_shape, _add_forward, _add_backward)
"""The sum of two inputs or more, in order."""
CONCAT = Kind("concat", {}, _concat_shape, _concat_forward, _concat_backward)
"""Inputs one behind the other along the first axis of a sample, which is that of the channels."""
