"""The texts of the page. Numbers in them are settings or made of the records."""

from __future__ import annotations

from ..running.jobs import Scale
from ..study import Records
from .readings import one
from .settings import BATCH, FAMILIES, FAULTS, HIGH, LOW, RATES, SEED, Settings, settings
from .tables import rate_name

QUESTION = """
Weights lie in a memory whose bits flip. The paper stores each weight times a constant, the one that brings the greatest
weight of a layer to a target, and divides what it reads by the same constant: so the error that a flip makes is divided
too. How much does that keep of a network's accuracy, in FP32, FP16 and Q2.5, at rates of flips from 0.000001 to 0.01?

A constant does two things at once. It also uses the range of a fixed-point format better, so that weights are rounded
less. What comes of that shows without any flip: all accuracies stand beside that at the rate 0, and the gains are told apart.
"""

RATES_TEXT = """
*Plain* weights are rounded to the format, *scaled* ones times the constant. *Clamped* ones are brought into the range
that the tensor's weights have, after they were read and divided, and NaN becomes 0. All have the same faults at the
same rate. At the lowest rates few trials have a flip at all, as the table of flips says: a value without an interval is
one that no trial changed, and rare faults can still be there that would.
"""

GAINS_TEXT = """
The gain against faults is the gain at a rate less the gain at the rate 0: what is left of it once the finer rounding is
taken away. It is found trial by trial, each under the same flips.
"""

ERRORS_TEXT = """
In two's complement a flip of bit b changes a number by 2\\ :sup:`b` units of the last place, whatever the number is.
The mean of the squares of these errors is thus known: the sum of 4\\ :sup:`b` over the bits, times the rate, as long as
flips are single. With scaled weights it is divided by the square of each tensor's factor. A factor can be below 1:
weights past the range are made smaller then, where plain ones saturate.
"""

TARGETS_TEXT = """
The target is the magnitude to which the greatest weight of a tensor is scaled. In Q2.5 a greater one makes the errors
of flips smaller, up to the end of the range, beyond which weights saturate.

In floating point a common factor moves exponents and leaves significands and relative errors as they are: what counts
is which bits of the exponents are 0, since a flip to 1 makes a weight large, that of the highest bit by far. Below the
target 2 that bit is 0 in all weights. With greater targets the greatest weights have it set, and most others do not.
Near the top of the range nearly all exponents begin with ones: flips can hardly make a weight larger, but some make it
a NaN or an infinity, which have to be read as zero then. The clamp is shown beside: it works with any target.
"""

COSTS_TEXT = """
SECDED is a Hsiao code for words of 64 bits, and a word that it knows to be wrong is read as zero. Parity is one bit for
each weight, and a weight of the wrong parity is read as zero. Check bits are stored beside the weights and are hit at
the same rate, as they would be; the stored bits of a weight are those of the weight, of check bits, of factors and of
bounds, all by the number of weights.

At low rates a code corrects nearly every flip. At high ones many of its words have several wrong bits, which it cannot
correct, while scaling makes every error smaller. The figure is of the highest rate; the tables have a lower one too,
where codes do their work.
"""

FACTORS_TEXT = """
There is one factor for each tensor, a number in binary32. Above it lies in safe memory. One that is hit spoils a whole
layer:
"""

SINGLE_TEXT = """
Weights need not be divided one by one where every layer behind them lets a factor through: ReLU, pooling, and linear
layers whose bias is multiplied by the product of the factors so far. Sums and concatenations let it through only where
all that they join has the same factor, which factors chosen tensor by tensor do not give: a residual network can do so
before its first block and after its last, a dense one also between blocks. Batch normalizations let it through if their
mean and shift are multiplied, and sigmoids do not. Layers are left without division from the input on, wherever those
so far go through with them; others divide what they read. The largest result decides, so that not even the logits have
to be divided.
"""

LIMITS = """
* The paper's networks are trained on ImageNet-2012 and much larger. The more terms a sum has, the more flips add up in
  it: in networks of this size it takes higher rates for the same damage.
* The paper's targets, its treatment of NaN and infinities, its rates other than the one of its abstract and its number
  of trials are not known here. Targets and readings were swept instead.
* Weights of convolutions and dense layers are stored and hit, bit by bit, as the specification says; biases and what is
  left of batch normalizations are not, and neither are the factors and the bounds of clamps, except where it says so.
* Activations are not quantized: the networks compute in binary32, with sums in the order of the linear algebra library.
* Intervals of one table are over faults in one training of each family, on the same test samples. How much depends on
  the training is in a table of its own, for Q2.5.
* One kind of fault was looked at: bits that flip independently and stay so for all samples.
"""


def set_up(scale: Scale, records: Records) -> str:
    """How the study was made."""
    by = settings(scale)
    lines = "\n".join(f"* *{family}*, in place of {paper}: {_about(by, records, family)}" for family, paper in FAMILIES.items())
    kind, first, last = RATES
    samples = one(records, part="single", family="vgg")["samples"]
    learned = one(records, part="training", family="vgg", training=SEED)["learned"]
    last_seed = SEED + by.trainings - 1
    return f"""
Networks of four families are trained in binary32 with Adam on {learned} samples, {by.epochs} epochs of batches of {BATCH}, the
learning rate from {first} to {last} ({kind}), with the seed {SEED}. Batch normalizations are folded into the convolutions
before them where there is one; in the dense network they stand before and stay.

{lines}

FP32 and FP16 are called ``binary32`` and ``binary16``, Q2.5 is ``q2.5``: 8 bits, a sign, 2 before and 5 behind the
point. The weights of every tensor go through a memory of the specification: scaled (:doc:`/spec/weight_scaling`) to
127/32 in Q2.5 and to 2047/1024 in FP32 and FP16, rounded to nearest with ties to even, stored, hit, read and divided.
What is read is a binary32 number, and the network computes with it in binary32. Where results are NaN, the first of them
counts as the greatest. Accuracy is over {samples} test samples. No training was stopped or chosen by them; targets are
compared on them.

A trial flips every stored bit with the probability of the rate, for all samples. Trials are numbered, and trial n has
the same flips of weights in every memory of a format: gains are differences of pairs. Each rate has {by.trials} trials,
{by.sweep} where targets and trainings are varied, and {by.single} where divisions are left out; the seed of faults is {FAULTS}.
Intervals are bootstrapped (BCa) over trials. {by.trainings} trainings of each family, with the seeds {SEED} to {last_seed},
are hit by faults of their own, with the seeds {FAULTS} to {FAULTS + by.trainings - 1}; intervals over them are Student's.
"""


def _about(by: Settings, records: Records, family: str) -> str:
    name, options = by.networks[family]
    found = one(records, part="training", family=family, training=SEED)
    said = ", ".join(f"{key} {value}" for key, value in options.items())
    return f"``{name}`` with {said}; {found['weights']} weights, {found['accuracy']:.1f} % right"


def beside(records: Records) -> str:
    """What stands before the table of the paper's numbers."""
    weights = one(records, part="training", family="resnet-2", training=SEED)["weights"]
    return f"""
Only the abstract's number was seen; the full tables were not. The network in place of ResNet50 has {weights} weights:
at the paper's rate few of them are hit, and damage like that of the paper comes at {rate_name(LOW)} to
{rate_name(HIGH)}.
"""
