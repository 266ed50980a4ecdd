"""The steps of the study: first radices, trainings, and gates."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nn.data import Data
from ...nn.networks import Network, initial_parameters
from ...nn.training.loop import Diverged, Epoch, Place, Plan, Training, train
from ...nn.training.methods import Method, State
from ...nn.training.schedules import constant
from ...nn.training.table import get_method
from ...spec.dynamic import GROUPS
from ..multiplier_costs.costs import records_of
from ..running.jobs import Inputs, Outcome
from ..training import plan_of
from .networks import network_of
from .settings import CONVOLUTIONAL, EVERY, INPUTS, LAST, SUMS

FIRST, PARAMETERS, CONTROLLERS = "first/", "parameters/", "controllers/"


def start(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """The states, by seed, from which dynamic fixed point starts: radices found in epochs of 32 bits, first parameters."""
    network = network_of(options["network"], options["sizes"], inputs.data)
    epochs, (_, momentum, _) = options["epochs"], options["momentum"]
    by = method(options, {"kind": "dynamic", "overflows": options["overflows"]}, initialization=epochs)
    found: dict[str, NDArray[Any]] = {}
    for seed in options["seeds"]:
        plan = Plan(epochs, options["batch"], seed, constant(options["rate"][1]), constant(momentum))
        begun = Training(by.start(network, initial_parameters(network, seed)), Place())
        state = train(network, begun, inputs.data, by, plan).state
        found |= {f"{seed}/{name}": value for name, value in restored(state).items()}
    return Outcome(arrays=found)


def restored(state: State) -> dict[str, NDArray[Any]]:
    """A state in which the first parameters are back and all else, momentum and radices, is as it was found."""
    kept = {name: value for name, value in state.items() if not name.startswith(FIRST)}
    return kept | {PARAMETERS + name.removeprefix(FIRST): value for name, value in state.items() if name.startswith(FIRST)}


def method(options: Mapping[str, Any], arm: Mapping[str, Any], initialization: int = 0) -> Method:
    """The method of an arm."""
    kind = arm["kind"]
    given = {name: arm[name] for name in ("computation", "storage", "radix") if name in arm}
    if kind == "dynamic":
        given |= {"rate": arm["overflows"], "period": EVERY // options["batch"]}
    if kind in {"float", "half"}:
        given |= {"sums": SUMS}
    if options["network"] == CONVOLUTIONAL:
        given |= {"limits": {"": "19365/10000", "conv1": "9/10"}}
    return get_method("low_precision", {"kind": kind, "inputs": INPUTS, "initialization": initialization, **given})


def learn(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """The test errors of an arm, in percent, by seed, and the last radices of its groups where they are asked for."""
    network = network_of(options["network"], options["sizes"], inputs.data)
    arm = options["arm"]
    by = method(options, arm)
    errors, diverged, states = list[float](), list[int](), list[State]()
    for seed in options["seeds"]:
        begun = begun_with(by, network, inputs, seed)
        try:
            done = train(network, begun, inputs.data, by, plan_of(options, seed))
        except Diverged:
            errors.append(guessing(inputs.data))
            diverged.append(seed)
            continue
        errors.append(last_error(done.history))
        states.append(done.state)
    record = {
        "found": "errors",
        "network": options["network"],
        **arm,
        "seeds": list(options["seeds"]),
        "errors": errors,
        "diverged": diverged,
        "chance": guessing(inputs.data),
        "train": len(inputs.data.train_x),
        "test": len(inputs.data.test_x),
        "shape": list(inputs.data.shape),
        "parameters": sum(int(np.prod(shape)) for shape in network.parameter_shapes().values()),
    }
    return Outcome([record, *(radices(options, states) if options["radices"] else [])])


def begun_with(by: Method, network: Network, inputs: Inputs, seed: int) -> Training:
    """A training at its start: of the state that another job found, or of first parameters by the seed."""
    if not inputs.needs:
        return Training(by.start(network, initial_parameters(network, seed)), Place())
    whole, start = inputs.needs[0].arrays, f"{seed}/"
    return Training({name.removeprefix(start): value for name, value in whole.items() if name.startswith(start)}, Place())


def last_error(history: tuple[Epoch, ...]) -> float:
    """The mean test error of the last epochs, in percent."""
    return mean(100 - 100 * epoch.accuracy for epoch in history[-LAST:])


def guessing(data: Data) -> float:
    """The error of one who guesses, in percent: what a training that diverged has learned."""
    return float(100 - Fraction(100, len(data.classes)))


def radices(options: Mapping[str, Any], states: list[State]) -> list[dict[str, Any]]:
    """The radices of every group of every layer, a record for each."""
    layers = [name.removeprefix(CONTROLLERS) for name in (states[0] if states else {}) if name.startswith(CONTROLLERS)]
    return [
        {
            "found": "radices",
            "network": options["network"],
            "layer": layer,
            "group": group,
            "radices": [int(state[CONTROLLERS + layer][i, 0]) for state in states],
        }
        for layer in layers
        for i, group in enumerate(GROUPS)
    ]


def count_gates(options: Mapping[str, Any], inputs: Inputs) -> Outcome:  # noqa: ARG001 it needs no samples
    """The gates of a multiplier."""
    return Outcome([{"found": "gates", **one} for one in records_of([options["multiplier"]])])
