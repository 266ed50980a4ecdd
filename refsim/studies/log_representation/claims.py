"""The claims of the paper, and the effects that decide them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import Measured, over_seeds, paired
from ..running.jobs import Record
from ..study import Records
from . import found
from .datapaths import EXACT, LINEAR, LOGARITHMS, SHIFTS
from .settings import MOST_BITS, WIDE_REGISTER, WIDE_SPREAD
from .tables import LEARNERS, NAMES, SUMS, TITLES, places_of
from .texts import TRIED

LITTLE = -3.0
"""Points that may be lost where a claim says that little is."""
WHOLE = ("alexnet", "vgg", "vgg-bn")
"""The networks that are wide enough for the paper's regime: the narrow one shows where it ends."""


def claims(records: Records) -> list[Claim]:
    """All claims in the order of the paper."""
    every = [
        activations(records),
        full_scales(records),
        linear(records),
        spread(records),
        mean_error(records),
        dense(records),
        kernels(records),
        accumulators(records),
        log_sums(records),
        learning(records),
        better(records),
        *gradients(records),
    ]
    return [with_tried(claim) for claim in every]


def with_tried(claim: Claim) -> Claim:
    """The claim, with what was tried unless it holds."""
    if claim.verdict == HOLDS or claim.name not in TRIED:
        return claim
    return Claim(claim.name, claim.paper, claim.effects, TRIED[claim.name])


def _whole(records: Records) -> list[str]:
    return [name for name in found.networks(records) if name in WHOLE]


def _of_all(names: Sequence[str]) -> str:
    return f"mean of {', '.join(TITLES[name] for name in names)}"


Pick = Callable[[str], Sequence[Record]]
"""The records of a network, one for each of its trainings."""


def pooled(names: Sequence[str], one: Pick, other: Pick) -> Measured:
    """The second accuracy less the first, as a mean over these networks, over seeds."""
    return found.of_seeds([found.gains(one(name), other(name)) for name in names])


def activations(records: Records) -> Claim:
    """Logarithms of 3 and 4 bits hold."""
    names = _whole(records)
    effects = [
        Effect(
            f"{NAMES[name]}, less float, {_of_all(names)}",
            pooled(names, partial(found.floats, records), partial(found.best, records, quantizer=name)),
            LITTLE,
        )
        for name in ("log3", "log4")
    ]
    return Claim("activations", "Activations of 3 and 4 bits in base 2 lose little without retraining.", effects)


def full_scales(records: Records) -> Claim:
    """Logarithms stand more full scales."""
    names, effects = _whole(records), []
    for log, straight in (("log3", "lin3"), ("log4", "lin4")):
        more = [paired(*(found.octaves(records, name, of) for of in (straight, log))) for name in names]
        said = (
            f"Full scales within {found.WITHIN:g} points of the best one, {NAMES[log]} less {NAMES[straight]}, {_of_all(names)}"
        )
        effects.append(Effect(said, found.of_seeds(more), 0.0, "octaves"))
    return Claim("full-scales", "Logarithms stand a wider range of full scales than linear numbers of the same width.", effects)


def linear(records: Records) -> Claim:
    """Linear quantization of 3 bits falls behind at its best full scale."""
    one, other = (found.best(records, "vgg", name) for name in ("lin3", "log3"))
    said = f"{TITLES['vgg']}: log less linear, 3 bits, each at its best full scale"
    return Claim(
        "linear-drops", "In VGG16 linear activations of 3 bits lose points that logarithms keep.", _pair(said, one, other)
    )


def _pair(said: str, one: Sequence[Record], other: Sequence[Record]) -> list[Effect]:
    """A difference over trainings, and over test images."""
    return [
        Effect(f"{said}, over trainings", found.difference(one, other)),
        Effect(f"{said}, over test images", found.over_images(one, other)),
    ]


def spread(records: Records) -> Claim:
    """Wide ranges are what linear quantization lacks."""
    own = {name: records.of(what="spread", octaves=WIDE_SPREAD, quantizer=name) for name in NAMES}
    network = own["log3"][0]["network"]
    said = f"{TITLES[network]}, channels spread over {WIDE_SPREAD} octaves"
    effects = [
        *_pair(f"{said}: log less linear, 3 bits", own["lin3"], own["log3"]),
        Effect(f"{said}: log, 3 bits, less float", found.difference(found.floats(records, network), own["log3"]), LITTLE),
    ]
    return Claim(
        "wide-ranges", "It is their wide range that makes activations fit logarithms better than linear steps.", effects
    )


