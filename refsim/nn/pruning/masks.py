"""Single weights held at zero: the smallest of a network, or of each of its layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats, Parameters
from .ranking import SCOPES, check_ratio, share

Masks = Mapping[str, NDArray[np.bool_]]
"""By parameter, which weights stay."""


def masks(parameters: Parameters, ratio: float, scope: str = "local") -> dict[str, NDArray[np.bool_]]:
    """Masks without the smallest weights: a share of every layer's, or of all together. Of equal ones the first goes.

    Biases and normalizations stay. Han et al., arXiv 1506.02626. ``ValueError`` for no such share or scope.
    """
    check_ratio(ratio)
    if scope not in SCOPES:
        raise ValueError(f"the scope of pruning is one of {', '.join(SCOPES)}, not {scope!r:.60}")
    weights = {name: np.abs(value) for name, value in parameters.items() if name.endswith(".weights")}
    if scope == "local" or not weights:
        return {name: _greatest(value.reshape(-1), ratio).reshape(value.shape) for name, value in weights.items()}
    kept = _greatest(np.concatenate([value.reshape(-1) for value in weights.values()]), ratio)
    ends = np.cumsum([value.size for value in weights.values()])
    parts = np.split(kept, ends[:-1])
    return {name: part.reshape(value.shape) for (name, value), part in zip(weights.items(), parts, strict=True)}


def _greatest(magnitudes: Floats, ratio: float) -> NDArray[np.bool_]:
    kept = np.ones(magnitudes.shape, np.bool_)
    kept[np.argsort(magnitudes, kind="stable")[: share(magnitudes.size, ratio)]] = False
    return kept


def masked(parameters: Parameters, found: Masks) -> dict[str, Floats]:
    """Parameters with zeros where the masks take weights out."""
    return {
        name: np.where(found[name], value, value.dtype.type(0)) if name in found else value
        for name, value in parameters.items()
    }
