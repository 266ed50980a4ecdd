"""The claims, each with the effects that decide it."""

from __future__ import annotations

from ...campaigns.statistics.intervals import Interval
from ..results.claims import Claim, Effect
from ..results.measured import over_trials
from ..study import Records
from .readings import fault_gain, gain, mean_gain, more_than_rounding, one, over_trainings, swept_gain
from .settings import (
    BINARY16,
    BINARY32,
    CLAMPED,
    FAMILIES,
    HIGH,
    LOW,
    MIDDLE,
    PARITY,
    PLAIN,
    Q25,
    SCALED,
    SCALED_PARITY,
    SCALED_SECDED,
    SECDED,
    SWEPT_FAMILIES,
    ZEROED,
)
from .tables import RATIOS, rate_name, ratios, target_name

LARGE = 10.0
"""Points that count as much."""
LITTLE = 5.0
"""Points that count as little."""
MEAN_AT_HIGH = f"{Q25.name} at {rate_name(HIGH)}, mean of the networks"


def claims(records: Records) -> list[Claim]:
    """All claims: those of the paper, and those that its method is taken apart by."""
    return [
        _rescues(records),
        _beyond(records),
        _divides(records),
        _floats(records),
        _clamps(records),
        _tops(records),
        _cheap(records),
        _joins(records),
        _once(records),
    ]


def _rescues(records: Records) -> Claim:
    paper = (
        "Weights that are multiplied by a constant, and nothing else, keep accuracy in 8-bit fixed point: by 54.418 points for "
        "ResNet50 at the rate 0.0001, the paper reports. Here networks are small, and the damage comes at higher rates."
    )
    effects = [
        Effect(f"{family}, {Q25.name} at {rate_name(LOW)}, scaled over plain", gain(records, Q25.name, family, LOW), LARGE)
        for family in FAMILIES
    ]
    return Claim("scaling rescues fixed point", paper, effects)


def _beyond(records: Records) -> Claim:
    paper = (
        "Errors of flips are divided by the constant. So scaling has to help against faults, beyond what the finer rounding of "
        "a better used range gains without any."
    )
    at = f"{Q25.name} at {rate_name(LOW)}"
    effects = [
        *(Effect(f"{family}, {at}, against faults", fault_gain(records, Q25.name, family, LOW)) for family in FAMILIES),
        *(
            Effect(f"{family}, {at}, against faults less by rounding", more_than_rounding(records, Q25.name, family, LOW))
            for family in FAMILIES
        ),
        Effect(f"mean of the networks, {at}, against faults, over trainings", over_trainings(records, LOW)),
    ]
    return Claim("more than rounding", paper, effects)


def _divides(records: Records) -> Claim:
    paper = "Dividing by constants reduces the absolute error of flips."
    effects = [
        Effect(
            f"{family}, {Q25.name} at {rate_name(LOW)}, what the error of weights is divided by",
            over_trials(ratios(records, family), RATIOS),
            2.0,
            "times",
        )
        for family in FAMILIES
    ]
    return Claim("smaller errors", paper, effects)


def _floats(records: Records) -> Claim:
    paper = (
        "The paper scales weights in 32-bit and 16-bit floating point too, which is to make them safer. To which number is not "
        "known here; just below 2 is taken, with which no weight has the highest bit of the exponent set."
    )
    effects = [
        Effect(
            f"{format.name} at {rate_name(rate)}, mean of the networks, scaled over plain",
            mean_gain(records, format.name, rate, PLAIN, SCALED),
        )
        for format in (BINARY32, BINARY16)
        for rate in (MIDDLE, LOW)
    ]
    tried = (
        "Other targets were tried: see `What weights are scaled to`_, where those near the top of the range are another matter."
    )
    return Claim("scaling helps floating point", paper, effects, tried)


def _clamps(records: Records) -> Claim:
    paper = "Not the paper's claim: in floating point it is the clamp that does the work, to the range that weights had."
    effects = []
    for format in (BINARY32, BINARY16):
        at = f"{format.name} at {rate_name(LOW)}, mean of the networks"
        effects.append(Effect(f"{at}, clamped over scaled", mean_gain(records, format.name, LOW, SCALED, CLAMPED), LARGE))
        effects.append(Effect(f"{at}, plain over scaled", mean_gain(records, format.name, LOW, SCALED, PLAIN), -LITTLE))
    return Claim("the clamp helps floating point", paper, effects)


def _tops(records: Records) -> Claim:
    paper = (
        "Not the paper's claim: with weights scaled to near the top of a floating-point range, and NaN and infinities read as "
        "zero, most flips of exponents make weights smaller, and accuracy is kept."
    )
    effects = [
        Effect(
            f"{format.name}, {family} at {rate_name(LOW)}, below {target_name(format.swept[-1])} over below 2",
            swept_gain(records, format.name, family, ZEROED, LOW, (format.target, format.swept[-1])),
            LARGE,
        )
        for format in (BINARY32, BINARY16)
        for family in SWEPT_FAMILIES
    ]
    return Claim("the top of the range", paper, effects)


def _cheap(records: Records) -> Claim:
    paper = (
        "Error-correcting codes cost much memory and computation; scaling costs no stored bit but the factors. Not the paper's "
        "claim: where many words have several flips, scaled weights without check bits are better than plain ones with them."
    )
    effects = [
        Effect(f"{MEAN_AT_HIGH}, scaled over {other.name}", mean_gain(records, Q25.name, HIGH, other, SCALED))
        for other in (SECDED, PARITY)
    ]
    return Claim("without check bits", paper, effects)


def _joins(records: Records) -> Claim:
    paper = "Not the paper's claim: scaling adds to check bits, since it makes smaller what they let through."
    effects = [
        Effect(f"{MEAN_AT_HIGH}, {scaled.name} over {plain.name}", mean_gain(records, Q25.name, HIGH, plain, scaled))
        for plain, scaled in ((SECDED, SCALED_SECDED), (PARITY, SCALED_PARITY))
    ]
    return Claim("together with check bits", paper, effects)


def _once(records: Records) -> Claim:
    paper = (
        "Where every layer lets a factor through, the logits are divided once, or not at all, and no class changes. Where some "
        "layers do not, only those that can go without divisions do."
    )
    effects = []
    for family in FAMILIES:
        found = one(records, part="single", family=family)
        same = over_trials([100 * k / found["samples"] for k in found["same"]], Interval(0.0, 100.0))
        effects.append(Effect(f"{family}, {Q25.name} at {rate_name(LOW)}, samples of the same class", same, 99.0, "%"))
    return Claim("one division", paper, effects)
