"""The texts of the page."""

from __future__ import annotations

from ..study import Records
from . import found
from .settings import FLOAT, INT8, NAMES, RELU, SAMPLES, WHOLE, Settings

QUESTION = """
A network for segmentation runs where radiation flips bits of its parameters. An activation function that is bounded, as the
sigmoid and its piecewise linear form, stops a value that a flipped exponent has made huge; ReLU passes it on. How many
pixels change their class after one flip, by activation function, tensor and bit, in floating point and in int8, and what
does a bounded function cost where nothing flips?
"""


HIGH = 20
"""A bit of int32, far above those of weights."""


def set_up(chosen: Settings, data: str) -> str:
    """How it was asked."""
    return f"""
The network is a U-Net of {chosen.levels} levels with {chosen.filters} filters first, a batch normalization before every
activation, trained on {SAMPLES.train} images of ``{data}``, or all if there are fewer, with Adam for {chosen.epochs} epochs in
batches of {chosen.batch}, at a rate that falls linearly from {chosen.rate:g} to {chosen.last_rate:g}, from {chosen.seeds} seeds
for each activation function. It is tested on {SAMPLES.test} images. A set of images with one label each becomes mosaics of
{SAMPLES.size} x {SAMPLES.size} pixels: images of its first {SAMPLES.classes} classes, shrunk to {SAMPLES.most} pixels a side
at most, are pasted at random places until their areas come to {100 * SAMPLES.cover:g} % of the mosaic's. A pixel of a piece
that is brighter than {SAMPLES.threshold:g} has the class of the piece, all others are background; training mosaics are made of
training samples, test mosaics of test samples. Rates, epochs and the size of the network were chosen while the overlap on test
images of trial runs was seen.

*Pruned* networks have lost {100 * chosen.removed:.0f} % of their channels, those of the least L1 norm, in {chosen.steps} steps
with {chosen.tuning} epochs of tuning after each, at a rate from {chosen.tuning_rate:g} on. Normalizations are folded into the
convolutions. *int8* is the scheme ``int8-power-of-two``: weights and activations of 8 bits, biases of 32, scales that are
powers of two, calibrated with {chosen.calibration} training images by the rules of Vitis AI; its hard sigmoid multiplies by
2731/2\\ :sup:`14` instead of dividing by 6.

One run is one flipped bit of a stored weight or bias, on {chosen.judged} test images. A tensor with N stored bits gets n =
N / (1 + e\\ :sup:`2` (N - 1) / (t\\ :sup:`2` p (1 - p))) flips with e = {chosen.margin:g}, t = 1.96 and p = 0.5, dealt out
evenly to its bits and to the trainings and rounded up. Signs and exponents of binary32, on which the results depend, get
{chosen.upper} times as many. Of each bit different elements are drawn at random, without replacement. So every bit of every
tensor has flips; a mean over bits takes the mean of each bit alike, and a mean over tensors weighs them by their stored
bits, as if every bit of the memory were hit alike, unless it is said to take tensors alike. The same elements and bits are
hit with every activation function. In floating point what follows the struck layer is computed anew, bit by bit as in a
whole run; in int8 the evaluator of campaigns does the same.

A pixel is *changed* if its class is not that of the run without faults, whatever its label; if all its results are NaN it
has no class and is changed. Intervals are over trainings, by Student's t: flips and trainings both vary in them.
"""


def of_robustness(records: Records) -> str:
    """What the flips did, in words."""
    whole = {name: found.mean(records, found.changed, name, WHOLE, FLOAT).value for name in found.functions_of(records)}
    least = min(whole, key=lambda name: whole[name])
    codes = found.mean(records, found.changed, RELU, WHOLE, INT8).value
    stored, changes = of_biases(records)
    return (
        f"In binary32 a flip changes {whole[RELU]:.2f} % of the pixels with {NAMES[RELU]} and least with {NAMES[least]}, "
        f"{whole[least]:.2f} %; in int8 it is {codes:.2f} % with {NAMES[RELU]}. In int8 biases, which have 32 bits and few "
        f"elements, are {stored:.1f} % of the stored bits, and with {NAMES[RELU]} flips in them are {changes:.1f} % of all "
        "changes."
    )


def of_biases(records: Records) -> tuple[float, float]:
    """In percent, how many of the stored bits of int8 are those of biases, and of what flips change with ReLU how much is by
    flips in them."""
    known = found.map_of(records, RELU, WHOLE, INT8)
    stored = known["bits"]
    changes = [bits * found.mean(records, found.of_tensor(i), RELU, WHOLE, INT8).value for i, bits in enumerate(stored)]
    biases = [i for i, name in enumerate(known["tensors"]) if name.endswith(".bias")]
    bits, changed = (100 * sum(row[i] for i in biases) / (sum(row) or 1) for row in (stored, changes))
    return bits, changed


def of_bits(records: Records) -> str:
    """Where the dangerous bits are."""
    first = found.mean(records, found.of_bit(30), RELU, WHOLE, FLOAT).value
    of_codes = [found.mean(records, found.of_bit(bit), RELU, WHOLE, INT8).value for bit in (7, HIGH)]
    second = max(
        found.mean(records, found.of_bit(bit), name, WHOLE, FLOAT).value
        for bit in range(22)
        for name in found.functions_of(records)
    )
    return (
        f"Bit 30, the most significant one of the exponent, changes {first:.1f} % of the pixels with {NAMES[RELU]}: it makes a "
        f"weight below 2 huge. No bit below 22 changes more than {second:.2f} %, with any function; the maps leave them out. "
        f"In int8 bit 7, the sign of weights, changes {of_codes[0]:.1f} % with {NAMES[RELU]}, and bit {HIGH}, which only "
        f"biases have, {of_codes[1]:.1f} %."
    )


LIMITS = """
* The networks are small and shallow, and the images are small: the paper's U-Net has five levels and 32 filters first, and
  HSI-Drive is not free to ship. A ``.mat`` or ``.npz`` cube with a label map runs as it is, by ``--data``.
* The paper's tables of IoU, changed pixels, frames a second and power were not available, so that only what it says in
  words is compared. Speed and power of a board are not modelled.
* Normalizations are folded before flips; the paper strikes gamma and beta too.
* Scales and shifts of int8 are not struck, only weights and biases. Its codes have no infinities and no NaNs, so that runs in
  int8 are finite by construction: the claim on them checks the comparison and finds nothing out.
* Whether the paper's ranking weighs tensors by their bits or takes them alike is not known here; both are decided.
* A cell of a heat map stands for few flips, and has no interval of its own; those of tensors and of bits are in the tables and
  in the figure of bits.
* The shares of channels that the paper prunes, its margin and its rate in the formula are not known here.
"""
