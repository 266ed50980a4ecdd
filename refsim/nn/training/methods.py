"""What a way of training is: how it starts, what a step does, and how it predicts.

The state of a training is a flat mapping of names to arrays (``parameters/conv1.weights``, ``momentum/conv1.weights``), so that
a checkpoint is one archive and every method is resumed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layers.kind import Floats, Parameters
from ..networks import Network

State = Mapping[str, NDArray[Any]]


class Batch(NamedTuple):
    """Samples, and what is wanted of the network for them: labels or numbers."""

    x: Floats
    t: NDArray[Any]


class At(NamedTuple):
    """Where a training is: the epoch, the iteration within it and how many it has, and what the schedules say for it."""

    epoch: int
    iteration: int
    iterations: int
    rate: float
    momentum: float


@dataclass(frozen=True)
class Method:
    """A way of training.

    ``start`` makes the state of first parameters. ``step`` gives the state after a batch, and its loss; random numbers come
    from the generator alone. ``predict`` gives the network's results for samples, as the method computes them; ``parameters``
    the parameters in floating point that a state stands for.
    """

    name: str
    start: Callable[[Network, Parameters], State]
    step: Callable[[Network, State, Batch, At, np.random.Generator], tuple[State, float]]
    predict: Callable[[Network, State, Floats], Floats]
    parameters: Callable[[Network, State], Parameters]


def part(state: State, group: str) -> dict[str, NDArray[Any]]:
    """The arrays of a group of a state, by the rest of their names."""
    start = f"{group}/"
    return {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}


def grouped(group: str, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays as a group of a state."""
    return {f"{group}/{name}": value for name, value in values.items()}
