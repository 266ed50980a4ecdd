"""The numbers that are reported of the paper, beside those of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..results.measured import over_seeds
from ..results.tables import Cell, Column, Table
from .measures import error
from .networks import CNN, MLP, TITLES, named
from .points import Point


class Reported(NamedTuple):
    """Errors in percent at a depth: in floating point, and directly and retrained with 3 and with 7 levels."""

    family: str
    what: str
    depth: int
    floating: float
    ternary: tuple[float, float]
    seven: tuple[float, float]


REPORTED = (
    Reported(MLP, "1 layer", 1, 34.67, (69.88, 38.58), (56.81, 36.57)),
    Reported(MLP, "2 layers", 2, 31.51, (47.74, 33.89), (36.99, 33.04)),
    Reported(MLP, "3 layers", 3, 30.81, (49.27, 33.05), (36.58, 31.72)),
    Reported(MLP, "4 layers", 4, 30.31, (48.13, 31.86), (34.77, 31.49)),
    Reported(CNN, "64", 1, 34.19, (72.95, 35.37), (46.60, 34.15)),
    Reported(CNN, "32-64", 2, 29.29, (55.30, 29.51), (39.80, 29.32)),
    Reported(CNN, "32-32-64", 3, 26.87, (79.88, 27.94), (47.91, 26.95)),
)
"""The two tables by depth: phonemes of TIMIT for FFDNNs, CIFAR-10 for CNNs."""


def beside(found: Sequence[Point]) -> Table:
    """The paper's networks by depth beside those of the study, where it has them."""
    ours = {(point.family, len(point.sizes)): point for point in found}
    return Table(
        "beside-the-paper",
        "Errors by depth, reported and here",
        [
            Column("Reported"),
            Column("Levels"),
            Column("Float", "%", 2),
            Column("Direct", "%", 2),
            Column("Retrained", "%", 2),
            Column("Less float", "points", 2),
            Column("Here"),
            Column("Here float", "%"),
            Column("Here direct", "%"),
            Column("Here retrained", "%"),
            Column("Here less float", "points", 2),
        ],
        [
            [
                f"{TITLES[one.family]} {one.what}",
                levels,
                one.floating,
                direct,
                retrained,
                round(retrained - one.floating, 2),
                *_ours(ours.get((one.family, one.depth)), levels),
            ]
            for one in REPORTED
            for levels, (direct, retrained) in ((3, one.ternary), (7, one.seven))
        ],
    )


def _ours(point: Point | None, levels: int) -> list[Cell]:
    if point is None:
        return [None] * 5
    return [
        named(point.sizes),
        error(point.floating),
        error(point.direct[levels]),
        error(point.retrained[levels]),
        over_seeds(point.gap(levels)),
    ]
