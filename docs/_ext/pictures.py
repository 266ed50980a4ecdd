"""Pictures, drawn from the specification when the book is built, into ``_build/pictures``."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from sphinx.application import Sphinx

from refsim.spec.catalogue import get_format
from refsim.spec.formats import Format
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

from .group_pictures import dynamic_trace, error_of_steps
from .report_pictures import report_curve, report_loss, report_map

INK, FAINT, UP, DOWN = "#22303c", "#b8c0c8", "#c2410c", "#1d4ed8"
CROWD = 80
"""More strokes than this on a line are drawn thin."""
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "refsim",
}


def numbers(format: Format, last: int) -> list[Fraction]:
    """The numbers of a format from the point ``-last`` to the point ``last``, in order."""
    positive = [format.grid.magnitude(n) for n in range(format.first, last + 1)]
    return sorted({*positive, *(-m for m in positive)}) if format.signed else positive


def staircases() -> Figure:
    """What each deterministic rule makes of the numbers around zero: one panel a rule."""
    format = get_format("float4_e2m1fn")
    steps = numbers(format, 3)
    figure = Figure(figsize=(9.4, 7.8), layout="constrained")
    rows = -(-(len(DETERMINISTIC) + 1) // 4)
    panels = figure.subplots(rows, 4, sharex=True, sharey=True).flat
    for rule, axes in zip(DETERMINISTIC, panels, strict=False):
        staircase(axes, Projection(format, rule, "saturate"), steps)
        axes.set_title(rule, fontsize=9.5, family="DejaVu Sans Mono")
    explain(next(panels))
    for axes in panels:
        axes.axis("off")
    return figure


def staircase(axes: Axes, to: Projection, steps: list[Fraction]) -> None:
    """One rule between the given neighbours, asked in the middle and inside both halves of every gap."""
    axes.plot([steps[0], steps[-1]], [steps[0], steps[-1]], color=FAINT, lw=0.8, zorder=1)
    for low, high in pairwise(steps):
        middle = (low + high) / 2
        first, last = (rounded(to, low + (high - low) * Fraction(part, 4)) for part in (1, 3))
        for left, right, y in ((low, middle, first), (middle, high, last)) if first != last else ((low, high, first),):
            axes.plot([left, right], [y, y], color=UP if y >= right else DOWN, lw=2.2, solid_capstyle="butt", zorder=2)
        if first != last:
            axes.plot(middle, rounded(to, middle), "o", color=INK, ms=4, zorder=4)
    for x in steps:
        axes.plot(x, rounded(to, x), "o", mfc="white", mec=INK, mew=0.9, ms=4.6, zorder=3)
    axes.axhline(0, color=FAINT, lw=0.5, zorder=0)
    axes.axvline(0, color=FAINT, lw=0.5, zorder=0)
    axes.set_aspect("equal")
    axes.set_xticks([float(x) for x in steps], [f"{float(x):g}" for x in steps])
    axes.set_yticks([float(x) for x in steps])


def explain(axes: Axes) -> None:
    """The legend, in a panel of its own."""
    axes.axis("off")
    symbols = (
        ({"color": UP, "lw": 2.2}, "becomes a greater number"),
        ({"color": DOWN, "lw": 2.2}, "becomes a lesser number"),
        ({"marker": "o", "color": INK, "ms": 4, "lw": 0}, "what a tie becomes"),
        ({"marker": "o", "mfc": "white", "mec": INK, "ms": 4.6, "lw": 0}, "a number of the format"),
        ({"color": FAINT, "lw": 0.8}, "no rounding"),
    )
    handles = [Line2D([], [], **look) for look, _ in symbols]
    axes.legend(
        handles,
        [text for _, text in symbols],
        loc="center",
        frameon=False,
        title="across: the exact number\nup: what it becomes\nin float4_e2m1fn",
        alignment="left",
    )


def rounded(to: Projection, x: Fraction) -> Fraction:
    """The number that x becomes, zero without its sign."""
    datum = to.format.decode(to(x).code)
    return datum if isinstance(datum, Fraction) else Fraction(0)


def number_lines() -> Figure:
    """The grids of E2M1 and E4M3: evenly spaced in a binade, twice as far apart in the next."""
    e2m1, e4m3 = get_format("float4_e2m1fn"), get_format("float8_e4m3fn")
    binade = e4m3.grid.magnitude(e4m3.least_normal or 0)
    rows = (
        (e2m1, numbers(e2m1, e2m1.top), "all numbers of float4_e2m1fn", "linear"),
        (e4m3, numbers(e4m3, e4m3.top), "all numbers of float8_e4m3fn", "linear"),
        (e4m3, [x for x in numbers(e4m3, e4m3.top) if abs(x) <= 4 * binade], "float8_e4m3fn around zero", "linear"),
        (e4m3, [x for x in numbers(e4m3, e4m3.top) if x > 0], "the positive numbers of float8_e4m3fn, logarithmic", "log"),
    )
    figure = Figure(figsize=(9.4, 5.2), layout="constrained")
    for axes, (format, points, title, scale) in zip(figure.subplots(len(rows), 1), rows, strict=True):
        number_line(axes, format, points)
        axes.set_title(title, fontsize=9.5, loc="left")
        if scale == "log":
            axes.set_xscale("log", base=2)
    return figure


def number_line(axes: Axes, format: Format, points: list[Fraction]) -> None:
    """Points as strokes on a line: normal numbers in ink, subnormal ones and zero in colour."""
    least = format.grid.magnitude(format.least_normal or 0)
    for x in points:
        small = abs(x) < least
        axes.plot([x, x], [0, 1], color=UP if small else INK, lw=0.6 if len(points) > CROWD else 1.2)
    axes.set_ylim(0, 1.15)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if len(points) <= CROWD / 4:
        axes.set_xticks([float(x) for x in points])
        axes.set_xticklabels([f"{float(x):g}" for x in points])


def past_the_end() -> Figure:
    """The end of a range: the grid goes on while rounding, then the last gap reaches to infinity."""
    format = get_format("float8_e4m3")
    figure = Figure(figsize=(9.4, 5.6), layout="constrained")
    line, table = figure.subplots(2, 1, height_ratios=(1.25, 2))
    last = format.top
    points = [(n, float(format.grid.magnitude(n))) for n in range(last - 3, last + 4)]
    end = points[3][1]
    beyond = points[-1][1] + 48
    line.plot([points[0][1] - 8, end], [0, 0], color=INK, lw=1.2)
    line.plot([end, beyond], [0, 0], color=UP, lw=2.4)
    for n, x in points:
        inside = n <= last
        line.plot(x, 0, "o", color=INK if inside else "white", mec=INK if inside else FAINT, ms=7, zorder=3)
        line.text(x, -0.35, f"{x:g}", ha="center", va="top", color=INK if inside else "#7b8794")
    line.plot(beyond, 0, ">", color=UP, ms=9, zorder=3)
    line.text(beyond, -0.35, "infinity", ha="center", va="top", color=UP)
    line.text(points[0][1] - 8, 0.35, "numbers of float8_e4m3", va="bottom")
    line.text((end + beyond) / 2, 0.35, "one more gap: every excess lies at its far end", ha="center", va="bottom", color=UP)
    line.text(
        (end + beyond) / 2, -1.1, "hollow: points that rounding sees and no code names", ha="center", va="top", color="#7b8794"
    )
    line.set_ylim(-1.6, 1.1)
    line.axis("off")
    carried = [
        [bool(rule(Projection(format, name, "infinity").past_end(side))) for name, rule in DETERMINISTIC.items()]
        for side in (False, True)
    ]
    for y, row in enumerate(carried):
        for x, up in enumerate(row):
            table.add_patch(Rectangle((x, -y), 0.94, 0.88, color="#fde8dc" if up else "#e3e9fb"))
            table.text(
                x + 0.47,
                0.44 - y,
                "infinity" if up else "last",
                ha="center",
                va="center",
                color=UP if up else DOWN,
                fontsize=8.5,
            )
    table.set_xlim(0, len(DETERMINISTIC))
    table.set_ylim(-1.05, 1)
    table.set_xticks(
        [x + 0.47 for x in range(len(DETERMINISTIC))],
        DETERMINISTIC,
        rotation=35,
        ha="right",
        family="DejaVu Sans Mono",
        fontsize=8.5,
    )
    table.set_yticks([0.44, -0.56], ["positive", "negative"])
    table.tick_params(length=0)
    table.set_title(
        "what the overflow rule infinity makes of a number past the end, by the rounding rule and the sign",
        fontsize=9.5,
        loc="left",
    )
    for spine in table.spines.values():
        spine.set_visible(False)
    return figure


PICTURES = {"staircases": staircases, "number-lines": number_lines, "past-the-end": past_the_end}
PICTURES |= {"error-of-steps": error_of_steps, "dynamic-trace": dynamic_trace}
PICTURES |= {"report-curve": report_curve, "report-loss": report_loss, "report-map": report_map}


def draw(directory: Path, kind: str = "svg") -> None:
    """Draw all pictures into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        for name, picture in PICTURES.items():
            picture().savefig(directory / f"{name}.{kind}", metadata={"Date": None} if kind == "svg" else None, dpi=110)


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.connect("builder-inited", lambda app: draw(Path(app.srcdir) / "_build" / "pictures"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
