"""The texts of the page. Numbers in them are settings or made of the records."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from ...nn.training.low_precision import WIDE as FIRST_WIDTH
from ..multiplier_costs.costs import ABSENT
from ..study import Records
from . import found
from .arms import DYNAMIC, SAME, WIDE, Arm
from .claims import LOW_RATE, NARROWEST, RADIX_WIDTH, SOME_RATE
from .names import NETWORKS, rate_name
from .settings import EVERY, INITIALIZATION, LAST, MARGIN, MAXOUT, MOMENTUM, Setting, Trained
from .tables import ACCUMULATORS, share
from .tables import gates as gate_count

MOST, SOME = 32, 14
"""Widths of stored parameters that are compared."""

QUESTION = """
Multipliers take much of the area and energy of hardware that trains networks, and a multiplier of few bits is small. How
few bits are enough for training, when every sum, result, gradient, update and parameter is short? The paper compares
half-precision floating point, fixed point with one radix point for all numbers, and dynamic fixed point, in which each of
ten groups of numbers of each layer has a radix point of its own that moves with the share of overflows.
"""

COMPUTATION = f"""
Everything that is computed is held in so many bits, and parameters are stored in {WIDE}. Fixed point has its radix point
after the fifth bit. Where one width is swept the other has {WIDE} bits, and not the most there are: this was chosen when an
effect of very wide parameters had been seen, which the next section shows.
"""

LIMITS = f"""
* The paper's networks are larger, have dropout, and are trained for hundreds of epochs; the best epoch is chosen by a
  validation set there. Here the error is the mean over the last {LAST} epochs, none is chosen. CIFAR-10 and SVHN are left
  out: their networks would take days.
* There is no validation set. Sizes, epochs, learning rates, and the widths, places and rates at which claims are decided
  were chosen when test errors of trial runs had been seen, some of the same seeds. Intervals do not cover that choice.
* The published program moves radix points after every 100 batches, about 10000 samples, and so about once in a
  whole training here; they move after every {EVERY} samples instead.
* Only the first claim is one of the paper's abstract. The others, the reported errors and the reported logic modules are
  not verified here: they were not read in the paper itself. What is taken from the published program are the
  algorithm, its parameters and the order of its roundings; where it does something that the paper does not say, as
  with momentum and radices that stay when first parameters are restored, the program is followed.
* Inputs are the images rounded to 8 bits behind the radix point, which loses nothing of digits. The program leaves them
  in floating point.
* Sums are exact before they are rounded, those of floating point to binary32. The program's sums are in binary32, in an
  order that is not said.
* Gates are those of combinational multipliers, as many as synthesis leaves, without placement, timing or power. They are
  not logic modules, and ratios of the one need not be those of the other. Accumulators, rounding and what moves radix
  points are not counted in the tables of formats.
* Seeds move first parameters and the order of samples. The test samples are the same for all, so intervals say nothing
  about other test samples.
"""


def set_up(data: str, setting: Setting, records: Records) -> str:
    """How it was asked."""
    one = records.of(found="errors")[0]
    shape = " x ".join(map(str, one["shape"][-2:]))
    nets = "\n".join(f"* {network_text(name, trained, records)}" for name, trained in setting.networks.items())
    return f"""
Networks for images of {shape} pixels are trained on {one["train"]} images of ``{data}`` and tested on {one["test"]} others.

{nets}

The gradients of a batch are summed; the learning rate falls to a tenth of what it begins with, and
the momentum rises from {MOMENTUM[1]:g} to {MOMENTUM[2]:g}. The norms of weights are limited as in the published program.
Every number is rounded where it is made, to the nearest, ties away from zero, and saturates symmetrically; all steps are
those of the specification (:doc:`/spec/training`), bit by bit. *Widths include the sign*: the program's 9 and 11 are 10
and 12 here. Dynamic fixed point counts overflows and moves its radix points after every {EVERY} samples; its first ones
are found in {INITIALIZATION} epochs of {FIRST_WIDTH} bits, after which training starts from its first parameters.
So all arms of a seed have the same first parameters, samples in the same order, and learning rates.

