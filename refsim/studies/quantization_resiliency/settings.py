"""All sizes of the study: samples, networks, seeds and plans, by data and scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..running.jobs import Scale
from .networks import CNN, MLP

LEVELS = (3, 7, 15)
"""Numbers of levels, stored in 2, 3 and 4 bits."""
Sizes = tuple[int, ...]


def falling(epochs: int, batch: int, rate: float) -> dict[str, Any]:
    """A plan with a rate that falls to a hundredth by equal factors, and momentum 0.9, as is reported of the paper's FFDNNs."""
    return {
        "epochs": epochs,
        "batch": batch,
        "rate": ["exponential", rate, rate / 100],
        "momentum": ["constant", 0.9, 0.9],
    }


@dataclass(frozen=True)
class Family:
    """The networks of a family: those that are quantized, those that only the float curve has, and how all are trained.

    ``across`` are the networks of different depth that are compared, the shallowest first. ``seconds`` are about those of
    an epoch of the smallest network of one layer, and about twice as many for one with ``doubles`` units or maps.
    """

    name: str
    sizes: tuple[Sizes, ...]
    only_float: tuple[Sizes, ...]
    across: tuple[Sizes, ...]
    seeds: int
    learn: Mapping[str, Any]
    relearn: Mapping[str, Any]
    seconds: float
    doubles: float


@dataclass(frozen=True)
class Settings:
    """What a scale runs. ``depth`` is the one at which FFDNNs of different width are compared beside those of other depths."""

    train: int
    test: int
    depth: int
    families: tuple[Family, ...] = field(default=())

    def family(self, name: str) -> Family:
        """The family of a name."""
        return next(one for one in self.families if one.name == name)


def grid(widths: Sizes, depths: Sizes) -> tuple[Sizes, ...]:
    """Hidden layers of each width, as many as each depth."""
    return tuple((width,) * depth for depth in depths for width in widths)


def scaled(*least: int) -> tuple[Sizes, ...]:
    """Maps of three convolutions, the last with twice as many: the paper has 8-8-16 to 128-128-256."""
    return tuple((maps, maps, 2 * maps) for maps in least)


DIGITS_MLP = Family(
    MLP,
    sizes=grid((8, 12, 16, 32, 64), (1, 2, 3, 4)),
    only_float=grid((4, 128), (1, 2, 3, 4)),
    across=grid((16,), (1, 2, 3, 4)),
    seeds=8,
    learn=falling(60, 64, 2e-3),
    relearn=falling(30, 64, 2e-3),
    seconds=0.0036,
    doubles=200,
)
DIGITS_CNN = Family(
    CNN,
    sizes=(*scaled(2, 4, 8, 16), (8, 16), (16,)),
    only_float=scaled(1, 3, 32),
    across=((16,), (8, 16), (8, 8, 16)),
    seeds=6,
    learn=falling(30, 64, 2e-3),
    relearn=falling(15, 64, 2e-3),
    seconds=0.016,
    doubles=16,
)
OTHER_MLP = replace(
    DIGITS_MLP,
    sizes=grid((4, 8, 16, 32, 64), (1, 2, 3, 4)),
    only_float=grid((2, 128), (1, 2, 3, 4)),
    seeds=6,
    learn=falling(20, 50, 1e-3),
    relearn=falling(12, 50, 1e-3),
    seconds=0.013,
    doubles=64,
)
OTHER_CNN = replace(
    DIGITS_CNN,
    only_float=scaled(1),
    learn=falling(10, 50, 1e-3),
    relearn=falling(6, 50, 1e-3),
    seconds=0.05,
    doubles=8,
)
QUICK_CNN: Mapping[str, Any] = {"sizes": scaled(2, 4, 16), "only_float": scaled(1, 8), "across": (), "seeds": 4}
"""What the quick scale has of CNNs."""
DIGITS = Settings(train=1437, test=360, depth=3, families=(DIGITS_MLP, DIGITS_CNN))
DIGITS_QUICK = replace(
    DIGITS,
    families=(
        replace(
            DIGITS_MLP,
            sizes=grid((8, 16, 32, 64), (1, 3)),
            only_float=grid((4, 128), (1, 3)),
            across=grid((16,), (1, 3)),
            seeds=5,
            learn=falling(50, 64, 2e-3),
            relearn=falling(20, 64, 2e-3),
        ),
        replace(DIGITS_CNN, **QUICK_CNN),
    ),
)
OTHERS = Settings(train=3000, test=6000, depth=3, families=(OTHER_MLP, OTHER_CNN))
OTHERS_QUICK = replace(
    OTHERS,
    test=2000,
    families=(
        replace(
            OTHER_MLP,
            sizes=grid((8, 16, 64), (1, 3)),
            only_float=grid((4, 32), (1, 3)),
            across=grid((16,), (1, 3)),
            seeds=5,
            learn=falling(15, 50, 1e-3),
            relearn=falling(10, 50, 1e-3),
        ),
        replace(OTHER_CNN, **QUICK_CNN),
    ),
)


def settings_of(scale: Scale) -> Settings:
    """The settings of a scale: digits have their own, all other data those that images of 28 x 28 can afford."""
    if scale.data == "digits":
        return DIGITS_QUICK if scale.quick else DIGITS
    return OTHERS_QUICK if scale.quick else OTHERS
