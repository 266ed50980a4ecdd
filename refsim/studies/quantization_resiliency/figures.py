"""The figures: errors by size and by depth, what remains after retraining, compression, and the trade-off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..results.charts import CATEGORIES, LOG, LOG2, Chart, Level, Panel, Series
from ..results.measured import LEVEL, over_seeds
from .compression import compression
from .measures import error
from .networks import FLOAT_BITS, MLP, TITLES, bits_of, named
from .points import FLOAT, Curve, Point
from .settings import LEVELS
from .tables import precision

ERROR = "error on test images (%)"


def seeds(found: Iterable[Point], what: str = "Means over seeds", by: str = "") -> str:
    """What every point of a figure is, and of how many seeds, by family."""
    counts = {point.family: len(point.floating) for point in found}
    said = ", ".join(f"{count} of each {TITLES[family]}" for family, count in counts.items())
    return f"{what} ({said}) with intervals at {LEVEL:.0%}{by}."


def _all(curves: Sequence[Curve]) -> list[Point]:
    return [point for curve in curves for point in curve.points]


def by_size(curves: Sequence[Curve]) -> Chart:
    """Errors in floating point, quantized directly and retrained, by size."""
    return Chart(
        "errors-by-size",
        f"Errors by size of network, with 3 and 7 levels: {', '.join(curve.name for curve in curves)}. {seeds(_all(curves))}",
        [_errors(curve, levels) for curve in curves for levels in LEVELS[:2]],
    )


def _errors(curve: Curve, levels: int) -> Panel:
    return Panel(
        f"{curve.name}, {levels} levels",
        _size(curve),
        ERROR,
        _ways(curve.quantized, levels, _at),
        scale=LOG2 if curve.family == MLP else CATEGORIES,
        y_scale=LOG,
        y_range=(1, 100),
    )


def _ways(found: Sequence[Point], levels: int, place: Callable[[Point], float | str]) -> list[Series]:
    """The errors of networks in floating point, quantized directly and retrained, each at its place."""
    return [
        Series("float", [(place(point), error(point.floating)) for point in found]),
        Series("direct", [(place(point), error(point.direct[levels])) for point in found]),
        Series("retrained", [(place(point), error(point.retrained[levels])) for point in found]),
    ]


def _size(curve: Curve) -> str:
    return "units of each hidden layer" if curve.family == MLP else "maps of each convolution"


def _at(point: Point) -> float | str:
    return point.sizes[0] if point.family == MLP else named(point.sizes)


def remaining(curves: Sequence[Curve]) -> Chart:
    """What remains after retraining, by size, at every depth."""
    return Chart(
        "remaining",
        f"The error after retraining less that in floating point, paired by seed, by size. {seeds(_all(curves))}",
        [
            Panel(
                curve.name,
                _size(curve),
                "retrained less float (points)",
                [
                    Series(precision(levels), [(_at(point), over_seeds(point.gap(levels))) for point in curve.quantized])
                    for levels in LEVELS
                ],
                scale=LOG2 if curve.family == MLP else CATEGORIES,
                levels=[Level("", 0)],
            )
            for curve in curves
        ],
    )


def by_depth(families: Sequence[Sequence[Point]]) -> Chart:
    """Errors by depth, direct and retrained."""
    return Chart(
        "errors-by-depth",
        f"Errors by depth: hidden layers or convolutions. {seeds(point for found in families for point in found)}",
        [
            Panel(
                f"{'FFDNN of width ' + str(found[0].sizes[0]) if found[0].family == MLP else 'CNN'}, {levels} levels",
                "hidden layers" if found[0].family == MLP else "maps of each convolution",
                ERROR,
                _ways(found, levels, _depth),
                y_scale=LOG,
                y_range=(1, 100),
            )
            for found in families
            for levels in LEVELS[:2]
        ],
    )


def _depth(point: Point) -> str:
    return str(len(point.sizes)) if point.family == MLP else named(point.sizes)


def ratios(curves: Sequence[Curve]) -> Chart:
    """Effective compression ratios by size."""
    return Chart(
        "compression",
        "Effective compression ratio of retrained networks by size; one that the curve in floating point does not reach has no "
        "point. Dotted: the ratio of bits alone, 16 for 3 levels, 10.67 for 7 and 8 for 15. "
        + seeds(_all(curves), "Ratios at mean errors over seeds", " by a jackknife"),
        [
            Panel(
                curve.name,
                "weights",
                "effective compression ratio",
                [
                    Series(
                        precision(levels),
                        [
                            (point.weights, ratio)
                            for point in curve.quantized
                            if (ratio := compression(curve, point, levels)) is not None
                        ],
                    )
                    for levels in LEVELS
                ],
                scale=LOG,
                levels=[Level("", FLOAT_BITS / bits_of(levels)) for levels in LEVELS],
                y_scale=LOG,
                y_range=(1, 200),
            )
            for curve in curves
        ],
    )


def trade_off(curves: Sequence[Curve]) -> Chart:
    """Errors by stored bits and precision."""
    return Chart(
        "trade-off",
        f"Size against precision: the error by the bits of all weights. {seeds(_all(curves))}",
        [
            Panel(
                curve.name,
                "bits of all weights (Kibit)",
                ERROR,
                [
                    Series(
                        precision(levels),
                        [
                            (point.bits(levels) / 1024, error(point.errors(levels)))
                            for point in (curve.points if levels == FLOAT else curve.quantized)
                        ],
                    )
                    for levels in (FLOAT, *reversed(LEVELS))
                ],
                scale=LOG,
                y_scale=LOG,
                y_range=(1, 100),
            )
            for curve in curves
        ],
    )
