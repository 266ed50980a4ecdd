"""The LeNet-like network on 28 x 28 pixels against a plain loop that adds one product after the other, in order."""

import numpy as np
import pytest

from refsim import Projection, encode
from refsim.engine import networks as engine
from refsim.nn.families import build
from refsim.nn.networks import initial_parameters
from refsim.nn.quantization.quantize import quantize
from refsim.spec.formats import UniformGrid

LENET = build("lenet", {})
IMAGES = np.random.default_rng(2).random((6, 1, 28, 28)).astype(np.float32) ** 3


def saturating(bits):
    """Integers that saturate after every addition."""
    top = (1 << (bits - 1)) - 1
    return lambda acc, term: np.clip(acc + term, -top - 1, top)


def in_binary16(acc, term):
    """The exact sum, which binary64 has, rounded once to binary16."""
    with np.errstate(over="ignore"):
        return (acc.astype(np.float64) + term).astype(np.float16)


def in_order(x, weights, bias, add, padding=0):
    """Sums of products for every kernel at every place: channel by channel, row by row."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    count, channels, rows, columns = weights.shape
    shape = (count, x.shape[1] - rows + 1, x.shape[2] - columns + 1)
    acc = np.broadcast_to(bias[:, None, None], shape)
    for c in range(channels):
        for i in range(rows):
            for j in range(columns):
                below = x[c, i : i + shape[1], j : j + shape[2]]
                acc = add(acc, weights[:, c, i, j][:, None, None] * below)
    return acc


FIXED = {"weights": "q8?", "bias": "register", "activations": "q8?"}
HALF = {"weights": "int8", "bias": "binary16", "activations": "int8"}
SUMS = {
    "24 bits": ("sequential({24}/toward_zero/saturate)", saturating(24), FIXED),
    "14 bits": ("sequential({14}/toward_zero/saturate)", saturating(14), FIXED),
    "binary16": ("sequential(binary16/ties_to_even/infinity)", in_binary16, HALF),
}
"""Accumulators, each with a step of the loop and the formats of the operands."""


def units(array):
    """Numbers in fixed point as integers, in steps of their format; floating-point numbers as they are."""
    grid = array.format.grid
    return array.values() / float(grid.magnitude(1)) if isinstance(grid, UniformGrid) else array.values().astype(np.float16)


def as_images(array, axes):
    """Vectors as images of one place, with so many axes in all."""
    return array if array.ndim == axes else array[..., None, None]


@pytest.mark.clause("accumulate/sequential", "layer/conv2d", "layer/dense")
@pytest.mark.parametrize("name", SUMS)
def test_the_ordered_loop(name):
    """Every register of every convolution and dense layer, for every image."""
    accumulator, add, formats = SUMS[name]
    rules = {"numbers": "format", "rounding": "ties_to_even", "overflow": "saturate", "sums": "kept"}
    scheme = {**rules, **formats, "datapath": f"datapath(exact,{accumulator},first,sum)"}
    size, brightness = (4, 1) if formats is FIXED else (160, 90)
    parameters = {key: value * np.float32(size) for key, value in initial_parameters(LENET, 3).items()}
    network, tensors = quantize(LENET, parameters, scheme, IMAGES)
    trace = engine.trace(network, tensors, encode(IMAGES * brightness, Projection("binary32", "ties_to_even", "infinity")))
    checked, ends = 0, 0
    for node in network.nodes:
        roles = dict(node.parameters)
        if not roles:
            continue
        kernels, bias = as_images(units(tensors[roles["weights"]]), 4), units(tensors[roles["bias"]])
        xs, registers = as_images(units(trace[node.inputs[0]]), 4), units(trace[node.name])
        for x, register in zip(xs, registers, strict=True):
            found = in_order(x, kernels, bias, add, padding=2 if node.name.startswith("conv1") else 0)
            assert (found.reshape(register.shape) == register).all()
            checked += found.size
            ends += int((np.abs(found) >= 8191).sum())
    assert checked == len(IMAGES) * (6 * 784 + 16 * 100 + 120 + 84 + 10)
    assert ends > 100 or name != "14 bits"
