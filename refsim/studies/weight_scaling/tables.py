"""The tables of the study."""

from __future__ import annotations

from math import sqrt

from ...campaigns.statistics.intervals import Interval
from ..results.measured import Measured, over_seeds, over_trials
from ..results.tables import Cell, Column, Table
from ..study import Records
from .readings import (
    NONE,
    accuracy,
    bits_per_weight,
    fault_gain,
    gain,
    of_trainings,
    one,
    percents,
    rounding_gain,
    seeds,
    stored,
)
from .settings import (
    ALL_RATES,
    ARMS,
    FAMILIES,
    FORMATS,
    HIGH,
    LOW,
    MIDDLE,
    PLAIN,
    Q25,
    SCALED,
    SWEPT,
    SWEPT_FAMILIES,
    TARGETS,
    WITHOUT_CHECKS,
    Arm,
    Format,
)

RATIOS = Interval(0.0, 1e6)


def rate_name(rate: str) -> str:
    """A rate as people read it."""
    return f"{float(rate):g}"


def rates_table(records: Records, format: Format) -> Table:
    """Accuracy at every rate, without check bits."""
    rows: list[list[Cell]] = []
    for family in FAMILIES:
        for arm in WITHOUT_CHECKS:
            found = one(records, **stored(format.name, family, arm))
            values = [accuracy(found, rate) for rate in ALL_RATES]
            rows.append([family, arm.name, percents(found, NONE)[0], *values])
    caption = f"Accuracy with weights in {format.name}, by the rate of bit flips."
    columns = [Column("network"), Column("weights"), *(Column(rate_name(rate), "%") for rate in (NONE, *ALL_RATES))]
    return Table(f"rates-{format.name}", caption, columns, rows)


def flips_table(records: Records) -> Table:
    """How many flips a trial has."""
    rows: list[list[Cell]] = []
    for format in FORMATS:
        for family in FAMILIES:
            found = one(records, **stored(format.name, family, PLAIN))
            means = [found["flips"][rate] / len(found["lost"][rate]) for rate in ALL_RATES]
            rows.append([format.name, family, found["bits"]["weight"], *means])
    columns = [Column("weights in"), Column("network"), Column("bits"), *(Column(rate_name(rate)) for rate in ALL_RATES)]
    return Table("flips", "Flips of weights in a trial, by the rate: means of the trials.", columns, rows)


def gains_table(records: Records) -> Table:
    """What scaling gains by a finer rounding, and what it gains against faults."""
    rates = (MIDDLE, LOW, HIGH)
    rows: list[list[Cell]] = [
        [
            format.name,
            family,
            rounding_gain(records, format.name, family),
            *(fault_gain(records, format.name, family, rate) for rate in rates),
            gain(records, format.name, family, LOW),
        ]
        for format in FORMATS
        for family in FAMILIES
    ]
    columns = [
        Column("weights in"),
        Column("network"),
        Column("by rounding, at 0", "points"),
        *(Column(f"against faults, at {rate_name(rate)}", "points") for rate in rates),
        Column(f"together, at {rate_name(LOW)}", "points"),
    ]
    caption = (
        "What scaled weights gain over plain ones. The gain by rounding is that without faults, its trials are test samples; "
        "the gain against faults is that at a rate less that without faults, under the same faults, its trials are runs."
    )
    return Table("gains", caption, columns, rows)


def trainings_table(records: Records) -> Table:
    """The gain against faults over trainings."""
    rows: list[list[Cell]] = [
        [family, *(over_seeds(of_trainings(records, family, rate)) for rate in (LOW, HIGH)), _spread(records, family)]
        for family in FAMILIES
    ]
    columns = [
        Column("network"),
        *(Column(f"against faults, at {rate_name(rate)}", "points") for rate in (LOW, HIGH)),
        Column("accuracy of each training, scaled, without faults", "%"),
    ]
    caption = f"What scaled weights in {Q25.name} gain against faults, over trainings with other seeds and other faults."
    return Table("trainings", caption, columns, rows)


def _spread(records: Records, family: str) -> str:
    found = [
        percents(one(records, part="trainings", family=family, training=seed, arm=SCALED.name), NONE)[0]
        for seed in seeds(records, family)
    ]
    return ", ".join(f"{x:.1f}" for x in found)


def ratios(records: Records, family: str) -> list[float]:
    """By which factor scaling divides the error of flips, in each trial that has one."""
    plain, scaled = (one(records, part="errors", family=family, arm=arm)["flips"] for arm in ("plain", "scaled"))
    return [a / b for a, b in zip(plain, scaled, strict=True) if b > 0]


