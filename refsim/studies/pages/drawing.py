"""Figures drawn: lines with intervals in panels, and heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from textwrap import wrap
from typing import Any

from ...campaigns.report.drawing import COLOURS, DASHES, FAINT, INK, MARKERS, style
from ..results.charts import CATEGORIES, LINEAR, LOG, LOG2, Chart, Figure, HeatMap, Panel, Series

WIDTH = 8.2
"""Inches: the width of a page of the book."""
HEIGHT = {1: 4.2, 2: 3.3, 3: 2.9}
"""Inches of a panel, by how many stand beside one another."""
MOST_IN_ROW = 60
"""The letters of the names of four series up to which a legend has them in one row."""
FEW_DECADES, FEW_ACROSS = 1000, 50
"""The ends of a logarithmic axis, a vertical and a horizontal one, whose ratio is at most this are few decades apart."""
SHORT = 8
"""The ratio of the ends of a logarithmic axis below which it is short."""
MOST_WRITTEN = 34
"""The columns of a heat map, all grids together, up to which each value is written into its place."""


def draw(figure: Figure) -> Any:
    """A figure of matplotlib; ``ModuleNotFoundError`` says how to install it."""
    return _chart(figure) if isinstance(figure, Chart) else _heat_map(figure)


def plain(text: str) -> str:
    """A text as it is written in a figure: never as mathematics."""
    return text.replace("$", r"\$")


def _chart(chart: Chart) -> Any:
    with style() as mpl:
        columns = min(chart.columns, len(chart.panels))
        lines = ceil(len(chart.panels) / columns)
        names = list(dict.fromkeys(one.name for panel in chart.panels for one in panel.series))
        size = (WIDTH, lines * HEIGHT.get(columns, 2.6) + 0.28 * ceil(len(names) / 3))
        figure = mpl.figure.Figure(figsize=size, layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False)
        shown: dict[str, Any] = {}
        for axes, panel in zip(panels.flat, chart.panels, strict=False):
            shown |= _panel(axes, panel, names)
        for axes in panels.flat[len(chart.panels) :]:
            axes.axis("off")
        _alike(list(zip(chart.panels, panels.flat, strict=False)))
        for axes, panel in zip(panels.flat, chart.panels, strict=False):
            if panel.y_scale == LOG:
                _numbered(mpl, axes.yaxis, axes.get_ylim(), FEW_DECADES)
            if panel.scale == LOG:
                _numbered(mpl, axes.xaxis, axes.get_xlim(), FEW_ACROSS)
        if len(shown) > 1:
            figure.legend(
                shown.values(), map(plain, shown), loc="outside lower center", ncols=_beside(list(shown)), frameon=False
            )
    return figure


def _beside(names: Sequence[str]) -> int:
    """How many entries of a legend stand in a row."""
    return 4 if len(names) == 4 and sum(map(len, names)) <= MOST_IN_ROW else min(3, len(names))


def _numbered(mpl: Any, axis: Any, ends: tuple[float, float], few: float) -> None:
    """Write plain numbers at 1, 2 and 5 of each decade of a logarithmic axis of few decades, at more places of a short one."""
    if 0 < ends[1] <= few * ends[0]:
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5) if ends[1] >= SHORT * ends[0] else (1, 1.5, 2, 3, 4, 6, 8)))
        axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:g}"))
        axis.set_minor_formatter(mpl.ticker.NullFormatter())


def _alike(drawn: Sequence[tuple[Panel, Any]]) -> None:
    """Give panels with the same vertical axis the same ends, so that heights can be compared."""
    for kind in {(panel.y, panel.y_scale) for panel, _ in drawn}:
        same = [axes for panel, axes in drawn if (panel.y, panel.y_scale) == kind and panel.y_range is None]
        ends = [axes.get_ylim() for axes in same]
        for axes in same:
            axes.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))


def _panel(axes: Any, panel: Panel, names: Sequence[str]) -> dict[str, Any]:
    """Draw a panel; returns what a legend shows, by name."""
    places = _places(panel)
    step = _between(panel, places, len(panel.series))
    shown = {}
    for i, one in enumerate(panel.series):
        shift = i - (len(panel.series) - 1) / 2
        at = [_shifted(panel, places[x], shift, step) for x, _ in one.points]
        values = [found.value for _, found in one.points]
        reach = [
            [max(found.value - found.low, 0) for _, found in one.points],
            [max(found.high - found.value, 0) for _, found in one.points],
        ]
        look = _look(one, names.index(one.name)) | ({} if panel.joined else {"linestyle": "none"})
        bars = axes.errorbar(at, values, reach, zorder=3, ms=4.5, lw=1.5, capsize=2.5, elinewidth=1.0, **look)
        shown[one.name] = bars
    for level in panel.levels:
        axes.axhline(level.y, color=INK, lw=0.9, ls=(0, (2, 3)), zorder=1)
        axes.annotate(
            "\n".join(map(plain, wrap(level.name, 10))),
            (1, level.y),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=8,
            va="center",
        )
    if panel.scale in {LOG, LOG2}:
        axes.set_xscale("log", base=2 if panel.scale == LOG2 else 10)
    if panel.scale in {CATEGORIES, LOG2}:
        axes.set_xticks(list(places.values()), [x if isinstance(x, str) else f"{x:g}" for x in places])
        axes.minorticks_off()
        if panel.scale == CATEGORIES:
            axes.tick_params(axis="x", rotation=35 if sum(len(str(x)) for x in places) > 60 else 0)
    if panel.scale == LINEAR and all(place.is_integer() for place in places.values()):
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_yscale(panel.y_scale)
    if panel.y_range is not None:
        axes.set_ylim(*panel.y_range)
    axes.set_title("\n".join(plain(part) for part in wrap(panel.title, 60)), loc="left")
    axes.set_xlabel(plain(panel.x))
    axes.set_ylabel(plain(panel.y))
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.5)
    return shown


def _places(panel: Panel) -> dict[float | str, float]:
    """Where each x stands."""
    found = dict.fromkeys(x for one in panel.series for x, _ in one.points)
    if panel.scale == CATEGORIES:
        return {x: float(i) for i, x in enumerate(found)}
    return {x: float(x) for x in sorted(found, key=float)}


def _between(panel: Panel, places: dict[float | str, float], count: int) -> float:
    """How far the points of one series stand from those of the next: a factor on a logarithmic axis, else a distance. So no bar
    hides another."""
    values = sorted(places.values())
    if panel.scale in {LOG, LOG2}:
        return float(min([1.02, *((b / a) ** (0.4 / max(count, 1)) for a, b in pairwise(values))]))
    return min([1.0, *(b - a for a, b in pairwise(values))]) * min(0.06, 0.5 / max(count, 1))


def _shifted(panel: Panel, place: float, shift: float, step: float) -> float:
    return float(place * step**shift) if panel.scale in {LOG, LOG2} else place + step * shift


def _look(one: Series, place: int) -> dict[str, Any]:
    """Colour, marker and dash of a series, by its place among all names unless it says its own."""
    colour = place if one.colour is None else one.colour
    return {
        "color": COLOURS[colour % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": DASHES[(one.dash + colour // len(COLOURS)) % len(DASHES)],
    }


def _heat_map(chart: HeatMap) -> Any:
    with style() as mpl:
        rows, columns, count = len(chart.rows), len(chart.columns), len(chart.grids)
        beside = max(1, min(count, MOST_WRITTEN // columns))
        lines = ceil(count / beside)
        figure = mpl.figure.Figure(figsize=(WIDTH, lines * (0.8 + 0.26 * rows) + 0.3), layout="constrained")
        panels = figure.subplots(lines, beside, squeeze=False)
        known = [x for _, grid in chart.grids for line in grid for x in line if x is not None]
        top = max(known, default=0.0) or 1.0
        colours = mpl.colormaps["cividis"]
        for place, (axes, (title, grid)) in enumerate(zip(panels.flat, chart.grids, strict=False)):
            for y, line in enumerate(grid):
                for x, value in enumerate(line):
                    _cell(mpl, axes, (x, rows - 1 - y), value, top, f".{chart.digits}f")
            axes.set_xlim(0, columns)
            axes.set_ylim(0, rows)
            step = max(1, ceil(columns * beside / MOST_WRITTEN))
            axes.set_xticks([x + 0.485 for x in range(0, columns, step)], [chart.columns[x] for x in range(0, columns, step)])
            named = [plain(name) for name in chart.rows] if place % beside == 0 else [""] * rows
            axes.set_yticks([rows - 1 - y + 0.47 for y in range(rows)], named)
            axes.tick_params(length=0, labelsize=8)
            axes.set_title(plain(title), loc="left", fontsize=10)
            axes.set_xlabel(plain(chart.x), fontsize=9)
            for spine in axes.spines.values():
                spine.set_visible(False)
        for axes in panels.flat[count:]:
            axes.axis("off")
        scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(0, top), colours)
        bar = figure.colorbar(scale, ax=panels, label=plain(chart.value), fraction=0.03, pad=0.01)
        bar.outline.set_visible(False)
    return figure


def _cell(mpl: Any, axes: Any, corner: tuple[int, int], value: float | None, top: float, form: str) -> None:
    """One place of a heat map; an empty one is hatched."""
    if value is None:
        axes.add_patch(mpl.patches.Rectangle(corner, 0.97, 0.94, facecolor="none", edgecolor=FAINT, hatch="///", lw=0))
        return
    axes.add_patch(mpl.patches.Rectangle(corner, 0.97, 0.94, facecolor=mpl.colormaps["cividis"](value / top), edgecolor="none"))
    if value:
        middle = (corner[0] + 0.485, corner[1] + 0.47)
        ink = "black" if value / top > 0.55 else "white"
        axes.text(*middle, format(value, form), ha="center", va="center", fontsize=6.5, color=ink)
