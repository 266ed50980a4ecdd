"""The texts of the page; every number of a result is made of the records."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.measured import Measured, over_seeds, paired
from ..running.jobs import Scale
from .compression import compression
from .networks import HIDDEN, KERNEL, LARGE, MLP, named
from .points import Curve, Point
from .settings import LEVELS, Family, settings_of

QUESTION = """
A network is trained in floating point, its weights become a few evenly spaced levels, and it is retrained with them. How
much of the error that quantization adds does retraining take away, and how does that depend on the size of the network?
If a small network suffers more than a large one, there is a trade-off: for a given memory, many weights of few bits or
few weights of many.

The *effective compression ratio* puts it into one number. A retrained network is as good as some smaller network in
floating point; the ratio is the bits of that one, 32 a weight, over the bits that are stored, 2, 3 or 4 a weight for 3, 7
or 15 levels. It is below the ratio of bits alone by what quantization costs.
"""

COMPRESSION = """
The error in floating point is interpolated over the logarithm of the number of weights, on the least error of any network
that is not larger. Where that curve is nearly level, a little error is a large difference in size, and intervals are wide.
A ratio above that of bits alone is that of a network which retraining made better than it was in floating point: the
networks of the curve had no epochs of retraining, so that ratios contain what training on brings. Where
leaving out a seed puts the error past an end of the curve, the interval takes that end, and is too narrow on that side.
"""

LIMITS = """
* **Speech and CIFAR-10.** The paper's FFDNNs classify phonemes of TIMIT, which is not free, and have up to 1024 units a
  layer; its CNNs classify CIFAR-10 in colour. The images here are smaller and easier, so the sizes at which complexity
  limits a network are smaller too, and errors in floating point are not comparable; how they change is.
* **The paper's training.** Dropout and a development set that decides when the rate falls are not used: rates fall by a
  schedule, and the result is that of the last epoch. Kernels are {kernel} x {kernel} in place of 5 x 5. Of the CNNs,
  momentum 0.8 and a rate that falls much further are reported; here they are trained as the FFDNNs are.
* **What is said of the paper** beyond its abstract, networks and training as well as numbers, is reported, not verified
  here. Its abstract has the claim on the gap of ternary weights, which almost vanishes in large networks.
* **Retraining is training.** A retrained network has seen more epochs than the one in floating point, as in the paper.
  The column *trained on* says what the same epochs do without quantization; where it is below zero the gaps are small by
  as much, above all in narrow networks. The claims are of gaps to the network from which retraining starts, as the
  paper's tables are; what they would be without that advantage is said with them.
* **Biases** stay in floating point, and are not counted as stored, as in the paper; in the narrowest networks they are a
  part of the memory that few levels do not shrink.
* **Test images.** Intervals are over seeds of initial weights and of the order of samples, with the same test images:
  they say what another training would come to, not what other images would.
* **Outside the curve** there is no effective compression ratio: a network that is worse than the smallest in floating
  point, or better than every one, has none.
"""


def limits() -> str:
    """What is not as in the paper."""
    return LIMITS.format(kernel=KERNEL)


def set_up(scale: Scale, test: int) -> str:
    """How the study asked."""
    settings = settings_of(scale)
    train, (mlp, cnn) = settings.train, settings.families
    return f"""
* **Data**: at most {train} images of ``{scale.data}`` to learn from and {test} to test with. {_chosen(scale)}
* **FFDNN**: hidden layers of equal width with ReLU: {_widths(mlp)} units, {_depths(mlp)} layers. {_plans(mlp)}
* **CNN**: convolutions by {KERNEL} x {KERNEL}, each with ReLU and a max pooling by 2 x 2, then a dense layer of {HIDDEN}
  units; the first convolution has stride 2 for images of {LARGE} x {LARGE} and more; maps {_names(cnn)}.
  {_plans(cnn)}
* **Quantization**: every layer's weights are a group with one step, the one of least squared error, found exactly; codes
  are the nearest levels, ties away from zero (:doc:`/spec/levels`). Biases and signals stay in floating point.
* **Retraining** (:doc:`/spec/retraining`): passes see the quantized weights, RMSProp changes the shadows in floating
  point, and steps stay as direct quantization found them.
* **Pairs**: seed by seed, direct quantization and retraining start from the same network in floating point. Differences
  are taken within these pairs; intervals are Student's over seeds, and a jackknife's for ratios. Networks of {_only(mlp)}
  units and maps {_only(cnn)} have only the curve in floating point.
