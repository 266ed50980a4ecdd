"""The claims of the paper, and what decides them."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import Measured, over_seeds, paired
from .measures import at_equal_memory, closing, recovered
from .networks import named
from .points import Curve, Point
from .settings import LEVELS

HALF = 50.0
"""Percent of what direct quantization costs that retraining has to bring back to be said to help."""
LITTLE = 1.5
"""Points of error that are almost nothing: about what is reported of the paper's deepest FFDNN with ternary weights."""


def claims(main: Sequence[Curve], every: Sequence[Curve], across: Sequence[Point]) -> list[Claim]:
    """The claims: ``main`` are a curve of each family, ``every`` all curves, ``across`` FFDNNs of one width, by depth."""
    return [
        _retraining(main),
        _size(every),
        _vanishes(main),
        *([_depth(across, every)] if len(across) > 1 else []),
        _memory(main),
    ]


def _retraining(main: Sequence[Curve]) -> Claim:
    found = [
        Effect(f"{curve.name}, {levels} levels: share recovered over all widths", share, HALF, "%")
        for curve in main
        for levels in LEVELS[:2]
        if (share := recovered(curve.quantized, levels)) is not None
    ]
    return Claim(
        "retraining-recovers",
        "Retraining brings back most of what direct quantization loses.",
        found,
    )


def _size(every: Sequence[Curve]) -> Claim:
    return Claim(
        "larger-networks-lose-less",
        "Networks limited in complexity keep a gap to floating point with retrained ternary weights; it shrinks as they grow.",
        [
            Effect(
                f"{curve.name}: the gap with 3 levels at {named(curve.quantized[0].sizes)} less that at "
                f"{named(curve.quantized[-1].sizes)}",
                closing(curve, 3),
            )
            for curve in every
        ],
    )


def _vanishes(main: Sequence[Curve]) -> Claim:
    largest = [curve.quantized[-1] for curve in main]
    claim = Claim(
        "gap-almost-vanishes",
        "The gap almost vanishes in the largest networks.",
        [
            Effect(f"{point.name}, {levels} levels: float less retrained", over_seeds(_negative(point.gap(levels))), -LITTLE)
            for point in largest
            for levels in LEVELS[:2]
        ],
    )
    if claim.verdict == HOLDS:
        return claim
    sizes = " and ".join(point.name for point in largest)
    return Claim(
        claim.name,
        claim.paper,
        claim.effects,
        f"{sizes} are the largest networks that were quantized; the bound is {LITTLE:g} point. Retrained, they are "
        f"{' and '.join(_shown(over_seeds(point.gap(3))) for point in largest)} points worse with 3 levels.",
    )


def _depth(across: Sequence[Point], every: Sequence[Curve]) -> Claim:
    shallow, deep = across[0], across[-1]
    claim = Claim(
        "deeper-networks-lose-less",
        "At the same width, deeper networks lose less by ternary weights after retraining.",
        [
            Effect(f"the gap with 3 levels of {shallow.name} less that of {deep.name}", _narrowing(shallow, deep)),
        ],
    )
    if claim.verdict == HOLDS:
        return claim
    ends = [next(curve for curve in every if point in curve.points) for point in (shallow, deep)]
    pairs = list(zip(*(curve.quantized for curve in ends), strict=True))
    tried = "; ".join(
        f"{one.sizes[0]} units {_shown(_narrowing(one, other))}" for one, other in pairs if one.sizes[0] != shallow.sizes[0]
    )
    return Claim(
        claim.name,
        claim.paper,
        claim.effects,
        f"The same difference at the other widths, in points: {tried}. Narrow layers are limited in their connections, and "
        "each more of them is one more that ternary weights limit; the paper's have hundreds of units.",
    )


def _memory(main: Sequence[Curve]) -> Claim:
    return Claim(
        "few-levels-use-memory-better",
        "For a given memory, a larger network of few levels is better than a smaller one in floating point.",
        [
            Effect(f"{curve.name}, {levels} levels: float less retrained, mean over memories", lower)
            for curve in main
            for levels in LEVELS
            if (lower := at_equal_memory(curve, levels)) is not None
        ],
    )


def _narrowing(one: Point, other: Point) -> Measured:
    return over_seeds(paired(other.gap(3), one.gap(3)))


def _negative(values: Sequence[float]) -> list[float]:
    return [-value for value in values]


def _shown(found: Measured) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
