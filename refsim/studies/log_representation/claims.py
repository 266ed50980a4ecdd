"""The claims of the paper, and the effects that decide them."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import Measured, over_seeds, paired
from ..running.jobs import Record
from ..study import Records
from . import found
from .datapaths import EXACT, LINEAR, LOGARITHMS, SHIFTS
from .settings import MOST_BITS, WIDE_SPREAD
from .tables import LEARNERS, NAMES, SUMS, TITLES, places_of

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
        dense(records),
        kernels(records),
        accumulators(records),
        log_sums(records),
        learning(records),
        better(records),
        *gradients(records),
    ]
    return [with_tried(claim) for claim in every]


TRIED = {
    "linear-drops": "Tried: networks with and without batch normalization, wide and narrow, and one full scale for all layers. At "
    "a full scale chosen for it, linear quantization of these small networks keeps up with logarithms of the same width. It "
    "falls behind where the range is not looked for (the claim before) and where it is wide (the claim after).",
    "log-sums": "Tried: registers of up to 8 fraction bits, and powers at the end from a table and from straight lines. More bits "
    "do not help, so the loss is that of the approximation: log2(1+x) is taken for x at each of some hundred steps, the shift "
    "drops the register's fraction, and the positive and the negative sum are each off before they are subtracted.",
    "better": "Tried: the batch-normalized network at two widths, SGD and Adam. Linear numbers of these widths already train to "
    "the accuracy of floating point on these data when their gradients are in floating point, so nothing is left to gain.",
}
"""What was tried, by claim, where it does not hold."""


def with_tried(claim: Claim) -> Claim:
    """The claim, with what was tried unless it holds."""
    if claim.verdict == HOLDS or claim.name not in TRIED:
        return claim
    return Claim(claim.name, claim.paper, claim.effects, TRIED[claim.name])


def _whole(records: Records) -> list[str]:
    return [name for name in found.networks(records) if name in WHOLE]


def _pair(said: str, one: Sequence[Record], other: Sequence[Record], above: float = 0.0) -> list[Effect]:
    """A difference over trainings, and over test images."""
    return [
        Effect(f"{said}, over trainings", found.difference(one, other), above),
        Effect(f"{said}, over test images", found.over_images(one, other), above),
    ]


def activations(records: Records) -> Claim:
    """Logarithms of 3 and 4 bits hold."""
    effects = [
        Effect(
            f"{TITLES[network]}: {NAMES[name]}, less float",
            found.difference(found.floats(records, network), found.best(records, network, name)),
            LITTLE,
        )
        for network in _whole(records)
        for name in ("log3", "log4")
    ]
    return Claim("activations", "Activations of 3 and 4 bits in base 2 lose little without retraining.", effects)


def full_scales(records: Records) -> Claim:
    """Logarithms stand more full scales."""
    effects = []
    for network in _whole(records):
        for log, linear in (("log3", "lin3"), ("log4", "lin4")):
            more = over_seeds(paired(*(found.octaves(records, network, name) for name in (linear, log))))
            said = f"{TITLES[network]}: full scales within {found.WITHIN:g} points of float, {NAMES[log]} less {NAMES[linear]}"
            effects.append(Effect(said, more, 0.0, "octaves"))
    return Claim("full-scales", "Logarithms stand a wider range of full scales than linear numbers of the same width.", effects)


def linear(records: Records) -> Claim:
    """Linear quantization of 3 bits falls behind at its best full scale."""
    one, other = (found.best(records, "vgg", name) for name in ("lin3", "log3"))
    said = f"{TITLES['vgg']}: log less linear, 3 bits, each at its best full scale"
    return Claim(
        "linear-drops", "In VGG16 linear activations of 3 bits lose points that logarithms keep.", _pair(said, one, other)
    )


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


def dense(records: Records) -> Claim:
    """Dense weights of 4 bits in base 2."""
    effects = [
        Effect(
            f"{TITLES[network]}: dense weights of 4 bits in base 2, less float weights",
            found.difference(*(found.weights(records, network, *of) for of in (("activations", "float"), ("dense", "base 2")))),
            LITTLE,
        )
        for network in _whole(records)
    ]
    return Claim("dense-weights", "Weights of dense layers in 4 bits of base 2 lose little.", effects)


def kernels(records: Records) -> Claim:
    """Base sqrt2 for kernels."""
    effects = []
    for part, said in (("both", "with 4-bit dense weights and activations"), ("convolutions alone", "all else in float")):
        pairs = [
            [r for network in found.networks(records) for r in found.weights(records, network, part, base)] for base in BASES
        ]
        effects += [
            Effect(f"All networks, kernels of 5 bits, {said}: base sqrt2 less base 2", by_seed(*pairs)),
        ]
    return Claim("base-sqrt2", "Kernels of 5 bits do better in base sqrt2 than in base 2.", effects)


BASES = ("base 2", "base sqrt2")


def by_seed(one: Sequence[Record], other: Sequence[Record]) -> Measured:
    """The second accuracy less the first: of each seed the mean over networks, then over seeds."""
    seeds = list(dict.fromkeys(record["seed"] for record in one))
    gains = zip([record["seed"] for record in one], paired(found.accuracies(one), found.accuracies(other)), strict=True)
    of: dict[int, list[float]] = {seed: [] for seed in seeds}
    for seed, gain in gains:
        of[seed].append(gain)
    return over_seeds([sum(values) / len(values) for values in of.values()])


def _exact(records: Records, method: str) -> list[Record]:
    return found.bits(records, method, EXACT, places_of(records, method, EXACT)[0])


def accumulators(records: Records) -> Claim:
    """Shifts and a linear register."""
    effects = []
    for method in SHIFTS:
        own = found.bits(records, method, LINEAR, MOST_BITS)
        said = f"{method}, {SUMS[LINEAR]} with {MOST_BITS} fraction bits, less exact sums"
        effects.append(Effect(said, found.difference(_exact(records, method), own), LITTLE))
    return Claim("shifts", "Shifts take the place of multipliers (methods 1 and 2) without loss.", effects)


def log_sums(records: Records) -> Claim:
    """Sums in the logarithmic domain."""
    effects = [
        Effect(
            f"{SUMS[kind]}, {MOST_BITS} fraction bits, less exact sums",
            found.difference(_exact(records, "method 2"), found.bits(records, "method 2", kind, MOST_BITS)),
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
