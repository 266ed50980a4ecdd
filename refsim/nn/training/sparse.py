"""Training of a network in which the smallest weights are held at zero, by any method."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Parameters
from ..networks import Network
from ..pruning.masks import masked, masks
from ..pruning.ranking import check_ratio
from .methods import At, Batch, Method, State, grouped, part


def sparse(method: Method, ratio: float, scope: str = "local") -> Method:
    """The method with a share of the weights at zero: the smallest of the first parameters, by layer or of all.

    Its state is the method's, with the ``masks`` of the weights that stay.
    """
    check_ratio(ratio)
    return Method(
        f"sparse({ratio},{scope},{method.name})",
        partial(_start, method, ratio, scope),
        partial(_step, method),
        method.predict,
        method.parameters,
    )


def _start(method: Method, ratio: float, scope: str, network: Network, parameters: Parameters) -> dict[str, NDArray[Any]]:
    found = masks(parameters, ratio, scope)
    return {**method.start(network, masked(parameters, found)), **grouped("masks", found)}


def _step(
    method: Method, network: Network, state: State, batch: Batch, at: At, random: np.random.Generator
) -> tuple[dict[str, NDArray[Any]], float]:
    kept = part(state, "masks")
    made, loss = method.step(network, state, batch, at, random)
    left = masked(part(made, "parameters"), kept)
    return {**made, **grouped("parameters", left), **grouped("masks", kept)}, loss