The error is the mean of the test errors after the last {LAST} epochs. A format is said to train as well as float where
the whole interval of the difference is below {MARGIN:g} points. Arms are compared with float seed by seed. A
training whose numbers are no longer finite counts as guessing.{diverged(records)}
"""


def network_text(name: str, trained: Trained, records: Records) -> str:
    """A network and its training in a sentence."""
    sizes, count = trained.sizes, records.of(found="errors", network=name)[0]["parameters"]
    if name == MAXOUT:
        layers = f"hidden layers of {' and '.join(map(str, sizes['hidden']))} maxout units of {sizes['pieces']} pieces"
    else:
        kernels, pools = (" and ".join(map(str, sizes[what])) for what in ("kernels", "pools"))
        layers = (
            f"convolutions by {sizes['kernel']} x {sizes['kernel']} kernels, {kernels} channels behind a maxout of "
            f"{sizes['pieces']} pieces, each pooled by {pools}"
        )
    return (
        f"The {NETWORKS[name]}: {layers}, and a softmax, {count} parameters; {trained.epochs} epochs in batches of "
        f"{trained.batch}, a learning rate of {trained.rate:g} at first, {len(trained.seeds)} seeds."
    )


def diverged(records: Records) -> str:
    """How many trainings diverged."""
    of = [one for one in records.of(found="errors") if one["diverged"]]
    if not of:
        return " None did."
    return f" {sum(len(one['diverged']) for one in of)} did, in {len(of)} arms."


def formats(records: Records) -> str:
    """What the tables of formats have."""
    chance = records.of(found="errors")[0]["chance"]
    return f"""
The published formats, and fixed point as narrow as dynamic fixed point. One who guesses has an error of {chance:g} %. The
multiplier is that of the factors that are computed with, with the gates that synthesis leaves of it.
"""


def storage(records: Records) -> str:
    """What the width of stored parameters does."""
    gap = found.more(records, MAXOUT, Arm("dynamic", WIDE, MOST), Arm("dynamic", WIDE, SOME))
    effect = "are worse than" if gap.low > 0 else "are better than" if gap.high < 0 else "do not clearly differ from"
    return f"""
Parameters are stored in so many bits, and everything else is held in {WIDE}. Steps of the learning rule that are less than
half a unit of the last stored bit are lost.

Very wide parameters of dynamic fixed point: in the {NETWORKS[MAXOUT]}, {MOST} bits {effect} {SOME}, by
{gap.value:+.1f} [{gap.low:+.1f}, {gap.high:+.1f}] points of error. They can be worse: the limit of norms multiplies all
weights by a little less than 1, also those that are short enough. In few bits a weight at the end of the range is rounded
back to the end, and counted; in many it lies just below it, and is not counted as an overflow: so the range stays too
small.
"""


def radix(records: Records, radices: Sequence[int]) -> str:
    """Which radix is best in fixed point."""
    arms = [Arm("fixed", RADIX_WIDTH, RADIX_WIDTH, place) for place in radices]
    best = min(arms, key=lambda arm: mean(found.errors(records, MAXOUT, arm)))
    good = ", ".join(str(arm.radix) for arm in arms if found.as_good(records, MAXOUT, arm))
    return f"""
Fixed point with the radix point after more or fewer bits, as many bits for what is computed as for what is stored. The
rest of the bits lie behind the point. In the {NETWORKS[MAXOUT]} with {RADIX_WIDTH} bits the least mean error is that with
{best.radix} bits before the point; it is within the margin of float
with these bits before the point: {good or "none"}.
"""


def overflows(records: Records) -> str:
    """What a greater rate of overflows does."""
    low, high = (Arm("dynamic", NARROWEST, WIDE, overflows=rate) for rate in (LOW_RATE, SOME_RATE))
    gain = found.less(records, MAXOUT, high, low)
    effect = "lowers" if gain.low > 0 else "raises" if gain.high < 0 else "does not clearly change"
    return f"""
