"""How far what is read lies from what was stored: the error that flips make, before any network computes with it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ...spec.memory_names import read_memory
from ..running.jobs import Inputs, Outcome
from .networks import folded
from .stored import Held, clean, faulty, hold


def expected(width: int, fraction: int) -> float:
    """The mean of the squares of the errors of a fixed-point number, per flip rate, while flips are single: that of bit b is 2
    to the power of b, in units of the last place."""
    return float(sum(4**bit for bit in range(width))) / 4.0**fraction


def factors(held: Held) -> dict[str, Fraction]:
    """The stored factor of each tensor; 1 where none is stored."""
    found = {}
    for name, one in held.tensors.items():
        scale = one.parts.get("scaled.scale")
        found[name] = Fraction(float(scale.array.values()[0])) if scale else Fraction(1)
    return found


def errors(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """For each memory of fixed-point numbers: the rounding error of all weights, the error of flips in each trial, both as the
    root of the mean square, and the closed form of the second."""
    found, records, rate = folded(options, inputs), [], Fraction(options["rate"])
    for labels, memory in options["memories"]:
        held = hold(found.parameters, read_memory(memory))
        read, by = clean(held), factors(held)
        count = sum(value.size for value in read.values())
        rounding = sum(_squares(value, found.parameters[name]) for name, value in read.items())
        single = expected(*options["fixed"]) * sum(read[name].size / float(c) ** 2 for name, c in by.items())
        trials = [
            sum(_squares(value, read[name]) for name, value in trial.changed.items())
            for trial in faulty(held, rate, options["faults"], range(options["trials"]))
        ]
        records.append(
            {
                **labels,
                "rounding": float(np.sqrt(rounding / count)),
                "flips": [float(f"{np.sqrt(x / count):.6g}") for x in trials],
                "expected": float(np.sqrt(float(rate) * single / count)),
                "factors": [float(f"{float(c):.4g}") for c in by.values()],
            }
        )
    return Outcome(records)


def _squares(x: Any, y: Any) -> float:
    return float(((x.astype(np.float64) - y) ** 2).sum())
