"""Optimizers: what a step makes of parameters and gradients. Pure functions on flat mappings; all state is in slots.

Slots are arrays by ``slot/parameter``, of the type of the parameters, beside the count of steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Parameters
from .methods import At, State, grouped, part

STEPS = "count/steps"


class Updated(NamedTuple):
    """Parameters and slots after a step."""

    parameters: dict[str, NDArray[Any]]
    slots: dict[str, NDArray[Any]]


class Optimizer(NamedTuple):
    """``start`` makes the slots of parameters, ``update`` a step from gradients of the same names, with the learning rate and
    the momentum of the place in training."""

    name: str
    start: Callable[[Parameters], dict[str, NDArray[Any]]]
    update: Callable[[Parameters, Parameters, State, At], Updated]


def zeros(slots: tuple[str, ...], parameters: Parameters) -> dict[str, NDArray[Any]]:
    """The slots of an optimizer before the first step: zeros, and a count of no steps."""
    found = {f"{slot}/{name}": np.zeros_like(value) for slot in slots for name, value in parameters.items()}
    return {STEPS: np.array(0, np.int64), **found}


def _counted(slots: State) -> NDArray[Any]:
    return np.array(slots[STEPS] + 1, np.int64)


def sgd(decay: float = 0.0, *, nesterov: bool = False) -> Optimizer:
    """Stochastic gradient descent with momentum: ``v = m v - r g`` and ``p += v``, or ``p += m v - r g`` with the new v, as
    Nesterov has it.

    ``decay`` adds so much of a parameter to its gradient. Sutskever et al. (2013). ``ValueError`` for a decay below 0.
    """
    _check("sgd", decay=decay)

    def update(parameters: Parameters, gradients: Parameters, slots: State, at: At) -> Updated:
        velocity, made, moved = part(slots, "velocity"), {}, {}
        for name, value in parameters.items():
            slope = at.rate * (gradients[name] + decay * value)
            moved[name] = (at.momentum * velocity[name] - slope).astype(value.dtype)
            step = at.momentum * moved[name] - slope if nesterov else moved[name]
            made[name] = (value + step).astype(value.dtype)
        return Updated(made, {STEPS: _counted(slots), **grouped("velocity", moved)})

    return Optimizer(_named("sgd", decay=decay, nesterov=nesterov), partial(zeros, ("velocity",)), update)


def rmsprop(rho: float = 0.9, epsilon: float = 1e-7, decay: float = 0.0) -> Optimizer:
    """RMSProp with momentum: ``s = rho s + (1 - rho) g**2``, ``v = m v - r g / (sqrt(s) + epsilon)``, ``p += v``.

    Tieleman and Hinton (2012); the momentum as in Keras. ``ValueError`` unless rho is from 0 to below 1, and
    the rest from 0 on.
    """
    _check("rmsprop", {"rho": rho}, epsilon=epsilon, decay=decay)

    def update(parameters: Parameters, gradients: Parameters, slots: State, at: At) -> Updated:
        velocity, square, made, moved, mean = part(slots, "velocity"), part(slots, "square"), {}, {}, {}
        for name, value in parameters.items():
            gradient = gradients[name] + decay * value
            mean[name] = (rho * square[name] + (1 - rho) * gradient * gradient).astype(value.dtype)
            step = at.rate * gradient / (np.sqrt(mean[name]) + epsilon)
            moved[name] = (at.momentum * velocity[name] - step).astype(value.dtype)
            made[name] = (value + moved[name]).astype(value.dtype)
        return Updated(made, {STEPS: _counted(slots), **grouped("velocity", moved), **grouped("square", mean)})

    return Optimizer(_named("rmsprop", rho=rho, epsilon=epsilon, decay=decay), partial(zeros, ("velocity", "square")), update)


def adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, decay: float = 0.0) -> Optimizer:
    """Adam: means m of gradients and v of their squares, each over ``1 - beta**steps``; ``p -= r m / (sqrt(v) + epsilon)``.

    The momentum of the place in training is not used. Kingma and Ba (2015), Algorithm 1. ``ValueError`` unless the
    betas are from 0 to below 1, and the rest from 0 on.
    """
    _check("adam", {"beta1": beta1, "beta2": beta2}, epsilon=epsilon, decay=decay)

    def update(parameters: Parameters, gradients: Parameters, slots: State, at: At) -> Updated:
        mean, square, made, first, second = part(slots, "mean"), part(slots, "square"), {}, {}, {}
        count = int(slots[STEPS]) + 1
        for name, value in parameters.items():
            gradient = gradients[name] + decay * value
            first[name] = (beta1 * mean[name] + (1 - beta1) * gradient).astype(value.dtype)
            second[name] = (beta2 * square[name] + (1 - beta2) * gradient * gradient).astype(value.dtype)
            share = first[name] / (1 - beta1**count), second[name] / (1 - beta2**count)
            made[name] = (value - at.rate * share[0] / (np.sqrt(share[1]) + epsilon)).astype(value.dtype)
        return Updated(made, {STEPS: _counted(slots), **grouped("mean", first), **grouped("square", second)})

    return Optimizer(
        _named("adam", beta1=beta1, beta2=beta2, epsilon=epsilon, decay=decay), partial(zeros, ("mean", "square")), update
    )


def _check(name: str, shares: Mapping[str, float] = MappingProxyType({}), **others: float) -> None:
    """``ValueError`` for a share of old means that is not from 0 to below 1, and for other numbers that are negative."""
    for key, value in {**shares, **others}.items():
        bound = 1 if key in shares else math.inf
        if not 0 <= value < bound:
            raise ValueError(f"the option {key} of the optimizer {name} is from 0 to below {bound}, not {value}")


def _named(name: str, **options: float) -> str:
    return f"{name}({','.join(f'{key}={value}' for key, value in options.items())})"


OPTIMIZERS: Mapping[str, Callable[..., Optimizer]] = {"sgd": sgd, "rmsprop": rmsprop, "adam": adam}
"""The optimizers by name; each takes options."""
