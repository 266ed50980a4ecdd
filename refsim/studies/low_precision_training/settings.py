"""All numbers of the study, by the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..running.jobs import Scale
from .arms import Sweeps

MARGIN = 2.0
"""The points of error within which a format trains as well as binary32."""
EVERY, INITIALIZATION = 200, 2
"""Samples between two moves of radices, and epochs in which first radices are found."""
MOMENTUM = ("linear", 0.5, 0.7)
LAST = 3
"""The epochs at the end whose test errors are averaged."""
SUMS = "datapath(exact,total(binary32/ties_to_even/infinity),last,sum)"
"""The sums of floating point: exact, then rounded to binary32 once. Those of fixed point are exact."""
INPUTS = "uq1.8/ties_to_even/saturate"
MAXOUT, CONVOLUTIONAL = "maxout", "convolutional"
MULTIPLIERS = ("binary32", "binary16", "int20", "int10", "int32*int32+int32", "int16*int16+int32", "int16*int16+int16")
"""Of what gates are counted: the multipliers of the formats, and the multiply-accumulators that the paper has."""


@dataclass(frozen=True)
class Trained:
    """A network and how it is trained: its sizes, samples in a batch, epochs and first learning rate, which falls to a tenth,
    seeds, and sweeps."""

    sizes: Mapping[str, Any]
    batch: int
    epochs: int
    rate: float
    seeds: Sequence[int]
    sweeps: Sweeps
    cost: float
    """About the seconds of a training in fixed point."""


@dataclass(frozen=True)
class Setting:
    """The numbers of a scale: samples to learn from and to be tested with, and the networks by name."""

    train: int
    test: int
    networks: Mapping[str, Trained]


SOME = Sweeps((4, 6, 8, 10, 12, 14), (6, 8, 10, 12, 14, 32), (1, 3, 5, 7, 9), (14,), ("1/10000", "1/100", "1/10"), (4, 10))
ALL = Sweeps(
    (3, 4, 5, 6, 8, 10, 12, 13, 14, 16),
    (4, 5, 6, 7, 8, 10, 12, 13, 14, 16, 32),
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (14,),
    ("0", "1/10000", "1/1000", "1/100", "1/10"),
    (4, 10),
)
FEWER = Sweeps((6, 8, 10, 12, 14), (8, 10, 12, 14), (1, 5, 9), (14,), ("1/10000", "1/10"), (10,))
FEW = Sweeps((6, 10, 14), (8, 10, 14))


def setting(scale: Scale) -> Setting:
    """The numbers of a scale: those of digits for digits, those of larger images for all other data."""
    return (DIGITS if scale.data == "digits" else IMAGES)[scale.quick]


SMALL = {"kernels": [4, 6], "kernel": 3, "pools": [2, 2], "pieces": 2}
LARGE = {"kernels": [3, 6], "kernel": 3, "pools": [4, 2], "pieces": 2}
ONE, TWO = {"hidden": [24], "pieces": 3}, {"hidden": [24, 24], "pieces": 3}
DIGITS = {
    True: Setting(
        1000,
        400,
        {
            MAXOUT: Trained(ONE, 100, 8, 0.02, range(1, 5), SOME, 0.5),
            CONVOLUTIONAL: Trained(SMALL, 100, 8, 0.02, range(1, 5), Sweeps(), 1.3),
        },
    ),
    False: Setting(
        1400,
        400,
        {
            MAXOUT: Trained(TWO, 100, 8, 0.02, range(1, 6), ALL, 0.9),
            CONVOLUTIONAL: Trained(SMALL, 100, 8, 0.02, range(1, 5), FEWER, 1.6),
        },
    ),
}
IMAGES = {
    True: Setting(
        1000,
        1000,
        {
            MAXOUT: Trained(ONE, 100, 6, 0.01, range(1, 5), SOME, 0.7),
            CONVOLUTIONAL: Trained(LARGE, 25, 4, 0.02, range(1, 4), Sweeps(), 3.0),
        },
    ),
    False: Setting(
        1000,
        1000,
        {
            MAXOUT: Trained(ONE, 100, 10, 0.01, range(1, 6), ALL, 1.1),
            CONVOLUTIONAL: Trained(LARGE, 25, 6, 0.02, range(1, 4), FEW, 5.0),
        },
    ),
}
"""The settings of digits and of larger images, by whether the scale is quick."""
