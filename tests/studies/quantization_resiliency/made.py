"""Records of networks whose errors follow a law, so that all that is made of them is known."""

from math import log2

from refsim.studies.quantization_resiliency.jobs import jobs
from refsim.studies.quantization_resiliency.networks import network, weights_of
from refsim.studies.quantization_resiliency.points import Curve, Point
from refsim.studies.quantization_resiliency.settings import LEVELS
from refsim.studies.study import Records

SHAPE, CLASSES = (1, 8, 8), 10
FALL = 4.0
"""Points by which the error falls where the weights double."""
ON = 3.0
"""Points by which training on in floating point makes a network better."""


def error_of(weights):
    """The error in floating point of a network of so many weights."""
    return 80 - FALL * log2(weights)


def point(width, seeds=3, gap=lambda *_: 0.0, weights=None):
    """An FFDNN whose errors are those of the law, after retraining with a gap."""
    count = weights or 100 * width
    plain = [error_of(count) + seed for seed in range(seeds)]
    retrained = {levels: [one + gap(width, levels, seed) for seed, one in enumerate(plain)] for levels in LEVELS}
    direct = {levels: [one + 20 for one in plain] for levels in LEVELS}
    return Point("mlp", (width,), count, plain, [one - ON for one in plain], direct, retrained)


def curve(widths=(1, 2, 4, 8, 16), **options):
    """A curve of such networks."""
    return Curve("mlp", 1, [point(width, **options) for width in widths])


def records(scale, gap=lambda weights, levels: 2000 / weights / levels):
    """What the jobs of a scale would record if errors followed the law, with a gap after retraining that shrinks with size."""
    return Records(_record(job.options, gap) for job in jobs(scale))


def _record(options, gap):
    whose = {"family": options["family"], "sizes": list(options["sizes"])}
    weights = weights_of(network(options["family"], options["sizes"], SHAPE, CLASSES))
    plain = [error_of(weights) + 0.1 * seed for seed in options["seeds"]]
    if "levels" not in options:
        longer = [one - ON for one in plain] if "relearn" in options else None
        return {"kind": "float", **whose, "weights": weights, "test": 360, "error": plain, "longer": longer}
    levels = options["levels"]
    retrained = [one + gap(weights, levels) * (1 + 0.01 * seed) for seed, one in enumerate(plain)]
    return {"kind": "levels", **whose, "levels": levels, "direct": [one + 30 for one in plain], "retrained": retrained}
