"""Numbers of the report, read off the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...campaigns.statistics.intervals import Interval
from ..results.measured import POINTS, Measured, exact, over_seeds, over_trials, paired
from ..running.jobs import Record
from ..study import Records
from .settings import PLAIN, SCALED, SEED, Arm

NONE = "0"
"""The rate at which nothing is flipped."""
TWICE = Interval(-300.0, 300.0)
"""Where differences of differences of percentages are."""


def one(records: Records, **labels: Any) -> Record:
    """The only record with these labels; ``ValueError`` where there is none, or another one."""
    found = records.of(**labels)
    if len(found) != 1:
        said = ", ".join(f"{name} {value}" for name, value in labels.items())
        raise ValueError(f"one record has {said}, not {len(found)}")
    return found[0]


def percents(record: Record) -> list[float]:
    """The accuracy of each trial."""
    return [100 * k / record["samples"] for k in record["right"]]


def accuracy(record: Record) -> Measured:
    """The accuracy at a rate; without faults it is the same in every trial."""
    values = percents(record)
    return exact(values[0]) if record["rate"] == NONE else over_trials(values)


def stored(format: str, family: str, arm: Arm, rate: str) -> dict[str, str]:
    """The labels of a point of the first part: the rates."""
    return {"part": "rates", "format": format, "family": family, "arm": arm.name, "rate": rate}


def gains(records: Records, labels: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]) -> list[float]:
    """By how many points the second of two is better, trial by trial, each under the same faults."""
    return paired(percents(one(records, **labels, **first)), percents(one(records, **labels, **second)))


def gain(records: Records, format: str, family: str, rate: str, first: Arm = PLAIN, second: Arm = SCALED) -> Measured:
    """By how many points one memory is better than another at a rate."""
    labels = {"part": "rates", "format": format, "family": family, "rate": rate}
    return over_trials(gains(records, labels, {"arm": first.name}, {"arm": second.name}), POINTS)


def mean_gain(records: Records, format: str, families: Sequence[str], rate: str, first: Arm, second: Arm) -> Measured:
    """The mean of the gains of families, trial by trial."""
    labels = [{"part": "rates", "format": format, "family": family, "rate": rate} for family in families]
    columns = [gains(records, each, {"arm": first.name}, {"arm": second.name}) for each in labels]
    return over_trials([sum(row) / len(row) for row in zip(*columns, strict=True)], POINTS)


def rounding_gain(records: Records, format: str, family: str) -> Measured:
    """The gain without faults: that of a finer rounding. Its interval is over the test samples, as it has no other chance."""
    plain, scaled = (one(records, **stored(format, family, arm, NONE)) for arm in (PLAIN, SCALED))
    before, after = set(plain["wrong"]), set(scaled["wrong"])
    return over_trials([100.0 * ((i in before) - (i in after)) for i in range(plain["samples"])], POINTS)


def _beyond(faulty: Sequence[float], clean: Sequence[float], times: int = 1) -> list[float]:
    return [gain - times * clean[0] for gain in faulty]


def fault_gains(records: Records, format: str, family: str, rate: str, times: int = 1) -> list[float]:
    """The gain at a rate less so many times that without faults, in each trial."""
    arms = {"arm": PLAIN.name}, {"arm": SCALED.name}
    labels = {"part": "rates", "format": format, "family": family}
    return _beyond(gains(records, {**labels, "rate": rate}, *arms), gains(records, {**labels, "rate": NONE}, *arms), times)


def fault_gain(records: Records, format: str, family: str, rate: str) -> Measured:
    """The gain against faults: that at a rate less that without faults."""
    return over_trials(fault_gains(records, format, family, rate), TWICE)


def more_than_rounding(records: Records, format: str, family: str, rate: str) -> Measured:
    """The gain against faults less that by rounding."""
    return over_trials(fault_gains(records, format, family, rate, 2), TWICE)


def seeds(records: Records, family: str) -> list[int]:
    """The trainings of a family."""
    return list(dict.fromkeys(record["training"] for record in records.of(part="trainings", family=family)))


def over_trainings(records: Records, family: str, rate: str) -> Measured:
    """The mean gain against faults, over trainings."""
    found = []
    arms = {"arm": PLAIN.name}, {"arm": SCALED.name}
    for seed in seeds(records, family):
        labels = {"part": "trainings", "family": family, "training": seed}
        values = _beyond(gains(records, {**labels, "rate": rate}, *arms), gains(records, {**labels, "rate": NONE}, *arms))
        found.append(sum(values) / len(values))
    return over_seeds(found)


def swept_gain(records: Records, format: str, family: str, read: str, rate: str, targets: tuple[str, str]) -> Measured:
    """By how many points the second of two targets is better."""
    labels = {"part": "targets", "format": format, "family": family, "read": read, "rate": rate}
    return over_trials(gains(records, labels, {"target": targets[0]}, {"target": targets[1]}), POINTS)


def bits_per_weight(records: Records, format: str, family: str, arm: Arm) -> float:
    """All stored bits by the number of weights."""
    weights = one(records, **stored(format, family, PLAIN, NONE))["bits"]["weight"]
    width = weights / one(records, part="training", family=family, training=SEED)["weights"]
    return float(width * sum(one(records, **stored(format, family, arm, NONE))["bits"].values()) / weights)
