"""One division of the logits in the place of one for each weight that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...nn.files import FloatNetwork
from ...nn.hardening import divide_once
from ...nn.layers.kind import Floats
from ...spec.memory_names import read_memory
from ..running.jobs import Inputs, Outcome
from .errors import factors
from .networks import folded, guesses
from .stored import WEIGHTS, Faulty, Held, clean, faulty, hold, stored_numbers


class Once(NamedTuple):
    """A network whose weights are not divided in some layers: its parameters but for those weights, the layers, the divisor of
    its result, and why another layer's weights have to be divided, if one has."""

    found: FloatNetwork
    layers: Sequence[str]
    divisor: Fraction
    refused: str


def once(found: FloatNetwork, by: Mapping[str, Fraction]) -> Once:
    """Leave the division out wherever it can be, layer by layer from the input on: where those so far and this one go through
    to the result."""
    chosen: dict[str, Fraction] = {}
    made, refused = (found, Fraction(1)), ""
    for layer in found.network.layers:
        if layer.name in by:
            try:
                made = divide_once(found, {**chosen, layer.name: by[layer.name]})
                chosen[layer.name] = by[layer.name]
            except ValueError as error:
                refused = refused or f"{layer.name}: {error}"
    return Once(made[0], list(chosen), made[1], refused)


def parameters(one: Once, held: Held, trial: Faulty | None = None) -> dict[str, Floats]:
    """The parameters of the network that divides once, with the weights as they lie in their memories where it does not
    divide them, and as they are read elsewhere; in a trial or without faults."""
    changed, masks = ({}, {}) if trial is None else (trial.changed, trial.masks)
    whole = {f"{name}{WEIGHTS}" for name in one.layers}
    weights = {name: stored_numbers(held, name, masks.get(name, {})) for name in whole}
    return {**one.found.parameters, **clean(held), **changed, **weights}


def single(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """How many layers need no division, and for how many samples both ways give the same class: without faults and in each
    trial."""
    found, x = folded(options, inputs), inputs.data.test_x
    held = hold(found.parameters, read_memory(options["memory"]))
    by = {name.removesuffix(WEIGHTS): c for name, c in factors(held).items()}
    one, network = once(found, by), found.network
    usual = {**found.parameters, **clean(held)}
    without = guesses(network, usual, x) == guesses(network, parameters(one, held), x)
    same = [
        int((guesses(network, {**usual, **trial.changed}, x) == guesses(network, parameters(one, held, trial), x)).sum())
        for trial in faulty(held, Fraction(options["rate"]), options["faults"], range(options["trials"]))
    ]
    sizes = {name: int(np.prod(held.tensors[f"{name}{WEIGHTS}"].clean.shape)) for name in by}
    record = {
        "part": "single",
        "family": options["family"],
        "layers": len(by),
        "without": list(one.layers),
        "weights": sum(sizes.values()),
        "weights_without": sum(sizes[name] for name in one.layers),
        "divisor": float(f"{float(one.divisor):.6g}"),
        "refused": one.refused,
        "samples": len(x),
        "same_without_faults": int(without.sum()),
        "same": same,
    }
    return Outcome([record])
