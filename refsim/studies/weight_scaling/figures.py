"""The figures of the study."""

from __future__ import annotations

from ..results.charts import Chart, Level, Panel, Series
from ..results.measured import Measured
from ..study import Records
from .readings import NONE, accuracy, bits_per_weight, fault_gain, one, rounding_gain, stored
from .settings import (
    ALL_RATES,
    CLAMPED,
    FAMILIES,
    FORMATS,
    HIGH,
    LOW,
    PARITY,
    PLAIN,
    Q25,
    SCALED,
    SCALED_CLAMPED,
    SCALED_PARITY,
    SCALED_SECDED,
    SECDED,
    SWEPT,
    SWEPT_FAMILIES,
    WITHOUT_CHECKS,
    Arm,
    Format,
)
from .tables import rate_name, target_name

WHOLE = (0.0, 102.0)
"""Percents, with some room above."""
PROTECTIONS = {
    "none": (PLAIN, SCALED),
    "clamped": (CLAMPED, SCALED_CLAMPED),
    "parity, read as zero": (PARITY, SCALED_PARITY),
    "SECDED": (SECDED, SCALED_SECDED),
}
"""By what protects weights: plain ones and scaled ones."""


def rates_chart(records: Records, format: Format) -> Chart:
    """Accuracy by rate, a panel for each family."""
    rates = (NONE, *ALL_RATES)
    panels = [
        Panel(
            f"{family}, in place of {paper}",
            "rate of bit flips",
            "accuracy (%)",
            [
                Series(arm.name, [(rate_name(rate), _at(records, format, family, arm, rate)) for rate in rates])
                for arm in WITHOUT_CHECKS
            ],
            y_range=WHOLE,
        )
        for family, paper in FAMILIES.items()
    ]
    caption = f"Accuracy with weights in {format.name}, by the rate at which stored bits are flipped."
    return Chart(f"rates-{format.name}", caption, panels)


def _at(records: Records, format: Format, family: str, arm: Arm, rate: str) -> Measured:
    return accuracy(one(records, **stored(format.name, family, arm)), rate)


def gains_chart(records: Records) -> Chart:
    """The gain against faults by rate, and that by rounding as a level."""
    panels = [
        Panel(
            family,
            "rate of bit flips",
            "gain against faults (points)",
            [
                Series(format.name, [(rate_name(rate), fault_gain(records, format.name, family, rate)) for rate in ALL_RATES])
                for format in reversed(FORMATS)
            ],
            levels=[Level("", rounding_gain(records, Q25.name, family).value)],
        )
        for family in FAMILIES
    ]
    caption = (
        "What scaled weights gain over plain ones against faults. The dotted line is what they gain in q2.5 by finer rounding, "
        "without any fault."
    )
    return Chart("gains", caption, panels)


def targets_chart(records: Records) -> Chart:
    """Accuracy by what weights are scaled to, at one rate."""
    panels = []
    for format in FORMATS:
        for family in SWEPT_FAMILIES:
            reads = [read for read in SWEPT if records.of(part="targets", format=format.name, read=read)]
            series = []
            for read in reads:
                labels = {"part": "targets", "format": format.name, "family": family, "read": read}
                points = [
                    (target_name(target).removeprefix("2^"), accuracy(one(records, **labels, target=target), LOW))
                    for target in format.swept
                ]
                series.append(Series(read, points, list(SWEPT).index(read)))
            named = "target, just below this power of 2" if target_name(format.swept[0]).startswith("2^") else "target"
            title, x = f"{format.name}, {family}", named
            panels.append(Panel(title, x, "accuracy (%)", series, y_range=WHOLE))
    caption = f"Accuracy at the rate {rate_name(LOW)}, by what the greatest weight is scaled to and by how weights are read."
    return Chart("targets", caption, panels)


def costs_chart(records: Records) -> Chart:
    """Accuracy by cost at one rate."""
    panels = []
    for family in FAMILIES:
        series = [
            Series(name, [(_cost(records, family, arm), _at(records, Q25, family, arm, HIGH)) for arm in arms])
            for name, arms in PROTECTIONS.items()
        ]
        panels.append(Panel(family, "bits stored for each weight", "accuracy (%)", series, y_range=WHOLE))
    caption = (
        f"Accuracy at the rate {rate_name(HIGH)} by cost, with weights in {Q25.name}: bits stored for each weight, without and "
        "with a division when it is read."
    )
    return Chart("cost", caption, panels)


def _cost(records: Records, family: str, arm: Arm) -> str:
    bits = bits_per_weight(records, Q25.name, family, arm)
    return f"{bits:.0f}{', divided' if arm.scaled else ''}"