def mean_error(records: Records) -> Claim:
    """Logarithms of 3 bits move activations by less."""
    names = _whole(records)
    less = [
        paired(*(found.errors(records, name, "activations", of, "maximum", "mean") for of in ("log3", "lin3")))
        for name in names
    ]
    said = f"Mean error of activations, {NAMES['lin3']} less {NAMES['log3']}, {_of_all(names)}"
    effects = [Effect(said, found.of_seeds(less), 0.0, "% of the mean magnitude")]
    return Claim(
        "mean-error", "Where no activation overflows, logarithms of 3 bits move them by less than linear steps do.", effects
    )


def _weights(records: Records, part: str, base: str) -> Pick:
    return partial(found.weights, records, part=part, base=base)


def dense(records: Records) -> Claim:
    """Dense weights of 4 bits in base 2."""
    names = _whole(records)
    less = pooled(names, _weights(records, "activations", "float"), _weights(records, "dense", "base 2"))
    said = f"Dense weights of 4 bits in base 2, less float weights, {_of_all(names)}"
    return Claim("dense-weights", "Weights of dense layers in 4 bits of base 2 lose little.", [Effect(said, less, LITTLE)])


def kernels(records: Records) -> Claim:
    """Base sqrt2 for kernels."""
    effects = []
    for part, said, names in (
        ("both", "beside 4-bit activations and dense weights", _whole(records)),
        ("convolutions alone", "all else in float", found.networks(records)),
    ):
        gain = pooled(names, _weights(records, part, "base 2"), _weights(records, part, "base sqrt2"))
        effects.append(Effect(f"Kernels of 5 bits, {said}: base sqrt2 less base 2, {_of_all(names)}", gain))
    return Claim("base-sqrt2", "Kernels of 5 bits do better in base sqrt2 than in base 2.", effects)


def _exact(records: Records, method: str) -> list[Record]:
    return found.bits(records, method, EXACT, places_of(records, method, EXACT)[0])


def accumulators(records: Records) -> Claim:
    """Shifts and a linear register."""
    effects = []
    for method in SHIFTS:
        own = found.bits(records, method, LINEAR, WIDE_REGISTER)
        said = f"{method}, {SUMS[LINEAR]} with {WIDE_REGISTER} fraction bits, less exact sums, over test images"
        effects.append(Effect(said, found.over_images(_exact(records, method), own), LITTLE))
    return Claim("shifts", "Shifts take the place of multipliers (methods 1 and 2) without loss.", effects)


def log_sums(records: Records) -> Claim:
    """Sums in the logarithmic domain."""
    effects = [
        Effect(
            f"{SUMS[kind]}, {MOST_BITS} fraction bits, less exact sums, over test images",
            found.over_images(_exact(records, "method 2"), found.bits(records, "method 2", kind, MOST_BITS)),
            LITTLE,
        )
        for kind in LOGARITHMS
    ]
    return Claim("log-sums", "Sums in the logarithmic domain cost little accuracy.", effects)


def _less(records: Records, method: str, other: str) -> Measured:
    return over_seeds(paired(found.learned(records, other), found.learned(records, method)))


def learning(records: Records) -> Claim:
    """Training in logarithms."""
    effects = [
        Effect(f"{LEARNERS['log']}, less {LEARNERS[other]}", _less(records, "log", other), LITTLE)
        for other in ("float", "linear")
    ]
    return Claim("training", "Training with weights and gradients of 5 bits in base 2 comes near floating point.", effects)


def better(records: Records) -> Claim:
    """Better than linear numbers."""
    effects = [Effect(f"{LEARNERS['log']}, less {LEARNERS['linear']}", _less(records, "log", "linear"))]
    return Claim("better", "Training in logarithms of 5 bits ends with more accuracy than linear training of 5 bits.", effects)


def gradients(records: Records) -> list[Claim]:
    """Linear gradients of 5 bits; they are not among the methods of the quick scale."""
    if not records.of(what="learning", method="linear gradients"):
        return []
    said = "linear weights and activations: gradients in floating point less gradients of 5 bits"
    effects = [Effect(said, _less(records, "linear", "linear gradients"))]
    return [Claim("linear-gradients", "Linear training of 5 bits needs gradients that are not quantized.", effects)]
