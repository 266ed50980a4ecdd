"""How large the study is: by its scale, and by how large the images are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..running.jobs import Scale

SMALL_IMAGES = ("digits",)
"""Data of images so small that a network learns them in seconds."""
BITS = {"log3": "log:3", "log4": "log:4", "lin3": "linear:3", "lin4": "linear:4"}
"""The quantizers of activations by what they are called in records."""
FULL_SCALES = tuple(range(-4, 6))
"""The full scales that are swept, in octaves from the one that just holds the greatest activation of each layer."""
SPREAD_SCALES = tuple(range(-5, 2))
"""Those that are swept where channels are spread: the small channels draw the best one of linear numbers down."""
FC_WEIGHTS = {
    "linear": "linear:4:signed:sweep",
    "base 2": "log:4:signed:1:sweep",
    "base sqrt2": "log:4:signed:2:sweep",
}
CONV_WEIGHTS = {
    "linear": "linear:5:signed:sweep",
    "base 2": "log:5:signed:1:sweep",
    "base sqrt2": "log:5:signed:2:sweep",
}
"""The quantizers of weights; each full scale is that of least squared error of four."""
CALIBRATION = 100
"""The training images that full scales are chosen by."""
WIDE_SPREAD = 4
"""Octaves over which channels are spread where effects are looked at."""
MOST_BITS, WIDE_REGISTER = 8, 16
"""The places after the point at which effects are looked at: of registers of logarithms, and of linear ones."""
FRACTIONS = (0, 1, 2, 3, 4, 6, MOST_BITS)
"""Fraction bits of the registers of logarithms."""
PLACES = (2, 4, 6, 8, WIDE_REGISTER)
"""Places after the point of the linear registers."""
METHODS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "float": ("float", {}),
    "log": ("miyashita", {"base": "2"}),
    "log sqrt2": ("miyashita", {"base": "sqrt2"}),
    "linear": ("miyashita", {"base": "linear", "gradients": 0}),
    "linear gradients": ("miyashita", {"base": "linear"}),
}
"""The ways of training by what they are called in records: 4-bit activations, 5-bit weights and 5-bit gradients, but for
``linear``, whose gradients are in floating point."""


@dataclass(frozen=True)
class Settings:
    """The sizes of a run. Rates are (kind, first, last)."""

    train: int
    test: int
    networks: tuple[str, ...]
    seeds: tuple[int, ...]
    epochs: int
    chosen_by: int
    """The training images by whose accuracy a full scale is chosen."""
    single: tuple[str, ...]
    """The networks that are swept with one full scale for all layers too."""
    spread: str
    """The network whose channels are spread."""
    spreads: tuple[int, ...]
    learning_seeds: tuple[int, ...]
    learning_epochs: int
    learning_methods: tuple[str, ...]
    path_seeds: tuple[int, ...]
    path_epochs: int
    path_images: int
    path_fractions: tuple[int, ...]
    path_places: tuple[int, ...]
    batch: int = 32
    rate: tuple[str, float, float] = ("linear", 2e-3, 2e-4)
    learning_rate: tuple[str, float, float] = ("linear", 0.05, 0.0025)
    momentum: tuple[str, float, float] = ("constant", 0.9, 0.9)

    def plan(self, epochs: int) -> dict[str, Any]:
        """A plan of training by Adam."""
        return {"epochs": epochs, "batch": self.batch, "rate": list(self.rate)}

    def learning_plan(self) -> dict[str, Any]:
        """A plan of training by SGD with momentum."""
        return {
            "epochs": self.learning_epochs,
            "batch": self.batch,
            "rate": list(self.learning_rate),
            "momentum": list(self.momentum),
        }


def seeds(count: int) -> tuple[int, ...]:
    """The first seeds."""
    return tuple(range(1, count + 1))


def settings_of(scale: Scale) -> Settings:
    """The sizes for a scale."""
    small = scale.data in SMALL_IMAGES
    if scale.quick:
        return Settings(
            train=1400 if small else 800,
            test=360 if small else 200,
            networks=("alexnet", "vgg", "vgg-narrow") if small else ("alexnet", "vgg"),
            seeds=seeds(4),
            epochs=8 if small else 5,
            chosen_by=200 if small else 60,
            single=(),
            spread="alexnet",
            spreads=(WIDE_SPREAD,),
            learning_seeds=seeds(4 if small else 3),
            learning_epochs=6 if small else 5,
            learning_methods=("float", "log", "linear"),
            path_seeds=seeds(4 if small else 3),
            path_epochs=10 if small else 4,
            path_images=200 if small else 80,
            path_fractions=(0, 2, 4, MOST_BITS) if small else (4, MOST_BITS),
            path_places=(4, WIDE_REGISTER),
        )
    return Settings(
        train=1400 if small else 2000,
        test=360 if small else 400,
        networks=("alexnet", "vgg", "vgg-bn", "vgg-narrow") if small else ("alexnet", "vgg", "vgg-bn"),
        seeds=seeds(6 if small else 4),
        epochs=12 if small else 6,
        chosen_by=300 if small else 150,
        single=("vgg",) if small else (),
        spread="alexnet",
        spreads=(1, 2, 3, WIDE_SPREAD, 5) if small else (2, WIDE_SPREAD),
        learning_seeds=seeds(5 if small else 3),
        learning_epochs=10 if small else 4,
        learning_methods=tuple(METHODS),
        path_seeds=seeds(5 if small else 3),
        path_epochs=12 if small else 6,
        path_images=360 if small else 100,
        path_fractions=FRACTIONS if small else (0, 2, 4, MOST_BITS),
        path_places=PLACES,
    )
