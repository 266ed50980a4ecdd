"""Accuracy of a network whose weights lie in a memory, by the rate at which bits are flipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ...nn.data import Data
from ...nn.files import FloatNetwork
from ...spec.memory_names import read_memory
from ..running.jobs import Inputs, Outcome, Record
from .networks import folded, guesses
from .stored import clean, faulty, hold


def strike(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """For each memory, what is right of the test samples without faults, and in each trial at each rate.

    The record of the rate 0 says which samples are wrong, and the bits that are stored.
    """
    found = folded(options, inputs)
    return Outcome(
        [
            {**labels, **record}
            for labels, memory in options["memories"]
            for record in struck(found, memory, options["rates"], options["faults"], inputs.data)
        ]
    )


def struck(found: FloatNetwork, memory: Any, rates: Mapping[str, int], seed: int, data: Data) -> Iterator[Record]:
    """The records of one memory."""
    held = hold(found.parameters, read_memory(memory))
    parameters = {**found.parameters, **clean(held)}
    wrong = np.flatnonzero(guesses(found.network, parameters, data.test_x) != data.test_t).tolist()
    without = len(data.test_t) - len(wrong)
    yield {"rate": "0", "right": [without], "samples": len(data.test_t), "wrong": wrong, "bits": held.bits()}
    for rate, trials in rates.items():
        right, flips = [], 0
        for trial in faulty(held, Fraction(rate), seed, range(trials)):
            flips += trial.flips
            if trial.changed:
                guess = guesses(found.network, {**parameters, **trial.changed}, data.test_x)
                right.append(int((guess == data.test_t).sum()))
            else:
                right.append(without)
        yield {"rate": rate, "right": right, "samples": len(data.test_t), "flips": flips}
