"""The figures of the study."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.charts import Chart, HeatMap, Panel, Series
from ..study import Records
from . import found
from .settings import BOUNDED, FLOAT, INT8, NAMES, NUMBERS, RELU, SAID, SIZES, WHOLE

SHOWN = (RELU, *BOUNDED)
"""The functions of the paper, of which there are heat maps."""
LAST_BITS = 10


def robustness(records: Records) -> Chart:
    """Changed pixels by activation function."""
    return Chart(
        "robustness",
        "Pixels whose class changes after one flipped bit, every stored bit alike, with intervals over trainings.",
        [_by_function(records, numbers, found.changed, "changed pixels (%)") for numbers in NUMBERS],
    )


def quality(records: Records) -> Chart:
    """The intersection over union without faults by activation function."""
    return Chart(
        "quality",
        "Global intersection over union on all test images without faults, with intervals over trainings.",
        [_by_function(records, numbers, found.overlap(0), "global IoU (%)") for numbers in NUMBERS],
    )


def not_finite(records: Records) -> Chart:
    """Runs with a result that is not finite."""
    return Chart(
        "not-finite",
        "Flips after which a result of the network is not finite, with intervals over trainings.",
        [_by_function(records, numbers, found.wild, "runs not finite (%)") for numbers in NUMBERS],
    )


def _by_function(records: Records, numbers: str, number: found.Number, y: str) -> Panel:
    names = found.functions_of(records)
    series = [
        Series(
            SAID[size],
            [(NAMES[name].replace(" ", "\n"), found.mean(records, number, name, size, numbers)) for name in names],
        )
        for size in SIZES
    ]
    return Panel(SAID[numbers], "activation function", y, series, joined=False)


def bits(records: Records) -> Chart:
    """Changed pixels by the place of the bit."""
    panels = []
    for numbers, width in ((FLOAT, 32), (INT8, 32)):
        series = [
            Series(
                NAMES[name],
                [(str(bit), found.mean(records, found.of_bit(bit), name, WHOLE, numbers)) for bit in _bits(width, numbers)],
            )
            for name in SHOWN
        ]
        title = "binary32: sign 31, exponent 30 to 23" if numbers == FLOAT else "int8: bits from 8 on are those of biases"
        panels.append(Panel(title, "bit", "changed pixels (%)", series))
    return Chart(
        "bits",
        "Pixels whose class changes by the place of the flipped bit, in the unpruned networks, with intervals over trainings.",
        panels,
        columns=1,
    )


def _bits(width: int, numbers: str) -> Sequence[int]:
    return range(16 if numbers == FLOAT else 0, width)


def float_map(records: Records) -> HeatMap:
    """Changed pixels by tensor and bit, in binary32."""
    return _map(records, FLOAT, range(32 - LAST_BITS, 32), "float-map", found.map_of(records, RELU, WHOLE, FLOAT)["tensors"])


def int8_map(records: Records) -> HeatMap:
    """Changed pixels by tensor and bit of the weights in int8."""
    rows = [name for name in found.map_of(records, RELU, WHOLE, INT8)["tensors"] if name.endswith(".weights")]
    return _map(records, INT8, range(8), "int8-map", rows)


def _map(records: Records, numbers: str, bits: range, name: str, rows: Sequence[str]) -> HeatMap:
    grids, each = [], set()
    for function in SHOWN:
        record = found.map_of(records, function, WHOLE, numbers)
        lines = dict(zip(record["tensors"], record["changed"], strict=True))
        grids.append((NAMES[function], [[lines[row][bit] for bit in bits] for row in rows]))
        each.add(sum(record["flips"]))
    what = f"weights and biases of binary32, bits {bits[0]} to 31" if numbers == FLOAT else "weights of int8"
    return HeatMap(
        name,
        f"Changed pixels by tensor and bit: {what}, unpruned networks. Means over all trainings; a map has "
        f"{' or '.join(map(str, sorted(each)))} flips, other bits included.",
        grids,
        rows,
        [str(bit) for bit in bits],
        "bit",
        "changed pixels (%)",
        digits=0,
    )
