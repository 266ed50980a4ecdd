"""What the curves show, as data: accuracy and losses against the rate of flips, and histograms of accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..rows import Row
from .estimates import Estimate, Share
from .summary import Summary, accuracy


class Point(NamedTuple):
    """A place on a curve: how often bits flip, a value and its interval."""

    x: float
    value: float
    low: float
    high: float


class Series(NamedTuple):
    """The points of one arm under faults of one kind, with the clean accuracy of the arm or ``None``."""

    name: str
    clean: float | None
    points: tuple[Point, ...]


def rate_of(found: Summary) -> float | None:
    """The rate of a cell."""
    return None if found.facts.rate is None else float(found.facts.rate)


def count_of(found: Summary) -> float | None:
    """The number of flips of a cell."""
    return None if found.facts.flips is None else float(found.facts.flips)


def series(
    cells: Iterable[Summary],
    x: Callable[[Summary], float | None],
    y: Callable[[Summary], Estimate | Share | None],
) -> list[Series]:
    """One series for each arm, model and aim, of the cells that have trials, a place and a value.

    The place 0 has none on a logarithmic axis, and is left out; the clean accuracy stands for it.
    """
    found: dict[tuple[str, str, str], list[Summary]] = {}
    for cell in cells:
        if x(cell):
            found.setdefault((cell.facts.arm, cell.facts.model, cell.facts.aim), []).append(cell)
    names = short_names(list(found))
    made = []
    for key, group in found.items():
        clean = next((float(cell.clean) for cell in group if cell.clean is not None), None)
        points = sorted(point for cell in group if (point := point_of(x(cell) or 0.0, y(cell))))
        made += [Series(names[key], clean, tuple(points))] if points else []
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


def edges(values: Sequence[float], bins: int = 20) -> list[float]:
    """The edges of equal bins from 0 to 1 of which those without values at the low end are left out."""
    all_edges = [i / bins for i in range(bins + 1)]
    first = max((i for i in range(bins) if all_edges[i] <= min(values, default=0)), default=0)
    return all_edges[max(first - 1, 0) :]


def histogram(rows: Iterable[Row], borders: Sequence[float]) -> list[int]:
    """How many trials have an accuracy in each bin: from its lower edge on, up to the upper one; the last has both."""
    values = [float(accuracy(row)) for row in rows]
    last = borders[-1]
    return [sum(low <= v < high or (v == high == last) for v in values) for low, high in pairwise(borders)]
