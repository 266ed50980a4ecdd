"""Numbers of the report, read off the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...campaigns.statistics.intervals import Interval
from ..results.measured import POINTS, Measured, exact, over_seeds, over_trials, paired
from ..running.jobs import Record
from ..study import Records
from .settings import FAMILIES, PLAIN, SCALED, SEED, Arm

NONE = "0"
"""The rate at which nothing is flipped."""
TWICE = Interval(-300.0, 300.0)
"""Where differences of differences of percentages are."""


def one(records: Records, **labels: Any) -> Record:
    """The only record with these labels; ``ValueError`` where there is none, or another one."""
    found = [record for record in records if labels.items() <= record.items()]
    if len(found) != 1:
        said = ", ".join(f"{name} {value}" for name, value in labels.items())
        raise ValueError(f"one record has {said}, not {len(found)}")
    return found[0]


def percents(record: Record, rate: str) -> list[float]:
    """The accuracy of each trial at a rate; at the rate 0 there is one."""
    lost = [0] if rate == NONE else record["lost"][rate]
    return [100 * (record["right"] - k) / record["samples"] for k in lost]


def accuracy(record: Record, rate: str) -> Measured:
    """The accuracy at a rate; without faults it is the same in every trial."""
    values = percents(record, rate)
    return exact(values[0]) if rate == NONE else over_trials(values)


def stored(format: str, family: str, arm: Arm) -> dict[str, str]:
    """The labels of a memory that meets all rates."""
    return {"part": "rates", "format": format, "family": family, "arm": arm.name}


def gains(records: Records, rate: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> list[float]:
    """By how many points the second of two is better at a rate, trial by trial, each under the same faults."""
    return paired(percents(one(records, **first), rate), percents(one(records, **second), rate))


def gain(records: Records, format: str, family: str, rate: str, first: Arm = PLAIN, second: Arm = SCALED) -> Measured:
    """By how many points one memory is better than another at a rate."""
    return over_trials(gains(records, rate, stored(format, family, first), stored(format, family, second)), POINTS)


def mean_gain(records: Records, format: str, rate: str, first: Arm, second: Arm) -> Measured:
    """The mean of the gains of all families, trial by trial."""
    columns = [gains(records, rate, stored(format, each, first), stored(format, each, second)) for each in FAMILIES]
    return over_trials([sum(row) / len(row) for row in zip(*columns, strict=True)], POINTS)


def rounding_gain(records: Records, format: str, family: str) -> Measured:
    """The gain without faults: that of a finer rounding. Its interval is over the test samples, as it has no other chance."""
    plain, scaled = (one(records, **stored(format, family, arm)) for arm in (PLAIN, SCALED))
    before, after = set(plain["wrong"]), set(scaled["wrong"])
    return over_trials([100.0 * ((i in before) - (i in after)) for i in range(plain["samples"])], POINTS)


def beyond(records: Records, rate: str, first: Mapping[str, Any], second: Mapping[str, Any], times: int = 1) -> list[float]:
    """The gain at a rate less so many times that without faults, in each trial."""
    (clean,) = gains(records, NONE, first, second)
    return [found - times * clean for found in gains(records, rate, first, second)]


def fault_gains(records: Records, format: str, family: str, rate: str, times: int = 1) -> list[float]:
    """What scaling gains at a rate less so many times what it gains without faults, in each trial."""
    return beyond(records, rate, stored(format, family, PLAIN), stored(format, family, SCALED), times)


def fault_gain(records: Records, format: str, family: str, rate: str) -> Measured:
    """The gain against faults: that at a rate less that without faults."""
    return over_trials(fault_gains(records, format, family, rate), TWICE)


def more_than_rounding(records: Records, format: str, family: str, rate: str) -> Measured:
    """The gain against faults less that by rounding."""
    return over_trials(fault_gains(records, format, family, rate, 2), TWICE)


def seeds(records: Records, family: str) -> list[int]:
    """The trainings of a family."""
    return list(dict.fromkeys(record["training"] for record in records.of(part="trainings", family=family)))


def of_trainings(records: Records, family: str, rate: str) -> list[float]:
    """The mean gain against faults of each training."""
    found = []
    for seed in seeds(records, family):
        labels = {"part": "trainings", "family": family, "training": seed}
        values = beyond(records, rate, {**labels, "arm": PLAIN.name}, {**labels, "arm": SCALED.name})
        found.append(sum(values) / len(values))
    return found


def over_trainings(records: Records, rate: str) -> Measured:
    """The mean gain against faults of all families, over trainings."""
    columns = [of_trainings(records, family, rate) for family in FAMILIES]
    return over_seeds([sum(row) / len(row) for row in zip(*columns, strict=True)])


def swept_gain(records: Records, format: str, family: str, read: str, rate: str, targets: tuple[str, str]) -> Measured:
    """By how many points the second of two targets is better."""
    first, second = (
        {"part": "targets", "format": format, "family": family, "read": read, "target": target} for target in targets
    )
    return over_trials(gains(records, rate, first, second), POINTS)


def bits_per_weight(records: Records, format: str, family: str, arm: Arm) -> float:
    """All stored bits by the number of weights."""
    weights = one(records, **stored(format, family, PLAIN))["bits"]["weight"]
    width = weights / one(records, part="training", family=family, training=SEED)["weights"]
    return float(width * sum(one(records, **stored(format, family, arm))["bits"].values()) / weights)
