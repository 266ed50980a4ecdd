"""Training as the steps of studies do it: by a method and a plan as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..nn.data import Data
from ..nn.layers.kind import Floats, Parameters
from ..nn.networks import Network, initial_parameters
from ..nn.training.loop import Epoch, Place, Plan, Training, train
from ..nn.training.schedules import Schedule
from ..nn.training.table import get_method


class Trained(NamedTuple):
    """What a training came to: the parameters, the accuracy of the method's own predictions in percent, and all epochs."""

    parameters: dict[str, Floats]
    accuracy: float
    history: tuple[Epoch, ...]


def plan_of(options: Mapping[str, Any], seed: int) -> Plan:
    """A plan from ``epochs``, ``batch``, ``rate`` as (kind, first, last), and ``momentum`` likewise if there is one."""
    epochs = options["epochs"]
    kind, first, last = options["rate"]
    given = {"rate": Schedule(kind, first, last, epochs)}
    if "momentum" in options:
        kind, first, last = options["momentum"]
        given["momentum"] = Schedule(kind, first, last, epochs)
    return Plan(epochs=epochs, batch=options["batch"], seed=seed, **given)


def trained(
    network: Network,
    data: Data,
    method: tuple[str, Mapping[str, Any]],
    plan: Mapping[str, Any],
    seed: int,
    start: Parameters | None = None,
) -> Trained:
    """Train a network from ``start``, or from initial parameters by the seed, to the end of a plan.

    ``method`` is its name and its options. ``ValueError`` where training diverges.
    """
    by = get_method(*method)
    first = initial_parameters(network, seed) if start is None else start
    done = train(network, Training(by.start(network, first), Place()), data, by, plan_of(plan, seed))
    return Trained(dict(by.parameters(network, done.state)), 100 * done.history[-1].accuracy, done.history)
