"""Random numbers of training, by seed, epoch, iteration and purpose: a run that is resumed draws what it would have drawn."""

from __future__ import annotations

import numpy as np

PURPOSES = ("order", "step")
"""What random numbers are drawn for: the order of an epoch's samples, and all that a step needs."""


def generator(seed: int, purpose: str, epoch: int, iteration: int = 0) -> np.random.Generator:
    """A generator of its own for each place: Philox with the seed and the purpose as its key and the place as its counter."""
    return np.random.Generator(np.random.Philox(key=[seed, PURPOSES.index(purpose)], counter=[0, 0, iteration, epoch]))
