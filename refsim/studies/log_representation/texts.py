"""The texts of the page."""

from __future__ import annotations

from ..running.jobs import Scale
from .settings import CALIBRATION, FULL_SCALES, SPREAD_SCALES, WIDE_SPREAD, Settings

QUESTION = """
Are logarithms of few bits better numbers for convolutional networks than fixed point of the same width? Activations and
weights of trained networks are far from evenly distributed, and products of powers of two are shifts. The paper quantizes
activations to 3 and 4 bits, weights to 4 and 5, without training the networks again; it adds in the logarithmic domain; and
it trains a network whose activations, weights and gradients are logarithms.
"""


def set_up(scale: Scale, sizes: Settings) -> str:
    """What was computed, and on what."""
    return f"""
Networks after AlexNet (convolutions, then dense layers with dropout) and after VGG (two convolutions of 3 x 3 and a pooling,
again and again), with batch normalization and without, are trained in floating point by Adam on {sizes.train} images of
``{scale.data}`` and tested on {sizes.test}, for {sizes.epochs} epochs in batches of {sizes.batch}, at a rate that falls
linearly from {sizes.rate[1]:g} to {sizes.rate[2]:g}; {len(sizes.seeds)} trainings of each with seeds of their own. Batch
normalizations are folded.

LogQuant and LinearQuant are those of :doc:`/spec/log_quantization`. As in the paper, the full scale of a layer is an offset
of its own plus one number that is swept. The offset is the exponent of the least power of two above all activations of the
layer on {CALIBRATION} training images, so that the swept full scale counts octaves from there, from {FULL_SCALES[0]} to
{FULL_SCALES[-1]}. The best full scale is the one with the most right answers on {sizes.chosen_by} training images, of several
the middle one; it is reported on test images. The input of the first layer is not quantized. Full scales of weights, of which
the paper says nothing, are those of least squared error, of each layer.

A network of codes, three convolutions and two dense layers, is computed bit by bit by :doc:`/engine` on {sizes.path_images}
test images. It was trained, {len(sizes.path_seeds)} times for {sizes.path_epochs} epochs at the same rates, with what it
computes with: input and activations are logarithms of 4 bits, weights have 5 bits, in fixed point for method 1 and in base 2
for method 2. Biases are added behind the accumulator in fixed point.

Training has the paper's algorithm 1 (:doc:`/guides/quantized-training`) on the network with batch normalization: activations
of 4 bits, weights and gradients of 5, masters in floating point, SGD with a momentum of {sizes.momentum[1]:g}; each tensor has
the least full scale without overflow. There are {len(sizes.learning_seeds)} trainings of {sizes.learning_epochs} epochs, at a
rate from {sizes.learning_rate[1]:g} to {sizes.learning_rate[2]:g} that is the same for all methods.

Differences are taken training by training, and their intervals are by Student's t over trainings. Where an effect is of several
networks it is the mean over them, and its trials are seeds: it says nothing of networks other than these, and one of them may
lose more than the mean, as the tables show. Where an effect says so differences are taken image by image; then the interval is
for other images and the same trainings. Networks, rates, epochs and the bounds of claims were chosen while test accuracies of
trial runs were seen; full scales were not.
"""


