"""Steps of training with low-precision multiplications on networks of dense and convolutional maxout layers and a softmax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...engine import training as dense
from ...engine.array import Array
from ...engine.training import LayerTrace, Learned
from ...engine.training_passes import Mask, error, masked, passed_back
from ...spec.formats import Number
from ...spec.training import Training
from . import low_precision_convolutions as convolutions
from .low_precision_layers import Block


def reshaped(x: Array, shape: Sequence[int]) -> Array:
    """The same codes in another shape."""
    return Array(x.codes.reshape(tuple(shape)), x.format)


def as_input(block: Block, x: Array) -> Array:
    """A result as the input of a layer: a dense one takes vectors."""
    return x if block.conv else reshaped(x, (len(x), -1))


def train(
    blocks: Sequence[Block],
    learned: Sequence[Learned],
    x: Array,
    labels: Any,
    masks: Sequence[Mask],
    rates: Sequence[Number],
    momentum: Number,
    rules: Training,
) -> list[LayerTrace]:
    """One step, as ``spec.training.train`` has it, with convolutional layers among the others, whose weights are matrices with
    a row for each kernel."""
    made, inputs = list[dict[str, Array]](), list[Array]()
    for i, block in enumerate(blocks):
        inputs.append(masked(as_input(block, made[-1]["y"] if i else x), masks[i]))
        made.append(forward(block, learned[i], inputs[i], rules, last=i == len(blocks) - 1))
    for i, block in reversed(list(enumerate(blocks))):
        if i == len(blocks) - 1:
            of_y = error(made[i]["y"], labels, rules.projection("dEdy", learned[i].states))
        else:
            of_y = back(blocks[i + 1], made[i + 1], inputs[i + 1], masks[i + 1], learned[i], rules)
        made[i]["dEdy"] = reshaped(of_y, made[i]["y"].shape)
        made[i] |= backward(block, learned[i], inputs[i], made[i], rules)
    return [finish(block, learned[i], inputs[i], made[i], rates[i], momentum, rules) for i, block in enumerate(blocks)]


def forward(block: Block, learned: Learned, x: Array, rules: Training, *, last: bool) -> dict[str, Array]:
    """The groups of the forward pass of a layer."""
    if block.conv:
        return convolutions.forward(block.conv, block.layer.pieces, learned, x, rules)
    return dense.forward(block.layer, learned, x, rules, last=last)


def backward(block: Block, learned: Learned, x: Array, groups: Mapping[str, Array], rules: Training) -> dict[str, Array]:
    """The gradients of sums, weights and bias of a layer."""
    if block.conv:
        return convolutions.backward(block.conv, block.layer.pieces, learned, x, groups, rules)
    return dense.backward(block.layer, learned, x, groups, rules)


def back(above: Block, groups: Mapping[str, Array], x: Array, mask: Mask, learned: Learned, rules: Training) -> Array:
    """The gradients of the results below a layer, in the format of the layer that made them, of which ``learned`` is."""
    if above.conv:
        return convolutions.passed_back(above.conv, groups, x, mask, learned, rules)
    return passed_back(groups["dEdz"], groups["w"], mask, rules.projection("dEdy", learned.states), rules.sums)


def finish(
    block: Block, before: Learned, x: Array, groups: Mapping[str, Array], rate: Number, momentum: Number, rules: Training
) -> LayerTrace:
    """The updates of a layer, and its trace."""
    if not block.conv or block.layer.limit is None:
        return dense.finish(block.layer, before, x, groups, rate, momentum, rules)
    made = dense.finish(block.unlimited, before, x, groups, rate, momentum, rules)
    weights = convolutions.limited(made.moved, block.layer.limit, rules, before)
    return made._replace(after=made.after._replace(weights=weights))


def predict(blocks: Sequence[Block], learned: Sequence[Learned], x: Array, rules: Training) -> Array:
    """The shares of a forward pass without masks, with scaled copies."""
    for i, block in enumerate(blocks):
        x = as_input(block, x)
        if block.conv:
            x = convolutions.predicted(block.conv, block.layer.pieces, learned[i], x, rules, block.scale)
        else:
            x = dense.forward(block.layer, learned[i], x, rules, block.scale, last=i == len(blocks) - 1)["y"]
    return x


def masks_of(blocks: Sequence[Block], samples: int, random: np.random.Generator) -> list[Mask]:
    """Which inputs of so many samples dropout keeps; ``None`` for all."""
    return [random.random((samples, *block.shape)) < block.keep if block.keep < 1 else None for block in blocks]
