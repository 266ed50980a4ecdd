"""What the records say: accuracies over trainings, differences between what saw the same, and ranges of full scales."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from ..results.measured import PERCENT, POINTS, Measured, over_seeds, over_trials
from ..running.jobs import Record
from ..study import Records
from .settings import FULL_SCALES

WITHIN = 3.0
"""Points below the best full scale up to which another one will do."""


def accuracies(records: Sequence[Record]) -> list[float]:
    """The accuracy in percent of each record."""
    return [100 * one["right"] / one["images"] for one in records]


def share(values: Sequence[float]) -> Measured:
    """A mean of percentages over trainings, its interval within 0 to 100."""
    return over_seeds(values, PERCENT)


def accuracy(records: Sequence[Record]) -> Measured:
    """The mean accuracy over trainings."""
    return share(accuracies(records))


def difference(one: Sequence[Record], other: Sequence[Record]) -> Measured:
    """The mean over trainings of the second accuracy less the first, training by training."""
    return over_seeds(gains(one, other))


def gains(one: Sequence[Record], other: Sequence[Record]) -> list[float]:
    """The second accuracy less the first, training by training; ``ValueError`` where they did not see as many images."""
    if [record["images"] for record in one] != [record["images"] for record in other]:
        raise ValueError("accuracies over different images are not compared")
    return [100 * (b["right"] - a["right"]) / a["images"] for a, b in zip(one, other, strict=True)]


def of_seeds(networks: Sequence[Sequence[float]]) -> Measured:
    """The mean over seeds of the mean over networks, given what was found with each network by seed: trainings of a seed see
    the same batches and test images, and how networks differ is no chance."""
    return over_seeds([mean(values) for values in zip(*networks, strict=True)])


def over_images(one: Sequence[Record], other: Sequence[Record]) -> Measured:
    """The second accuracy less the first as a mean over test images, which all trainings have seen: of each image the mean over
    trainings."""
    return over_trials((100 * (_rights(other) - _rights(one)).mean(axis=0)).tolist(), POINTS)


def _rights(records: Sequence[Record]) -> NDArray[np.float64]:
    """Of each record, which images are right."""
    rows = [np.unpackbits(np.frombuffer(bytes.fromhex(one["which"]), np.uint8), count=one["images"]) for one in records]
    return np.array(rows, np.float64)


def floats(records: Records, network: str) -> list[Record]:
    """The networks in floating point."""
    return records.of(what="float", network=network)


def best(records: Records, network: str, quantizer: str) -> list[Record]:
    """Quantized activations at the full scales that training images chose."""
    return records.of(what="full scale", network=network, quantizer=quantizer)


def weights(records: Records, network: str, part: str, base: str) -> list[Record]:
    """Quantized weights."""
    return records.of(what="weights", network=network, part=part, weights=base)


def swept(records: Records, network: str, quantizer: str, what: str = "full scale") -> list[tuple[float | str, Measured]]:
    """The accuracy at every full scale."""
    own = records.of(what=what, network=network, quantizer=quantizer)
    columns = zip(*([100 * right / one["images"] for right in one["tested"]] for one in own), strict=True)
    return [(scale, share(column)) for scale, column in zip(FULL_SCALES, columns, strict=True)]


def octaves(records: Records, network: str, quantizer: str) -> list[float]:
    """Of each training, at how many of the full scales that were swept the accuracy is within ``WITHIN`` points of the best."""
    least = [(one, max(one["tested"]) - one["images"] * WITHIN / 100) for one in best(records, network, quantizer)]
    return [float(sum(right >= bound for right in one["tested"])) for one, bound in least]


def errors(records: Records, network: str, of: str, quantizer: str, choice: str, what: str) -> list[float]:
    """Of each training the mean over layers of an error."""
    own = records.of(what="errors", network=network, of=of, quantizer=quantizer, choice=choice)
    return [float(np.mean([x for x in one[what] if x is not None])) for one in own]


def error_ratio(records: Records, network: str, one: str, other: str, choice: str = "maximum") -> Measured:
    """The mean error of one quantizer of activations in percent of that of another one, at full scales by a choice."""
    pairs = zip(*(errors(records, network, "activations", name, choice, "mean") for name in (one, other)), strict=True)
    return over_seeds([100 * a / b for a, b in pairs])


def learned(records: Records, method: str) -> list[float]:
    """The accuracy of each training with a method at its end, 0 where it diverged."""
    return [one["accuracies"][-1] if one["accuracies"] else 0.0 for one in records.of(what="learning", method=method)]


def learned_by_epoch(records: Records, method: str) -> list[tuple[float | str, Measured]]:
    """The accuracy after every epoch; a training that diverged has 0."""
    own = [one["accuracies"] for one in records.of(what="learning", method=method)]
    epochs = max((len(one) for one in own if one), default=0)
    return [(i + 1, share([one[i] if one else 0.0 for one in own])) for i in range(epochs)]


def bits(records: Records, method: str, sums: str, places: int | None) -> list[Record]:
    """Networks of codes on a datapath."""
    return records.of(what="bits", method=method, sums=sums, places=places)


def same(records: Sequence[Record], *, codes: bool = False) -> Measured:
    """In percent, how often the class, or the code of an activation, is that of exact sums."""
    part, whole = ("same_codes", "codes") if codes else ("same", "images")
    return share([100 * one[part] / one[whole] for one in records])


def networks(records: Records) -> list[str]:
    """The networks that were trained in floating point."""
    return list(dict.fromkeys(one["network"] for one in records.of(what="float")))