ACTIVATIONS = f"""
Without any retraining. A logarithmic quantizer needs only that its full scale lies above the greatest activation: what it
loses by rounding, a fixed share of each number, is the same at every full scale until its octaves are used up. A linear one
has to be put between overflow and steps that are too coarse.

What a logarithm loses of each activation averages out in sums of many terms and in networks with more channels than they need.
Where a narrow network is among those below, it shows what becomes of logarithms without that; claims on activations and dense
weights leave it out. The sweep ends at {FULL_SCALES[-1]} octaves: where logarithms still do well there, more full scales would
do than are counted.
"""
SPREAD = f"""
Networks of ReLU compute the same when a channel is divided by a power of two and what takes it is multiplied by it. Here
every hidden channel is divided by a power of two of up to so many octaves, drawn evenly. Nothing changes in floating point,
nor for a logarithmic quantizer with octaves enough; for a linear one with one full scale for a layer the small channels sink
below its step. Full scales from {SPREAD_SCALES[0]} to {SPREAD_SCALES[-1]} are looked at, and the claim is at {WIDE_SPREAD}
octaves.

These ranges are made: none of the networks was trained to them, and whether those of the paper have as wide ones was not
measured here. A full scale for each channel, or the same transform the other way round, would give linear numbers back what
they lose. What is shown is that a wide range within a layer is enough to make linear numbers fall behind, not that it is what
the paper's networks have.
"""
WEIGHTS = """
Weights of dense layers in 4 bits, sign included, beside logarithmic activations of 4 bits; then kernels in 5 bits beside
them; and kernels in 5 bits alone. Base sqrt2 has twice the levels to the octave, and half of the octaves.
"""
ERRORS = """
The mean error relative to the mean magnitude, and the ratio of signal to noise, in dB. The logarithmic quantizer moves each
number by about the same share of itself, whatever its full scale. The linear one moves all of them by about the same amount: by
much where its full scale holds the greatest number, by less where that may overflow. Great numbers have most of the signal's
power, so linear steps can have less noise and still lose the small numbers.

What the paper shows, and what is claimed, is of 3 bits and a full scale that holds the greatest number. The last table of this
page has the same of 4 bits, and of full scales that may overflow, where it can be the other way round.
"""
SUMS = """
Every code is computed by the engine on a datapath of :doc:`/spec/datapath_names`. Method 1 shifts a weight by the logarithm
of an activation, method 2 shifts a one by the sum of two logarithms; both fill a register that is cut off below its last
fraction bit at every step. In the logarithmic domain a register holds the logarithm of the sum itself
(:doc:`/spec/log_accumulators`): the greater of sum and term, plus a one shifted by their distance. Positive and negative
terms have a register each. At the end the two become numbers, by a table of 256 powers or by straight lines between whole
powers, and are subtracted. The row of the host is the same network in binary32.
"""
LEARNING = """
All start from the same parameters, see the same batches, and are tested with quantized weights and activations.
"""
BESIDE = """
The paper has ImageNet, right answers among the top five of 1000 classes, and pretrained networks; here are ten classes, the top
one, and networks about a thousand times smaller. Of its numbers, those of kernels in 5 bits, and what it says of linear
gradients, were read in notes on the paper; the others are reported, not verified here, and so are the accuracies with float
weights that kernels are compared to.
"""
LIMITS = """
* The networks and data are thousands of times smaller than the paper's, and so are the ranges of their activations. Wide
  ranges were made by spreading channels, which the paper did not do.
* The paper does not say how the full scales of weights and gradients are chosen, nor where base sqrt2 ends: they are found by
  least squares or from the greatest magnitude, and FSR counts octaves for both bases.
* Signed sums in the logarithmic domain are not specified by the paper. Two registers and a subtraction at the end are a
  choice.
* In training each method has the rate of the others; none was looked for its own.
* Bit by bit are base 2 networks only; base sqrt2 is measured with exact products and the host's sums.
* BinaryNet, to which the paper compares its training, is not trained here; nor are energy or area measured.
* Storage that is saved was not measured: it follows from the widths.
"""

TRIED = {
    "activations": """
Tried: networks of two widths, with batch normalization and without; the table has what each of them loses.
""",
    "base-sqrt2": """
Tried: kernels beside quantized activations and alone. What base 2 costs differs from training to training and from network to
network; the table has each of them.
""",
    "linear-drops": """
Tried on digits: networks with and without batch normalization, wide and narrow, and one full scale for all layers. At a full
scale that was chosen for it, linear quantization of such small networks keeps up with logarithms of the same width or is ahead
of them. It falls behind where the full scale is not looked for (the claim before), and where the range within layers is made
wide (the claim after).
""",
    "log-sums": """
Tried: more fraction bits, and powers at the end from a table and from straight lines. With all the bits the loss is that of
the approximation: log2(1 + x) is taken for x at every step, the shift drops the register's fraction, and the sums of both
signs are each off before they are subtracted.
""",
    "mean-error": """
Tried: full scales of least squared error too, at which linear steps of the same width move activations by less.
""",
    "better": """
Tried: networks of two widths, with batch normalization and without, SGD and Adam. Linear numbers of these widths, with
gradients in floating point, already train to about the accuracy of floating point on these data: little is left to gain.
""",
}
"""What was tried, by claim, where it does not hold."""
