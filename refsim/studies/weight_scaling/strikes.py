"""Accuracy of a network whose weights lie in a memory, by the rate at which bits are flipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ...nn.data import Data
from ...nn.files import FloatNetwork
from ...spec.memory_names import read_memory
from ..running.jobs import Inputs, Outcome
from .networks import folded, guesses
from .stored import Held, clean, faulty, hold


def strike(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """For each memory, how many of the test samples are right without faults, and in each trial at each rate.

    Where ``whole`` is asked for, the record of the rate 0 says which samples are wrong, and how many bits are stored.
    """
    found = folded(options, inputs)
    records = []
    for labels, memory in options["memories"]:
        held = hold(found.parameters, read_memory(memory), options["hit"])
        first, *rest = struck(found, held, options["rates"], options["faults"], inputs.data)
        about = {"wrong": first["wrong"], "bits": held.bits()} if options["whole"] else {}
        records += [{**labels, "rate": "0", "right": first["right"], "samples": first["samples"], **about}]
        records += [{**labels, **record} for record in rest]
    return Outcome(records)


def struck(found: FloatNetwork, held: Held, rates: Mapping[str, int], seed: int, data: Data) -> Iterator[dict[str, Any]]:
    """What is wrong without faults, and then what is right in trials, for each rate."""
    parameters = {**found.parameters, **clean(held)}
    wrong = np.flatnonzero(guesses(found.network, parameters, data.test_x) != data.test_t).tolist()
    without = len(data.test_t) - len(wrong)
    yield {"right": [without], "samples": len(data.test_t), "wrong": wrong}
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
