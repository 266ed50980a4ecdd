"""The effective compression ratio: how much smaller few levels make a network that is as good."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import log2
from statistics import mean

from ..results.jackknife import jackknifed
from ..results.measured import Measured
from .points import FLOAT, Curve, Point, bits_per_weight
from .settings import LEVELS


def effective_size(sizes: Sequence[int], errors: Sequence[float], error: float) -> float | None:
    """How many weights the float network with this error would have.

    ``sizes`` rise. The curve is the least error of any network that is not larger, straight between networks over the logarithm
    of the size; where it is level the smaller network counts. ``None`` outside the curve: for an error above that of the
    smallest network, or below all.
    """
    least = list(accumulate(errors, min))
    if not least[-1] <= error <= least[0]:
        return None
    after = next(i for i, one in enumerate(least) if one <= error)
    if not after:
        return float(sizes[0])
    share = (least[after - 1] - error) / (least[after - 1] - least[after])
    return float(sizes[after - 1] * (sizes[after] / sizes[after - 1]) ** share)


def compression(curve: Curve, point: Point, levels: int) -> Measured | None:
    """The effective compression ratio of a retrained network of a curve: the bits of the float network with the same mean error
    over the bits that are stored. ``None`` where the curve has no such network.

    The interval is that of a jackknife of the logarithm over seeds, which moves the float curve and the error together. Where
    leaving a seed out puts the error past an end of the curve, that end stands for it.
    """
    sizes = [one.weights for one in curve.points]
    seeds = [list(errors) for errors in zip(*(one.floating for one in curve.points), point.errors(levels), strict=True)]
    ratio = bits_per_weight(FLOAT) / point.bits(levels)

    def size(rows: Sequence[list[float]], *, ends: bool) -> float | None:
        *errors, error = (mean(column) for column in zip(*rows, strict=True))
        return effective_size(sizes, errors, min(max(error, min(errors)), errors[0]) if ends else error)

    if size(seeds, ends=False) is None:
        return None
    found = jackknifed(seeds, lambda rows: log2(ratio * (size(rows, ends=True) or 1)))
    return Measured(2**found.value, 2**found.low, 2**found.high, found.trials)


def widest_within(curve: Curve, levels: int, bits: float) -> Point | None:
    """The largest network of a curve whose weights fit into so many bits; ``None`` where not even the smallest does."""
    fitting = [point for point in (curve.points if levels == FLOAT else curve.quantized) if point.bits(levels) <= bits]
    return fitting[-1] if fitting else None


def budgets(curve: Curve) -> list[int]:
    """Memories in bits, each twice the one before, a power of two times 1024: from where the smallest network fits with the
    fewest levels, to where the largest of the quantized ones fits with the most."""
    least, most = min(p.bits(LEVELS[0]) for p in curve.quantized), max(p.bits(LEVELS[-1]) for p in curve.quantized)
    found = [1024]
    while found[-1] < most:
        found.append(2 * found[-1])
    return [bits for bits in found if bits >= least]
