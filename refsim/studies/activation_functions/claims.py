"""What the paper claims, decided by differences between trainings from the same seed under the same flips."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import over_seeds, paired
from ..study import Records
from . import found
from .settings import BOUNDED, FLOAT, INT8, NAMES, PRUNED, RELU, SAID, SIZES, WHOLE


def claims(records: Records) -> list[Claim]:
    """All claims."""
    return [
        _with_tried(claim, tried)
        for claim, tried in (
            (bounded(records), ROBUST),
            (bounded_and_pruned(records), ROBUST),
            (integers(records), RANKING),
            (integers_by_tensors(records), RANKING),
            (finite(records), ""),
            (best(records), QUALITY),
        )
    ]


def _with_tried(claim: Claim, tried: str) -> Claim:
    return claim if claim.verdict == HOLDS else Claim(claim.name, claim.paper, claim.effects, tried)


def _less_changed(
    records: Records, sizes: Sequence[str], numbers: str, number: found.Number = found.changed, how: str = "bits alike"
) -> list[Effect]:
    return [
        Effect(
            f"changed pixels with ReLU less those with {NAMES[name]}, {SAID[numbers]}, {SAID[size]}, {how}",
            found.more_in_relu(records, number, name, size, numbers),
        )
        for size in sizes
        for name in BOUNDED
    ]


def bounded(records: Records) -> Claim:
    """Bounded functions lose fewer pixels in floating point."""
    paper = "Bounded activation functions, sigmoid and hard sigmoid, are more robust to flips of parameters than ReLU."
    return Claim("bounded-is-robust", paper, _less_changed(records, [WHOLE], FLOAT))


def bounded_and_pruned(records: Records) -> Claim:
    """So they do where channels were taken out."""
    paper = "Bounded activation functions are more robust than ReLU in pruned networks too."
    return Claim("bounded-is-robust-when-pruned", paper, _less_changed(records, [PRUNED], FLOAT))


def integers(records: Records) -> Claim:
    """The ranking stays in networks of integers, pruned or not."""
    paper = "Networks that are pruned and of integers keep the ranking of the activation functions."
    return Claim("int8-keeps-the-ranking", paper, _less_changed(records, SIZES, INT8))


def integers_by_tensors(records: Records) -> Claim:
    """The same where flips are counted layer by layer, however few bits a layer has."""
    paper = "Networks that are pruned and of integers keep the ranking, with flips counted tensor by tensor."
    return Claim(
        "int8-keeps-the-ranking-by-tensors", paper, _less_changed(records, SIZES, INT8, found.by_tensors, "tensors alike")
    )


def finite(records: Records) -> Claim:
    """Integers have no results that are not finite, as they have no codes for them; numbers in floating point have some."""
    paper = "Networks that are pruned and of integers rarely give results that are not finite."
    per_seed = [[mean(shares) for shares in zip(*_wild(records, numbers), strict=True)] for numbers in (INT8, FLOAT)]
    return Claim(
        "int8-is-finite",
        paper,
        [
            Effect(
                "runs of int8 with finite results, means over the networks of a seed",
                over_seeds([100 - share for share in per_seed[0]]),
                99.9,
                "%",
            ),
            Effect(
                "runs in percent with results that are not finite, in binary32 less those in int8, means over the networks of "
                "a seed",
                over_seeds(paired(*per_seed)),
            ),
        ],
    )


def _wild(records: Records, numbers: str) -> list[list[float]]:
    return [found.values(records, found.wild, name, size, numbers) for name in found.functions_of(records) for size in SIZES]


def best(records: Records) -> Claim:
    """ReLU segments best without faults."""
    paper = "ReLU has the best intersection over union without faults."
    effects = [
        Effect(
            f"global IoU with {NAMES[RELU]} less that with {NAMES[name]}, binary32, unpruned",
            found.more_in_relu(records, found.overlap(0), name, WHOLE, FLOAT),
        )
        for name in BOUNDED
    ]
    return Claim("relu-segments-best", paper, effects)


ROBUST = """
The mean over tensors, in which a bias of few elements says as much as a large kernel, was looked at too; it is in the table of
differences. The most significant bit of the exponent, one of 32, has most of what there is to find, and few flips.
"""
RANKING = """
Networks with and without pruning, and means over bits and over tensors, were looked at. A flip moves a weight of int8 by no
more than its full range, so that there is no huge number for a bounded function to stop. Biases of int32, which have high bits
as significant as those of exponents, are few bits of the memory, but half of the tensors.
"""
QUALITY = """
Rates of 0.01 to 0.03, 20 to 60 epochs, 4 and 8 filters and noisier scenes were tried. With a normalization before every
activation a shallow network learns with each function; after little training, and where classes are hard to tell, ReLU is ahead
in some trainings and behind in others.
"""
