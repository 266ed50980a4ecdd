"""The tables of the study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..results.measured import POINTS as POINTS_BOUNDS
from ..results.tables import Cell, Column, Table
from ..study import Records
from . import found
from .settings import BOUNDED, FLOAT, INT8, NAMES, NUMBERS, RELU, SAID, SIZES, WHOLE, Settings

PERCENT, POINTS = "%", "points"


def overlaps(records: Records) -> Table:
    """The quality of the networks without faults."""

    def cells(name: str, size: str, numbers: str) -> Iterator[Cell]:
        for i in range(3):
            yield found.mean(records, found.overlap(i), name, size, numbers)

    columns = [Column("function"), Column("network"), Column("numbers")]
    columns += [Column(f"{what} IoU", PERCENT) for what in ("global", "mean", "weighted")]
    return Table(
        "overlap",
        "Intersection over union on all test images without faults; trials are trainings.",
        columns,
        _networks(found.functions_of(records), cells),
    )


def _networks(names: Sequence[str], cells: Callable[[str, str, str], Iterator[Cell]]) -> list[list[Cell]]:
    """A row for each network: what it is called, and its cells."""
    return [
        [NAMES[name], SAID[size], SAID[numbers], *cells(name, size, numbers)]
        for size in SIZES
        for numbers in NUMBERS
        for name in names
    ]


def changes(records: Records) -> Table:
    """What single flips do."""

    def cells(name: str, size: str, numbers: str) -> Iterator[Cell]:
        for number in (found.changed, found.by_tensors, found.wild):
            yield found.mean(records, number, name, size, numbers)
        for i in range(3):
            yield found.mean(records, found.lost(i), name, size, numbers, POINTS_BOUNDS)
        yield found.flips_of(records, name, size, numbers)

    columns = [
        Column("function"),
        Column("network"),
        Column("numbers"),
        Column("changed pixels, bits alike", PERCENT, 2),
        Column("changed pixels, tensors alike", PERCENT, 2),
        Column("runs not finite", PERCENT, 3),
        *(Column(f"loss of {what} IoU", POINTS, 2) for what in ("global", "mean", "weighted")),
        Column("flips"),
    ]
    return Table(
        "changes",
        "After one flipped bit: pixels whose class changes, runs with a result that is not finite, and what is lost of the "
        "intersection over union. Trials are trainings, flips are those of all trainings.",
        columns,
        _networks(found.functions_of(records), cells),
    )


def differences(records: Records) -> Table:
    """ReLU beside each other function, under the same flips."""

    def cells(name: str, size: str, numbers: str) -> Iterator[Cell]:
        for number in (found.changed, found.by_tensors, found.wild, found.overlap(0)):
            yield found.more_in_relu(records, number, name, size, numbers)

    columns = [
        Column("ReLU less"),
        Column("network"),
        Column("numbers"),
        Column("changed pixels, bits alike", POINTS, 2),
        Column("changed pixels, tensors alike", POINTS, 2),
        Column("runs not finite", POINTS, 3),
        Column("global IoU without faults", POINTS, 2),
    ]
    return Table(
        "differences",
        "ReLU less each other function, training by training: the same seed, the same samples, the same bits flipped.",
        columns,
        _networks([name for name in found.functions_of(records) if name != RELU], cells),
    )


def tensors(records: Records, numbers: str) -> Table:
    """What a flip does in each tensor of the whole networks."""
    names = found.functions_of(records)
    first = found.map_of(records, names[0], WHOLE, numbers)
    rows: list[list[Cell]] = [
        [
            tensor,
            first["bits"][i],
            first["flips"][i],
            *(found.mean(records, found.of_tensor(i), name, WHOLE, numbers) for name in names),
        ]
        for i, tensor in enumerate(first["tensors"])
    ]
    columns = [Column("tensor"), Column("bits"), Column("flips"), *(Column(NAMES[name], PERCENT, 2) for name in names)]
    what = {FLOAT: "binary32", INT8: "int8, biases of int32"}[numbers]
    return Table(
        f"tensors-{numbers}",
        f"Changed pixels after a flip in each tensor of the unpruned networks in {what}; trials are trainings, flips are those "
        "of all trainings.",
        columns,
        rows,
    )


def beside(records: Records, chosen: Settings, data: str) -> Table:
    """The paper's setting and what it says, and this one; differences are ReLU less sigmoid and less hard sigmoid, unpruned."""
    network = records.of(kind="network", size=WHOLE)[0]
    flips = sum(record["flips"] for record in records.of(kind="flips"))
    codes = records.of(kind="flips", numbers=INT8)
    wild, own = sum(record["wild_flips"] for record in codes), sum(record["flips"] for record in codes)

    def said(number: found.Number, numbers: str) -> str:
        more = [found.more_in_relu(records, number, name, WHOLE, numbers).value for name in BOUNDED]
        return " and ".join(f"{x:.2f} points" for x in more)

    functions = ", ".join(NAMES[name] for name in found.functions_of(records))
    rows: list[list[Cell]] = [
        ["network", "U-Net, five levels, 32 filters first", f"U-Net, {chosen.levels} levels, {chosen.filters} filters first"],
        ["parameters", "not available", str(network["parameters"])],
        ["images", "HSI-Drive 2.0, 25 bands, 192 x 384 pixels", f"{data}, 32 x 32 pixels or as given"],
        ["activation functions", "ReLU, sigmoid, hard sigmoid", functions],
        ["pruning", "channels by L1 norm in two steps; shares not available",
         f"channels by L1 norm in {chosen.steps} steps, {100 * chosen.removed:.0f} % of them"],
        ["int8", "by Vitis AI", "by the rules of Vitis AI"],
        ["flips", "by the formula for a list; margin not available",
         f"{flips}, by the formula for a margin of {100 * chosen.margin:g} %"],
        ["normalizations", "gamma and beta are struck too", "folded into convolutions, whose weights and biases are struck"],
        ["changed pixels in floating point", "more with ReLU than with bounded functions, in words",
         f"{said(found.changed, FLOAT)} more"],
        ["changed pixels in int8", "the same ranking, in words", f"{said(found.changed, INT8)} more"],
        ["global IoU", "ReLU has the best, in words", f"{said(found.overlap(0), FLOAT)} more"],
        ["runs not finite in int8", "rare, in words", f"{wild} of {own}"],
    ]  # fmt: skip
    return Table(
        "beside-the-paper",
        "The paper's setting and findings, and those here: differences are ReLU less sigmoid, and less hard sigmoid, unpruned.",
        [Column(""), Column("paper"), Column("here")],
        rows,
    )
