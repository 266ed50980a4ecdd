"""The dense layer: every output is a sum of all inputs, each with a weight of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import axes, flag, whole


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    return (*axes("dense", shapes)[:-1], whole(options, "outputs"))


def _parameters(options: Options, shapes: Sequence[Shape]) -> Mapping[str, Shape]:
    outputs = whole(options, "outputs")
    bias = {"bias": (outputs,)} if flag(options, "bias") else {}
    return {"weights": (outputs, shapes[0][-1]), **bias}


def _initial(options: Options, shapes: Mapping[str, Shape], random: np.random.Generator) -> Parameters:  # noqa: ARG001
    """Glorot's uniform weights, as Courbariaux et al. (2014) have them: the outputs count the pieces of a maxout."""
    most = np.sqrt(6 / sum(shapes["weights"]))
    bias = {role: np.zeros(shape) for role, shape in shapes.items() if role == "bias"}
    return {"weights": random.uniform(-most, most, shapes["weights"]), **bias}


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    y = xs[0] @ parameters["weights"].T
    if "bias" in parameters:
        y += parameters["bias"]
    return Forward(y, (xs[0], parameters["weights"]))


def _backward(options: Options, gradient: Floats, cache: tuple[Floats, Floats]) -> Backward:
    x, weights = cache
    rows = gradient.reshape(-1, gradient.shape[-1])
    found = {"weights": rows.T @ x.reshape(-1, x.shape[-1])}
    if options["bias"]:
        found["bias"] = rows.sum(axis=0)
    return Backward([gradient @ weights], found)


DENSE = Kind("dense", {"outputs": None, "bias": True}, _shape, _forward, _backward, parameters=_parameters, initial=_initial)
"""``weights`` (outputs, inputs) and ``bias`` (outputs). An input of several axes is taken along its last one."""
