"""All numbers of the study, for the quick scale and the other one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..running.jobs import Scale

RELU, BOUNDED = "relu", ("sigmoid", "hard_sigmoid")
NAMES: Mapping[str, str] = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "hard_tanh": "hard tanh",
    "sigmoid": "sigmoid",
    "hard_sigmoid": "hard sigmoid",
}
FLOAT, INT8 = "float", "int8"
NUMBERS = (FLOAT, INT8)
WHOLE, PRUNED = "whole", "pruned"
SIZES = (WHOLE, PRUNED)
SAID: Mapping[str, str] = {WHOLE: "unpruned", PRUNED: "pruned", FLOAT: "binary32", INT8: "int8"}
"""What is said of networks and numbers."""
CONFIDENCE, WORST = 0.95, 0.5
"""The confidence and the rate of the formula for the number of flips."""


@dataclass(frozen=True)
class Settings:
    """What a scale computes.

    ``margin`` is that of the formula for the flips of a tensor, which are dealt out to the trainings; signs and exponents get
    ``upper`` times as many as other bits. ``judged``: the test images that each flip is tried on.
    """

    functions: tuple[str, ...]
    seeds: int
    epochs: int
    tuning: int
    margin: float
    judged: int
    upper: int
    levels: int = 2
    filters: int = 4
    batch: int = 4
    rate: float = 0.025
    last_rate: float = 0.0005
    tuning_rate: float = 0.02
    removed: float = 0.25
    steps: int = 2
    calibration: int = 12


QUICK = Settings(functions=(RELU, *BOUNDED), seeds=4, epochs=22, tuning=4, margin=0.125, judged=2, upper=3)
DEFAULT = Settings(functions=tuple(NAMES), seeds=5, epochs=36, tuning=8, margin=0.07, judged=3, upper=4)


@dataclass(frozen=True)
class Samples:
    """How many images there are to learn from and to test with, and how mosaics of a set of classified images are made.

    ``cover`` is the area of all pieces of a mosaic by that of the mosaic. Images of more rows or columns than ``most`` are
    shrunk, if by a whole number, and not to fewer than ``least``.
    """

    train: int = 72
    test: int = 24
    size: int = 32
    most: int = 16
    least: int = 7
    cover: float = 0.875
    threshold: float = 0.2
    classes: int = 3


SAMPLES = Samples()


def settings(scale: Scale) -> Settings:
    """Those of a scale."""
    return QUICK if scale.quick else DEFAULT
