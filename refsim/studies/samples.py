"""The samples of a study: a data set, or so many of it as a scale can afford."""

from __future__ import annotations

from dataclasses import replace

from ..nn.data import Data, get_data
from ..nn.data.randomness import order

SEED = 0
"""Of the order in which samples are chosen: the same ones for every study."""


def some(name: str, train: int, test: int) -> Data:
    """A data set with at most so many samples to learn from and to test with, chosen at random but always the same ones."""
    found = get_data(name)
    learn, look = order(len(found.train_x), SEED)[:train], order(len(found.test_x), SEED + 1)[:test]
    return replace(
        found,
        train_x=found.train_x[learn],
        train_t=found.train_t[learn],
        test_x=found.test_x[look],
        test_t=found.test_t[look],
    )
