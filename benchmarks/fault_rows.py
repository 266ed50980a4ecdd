"""The rows of faults: which bits of elements of 64 bits a rate flips, counted by elements.

``--size 1562500`` is a hundred million bits. Beside it stands what one writes in NumPy, a number for each bit and a comparison:
the same distribution, but from another generator, and so other bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import peers
from records import Claim, Goal, Row, Way

from refsim import get_format
from refsim.engine.faults import Target
from refsim.engine.samplers import sample
from refsim.spec.samplers import Rate
from refsim.spec.sites import Site

SEED = 22
GOALS = {"1e-6": Goal("ratio", 200), "1e-5": Goal("ratio", 200), "1e-4": Goal("ratio", 200), "1e-3": Goal("ratio", 20)}
"""By rate, how much faster than a number for each bit."""


def fault_rows() -> Iterator[Row]:
    """Rates from one bit in a million to one in a thousand, another trial each time."""
    for text, goal in GOALS.items():
        yield _row(text, goal)


def _row(text: str, goal: Goal) -> Row:
    trials, model, random, format = count(), Rate(Fraction(text)), np.random.default_rng(SEED), get_format("binary64")

    def data(size: int) -> tuple[Target]:
        return (Target(0, Site("weights", "weight", format, size), None),)

    def dense(target: Target) -> Any:
        return random.random(target.site.bits, np.float32) < np.float32(text)

    plain = Way("numpy", peers.as_they_are, dense, None, Claim.OTHER, "a float32 for each bit, compared", goal)
    ours = Way("refsim", peers.as_they_are, lambda target: sample(model, SEED, next(trials), [target]))
    return Row(f"faults/rate/{text}", data, ours, (plain,))
