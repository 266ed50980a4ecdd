"""What is measured at a network: shares recovered, gaps, and the best precision for a memory."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from ..results.jackknife import jackknifed
from ..results.measured import PERCENT, Measured, over_seeds, paired
from .compression import budgets, widest_within
from .points import FLOAT, Curve, Errors, Point
from .settings import LEVELS

NOTHING_LOST = 1.0
"""Points of error below which there is nothing of which a share could be recovered."""


def error(values: Errors) -> Measured:
    """The mean error over seeds; its interval ends where errors do."""
    return over_seeds(values, PERCENT)


def recovered(points: Sequence[Point], levels: int) -> Measured | None:
    """How many percent of what direct quantization costs retraining brings back, over all of some networks.

    It is a ratio of sums, with a jackknife over seeds. ``None`` where direct quantization costs a point or less.
    """
    seeds = [
        (sum(lost), sum(lost) - sum(gap))
        for lost, gap in zip(
            zip(*(point.lost(levels) for point in points), strict=True),
            zip(*(point.gap(levels) for point in points), strict=True),
            strict=True,
        )
    ]
    whole = [lost for lost, _ in seeds]
    least = min(sum(whole) - one for one in [0.0, *whole])
    if least <= NOTHING_LOST * len(seeds) * len(points):
        return None
    return jackknifed(seeds, lambda rows: 100 * sum(back for _, back in rows) / sum(lost for lost, _ in rows))


def closing(curve: Curve, levels: int) -> Measured:
    """By how much the gap after retraining is smaller for the largest network of a curve than for the smallest."""
    return over_seeds(paired(curve.quantized[-1].gap(levels), curve.quantized[0].gap(levels)))


def within(curve: Curve, bits: float) -> dict[int, Errors]:
    """The errors of the largest network that fits into a memory, by number of levels, floating point included."""
    found = {levels: widest_within(curve, levels, bits) for levels in (*LEVELS, FLOAT)}
    return {levels: point.errors(levels) for levels, point in found.items() if point is not None}


def best(errors: dict[int, Errors]) -> list[int]:
    """The number of levels with the least mean error, and those that are not shown to be worse."""
    least = min(errors.values(), key=mean)
    return [levels for levels, one in errors.items() if one is least or over_seeds(paired(least, one)).low <= 0]


def at_equal_memory(curve: Curve, levels: int, *, on: bool = False) -> Measured | None:
    """How far the error with few levels is below that in floating point, as the mean over all memories that both fit into;
    ``None`` without any.

    With ``on``, floating point is trained on for as long as few levels are retrained; memories whose network in floating point
    was not are left out.
    """
    lower = []
    for bits in budgets(curve):
        few, whole = widest_within(curve, levels, bits), widest_within(curve, FLOAT, bits)
        if few is not None and whole is not None and (whole.longer or not on):
            lower.append(paired(few.errors(levels), whole.longer if on else whole.floating))
    return over_seeds([mean(column) for column in zip(*lower, strict=True)]) if lower else None
