"""The tables of the study."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.tables import Cell, Column, Table
from ..study import Records
from . import found
from .arms import DYNAMIC, FIXED, FLOAT, FORMATS, HALF, KINDS, SAME, WIDE, Arm
from .figures import Swept, Width
from .names import KINDS as NAMES
from .names import NETWORKS, called, rate_name

ERRORS = [Column("error", "%"), Column("more than float", "points"), Column("times that of float", digits=2)]
MULTIPLIER = {FLOAT: "binary32", HALF: "binary16", FIXED: "int20", DYNAMIC: "int10", SAME: "int10"}
"""The multiplier that a format needs. In fixed point it is one of whole numbers: the place of the radix point costs nothing."""
ACCUMULATORS = {"int32*int32+int32": (32, 32, 504), "int16*int16+int32": (16, 32, 138), "int16*int16+int16": (16, 16, 128)}
"""Multiply-accumulators: bits of the multiplier and the accumulator, and the logic modules that were reported."""
REPORTED = {FLOAT: (1.05, 0.51), HALF: (1.10, 0.51), FIXED: (1.39, 0.57), DYNAMIC: (1.28, 0.59)}
"""The errors that were reported, in percent: on MNIST without knowledge of the order of pixels, and on MNIST."""


def measured(records: Records, network: str, arm: Arm) -> list[Cell]:
    """The cells of an arm."""
    return [
        found.error(records, network, arm),
        found.more(records, network, arm),
        found.times(records, network, arm),
    ]


def gates(records: Records, multiplier: str) -> float | None:
    """The gates of a multiplier, as so many NAND gates of two inputs; ``None`` where they were not counted."""
    found: float | None = records.of(found="gates", multiplier=multiplier)[0]["nand2"]
    return found


def share(part: float | None, whole: float | None) -> float | None:
    """A share in percent, where both are known."""
    return None if part is None or whole is None else 100 * part / whole


def formats(records: Records, network: str) -> Table:
    """The formats of the paper, with the cost of their multipliers."""
    whole = gates(records, MULTIPLIER[FLOAT])
    rows: list[list[Cell]] = []
    for arm in FORMATS:
        one = MULTIPLIER[arm]
        cost = gates(records, one)
        widths: list[Cell] = [arm.computation, arm.storage]
        rows.append([called(arm).partition(",")[0], *widths, *measured(records, network, arm), one, cost, share(cost, whole)])
    columns = [
        Column("numbers"),
        Column("computed", "bits"),
        Column("stored", "bits"),
        *ERRORS,
        Column("multiplier"),
        Column("its gates", "NAND2", 0),
        Column("of binary32's", "%"),
    ]
    caption = f"Test errors of the {NETWORKS[network]} after training in each format, and the multiplier that the format needs."
    return Table(f"formats-{network}", caption, columns, rows)


def by_width(records: Records, swept: Swept, swept_width: Width) -> Table:
    """Errors by a width."""
    name, what, arms, width = swept_width
    rows: list[list[Cell]] = [
        [NETWORKS[network], NAMES[kind], width(arm), *measured(records, network, arm)]
        for network, sweeps in swept.items()
        for kind in KINDS
        for arm in arms(sweeps, kind)
    ]
    columns = [Column("network"), Column("numbers"), Column(what, "bits"), *ERRORS]
    return Table(name, f"Test errors by the bits of {what}, sign included.", columns, rows)


def narrowest(records: Records, swept: Swept) -> Table:
    """The narrowest widths that train as well as binary32."""
    rows: list[list[Cell]] = []
    for network, sweeps in swept.items():
        for kind in KINDS:
            if not sweeps.computation:
                continue
            one, other = (
                found.narrowest(records, network, arms)
                for arms in (sweeps.computation_arms(kind), [arm for arm in sweeps.storage_arms(kind) if arm.storage <= WIDE])
            )
            rows.append([NETWORKS[network], NAMES[kind], one.computation if one else None, other.storage if other else None])
    columns = [Column("network"), Column("numbers"), Column("computed", "bits"), Column("stored", "bits")]
    caption = (
        "The narrowest swept widths from which on the whole interval of the error is within the margin of float, the other "
        "width being wide."
    )
    return Table("narrowest", caption, columns, rows)


def radix(records: Records, swept: Swept) -> Table:
    """Errors by the radix of fixed point."""
    rows = [
        [NETWORKS[network], width, arm.radix, *measured(records, network, arm)]
        for network, sweeps in swept.items()
        for width in sweeps.radix_widths
        for arm in sweeps.radix_arms(width)
    ]
    columns = [Column("network"), Column("width", "bits"), Column("before the point", "bits"), *ERRORS]
    return Table("radix-point", "Test errors by the place of the radix point in fixed point.", columns, rows)


def overflows(records: Records, swept: Swept) -> Table:
    """Errors by the greatest rate of overflows."""
    rows = [
        [NETWORKS[network], width, rate_name(arm.overflows), *measured(records, network, arm)]
        for network, sweeps in swept.items()
        for width in sweeps.overflow_widths
        for arm in sweeps.overflow_arms(width)
    ]
    columns = [Column("network"), Column("computed", "bits"), Column("greatest rate of overflows"), *ERRORS]
    caption = "Test errors of dynamic fixed point by the greatest rate of overflows that it puts up with."
    return Table("overflow-rate", caption, columns, rows)


def accumulators(records: Records) -> Table:
    """Multiply-accumulators: gates here beside the logic modules that were reported."""
    first = next(iter(ACCUMULATORS))
    rows: list[list[Cell]] = []
    for name, (factors, sum_, modules) in ACCUMULATORS.items():
        count = gates(records, name)
        relative = share(count, gates(records, first))
        rows.append([factors, sum_, modules, 100 * modules / ACCUMULATORS[first][2], count, relative])
    columns = [
        Column("multiplier", "bits"),
        Column("accumulator", "bits"),
        Column("Stratix V", "ALMs"),
        Column("of the first", "%"),
        Column("gates", "NAND2", 0),
        Column("of the first ", "%"),
    ]
    caption = "Fixed-point multiply-accumulators: logic modules as reported, not verified here, and gates by synthesis."
    return Table("multiply-accumulators", caption, columns, rows)


def beside(records: Records, networks: Sequence[str]) -> Table:
    """The paper's errors beside those found here."""
    columns = [Column("numbers"), Column("reported: PI MNIST", "%", 2), Column("reported: MNIST, convolutional", "%", 2)]
    columns += [Column("reported more than float: PI MNIST", "points", 2)]
    columns += [one for network in networks for one in (Column(NETWORKS[network], "%"), Column("more than float", "points"))]
    rows: list[list[Cell]] = []
    for arm in FORMATS:
        given = REPORTED.get(arm)
        line: list[Cell] = [None] * 3 if given is None else [*given, given[0] - REPORTED[FLOAT][0]]
        rows.append([called(arm), *line, *(cell for network in networks for cell in measured(records, network, arm)[:2])])
    caption = "Test errors as reported, not verified here, and as found on the networks and data of this study."
    return Table("beside-the-paper", caption, columns, rows)
