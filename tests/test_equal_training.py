"""The engine is the specification: steps of training with low-precision multiplications, in every code of every layer."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refsim.engine import training as engine
from refsim.engine.array import Array
from refsim.engine.networks import array_of, tensor_of
from refsim.spec import training as spec
from refsim.spec.accumulators import Pairwise, Sequential
from refsim.spec.datapaths import Datapath
from refsim.spec.dynamic import GROUPS, Dynamic, published
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.vectors.networks_training import BINARY32, LABELS, batch, dynamic, network, number, training

BINARY16 = Projection("binary16", "ties_to_even", "infinity")


def fixed(width, storage=None):
    """Fixed point whose radices stay."""
    return training(published(f"dfxp{width}"), published(f"dfxp{storage or width}"))


def summed(accumulator, to, bias="last"):
    """A datapath with that accumulator."""
    return Datapath(ExactProduct(), accumulator(to), bias, "sum", None)


def even(width):
    """Fixed point that rounds ties to even."""
    return Dynamic(width, "ties_to_even", "saturate_symmetric")


SETTINGS = {
    "dynamic, 10 and 12 bits": dynamic(),
    "dynamic, radices move at every step": dynamic(period=1),
    "dynamic, 4 and 6 bits, the first of ties": dynamic(4, 6, ties="first"),
    "dynamic, 32 bits": dynamic(32, 32),
    "dynamic, sums in binary32": dynamic(sums=summed(Sequential, BINARY32)),
    "fixed, 20 bits": fixed(20),
    "fixed, 6 and 8 bits, ties to even, no epsilon": training(even(6), even(8), epsilon=Fraction(0)),
    "binary32, sums in order": training(BINARY32, BINARY32, sums=summed(Sequential, BINARY32)),
    "binary32, exact sums": training(BINARY32, BINARY32),
    "binary16, sums in pairs of binary32": training(BINARY16, BINARY16, sums=summed(Pairwise, BINARY32, "output")),
    "bfloat16, directed": training(*[Projection("bfloat16", "toward_negative", "saturate")] * 2),
}


def on_arrays(learned):
    """What is learned, as arrays."""
    return engine.Learned(*map(array_of, learned[:4]), learned.states)


def array_of_one(x):
    """Not a batch: codes in an array of the tensor's shape."""
    return Array(np.reshape(x.codes, x.shape), x.format)


def compared(found, made):
    """Every field of a trace of a layer, codes and formats and states."""
    assert found.counts == made.counts
    assert dict(found.after.states) == dict(made.after.states)
    pairs = [(found.groups[group], made.groups[group], group) for group in GROUPS]
    pairs += [(found.x, made.x, "x"), (found.moved, made.moved, "moved")]
    pairs += [(getattr(found.after, name), getattr(made.after, name), name) for name in made.after._fields[:4]]
    for array, tensor, name in pairs:
        assert (name, array.format, array.codes.shape) == (name, tensor.format, tensor.shape)
        assert (name, array.codes.reshape(-1).tolist()) == (name, list(tensor.codes))


@pytest.mark.clause("training/order")
@pytest.mark.parametrize("name", SETTINGS)
def test_steps(name):
    """Steps one after the other, each from what the last one left."""
    rules = SETTINGS[name]
    layers, learned = network()
    arrays = [engine.Learned(*map(array_of_one, one[:4]), one.states) for one in learned]
    rates, momentum = [number("0.3"), number("0.5"), number("1")], number("0.7")
    for step in range(4):
        x, masks = batch(step)
        made = spec.train(layers, learned, x, LABELS, masks, rates, momentum, rules)
        found = engine.train(layers, arrays, array_of_one(x), LABELS, masks, rates, momentum, rules)
        for ours, theirs in zip(found, made, strict=True):
            compared(ours, theirs)
        learned, arrays = [layer.after for layer in made], [layer.after for layer in found]
