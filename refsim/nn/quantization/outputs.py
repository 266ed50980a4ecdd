"""Weights row by row: each row holds all weights of one output."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Shape


def by_output(kind: str, weights: NDArray[Any], groups: int) -> NDArray[Any]:
    """The weights of a layer as (outputs, weights of an output).

    Those of a transposed convolution have the channels first, and the kernels of a group behind them.
    """
    if kind == "conv_transpose2d":
        weights = _turned(weights, groups)
    return np.ascontiguousarray(weights).reshape(len(weights), -1)


def _turned(weights: NDArray[Any], groups: int) -> NDArray[Any]:
    """From (channels, kernels of a group, ...) to (kernels, channels of a group, ...), or back."""
    first, second, *kernel = weights.shape
    apart = weights.reshape(groups, first // groups, second, *kernel).swapaxes(1, 2)
    return apart.reshape(groups * second, first // groups, *kernel)


def from_outputs(kind: str, rows: NDArray[Any], shape: Shape, groups: int) -> NDArray[Any]:
    """The reverse: weights in their own shape."""
    if kind != "conv_transpose2d":
        return rows.reshape(shape)
    channels, each, *kernel = shape
    return _turned(rows.reshape(groups * each, channels // groups, *kernel), groups)
