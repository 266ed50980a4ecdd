"""What the records say, gathered over trainings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...campaigns.statistics.intervals import Interval
from ..results.measured import PERCENT, Measured, over_seeds, paired
from ..study import Records
from .settings import NAMES, RELU

Number = Callable[[Any], float]


def functions_of(records: Records) -> list[str]:
    """The activation functions that there are, in their order."""
    known = {record["function"] for record in records}
    return [name for name in NAMES if name in known]


def values(records: Records, number: Number, function: str, size: str, numbers: str) -> list[float]:
    """A number of the flips of each training, by seed."""
    found = records.of(kind="flips", function=function, size=size, numbers=numbers)
    return [number(record) for record in sorted(found, key=lambda record: record["seed"])]


def mean(records: Records, number: Number, function: str, size: str, numbers: str, bounds: Interval = PERCENT) -> Measured:
    """Its mean over trainings, with an interval within the bounds of the number."""
    return over_seeds(values(records, number, function, size, numbers), bounds)


def more_in_relu(records: Records, number: Number, function: str, size: str, numbers: str) -> Measured:
    """By how much it is greater with ReLU than with another function, in trainings from the same seed under the same flips."""
    one, other = (values(records, number, name, size, numbers) for name in (function, RELU))
    return over_seeds(paired(one, other))


def flips_of(records: Records, function: str, size: str, numbers: str) -> int:
    """The flips of all trainings."""
    return sum(record["flips"] for record in records.of(kind="flips", function=function, size=size, numbers=numbers))


def changed(record: Any) -> float:
    """The changed pixels in percent, every stored bit alike."""
    return float(record["changed"])


def by_tensors(record: Any) -> float:
    """The changed pixels in percent, every tensor alike."""
    return float(record["by_tensors"])


def wild(record: Any) -> float:
    """The flips in percent after which a result is not finite."""
    return float(record["wild"])


def overlap(place: int) -> Number:
    """The intersection over union without faults: 0 the global one, 1 the mean, 2 the weighted one."""
    return lambda record: float(record["overlap"][place])


def lost(place: int) -> Number:
    """What of it a flip takes, in points."""
    return lambda record: float(record["lost"][place])


def of_bit(bit: int) -> Number:
    """The changed pixels in percent where this bit flips."""
    return lambda record: float(record["changed_of_bits"][bit])


def of_tensor(place: int) -> Number:
    """The changed pixels in percent where a bit of this tensor flips."""
    return lambda record: float(record["changed_of_tensors"][place])


def map_of(records: Records, function: str, size: str, numbers: str) -> Any:
    """The map of tensors and bits over all trainings."""
    (found,) = records.of(kind="map", function=function, size=size, numbers=numbers)
    return found
