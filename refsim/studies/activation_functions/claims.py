"""What the paper claims, decided by differences between trainings from the same seed under the same flips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import over_seeds, paired, percent
from ..study import Records
from . import found
from .settings import BOUNDED, FLOAT, INT8, NAMES, PRUNED, RELU, SIZES, WHOLE

SIZE = {WHOLE: "unpruned", PRUNED: "pruned"}


def claims(records: Records) -> list[Claim]:
    """All claims."""
    return [
        _with_tried(claim, tried)
        for claim, tried in (
            (bounded(records), ROBUST),
            (integers(records), RANKING),
            (finite(records), ""),
            (best(records), QUALITY),
        )
    ]


def _with_tried(claim: Claim, tried: str) -> Claim:
    return claim if claim.verdict == HOLDS else Claim(claim.name, claim.paper, claim.effects, tried)


def _less_changed(records: Records, sizes: Sequence[str], numbers: str) -> Iterator[Effect]:
    for size in sizes:
        for name in BOUNDED:
            yield Effect(
                f"changed pixels with ReLU less those with {NAMES[name]}, {numbers}, {SIZE[size]}",
                found.more_in_relu(records, found.changed, name, size, numbers),
            )


def bounded(records: Records) -> Claim:
    """Bounded functions lose fewer pixels in floating point."""
    paper = "Bounded activation functions, sigmoid and hard sigmoid, are more robust to flips of parameters than ReLU."
    return Claim("bounded-is-robust", paper, list(_less_changed(records, [WHOLE], FLOAT)))


def integers(records: Records) -> Claim:
    """The ranking stays in pruned networks of integers."""
    paper = "Networks that are pruned and of integers keep the ranking of the activation functions."
    return Claim("int8-keeps-the-ranking", paper, list(_less_changed(records, SIZES, INT8)))


def finite(records: Records) -> Claim:
    """Integers have no results that are not finite."""
    paper = "Networks that are pruned and of integers rarely give results that are not finite."
    own = [record for size in SIZES for record in records.of(kind="flips", size=size, numbers=INT8)]
    runs, wild = sum(record["flips"] for record in own), sum(record["wild_flips"] for record in own)
    per_seed = [
        [sum(values) for values in zip(*_wild(records, numbers), strict=True)] for numbers in (INT8, FLOAT)
    ]  # fmt: skip
    return Claim(
        "int8-is-finite",
        paper,
        [
            Effect("runs of int8 with finite results", percent(runs - wild, runs), 99.9, "%"),
            Effect(
                "runs with results that are not finite in binary32 less those in int8, in all networks of a seed",
                over_seeds(paired(*per_seed)),
                0.0,
                "runs",
            ),
        ],
    )


def _wild(records: Records, numbers: str) -> list[list[float]]:
    return [
        found.values(records, lambda record: float(record["wild_flips"]), name, size, numbers)
        for name in found.functions_of(records)
        for size in SIZES
    ]


def best(records: Records) -> Claim:
    """ReLU segments best without faults."""
    paper = "ReLU has the best intersection over union without faults."
    effects = [
        Effect(
            f"global IoU with {NAMES[RELU]} less that with {NAMES[name]}, float, unpruned",
            found.more_in_relu(records, found.overlap(0), name, WHOLE, FLOAT),
        )
        for name in BOUNDED
    ]
    return Claim("relu-segments-best", paper, effects)


ROBUST = """
The mean over tensors, in which a bias of few elements says as much as a large kernel, was looked at too; it is in the table of
differences. What separates the functions is the most significant bit of the exponent, one of 32.
"""
RANKING = """
In int8 a flip moves a weight by no more than its full range, with any function; what is left between the functions is small
beside what differs between trainings. Both sizes of networks, and means over bits and over tensors, were looked at: they are in
the table of differences.
"""
QUALITY = """
Rates of 0.01 to 0.03, 20 to 60 epochs, 4 and 8 filters and noisier scenes were tried. With a normalization before every
activation a shallow network learns with each function; after little training, and where classes are hard to tell, ReLU is ahead
in some trainings and behind in others.
"""
