"""The figures of a report: curves, histograms and maps, from plain data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any, NamedTuple

from .drawing import COLOURS, DASHES, FAINT, INK, MARKERS, style
from .sensitivity import Grid, Place
from .series import Series

WIDTH = 8.6
APART = 1.025
"""By this factor the points of one series lie apart from those of the next."""
LONGEST_NAME = 60


class Bars(NamedTuple):
    """A histogram: what it is of, the edges of its bins, the trials in each, and the clean accuracy or ``None``."""

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    clean: float | None


def text(name: str) -> str:
    """A name as it is written in a figure: never as mathematics, and not too long."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
    return short.replace("$", r"\$")


def look_of(one: Series) -> dict[str, Any]:
    """The look of a series: colour and marker by its arm, the line by its faults."""
    return {
        "color": COLOURS[one.arm % len(COLOURS)],
        "marker": MARKERS[(one.arm + one.arm // len(COLOURS)) % len(MARKERS)],
        "linestyle": DASHES[one.kind % len(DASHES)],
    }


def curves(
    found: Sequence[Series], x: str, y: str, *, clean: bool = False, whole: bool = False, bands: Sequence[Series] = ()
) -> Any:
    """Values in percent against a logarithmic axis, with their intervals as bars; the clean values as lines across, and
    ``bands`` as lines in bands. Where places are ``whole`` numbers, each is named.
    """
    with style() as mpl:
        figure = mpl.figure.Figure(figsize=(WIDTH, 4.3), layout="constrained")
        axes = figure.subplots()
        axes.set_xscale("log")
        middle = (len(found) - 1) / 2
        places = sorted({point.x for one in [*found, *bands] for point in one.points})
        axes.set_xlim(places[0] / 1.4, places[-1] * 1.4)
        step = min([APART, *((b / a) ** (0.5 / max(len(found), 1)) for a, b in pairwise(places))])
        for i, one in enumerate(found):
            at = [point.x * step ** (i - middle) for point in one.points]
            values = [100 * point.value for point in one.points]
            reach = [
                [100 * max(point.value - point.low, 0) for point in one.points],
                [100 * max(point.high - point.value, 0) for point in one.points],
            ]
            look = look_of(one) | ({"linestyle": "none"} if bands else {})
            axes.errorbar(at, values, reach, label=text(one.name), zorder=3, ms=5, lw=1.6, capsize=3, elinewidth=1.1, **look)
            if clean and one.clean is not None:
                axes.axhline(100 * one.clean, color=look["color"], lw=0.9, ls=(0, (2, 3)), zorder=1)
        for one in bands:
            colour = look_of(one)["color"]
            at = [point.x for point in one.points]
            axes.plot(at, [100 * point.value for point in one.points], color=colour, lw=1.6, label=text(one.name))
            low, high = ([100 * end for end in ends] for ends in zip(*((p.low, p.high) for p in one.points), strict=True))
            axes.fill_between(at, low, high, color=colour, alpha=0.22, lw=0)
        if whole:
            axes.set_xticks(places, [f"{place:g}" for place in places])
            axes.minorticks_off()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.5)
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, -4), min(high, 104))
        if len(found) + len(bands) > 1:
            figure.legend(loc="outside lower center", ncols=2 if len(found) + len(bands) > 1 else 1, frameon=False)
    return figure


def histograms(found: Sequence[Bars]) -> Any:
    """How many trials came to which accuracy: one panel for each cell, all with the same bins."""
    with style() as mpl:
        columns = min(2, len(found))
        lines = -(-len(found) // columns)
        figure = mpl.figure.Figure(figsize=(WIDTH, 0.6 + 1.5 * lines), layout="constrained")
        panels = figure.subplots(lines, columns, sharex=True, squeeze=False)
        for axes in panels.flat[len(found) :]:
            axes.axis("off")
        for axes, one in zip(panels.flat, found, strict=False):
            for (low, high), count in zip(pairwise(one.edges), one.counts, strict=True):
                axes.bar(100 * low, count, 100 * (high - low), align="edge", color=COLOURS[0], edgecolor="none", zorder=2)
            if one.clean is not None:
                axes.axvline(100 * one.clean, color=COLOURS[1], lw=1.4, ls=(0, (4, 2)), zorder=3)
            axes.set_title("\n".join(text(part) for part in wrap(one.name, 52)[:2]), loc="left", fontsize=9)
            axes.set_xlim(100 * one.edges[0], 100 * one.edges[-1] + 1e-9)
            axes.set_yscale("symlog", linthresh=1)
            top = max([1, *one.counts])
            ticks = [0, *(10**k for k in range(9) if 10**k <= top)]
            axes.set_yticks(ticks, [str(tick) for tick in ticks])
            axes.minorticks_off()
            axes.set_ylim(0, 1.4 * top)
            axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.5, zorder=0)
        for i in range(columns):
            panels[-1, i].set_xlabel("accuracy of a trial (%)")
        last = panels.flat[len(found) - 1]
        last.tick_params(labelbottom=True)
        figure.supylabel("trials", fontsize=10, color=INK)
    return figure


def heat_map(grid: Grid, value: str) -> Any:
    """Shares of samples in percent, by site and bit; a place that no trial hit is empty."""
    with style() as mpl:
        rows, columns = len(grid.sites), len(grid.bits)
        figure = mpl.figure.Figure(figsize=(WIDTH, 1.5 + 0.36 * rows), layout="constrained")
        axes = figure.subplots()
        shares = [[_value(grid, site, bit) for bit in grid.bits] for site in grid.sites]
        top = max([one for line in shares for one in line if one is not None], default=0.0) or 1.0
        colours = mpl.colormaps["cividis"]
        for y, line in enumerate(shares):
            for x, one in enumerate(line):
                corner = (x, rows - 1 - y)
                if one is None:
                    patch = {"facecolor": "none", "edgecolor": FAINT, "hatch": "///", "lw": 0}
                else:
                    patch = {"facecolor": colours(one / top), "edgecolor": "none"}
                axes.add_patch(mpl.patches.Rectangle(corner, 0.97, 0.94, **patch))
                if one is not None and columns <= 16:
                    bright = one / top > 0.55
                    middle = (corner[0] + 0.485, corner[1] + 0.47)
                    axes.text(*middle, f"{one:.3g}", ha="center", va="center", fontsize=8, color="black" if bright else "white")
        axes.set_xlim(0, columns)
        axes.set_ylim(0, rows)
        step = max(1, columns // 16)
        axes.set_xticks([x + 0.485 for x in range(0, columns, step)], [str(grid.bits[x]) for x in range(0, columns, step)])
        axes.set_yticks([rows - 1 - y + 0.47 for y in range(rows)], [text(site) for site in grid.sites])
        axes.tick_params(length=0)
        axes.set_xlabel("bit of the code, the least significant one is 0")
        for spine in axes.spines.values():
            spine.set_visible(False)
        scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(0, top), colours)
        bar = figure.colorbar(scale, ax=axes, label=value, fraction=0.05, pad=0.02)
        bar.outline.set_visible(False)
    return figure


def _value(grid: Grid, site: str, bit: int) -> float | None:
    found = grid.shares.get(Place(site, bit))
    return None if found is None else float(100 * found)