def errors_table(records: Records) -> Table:
    """Errors of what is read, beside the closed form."""
    rows: list[list[Cell]] = []
    for family in FAMILIES:
        for arm in ("plain", "scaled"):
            found = one(records, part="errors", family=family, arm=arm)
            flips = [x * x for x in found["flips"]]
            mean = over_trials(flips, Interval(0.0, max(flips) * 100 + 1))
            roots = Measured(sqrt(mean.value), sqrt(mean.low), sqrt(mean.high), mean.trials)
            by = over_trials(ratios(records, family), RATIOS) if arm == "scaled" else None
            least, most = min(found["factors"]), max(found["factors"])
            factors = f"{least:.1f} to {most:.1f}" if least < most else f"{least:g}"
            rows.append([family, arm, factors, found["rounding"], roots, found["expected"], by])
    columns = [
        Column("network"),
        Column("weights"),
        Column("factors"),
        Column("rounding", digits=4),
        Column(f"flips, at {rate_name(LOW)}", digits=4),
        Column("closed form", digits=4),
        Column("divided by", digits=2),
    ]
    caption = (
        f"Error of weights that are read from {Q25.name}, root of the mean square: that of rounding, and that of flips, beside "
        "its closed form for single flips, each divided by its factor."
    )
    return Table("errors", caption, columns, rows)


def target_name(target: str) -> str:
    """A target as people read it."""
    top, _, bottom = target.partition("/")
    return TARGETS.get(target) or f"{int(top) / int(bottom or 1):.3g}"


def targets_table(records: Records, format: Format) -> Table:
    """Accuracy by what weights are scaled to."""
    reads = [read for read in SWEPT if records.of(part="targets", format=format.name, read=read)]
    rows: list[list[Cell]] = []
    for family in SWEPT_FAMILIES:
        for target in format.swept:
            labels = {"part": "targets", "format": format.name, "family": family, "target": target}
            found = [one(records, **labels, read=read) for read in reads]
            values = [accuracy(each, LOW) for each in found]
            rows.append([family, target_name(target), percents(found[0], NONE)[0], *values])
    below = "just below " if target_name(format.swept[0]).startswith("2^") else ""
    columns = [
        Column("network"),
        Column(f"greatest weight becomes {below}".strip()),
        Column("0", "%"),
        *(Column(f"{rate_name(LOW)}, {read}", "%") for read in reads),
    ]
    caption = f"Accuracy with weights in {format.name}, by what the greatest one is scaled to: without faults, and at one rate."
    return Table(f"targets-{format.name}", caption, columns, rows)


def work(arm: Arm) -> str:
    """What reading a weight takes, beside the conversion."""
    parts = [
        "a division" if arm.scaled else "",
        "two comparisons" if arm.policy == "clamped" else "",
        {"secded": "a share of decoding 72 bits", "parity": "a parity of its bits", "": ""}[arm.check],
    ]
    return ", ".join(part for part in parts if part) or "nothing"


def costs_table(records: Records, format: Format, rate: str) -> Table:
    """Cost and accuracy of every memory."""
    rows: list[list[Cell]] = []
    for arm in ARMS:
        bits = [bits_per_weight(records, format.name, family, arm) for family in FAMILIES]
        found = [accuracy(one(records, **stored(format.name, family, arm)), rate) for family in FAMILIES]
        clean = [percents(one(records, **stored(format.name, family, arm)), NONE)[0] for family in FAMILIES]
        rows.append([arm.name, sum(bits) / len(bits), work(arm), sum(clean) / len(clean), *found])
    columns = [
        Column("weights"),
        Column("stored for each weight", "bit", 2),
        Column("to read one"),
        Column("mean of the networks, at 0", "%"),
        *(Column(family, "%") for family in FAMILIES),
    ]
    caption = f"Cost and accuracy with weights in {format.name} at the rate {rate_name(rate)}. Check bits are hit too."
    return Table(f"cost-{format.name}-{rate_name(rate)}", caption, columns, rows)


def factors_table(records: Records) -> Table:
    """Factors that are hit, beside such that are not."""
    rates = (MIDDLE, LOW, HIGH)
    rows: list[list[Cell]] = []
    for family in FAMILIES:
        for safe in (True, False):
            labels = stored(Q25.name, family, SCALED) if safe else {"part": "factors", "family": family}
            found = one(records, **labels)
            clean = percents(found, NONE)[0]
            rows.append([family, "safe" if safe else "hit too", clean, *(accuracy(found, rate) for rate in rates)])
    columns = [Column("network"), Column("factors"), *(Column(rate_name(rate), "%") for rate in (NONE, *rates))]
    caption = f"Accuracy with scaled weights in {Q25.name}: factors in safe memory, and factors that are hit at the same rate."
    return Table("factors", caption, columns, rows)


def single_table(records: Records) -> Table:
    """Where one division is enough."""
    rows: list[list[Cell]] = []
    for family in FAMILIES:
        found = one(records, part="single", family=family)
        same = over_trials([100 * k / found["samples"] for k in found["same"]])
        share = 100 * found["weights_without"] / found["weights"]
        layers = f"{len(found['without'])} of {found['layers']}: {', '.join(found['without'])}"
        whole = 100 * found["same_without_faults"] / found["samples"]
        rows.append([family, layers, share, found["refused"].split(": ")[1] if found["refused"] else None, whole, same])
    columns = [
        Column("network"),
        Column("layers without divisions"),
        Column("of all weights", "%"),
        Column("what stops the first other one"),
        Column("same class, at 0", "%", 2),
        Column(f"same class, at {rate_name(LOW)}", "%", 2),
    ]
    caption = (
        f"One division of the logits in the place of one for each weight, with scaled weights in {Q25.name}: where it can be, "
        "and how many test samples get the same class as with a division for each weight."
    )
    return Table("single", caption, columns, rows)
