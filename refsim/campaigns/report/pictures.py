"""The pictures of a report: each a figure with a title, what one sees in it, and what it says to people who do not see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..rows import Row
from ..statistics.intervals import Estimate
from .drawing import saved
from .estimates import Share
from .facts import PER_BIT, Clean
from .figures import Bars, curves, heat_map, histograms
from .report import Report, by_cell, judges_of
from .sensitivity import Grid, Hits, sensitivity
from .series import Series, count_of, edges, histogram, rate_of, series
from .strata import chance_of_a_drop, mean_accuracy, strata
from .summary import Summary, accuracy
from .words import between, given, percent, plural, points

MOST_PANELS = 16
"""More histograms are not drawn."""
MAPPED = ("top1", "due")
"""What maps show: what became of a sample is seen in its first class, or detected."""
PLACES: tuple[tuple[str, Callable[[Summary], float | None], str, str], ...] = (
    ("rate", rate_of, "rate p of the fault model (logarithmic)", "the rate"),
    ("count", count_of, "flips of a trial (logarithmic)", "the number of flips"),
)
"""What curves are drawn against: a short name, where a cell lies, the axis, and the words for it."""


class Picture(NamedTuple):
    """A figure, and its words."""

    name: str
    title: str
    caption: str
    alt: str
    figure: Any


def pictures(report: Report, rows: Iterable[Row], hits: Hits | None = None) -> list[Picture]:
    """All that the cells of a report have data for; ``hits`` tells where the faults of a trial were."""
    trials = by_cell(rows, [found.facts.number for found in report.cells])
    judges = judges_of(report.manifest, [found.facts for found in report.cells], trials)
    curved = [*accuracy_pictures(report), *strata_pictures(report, trials, judges)]
    return [*curved, *histogram_pictures(report, trials, judges), *sensitivity_pictures(report, trials, hits)]


def accuracy_pictures(report: Report) -> list[Picture]:
    """Accuracy, and its loss, against rates and against numbers of flips."""
    level, drop = given(report.options.level), points(report.options.drop)
    means = ("Accuracy", "mean accuracy (%)", "Mean accuracy over the trials of each cell; dotted: accuracy without faults.")
    lost = f"trials that lose more than {drop} (%)"
    losses = (f"Loss of more than {drop}", lost, "Trials whose accuracy is lower than without faults by more than that.")
    made = []
    for place, x, axis, against in PLACES:
        for name, y, (what, label, said) in (("accuracy", mean_of, means), ("loss", dropped_of, losses)):
            found = series(report.cells, x, y)
            if len({point.x for one in found for point in one.points}) > 1:
                title = f"{what} against {against}"
                figure = curves(found, axis, label, clean=name == "accuracy", whole=place == "count")
                caption = f"{said} The bars are {level} % intervals over trials.{apart(found)}"
                made.append(Picture(f"{name}-{place}", title, caption, alt_of(title, found), figure))
    return made


def mean_of(found: Summary) -> Estimate | None:
    """The mean accuracy of a cell."""
    return found.mean


def dropped_of(found: Summary) -> Share | None:
    """How many trials of a cell lose accuracy."""
    return found.dropped


def apart(found: Sequence[Series]) -> str:
    """A word on points that are drawn beside their place."""
    return " Points of one place are drawn slightly apart." if len(found) > 1 else ""


def alt_of(title: str, found: Sequence[Series]) -> str:
    """A curve in words: where each series begins and ends."""
    said = []
    for one in found:
        first, last = one.points[0], one.points[-1]
        ends = f"{one.name}: {percent(first.value)} % at {first.x:.3g}"
        said.append(ends if first == last else f"{ends}, {percent(last.value)} % at {last.x:.3g}")
    return f"{title}. {'; '.join(said)}."


def strata_pictures(report: Report, trials: Mapping[int, Sequence[Row]], judges: Mapping[int, Clean | None]) -> list[Picture]:
    """The whole curves against the rate that cells with numbers of flips give, and the cells with that rate beside them."""
    level, drop = given(report.options.level), points(report.options.drop)
    said = f"Lines in bands: from the cells with exactly so many flips, with {level} % bands that hold for all rates together"
    said += " and have room for whatever numbers of flips without a cell, which the lines leave out, could come to"
    made = []
    for name, title, label, y, judged in (
        ("accuracy", "Accuracy against the rate, from numbers of flips", "mean accuracy (%)", mean_of, mean_accuracy),
        (
            "loss",
            f"Loss of more than {drop} against the rate, from numbers of flips",
            f"trials that lose more than {drop} (%)",
            dropped_of,
            chance_of_a_drop(report.options.drop),
        ),
    ):
        bands = strata(report.cells, trials, judges, report.method(), judged, loss=name == "loss")
        if bands:
            aims = {cell.facts.aim for cell in report.cells if cell.facts.kind == "count"}
            same = [cell for cell in report.cells if cell.facts.kind in PER_BIT and cell.facts.aim in aims]
            direct = [one._replace(name=f"{one.name}: trials at the rate") for one in series(same, rate_of, y)]
            beside = "; points: cells whose trials have the rate." if direct else "."
            bands = [one._replace(name=f"{one.name}: from numbers of flips") for one in bands]
            figure = curves(direct, "probability that a bit flips (logarithmic)", label, clean=name == "accuracy", bands=bands)
            made.append(Picture(f"{name}-strata", title, said + beside + apart(direct), alt_of(title, bands), figure))
    return made


def histogram_pictures(
    report: Report, trials: Mapping[int, Sequence[Row]], judges: Mapping[int, Clean | None]
) -> list[Picture]:
    """How the accuracies of trials are spread, for each cell that has some."""
    shown = [found for found in report.cells if found.mean is not None][:MOST_PANELS]
    if not shown:
        return []
    values = {}
    for found in shown:
        rows = trials[found.facts.number]
        judge = judges[found.facts.number]
        values[found.facts.number] = [accuracy(row, judge) for row in rows] if judge else []
    borders = edges([value for some in values.values() for value in some])
    bars = [
        Bars(
            f"{found.facts.arm}, {found.facts.faults}",
            tuple(map(float, borders)),
            histogram(values[found.facts.number], borders),
            None if found.clean is None else float(found.clean),
        )
        for found in shown
    ]
    said = (
        "How many trials came to which accuracy, on a logarithmic axis so that rare losses are seen; the dashed line is the "
        "accuracy without faults. Bins are the same in all panels."
    )
    left = sum(found.mean is not None for found in report.cells) - len(shown)
    said += f" {left} more cells are in the tables only." if left else ""
    ranges = "; ".join(
        f"{bar.name}: {between(min(values[found.facts.number]), max(values[found.facts.number]))} %"
        for bar, found in zip(bars, shown, strict=True)
    )
    alt = f"Histograms of the accuracy of trials, from the least to the greatest. {ranges}."
    return [Picture("histograms", "Accuracy of trials", said, alt, histograms(bars))]


def sensitivity_pictures(report: Report, trials: Mapping[int, Sequence[Row]], hits: Hits | None) -> list[Picture]:
    """A map of sites and bits for each arm of which some trials have all their faults in one bit of one site."""
    arms = list(dict.fromkeys(found.facts.arm for found in report.cells))
    made: list[Picture] = []
    for i, arm in enumerate(arms):
        facts = [found.facts for found in report.cells if found.facts.arm == arm]
        rows = [row for one in facts for row in trials[one.number]]
        grid = sensitivity(facts, rows, MAPPED, hits)
        if grid is not None:
            title = f"Which bits matter: {arm}"
            said = (
                f"Samples that change their first class, or are detected as due, when all faults of a trial are in this bit of "
                f"this site, in percent; {extent(grid)}. Hatched: no trial hit the place."
            )
            figure = heat_map(grid, "changed first class or due (%)")
            made.append(Picture(f"sensitivity-{i}", title, said, alt_of_grid(title, grid), figure))
    return made


def extent(grid: Grid) -> str:
    """How many trials there are of a place."""
    least, most = min(grid.trials.values()), max(grid.trials.values())
    return f"{plural(least, 'trial')} of each place" if least == most else f"{least} to {most} trials of a place"


def alt_of_grid(title: str, grid: Grid) -> str:
    """A map in words: its extent and its greatest value."""
    place, top = max(grid.shares.items(), key=lambda item: item[1])
    what = f"The greatest value is {percent(top)} %, at bit {place.bit} of {place.site}" if top else "All values are 0"
    return f"{title}: a map of {plural(len(grid.sites), 'site')} and {plural(len(grid.bits), 'bit')}. {what}."


def save_pictures(found: Iterable[Picture], folder: Path, kind: str) -> list[Path]:
    """Each picture as a file ``name.svg`` or ``name.png`` in a folder, which is made; the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for picture in found:
        path = folder / f"{picture.name}.{kind}"
        path.write_bytes(saved(picture.figure, kind))
        paths.append(path)
    return paths
