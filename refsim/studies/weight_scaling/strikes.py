"""Accuracy of a network whose weights lie in a memory, by the rate at which bits are flipped."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...nn.data import Data
from ...nn.layers.kind import Parameters
from ...nn.networks import Network
from ...spec.memory_names import read_memory
from ..running.jobs import Inputs, Outcome
from .networks import folded, guesses
from .stored import Held, clean, faulty, hold


def strike(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """For each memory a record: how many of the test samples are right without faults, and how many of those are lost in each
    trial at each rate; a trial can win some.

    Where ``whole`` is asked for it says too which samples are wrong without faults, and how many bits are stored.
    """
    found = folded(options, inputs)
    records = []
    for labels, memory in options["memories"]:
        held = hold(found.parameters, read_memory(memory), options["hit"])
        parameters = {**found.parameters, **clean(held)}
        wrong = np.flatnonzero(guesses(found.network, parameters, inputs.data.test_x) != inputs.data.test_t).tolist()
        record = {
            **options["labels"],
            **labels,
            "samples": len(inputs.data.test_t),
            "right": len(inputs.data.test_t) - len(wrong),
        }
        if options["whole"]:
            record |= {"wrong": wrong, "bits": held.bits()}
        lost = Struck(found.network, parameters, held, inputs.data, record["right"])
        points = {rate: lost.at(rate, options["faults"], trials) for rate, trials in options["rates"].items()}
        record |= {"lost": {rate: point[0] for rate, point in points.items()}}
        records.append(record | {"flips": {rate: point[1] for rate, point in points.items()}})
    return Outcome(records)


class Struck(NamedTuple):
    """A network with weights in memories, and how many samples are right without faults."""

    network: Network
    parameters: Parameters
    held: Held
    data: Data
    right: int

    def at(self, rate: str, seed: int, trials: int) -> tuple[list[int], int]:
        """How many samples each trial at a rate loses, and how many bits all of them flip."""
        lost, flips = [], 0
        for trial in faulty(self.held, Fraction(rate), seed, range(trials)):
            flips += trial.flips
            lost.append(self.right - self.kept(trial.changed) if trial.changed else 0)
        return lost, flips

    def kept(self, changed: Parameters) -> int:
        """How many samples are right with weights that are read otherwise."""
        guess = guesses(self.network, {**self.parameters, **changed}, self.data.test_x)
        return int((guess == self.data.test_t).sum())
