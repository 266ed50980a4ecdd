"""The loop of training: batches in an order that the seed decides, a step for each, and the accuracy after every epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats
from ..metrics import accuracy, confusion, predicted
from ..networks import Network
from .methods import At, Batch, Method, State
from .randomness import generator
from .schedules import Schedule, constant

NO_MOMENTUM = constant(0.0)
MOST_AT_ONCE = 500
"""Samples that are predicted at once."""


class Diverged(ValueError):
    """A training whose loss or parameters are no finite numbers any more."""


class Data(Protocol):
    """Samples to learn from and to be tested with, and what they are."""

    @property
    def train_x(self) -> Floats:
        """Samples to learn from."""

    @property
    def train_t(self) -> NDArray[Any]:
        """Their labels."""

    @property
    def test_x(self) -> Floats:
        """Samples that are not learned from."""

    @property
    def test_t(self) -> NDArray[Any]:
        """Their labels."""


@dataclass(frozen=True)
class Plan:
    """How long and how training goes. A rest of samples that fills no batch is left out of an epoch.

    ``ValueError`` for numbers that mean nothing.
    """

    epochs: int
    batch: int
    seed: int
    rate: Schedule
    momentum: Schedule = NO_MOMENTUM

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise ValueError(f"a plan has at least one epoch and one sample a batch, not {self.epochs} and {self.batch}")
        if not 0 <= self.seed < 1 << 63:
            raise ValueError(f"a seed is from 0 to 2**63 - 1, not {self.seed}")


@dataclass(frozen=True)
class Place:
    """How far a training has come: the next epoch and iteration, and the losses of this epoch's steps so far."""

    epoch: int = 0
    iteration: int = 0
    loss: float = 0.0


class Epoch(NamedTuple):
    """What an epoch came to: the mean loss of its steps, and the share of test samples that are right after it."""

    epoch: int
    loss: float
    accuracy: float
    rate: float


class Progress(NamedTuple):
    """What is told after every step."""

    epoch: int
    epochs: int
    iteration: int
    iterations: int
    loss: float


@dataclass(frozen=True)
class Training:
    """A training that goes on: where it is, its state, and the epochs that are done."""

    state: State
    place: Place
    history: tuple[Epoch, ...] = ()


Told = Callable[[Progress], None]
Keep = Callable[[Training], None]
"""Given a training after each epoch, and when it is stopped: to write a checkpoint."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


def train(
    network: Network,
    training: Training,
    data: Data,
    method: Method,
    plan: Plan,
    *,
    told: Told = lambda progress: None,  # noqa: ARG005 nobody looks
    keep: Keep = lambda training: None,  # noqa: ARG005 nothing is kept
    stop: Callable[[], bool] = never,
) -> Training:
    """Go on with a training to the end of its plan, or until ``stop`` says so after a step.

    The result depends on network, data, method, plan and the state alone, not on where it was stopped and resumed.
    ``ValueError`` for a batch of more samples than there are; ``Diverged``, which is one, where the loss or a parameter is no
    finite number any more.
    """
    iterations = len(data.train_x) // plan.batch
    if not iterations:
        raise ValueError(f"a batch of {plan.batch} samples is more than the {len(data.train_x)} that there are")
    while training.place.epoch < plan.epochs:
        training = _epoch(network, training, data, method, plan, iterations, told, stop)
        keep(training)
        if training.place.iteration:
            break  # It was stopped on the way.
        if stop():
            break
    return training


def _epoch(
    network: Network,
    training: Training,
    data: Data,
    method: Method,
    plan: Plan,
    iterations: int,
    told: Told,
    stop: Callable[[], bool],
) -> Training:
    """The rest of an epoch, with its accuracy at the end."""
    epoch, state, losses = training.place.epoch, training.state, training.place.loss
    order = generator(plan.seed, "order", epoch).permutation(len(data.train_x))
    rate, momentum = plan.rate.at(epoch), plan.momentum.at(epoch)
    for i in range(training.place.iteration, iterations):
        chosen = order[i * plan.batch : (i + 1) * plan.batch]
        batch = Batch(data.train_x[chosen], data.train_t[chosen])
        at = At(epoch, i, iterations, rate, momentum)
        with np.errstate(all="ignore"):
            state, loss = method.step(network, state, batch, at, generator(plan.seed, "step", epoch, i))
        if not np.isfinite(loss):
            raise Diverged(f"the loss of epoch {epoch + 1}, step {i + 1} is {loss}: take a smaller learning rate, not {rate}")
        losses += loss
        told(Progress(epoch, plan.epochs, i + 1, iterations, loss))
        if stop() and i + 1 < iterations:
            return Training(state, Place(epoch, i + 1, losses), training.history)
    if diverged := [name for name, p in method.parameters(network, state).items() if not np.isfinite(p).all()]:
        raise Diverged(
            f"the parameter {diverged[0]} is not finite after epoch {epoch + 1}: take a smaller learning rate, not {rate}"
        )
    right = tested(network, state, data, method)
    done = Epoch(epoch, losses / iterations, right, rate)
    return Training(state, Place(epoch + 1), (*training.history, done))


def tested(network: Network, state: State, data: Data, method: Method) -> float:
    """The share of the test samples, or of their pixels, that are right."""
    counts: Any = 0
    for begin in range(0, len(data.test_x), MOST_AT_ONCE):
        part = slice(begin, begin + MOST_AT_ONCE)
        with np.errstate(all="ignore"):
            y = method.predict(network, state, data.test_x[part])
        counts = counts + confusion(predicted(y), data.test_t[part], y.shape[1])
    return accuracy(np.asarray(counts))


def facts(plan: Plan) -> Mapping[str, Any]:
    """A plan as plain data."""
    return {**vars(plan), "rate": vars(plan.rate), "momentum": vars(plan.momentum)}
