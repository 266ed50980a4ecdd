"""The figures of the study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...spec.dynamic import GROUPS
from ..results.charts import LINEAR, LOG, Chart, Level, Panel, Series, X
from ..results.measured import LEVEL, over_seeds
from ..study import Records
from . import found
from .arms import FLOAT, KINDS, Arm, Sweeps
from .names import COLOURS, NETWORKS, rate_name
from .names import KINDS as NAMES

ERROR = "test error / that of float"
SAME = Level("float", 1.0)
Swept = Mapping[str, Sweeps]
"""What was swept, by network."""


def trials(records: Records, networks: Sequence[str]) -> str:
    """Of how many seeds the points of a figure are, and what their intervals are."""
    counts = ", ".join(f"{len(found.errors(records, one, FLOAT))} seeds of the {NETWORKS[one]}" for one in networks)
    return f"Intervals at {LEVEL:.0%} over {counts}."


def line(records: Records, network: str, name: str, arms: Sequence[tuple[X, Arm]], colour: int, dash: int = 0) -> Series:
    """Arms as points of one series."""
    return Series(name, [(x, found.times(records, network, arm)) for x, arm in arms], colour, dash)


Width = tuple[str, str, Callable[[Sweeps, str], list[Arm]], Callable[[Arm], int]]
"""A width that is swept: the name of its table and figure, what it is of, the arms by sweeps and kind, and an arm's width."""
COMPUTATION: Width = (
    "computation-width",
    "what is computed",
    Sweeps.computation_arms,
    lambda arm: arm.computation,
)
STORAGE: Width = ("storage-width", "stored parameters", Sweeps.storage_arms, lambda arm: arm.storage)


def by_width(records: Records, swept: Swept, swept_width: Width) -> Chart:
    """Error by a width, in fixed and in dynamic fixed point."""
    name, what, arms, width = swept_width
    panels = [
        Panel(
            NETWORKS[network],
            f"bits of {what}, sign included",
            ERROR,
            [
                line(records, network, NAMES[kind], [(width(one), one) for one in arms(sweeps, kind)], COLOURS[kind])
                for kind in KINDS
            ],
            levels=[SAME],
            y_scale=LOG,
        )
        for network, sweeps in swept.items()
        if arms(sweeps, KINDS[0])
    ]
    caption = (
        f"Test error by the bits of {what}, over that of float, on a logarithmic scale: geometric mean over seeds, each "
        "compared with the training in float that had the same first parameters and order of samples. "
        "Widths stand evenly apart. "
        + trials(records, [network for network, sweeps in swept.items() if arms(sweeps, KINDS[0])])
    )
    return Chart(name, caption, panels)


def radix(records: Records, swept: Swept) -> Chart:
    """Error by the radix of fixed point: a panel for each network and width."""
    panels = [
        Panel(
            f"{NETWORKS[network]}, {width} bits",
            "bits before the radix point",
            ERROR,
            [line(records, network, NAMES["fixed"], [(one.radix, one) for one in sweeps.radix_arms(width)], COLOURS["fixed"])],
            LINEAR,
            [SAME],
            LOG,
        )
        for network, sweeps in swept.items()
        if sweeps.radices
        for width in sweeps.radix_widths
    ]
    caption = (
        "Test error by the place of the radix point in fixed point, over that of float: too few bits before it saturate, too "
        "many leave too few behind it. " + trials(records, [network for network, sweeps in swept.items() if sweeps.radices])
    )
    return Chart("radix-point", caption, panels)


def overflows(records: Records, swept: Swept) -> Chart:
    """Error by the greatest rate of overflows of dynamic fixed point."""
    widths = list(dict.fromkeys(width for sweeps in swept.values() for width in sweeps.overflow_widths))
    panels = [
        Panel(
            NETWORKS[network],
            "greatest rate of overflows",
            ERROR,
            [
                line(
                    records,
                    network,
                    f"{width} bits",
                    [(rate_name(one.overflows), one) for one in sweeps.overflow_arms(width)],
                    widths.index(width),
                )
                for width in sweeps.overflow_widths
            ],
            levels=[SAME],
            y_scale=LOG,
        )
        for network, sweeps in swept.items()
        if sweeps.overflows
    ]
    caption = (
        "Test error by the greatest rate of overflows that dynamic fixed point puts up with, over that of float, by the bits "
        "of what is computed; parameters are stored wide. "
        + trials(records, [network for network, sweeps in swept.items() if sweeps.overflows])
    )
    return Chart("overflow-rate", caption, panels)


def ranges(records: Records, networks: Sequence[str]) -> Chart:
    """The radices that dynamic fixed point came to."""
    panels = []
    for network in networks:
        own = records.of(found="radices", network=network)
        layers = dict.fromkeys(one["layer"] for one in own)
        series = [
            Series(
                f"layer {i}",
                [
                    (group.replace("update_", "upd. "), over_seeds(one["radices"]))
                    for group in GROUPS
                    for one in own
                    if (one["layer"], one["group"]) == (layer, group)
                ],
                i - 1,
            )
            for i, layer in enumerate(layers, start=1)
        ]
        panels.append(Panel(NETWORKS[network], "group", "bits before the radix point", series))
    caption = (
        "Where dynamic fixed point of 10/12 bits put the radix points of the ten groups of each layer: mean over seeds "
        "at the end of training. Radix points are first looked for from 5 on, where fixed point stays. "
        + trials(records, networks)
    )
    return Chart("ranges", caption, panels, 1)
