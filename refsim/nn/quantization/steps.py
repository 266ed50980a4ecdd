"""Weights as levels times a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...engine.array import Array
from ...engine.levels import quantize_group
from ...spec.projection import Projection
from ...spec.spellings import get_projection


def quantized_levels(rows: NDArray[np.float64], to: Projection, method: str, held: str, per: str) -> tuple[Array, Array]:
    """The codes of weights (outputs, weights of an output) and their steps, one for all or one for each output.

    ``ValueError`` for a step that the format of steps does not hold.
    """
    step = get_projection(held)
    groups = [quantize_group(part, to, method, step) for part in ([rows] if per == "tensor" else rows)]
    codes = np.concatenate([group.codes.codes.reshape(-1) for group in groups]).reshape(rows.shape)
    steps = np.array([group.step.code for group in groups], object)
    return Array(codes, to.format), Array(steps, step.format)
