"""What the records say: errors, and what they are more than, or times, those of binary32."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from ..results.measured import PERCENT, Measured, over_seeds, paired
from ..running.jobs import Record
from ..study import Records
from .arms import FLOAT, Arm
from .settings import MARGIN


def networks(records: Records) -> list[str]:
    """The networks that were trained."""
    return list(dict.fromkeys(one["network"] for one in records.of(found="errors")))


def record(records: Records, network: str, arm: Arm) -> Record:
    """The record of an arm."""
    return records.of(found="errors", network=network, **arm._asdict())[0]


def errors(records: Records, network: str, arm: Arm) -> Sequence[float]:
    """The errors of an arm by seed, in percent."""
    found: Sequence[float] = record(records, network, arm)["errors"]
    return found


def error(records: Records, network: str, arm: Arm) -> Measured:
    """The mean error of an arm; an interval that leaves 0 to 100 % is cut there."""
    return over_seeds(errors(records, network, arm), PERCENT)


def more(records: Records, network: str, arm: Arm, than: Arm = FLOAT) -> Measured:
    """How many points the error of an arm is above that of another, seed by seed."""
    return over_seeds(paired(errors(records, network, than), errors(records, network, arm)))


def less(records: Records, network: str, arm: Arm, than: Arm = FLOAT) -> Measured:
    """How many points the error of an arm is below that of another."""
    return more(records, network, than, arm)


def times(records: Records, network: str, arm: Arm) -> Measured:
    """By what the error of an arm is that of binary32 multiplied: the geometric mean over seeds.

    An error of none of the test samples counts as half a sample.
    """
    least = 50 / record(records, network, arm)["test"]
    pairs = zip(errors(records, network, FLOAT), errors(records, network, arm), strict=True)
    found = over_seeds([log(max(b, least)) - log(max(a, least)) for a, b in pairs])
    return Measured(exp(found.value), exp(found.low), exp(found.high), found.trials)


def as_good(records: Records, network: str, arm: Arm) -> bool:
    """Whether the whole interval says that an arm is at most ``MARGIN`` points worse than binary32."""
    return more(records, network, arm).high < MARGIN


def narrowest(records: Records, network: str, arms: Sequence[Arm]) -> Arm | None:
    """The first of arms, in order of their widths, that is as good as binary32 with all wider ones; ``None`` without any."""
    good = None
    for arm in reversed(arms):
        if not as_good(records, network, arm):
            break
        good = arm
    return good
