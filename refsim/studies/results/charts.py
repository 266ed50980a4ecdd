"""Figures as plain data: what is drawn, before anything draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .measured import Measured

X = float | str
CATEGORIES, LINEAR, LOG, LOG2 = "categories", "linear", "log", "log2"
"""Kinds of horizontal axes. Categories stand in the order in which they first come, evenly apart, so that a rate of 0 can stand
beside small ones."""


class Series(NamedTuple):
    """A line of points with intervals. Lines that belong together have one ``colour``, a number, and other dashes, by ``dash``.
    Without a colour, each series of a chart has its own."""

    name: str
    points: Sequence[tuple[X, Measured]]
    colour: int | None = None
    dash: int = 0


class Level(NamedTuple):
    """A horizontal line across a panel that others are compared with."""

    name: str
    y: float


@dataclass(frozen=True)
class Panel:
    """One pair of axes. ``y_range`` holds its ends where they are not those of the numbers. Points are ``joined`` by lines
    where places have an order."""

    title: str
    x: str
    y: str
    series: Sequence[Series]
    scale: str = CATEGORIES
    levels: Sequence[Level] = ()
    y_scale: str = LINEAR
    y_range: tuple[float, float] | None = None
    joined: bool = True


@dataclass(frozen=True)
class Chart:
    """Panels beside one another, ``columns`` of them in a row, with one legend. Panels with the same ``y`` have the same
    vertical axis, unless they say their own."""

    name: str
    caption: str
    panels: Sequence[Panel]
    columns: int = 2

    @property
    def trials(self) -> list[int]:
        """How many trials its points are of: the different numbers in order, without points that have no chance."""
        found = {one.trials for panel in self.panels for series in panel.series for _, one in series.points}
        return sorted(found - {1})


@dataclass(frozen=True)
class HeatMap:
    """Values by two categories, one grid for each title; ``None`` where there is none. The trials of each value are said in the
    caption."""

    name: str
    caption: str
    grids: Sequence[tuple[str, Sequence[Sequence[float | None]]]]
    rows: Sequence[str]
    columns: Sequence[str]
    x: str
    value: str
    digits: int = 1


Figure = Chart | HeatMap