"""


def _chosen(scale: Scale) -> str:
    """How rates, epochs and sizes were chosen."""
    if scale.data != "digits":
        return "Rates and epochs are the same for every size; they and the sizes were set by hand."
    quick = " The CNN is an exception: its sizes, seeds and epochs were chosen when test errors of others had been seen."
    return (
        "Rates and epochs are the same for every size; they were chosen on a part of the images to learn from."
        f"{quick if scale.quick else ''}"
    )


def _widths(family: Family) -> str:
    return ", ".join(map(str, dict.fromkeys(sizes[0] for sizes in family.sizes)))


def _depths(family: Family) -> str:
    return ", ".join(map(str, dict.fromkeys(len(sizes) for sizes in family.sizes)))


def _names(family: Family) -> str:
    return ", ".join(named(sizes) for sizes in family.sizes)


def _only(family: Family) -> str:
    """The networks that are not quantized, FFDNNs by their width."""
    return ", ".join(dict.fromkeys(str(sizes[0]) if family.name == MLP else named(sizes) for sizes in family.only_float))


def _plans(family: Family) -> str:
    learn, again = family.learn, family.relearn
    _, first, last = learn["rate"]
    return (
        f"RMSProp with momentum {learn['momentum'][1]:g}, batches of {learn['batch']}, rates from {first:g} to {last:g}; "
        f"{learn['epochs']} epochs in floating point, {again['epochs']} of retraining, {family.seeds} seeds."
    )


def by_size(main: Sequence[Curve]) -> str:
    """What direct quantization and retraining do."""
    said = " ".join(
        f"{curve.name}: ternary weights raise the error of {named(small.sizes)} by {points(over_seeds(small.lost(3)))} "
        f"directly and by {points(over_seeds(small.gap(3)))} after retraining; that of {named(large.sizes)} by "
        f"{points(over_seeds(large.lost(3)))} and {points(over_seeds(large.gap(3)))}."
        for curve in main
        for small, large in [(curve.quantized[0], curve.quantized[-1])]
    )
    return f"""
{said}

*Recovered* is the share of what direct quantization costs that retraining brings back; it has no value where there is
hardly anything to bring back.
"""


def remaining(curves: Sequence[Curve]) -> str:
    """What retraining leaves."""
    quantized = [point for curve in curves for point in curve.quantized]
    counts = {levels: sum(over_seeds(point.gap(levels)).low > 0 for point in quantized) for levels in LEVELS}
    worse = ", ".join(f"{count} of {len(quantized)} with {levels} levels" for levels, count in counts.items())
    on = [over_seeds(paired(point.floating, point.longer)) for point in quantized if point.longer]
    better = sum(found.high < 0 for found in on)
    return f"""
Networks whose error after retraining is above that in floating point by an interval that excludes zero: {worse}. Training
on in floating point makes {better} of {len(on)} better by such an interval.
"""


def compressions(curves: Sequence[Curve]) -> str:
    """What the ratios are."""
    lines = []
    for curve in curves:
        for levels in LEVELS:
            known = [(found, point) for point in curve.quantized if (found := compression(curve, point, levels)) is not None]
            if known:
                two = known if len(known) < 2 else [known[0], known[-1]]
                ends = " and ".join(f"{_short(ratio)} at {named(at.sizes)}" for ratio, at in two)
                lines.append(
                    f"* {curve.name}, {levels} levels: {ends}; {len(known)} of {len(curve.quantized)} networks have a ratio."
                )
    return "\n".join([COMPRESSION, *lines])


def memories() -> str:
    """What the table of memories says."""
    return """
For a given memory the table takes the largest network of each precision that fits, not the one that came out best. *Best*
lists the precision with the least mean error, and all that are not worse by an interval that excludes zero, paired by
seed.
"""


def depths(found: Sequence[Point]) -> str:
    """What networks of other depth do."""
    return (
        "The same width in more hidden layers, and the same last convolution after more of them, as in the paper's two tables: "
        + ", ".join(point.name for point in found)
        + "."
    )


def beside() -> str:
    """What is said of the paper's numbers."""
    return """
The errors of the paper's two tables by depth are reported, not verified here: phonemes of TIMIT for FFDNNs, CIFAR-10 for
CNNs of 32-32-64 maps and less. The networks here have a quarter of the maps or less, and hidden layers of few units, on
easier data; errors differ, and what is compared is how they change.
"""


def points(found: Measured) -> str:
    """A difference with its interval."""
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] points"


def _short(found: Measured) -> str:
    return f"{found.value:.1f} [{found.low:.1f}, {found.high:.1f}]"
