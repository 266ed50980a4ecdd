"""The networks of the study by family and sizes, and what they store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from ...nn.families.parts import Part, chain, conv, halved
from ...nn.families.perceptrons import mlp
from ...nn.layers.kind import Shape
from ...nn.networks import INPUT, Network

MLP, CNN = "mlp", "cnn"
TITLES: Mapping[str, str] = {MLP: "FFDNN", CNN: "CNN"}
"""What the paper calls the families."""
KERNEL, HIDDEN = 3, 64
"""Of each convolution of a CNN, and the outputs of its dense layer."""
LARGE = 16
"""Rows and columns from which on an image is large."""
FLOAT_BITS = 32


def network(family: str, sizes: Sequence[int], shape: Shape, classes: int) -> Network:
    """The network of a family: ``sizes`` are the outputs of its hidden dense layers, or the maps of its convolutions."""
    return mlp(shape, sizes, classes) if family == MLP else cnn(sizes, shape, classes)


def cnn(maps: Sequence[int], shape: Shape, classes: int) -> Network:
    """For each of ``maps`` a convolution, ReLU and a max pooling, then a hidden dense layer and one of ``classes``.

    The first convolution takes every second place of images from ``LARGE`` on.
    """
    stride = 2 if min(shape[1:]) >= LARGE else 1
    parts: list[Part] = []
    for i, kernels in enumerate(maps, start=1):
        first = stride if i == 1 else 1
        parts += [conv(f"conv{i}", kernels, KERNEL, first), (f"act{i}", "relu", {}), halved(f"pool{i}", "max_pool")]
    parts += [
        ("flatten", "flatten", {}),
        ("dense1", "dense", {"outputs": HIDDEN}),
        ("act_dense1", "relu", {}),
        ("dense2", "dense", {"outputs": classes}),
    ]
    return Network(CNN, tuple(shape), tuple(chain(INPUT, parts)))


def weights_of(network: Network) -> int:
    """How many weights a network has, biases not counted."""
    return sum(prod(shape) for name, shape in network.parameter_shapes().items() if name.endswith(".weights"))


def bits_of(levels: int) -> int:
    """The bits that store one of so many levels: 2 for three levels, 3 for seven, 4 for fifteen."""
    return levels.bit_length()


def named(sizes: Sequence[int]) -> str:
    """Sizes as one word: ``8-8-16``."""
    return "-".join(map(str, sizes))
