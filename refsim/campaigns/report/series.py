"""What the curves show, as data: accuracy and losses against the rate of flips, and histograms of accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ..statistics.intervals import Estimate
from .estimates import Share
from .summary import Summary


class Point(NamedTuple):
    """A place on a curve: how often bits flip, a value and its interval."""

    x: float
    value: float
    low: float
    high: float


class Series(NamedTuple):
    """The points of one arm under faults of one kind, with the clean accuracy of the arm or ``None``.

    ``arm`` is the number of the arm, ``kind`` that of the faults: by them a series looks the same in every picture.
    """

    name: str
    arm: int
    kind: int
    clean: float | None
    points: tuple[Point, ...]


def rate_of(found: Summary) -> float | None:
    """The rate of a cell."""
    return None if found.facts.rate is None else float(found.facts.rate)


def count_of(found: Summary) -> float | None:
    """The number of flips of a cell that has any such number."""
    return float(found.facts.flips) if found.facts.flips is not None and found.facts.kind == "count" else None


def series(
    cells: Iterable[Summary],
    x: Callable[[Summary], float | None],
    y: Callable[[Summary], Estimate | Share | None],
) -> list[Series]:
    """One series for each arm, model and aim, of the cells that have trials, a place and a value.

    The place 0 has none on a logarithmic axis, and is left out; the clean accuracy stands for it.
    """
    found: dict[tuple[str, str, str], list[Summary]] = {}
    arms: dict[str, int] = {}
    for cell in cells:
        arms.setdefault(cell.facts.arm, len(arms))
        if x(cell):
            found.setdefault((cell.facts.arm, cell.facts.model, cell.facts.aim), []).append(cell)
    names = short_names(list(found))
    kinds = list(dict.fromkeys(key[1:] for key in found))
    made = []
    for key, group in found.items():
        clean = next((float(cell.clean) for cell in group if cell.clean is not None), None)
        points = sorted(point for cell in group if (point := point_of(x(cell) or 0.0, y(cell))))
        made += [Series(names[key], arms[key[0]], kinds.index(key[1:]), clean, tuple(points))] if points else []
    return made


def point_of(x: float, y: Estimate | Share | None) -> Point | None:
    """A point, where its value is known."""
    if y is None or y.value is None or y.low is None or y.high is None:
        return None
    return Point(x, float(y.value), y.low, y.high)


def short_names(keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """What tells series apart, and nothing that they all have in common."""
    kept = [i for i in range(3) if i == 0 or len({key[i] for key in keys}) > 1]
    return {key: ", ".join(key[i] for i in kept) for key in keys}


def edges(values: Iterable[Fraction]) -> tuple[Fraction, ...]:
    """The edges of equal bins, a hundredth wide or two or four of them, from below the least value up to 1."""
    least = min(values, default=Fraction(0))
    width = next((step for step, low in ((1, Fraction(3, 4)), (2, Fraction(1, 2))) if least >= low), 4)
    first = int(least * 100) // width * width
    return tuple(Fraction(i, 100) for i in range(first, 101 if first < 100 else 102, width))


def histogram(values: Iterable[Fraction], borders: Sequence[Fraction]) -> tuple[int, ...]:
    """How many values lie in each bin: from its lower edge on, up to the upper one; the last bin has both its edges."""
    found, last = list(values), borders[-1]
    return tuple(sum(low <= v < high or v == high == last for v in found) for low, high in pairwise(borders))
