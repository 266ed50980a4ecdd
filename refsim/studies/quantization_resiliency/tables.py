"""The tables: errors, gaps, depths, compression, and what a memory is best used for."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.measured import over_seeds, paired
from ..results.tables import Cell, Column, Table
from .compression import budgets, compression, widest_within
from .measures import best, error, recovered, within
from .networks import TITLES, named
from .points import FLOAT, Curve, Point
from .settings import LEVELS

ERRORS = (
    Column("Weights"),
    Column("Levels"),
    Column("Float", "%"),
    Column("Direct", "%"),
    Column("Retrained", "%"),
    Column("Retrained less float", "points", 2),
)
"""What is said of a network and a number of levels, after its name."""


def _errors(point: Point, levels: int) -> list[Cell]:
    return [
        point.weights,
        levels,
        error(point.floating),
        error(point.direct[levels]),
        error(point.retrained[levels]),
        over_seeds(point.gap(levels)),
    ]


def errors(curve: Curve) -> Table:
    """Every quantized network of a curve by number of levels."""
    return Table(
        f"errors-{curve.family}",
        f"{curve.name}: errors by size and number of levels, and the share of the loss that retraining recovers",
        [Column("Network"), *ERRORS, Column("Recovered", "%", 0)],
        [
            [named(point.sizes), *_errors(point, levels), recovered([point], levels)]
            for point in curve.quantized
            for levels in LEVELS
        ],
    )


def across(found: Sequence[Point]) -> Table:
    """Networks of different depth."""
    return Table(
        "depths",
        "Errors by depth",
        [Column("Network"), *ERRORS],
        [[point.name, *_errors(point, levels)] for point in found for levels in LEVELS],
    )


NETWORK = (Column("Network"), Column("Weights"), Column("Float", "%"))
"""What is said of a network, whatever the number of levels."""


def _network(point: Point) -> list[Cell]:
    return [point.name, point.weights, error(point.floating)]


def gaps(curves: Sequence[Curve]) -> Table:
    """What remains after retraining, for all networks of all curves."""
    return Table(
        "gaps",
        "The error after retraining less that in floating point, and what training on in floating point does to it",
        [
            *NETWORK,
            *(Column(f"{levels} levels less float", "points") for levels in LEVELS),
            Column("Trained on less float", "points"),
        ],
        [
            [
                *_network(point),
                *(over_seeds(point.gap(levels)) for levels in LEVELS),
                over_seeds(paired(point.floating, point.longer)) if point.longer else None,
            ]
            for curve in curves
            for point in curve.quantized
        ],
    )


def ratios(curves: Sequence[Curve]) -> Table:
    """Effective compression ratios."""
    return Table(
        "compression",
        "Effective compression ratio of retrained networks; the ratio of bits alone is 16, 10.67 and 8",
        [
            *NETWORK,
            *(Column(f"{levels} levels", "", 1) for levels in LEVELS),
        ],
        [
            [
                *_network(point),
                *(compression(curve, point, levels) for levels in LEVELS),
            ]
            for curve in curves
            for point in curve.quantized
        ],
    )


def memories(curves: Sequence[Curve]) -> Table:
    """For each memory the largest network of each precision that fits, and the precisions that are best."""
    return Table(
        "memory",
        "The error of the largest network whose weights fit into a memory, by precision",
        [
            Column("Family"),
            Column("Memory", "Kibit"),
            Column("Float", "%"),
            *(Column(f"{levels} levels", "%") for levels in reversed(LEVELS)),
            Column("Largest networks"),
            Column("Best"),
        ],
        [_memory(curve, bits) for curve in curves for bits in budgets(curve)],
    )


def _memory(curve: Curve, bits: int) -> list[Cell]:
    found = within(curve, bits)
    order = (FLOAT, *reversed(LEVELS))
    fitting = [widest_within(curve, levels, bits) for levels in order]
    return [
        TITLES[curve.family],
        bits // 1024,
        *(error(found[levels]) if levels in found else None for levels in order),
        ", ".join("none" if point is None else named(point.sizes) for point in fitting),
        ", ".join(precision(levels) for levels in order if levels in best(found)),
    ]


def precision(levels: int) -> str:
    """A precision in words."""
    return "float" if levels == FLOAT else f"{levels} levels"