A radix point moves up where the share of overflows is above this rate, and down where half the range would not exceed
it. A greater rate leaves more bits behind the radix point, and saturates more. It is reported, not verified here, to
allow fewer bits at the price of a worse error; the published program takes {rate_name(LOW_RATE)}.
In the {NETWORKS[MAXOUT]} with {NARROWEST} bits, a rate of {rate_name(high.overflows)} {effect} the error:
by {-gain.value:+.1f} [{-gain.high:+.1f}, {-gain.low:+.1f}] points against {rate_name(low.overflows)}.
"""


def ranges(records: Records) -> str:
    """How far apart the radix points of groups are."""
    parts = []
    for network in found.networks(records):
        middle = [(mean(one["radices"]), one["group"]) for one in records.of(found="radices", network=network)]
        top, bottom = max(middle), min(middle)
        parts.append(
            f"in the {NETWORKS[network]} that of {top[1]} ends at {top[0]:.1f} and that of {bottom[1]} at {bottom[0]:.1f}, "
            f"{top[0] - bottom[0]:.1f} bits apart"
        )
    return f"""
Why fixed point needs more bits: the numbers of a layer are of different sizes, and one radix point has to serve all.
Dynamic fixed point moves them apart; of all groups and layers, {"; ".join(parts)}. So many bits fixed point must add
to resolve the smallest group as finely.
"""


def gates(records: Records) -> str:
    """How gates were counted, or why not."""
    versions = {one["version"] for one in records.of(found="gates")} - {None}
    if not versions:
        return f"The table has the logic modules that were reported alone: {ABSENT}."
    return f"""
Each multiplier is generated as Verilog, synthesized to simple gates by {", ".join(sorted(versions))}, and its netlist checked
against the specification on edge and random operands. The sum of the gates is given as so many NAND gates of two inputs,
by their transistors in static CMOS. In fixed point all products that are computed, of forward passes, backward
passes and updates, have factors of the width of what is computed; only the limit of norms multiplies stored weights.
Fixed-point multipliers are those of two's complement.
{agreement(records)}"""


def agreement(records: Records) -> str:
    """How the ratios of gates and those of the reported logic modules differ."""
    first, *others = ACCUMULATORS.items()
    lines = []
    for name, (factors, sum_, modules) in others:
        reported, counted = share(modules, first[1][2]), share(gate_count(records, name), gate_count(records, first[0]))
        lines.append(f"{factors} bits into {sum_}: {reported:.0f} % of the logic modules, {counted:.0f} % of the gates")
    return f"""
Of the first multiply-accumulator, with {first[1][0]} bits into {first[1][1]}, the others have: {"; ".join(lines)}. Where
these differ, neither confirms the other. An accumulator wraps here, so that of a product that is wider only the lower bits
are built; how the reported ones were built is not known here.
"""


def beside(setting: Setting, records: Records) -> str:
    """How far from the paper's scale this is."""
    trained, one = setting.networks[MAXOUT], records.of(found="errors", network=MAXOUT)[0]
    gap = found.more(records, MAXOUT, SAME, DYNAMIC)
    return f"""
The published program trains two layers of 240 maxout units of 5 pieces on 50000 images for 800 epochs, with dropout; here
it is {" and ".join(map(str, trained.sizes["hidden"]))} units of {trained.sizes["pieces"]} pieces, {one["train"]} images and
{trained.epochs} epochs. Errors are larger for that reason, and differences between formats have intervals of points, not
tenths. The paper's abstract gives 10 bits for activations and gradients and 12 for parameters; at these widths the error of
fixed point less that of dynamic fixed point is {gap.value:.1f} [{gap.low:.1f}, {gap.high:.1f}] points in the
{NETWORKS[MAXOUT]}.
"""
