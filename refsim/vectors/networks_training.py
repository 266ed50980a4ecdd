"""Traces of training steps with low-precision multiplications, from the specification alone: what golden traces are made of.

The network is small: layers of a few maxout units and a softmax. Its parameters and its data follow from integers, so nothing
is drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..spec.dynamic import Control, published
from ..spec.formats import Format, Number
from ..spec.projection import Projection
from ..spec.tensors import Tensor, tensor
from ..spec.training import Layer, LayerTrace, Learned, Numbers, Training, started, train

BINARY32 = Projection("binary32", "ties_to_even", "infinity")
EPSILON = Fraction(1, 10**7)
RADIX = 1
PERIOD = 2
"""Radices move after every second step of the trace."""
SHAPES = ((6, 5, 2), (4, 3, 2), (3, 2, 1))
"""Sums, inputs and pieces of each layer."""
SAMPLES = 4
LABELS = (0, 2, 1, 2)
LIMIT = Fraction(3, 4)


def dynamic(computation: int = 10, storage: int = 12, period: int = PERIOD, **others: Any) -> Training:
    """The published rules with radices that move after so many batches; widths with the sign."""
    held = [
        Control(published(f"dfxp{width}"), Fraction(1, 100), period, -16, 16, "at_end", "period")
        for width in (computation, storage)
    ]
    return training(*held, **others)


def training(computation: Numbers, storage: Numbers, **others: Any) -> Training:
    """The published rules for numbers that are held in some way."""
    return Training(
        **{"computation": computation, "storage": storage, "sums": None, "ties": "all", "epsilon": EPSILON} | others
    )


def spread(shape: Sequence[int], factor: int, span: Fraction, format: Format) -> Tensor:
    """Numbers all over a range that are not in order: multiples of a factor modulo 101, and no two of them alike for long."""
    count = 1
    for length in shape:
        count *= length
    to = Projection(format, "ties_to_even", "saturate")
    return tensor((to(span * ((factor * (i + 1)) % 101 - 50) / 50).code for i in range(count)), shape, format)


def number(x: Fraction | str, to: Projection = BINARY32) -> Number:
    """A rational as a number of a format."""
    return Number(to(Fraction(x)).code, to.format)


def network(radix: int = RADIX, shapes: Sequence[tuple[int, int, int]] = SHAPES) -> tuple[list[Layer], list[Learned]]:
    """Layers, and what is learned of each before the first step."""
    layers = [Layer(pieces, LIMIT) for _, _, pieces in shapes]
    learned = [
        started(
            spread((sums, inputs), 37 + i, Fraction(5, 8), BINARY32.format),
            spread((sums,), 13 + i, Fraction(1, 8), BINARY32.format),
            radix,
        )
        for i, (sums, inputs, _) in enumerate(shapes)
    ]
    return layers, learned


def batch(step: int) -> tuple[Tensor, list[list[int] | None]]:
    """The samples of a step in uq1.7, and the masks of the layers' inputs: in five places of six a one."""
    x = spread((SAMPLES, SHAPES[0][1]), 29 + 2 * step, Fraction(1), of_samples())
    masks: list[list[int] | None] = [
        [int((7 * i + 3 * step + layer) % 6 != 0) for i in range(SAMPLES * inputs)]
        for layer, (_, inputs, _) in enumerate(SHAPES)
    ]
    return x, masks


def of_samples() -> Format:
    """The format of the samples."""
    return Projection("q1.7", "ties_to_even", "saturate").format


def steps(rules: Training, count: int) -> list[list[LayerTrace]]:
    """The traces of so many steps, one after the other."""
    layers, learned = network()
    rates, momentum = [number("1/2")] * len(layers), number("1/2")
    made = list[list[LayerTrace]]()
    for step in range(count):
        x, masks = batch(step)
        made.append(train(layers, learned, x, LABELS, masks, rates, momentum, rules))
        learned = [layer.after for layer in made[-1]]
    return made
