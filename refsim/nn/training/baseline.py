"""Training in floating point: the baseline that low precision is compared with."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats, Mode, Parameters
from ..losses import LossFunction
from ..networks import Network, backward, forward
from ..networks import predict as network_predict
from .methods import At, Batch, Method, State, grouped, part
from .optimizers import Optimizer


def baseline(optimizer: Optimizer, loss: LossFunction) -> Method:
    """A method that follows the gradient of the loss, in the type of the parameters."""
    return Method(
        f"float({optimizer.name},{loss.__name__})",
        partial(start, optimizer),
        partial(step, optimizer, loss),
        predict,
        parameters_of,
    )


def start(optimizer: Optimizer, network: Network, parameters: Parameters) -> dict[str, NDArray[Any]]:
    """The parameters, and the slots of those that are learned."""
    learned = {name: parameters[name] for name in network.learned()}
    return {**grouped("parameters", parameters), **grouped("slots", optimizer.start(learned))}


def step(
    optimizer: Optimizer, loss: LossFunction, network: Network, state: State, batch: Batch, at: At, random: np.random.Generator
) -> tuple[dict[str, NDArray[Any]], float]:
    """One step along the gradient of a batch."""
    parameters = part(state, "parameters")
    done = forward(network, parameters, batch.x, Mode(training=True, random=random))
    found = loss(done.results[network.layers[-1].name], batch.t)
    gradients, _ = backward(network, done, found.gradient)
    learned = {name: parameters[name] for name in network.learned()}
    updated = optimizer.update(learned, gradients, part(state, "slots"), at)
    parameters = {**parameters, **done.moved, **updated.parameters}
    return {**grouped("parameters", parameters), **grouped("slots", updated.slots)}, found.value


def predict(network: Network, state: State, x: Floats) -> Floats:
    """The network's results with the parameters of a state."""
    return network_predict(network, part(state, "parameters"), x)


def parameters_of(network: Network, state: State) -> dict[str, Floats]:  # noqa: ARG001 what a method is asked
    """The parameters of a state."""
    return part(state, "parameters")
