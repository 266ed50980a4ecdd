"""What the records say: the networks with their errors, in curves from the smallest to the largest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..results.measured import paired
from ..running.jobs import Record
from ..study import Records
from .networks import FLOAT_BITS, TITLES, bits_of, named
from .settings import Sizes

Errors = Sequence[float]
"""Percent of the test images that are wrong, one for each seed."""
FLOAT = 0
"""Stands for floating point where numbers of levels are keys."""


@dataclass(frozen=True)
class Point:
    """A network, and its errors in floating point, trained on for as long as few levels are retrained, and by number of levels
    with direct quantization and after retraining. A network that only the float curve has knows none of the latter."""

    family: str
    sizes: Sizes
    weights: int
    floating: Errors
    longer: Errors
    direct: Mapping[int, Errors]
    retrained: Mapping[int, Errors]

    @property
    def name(self) -> str:
        """The family and the sizes."""
        return f"{TITLES[self.family]} {named(self.sizes)}"

    def bits(self, levels: int) -> int:
        """The bits of all weights with so many levels, or in floating point."""
        return self.weights * bits_per_weight(levels)

    def errors(self, levels: int) -> Errors:
        """After retraining with so many levels, or in floating point."""
        return self.floating if levels == FLOAT else self.retrained[levels]

    def lost(self, levels: int) -> list[float]:
        """By how much direct quantization raises the error, seed by seed."""
        return paired(self.floating, self.direct[levels])

    def gap(self, levels: int) -> list[float]:
        """By how much the error after retraining is above that in floating point, seed by seed."""
        return paired(self.floating, self.retrained[levels])


def bits_per_weight(levels: int) -> int:
    """What a weight takes with so many levels, or in floating point."""
    return FLOAT_BITS if levels == FLOAT else bits_of(levels)


@dataclass(frozen=True)
class Curve:
    """The networks of a family and a depth from the smallest to the largest."""

    family: str
    depth: int
    points: Sequence[Point]

    @property
    def name(self) -> str:
        """The family and the depth."""
        layers = f"{self.depth} {'hidden layer' if self.family == 'mlp' else 'convolution'}{'s' * (self.depth > 1)}"
        return f"{TITLES[self.family]} of {layers}"

    @property
    def quantized(self) -> list[Point]:
        """The networks that were quantized."""
        return [point for point in self.points if point.retrained]


def points(records: Records) -> list[Point]:
    """All networks, in the order of the jobs."""
    return [
        Point(
            one["family"],
            tuple(one["sizes"]),
            one["weights"],
            one["error"],
            one["longer"] or [],
            _quantized(records, one, "direct"),
            _quantized(records, one, "retrained"),
        )
        for one in records.of(kind="float")
    ]


def _quantized(records: Records, whose: Record, what: str) -> dict[int, Errors]:
    """Errors of a network by number of levels."""
    found = records.of(kind="levels", family=whose["family"], sizes=whose["sizes"])
    return {one["levels"]: one[what] for one in found}


def curves(found: Sequence[Point]) -> list[Curve]:
    """The curves that have two quantized networks or more, by family, then by depth."""
    kinds = dict.fromkeys((point.family, len(point.sizes)) for point in found)
    made = [Curve(family, depth, sorted(_of(found, family, depth), key=lambda point: point.weights)) for family, depth in kinds]
    return [curve for curve in made if len(curve.quantized) > 1]


def _of(found: Sequence[Point], family: str, depth: int) -> list[Point]:
    return [point for point in found if (point.family, len(point.sizes)) == (family, depth)]
