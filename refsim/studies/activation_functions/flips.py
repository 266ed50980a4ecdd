"""Which bits flip: one a run, as many in each tensor as a formula says, the same ones for every activation function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...campaigns.statistics.planning import trials_of_list
from ...engine.faults import Target
from ...engine.samplers import sample
from ...spec.formats import FloatGrid, Format
from ...spec.samplers import Count
from ...spec.sites import Site
from .settings import CONFIDENCE, WORST

MOST_BITS = 64


class Tensor(NamedTuple):
    """A stored tensor: its name, the format of its codes, and how many there are."""

    name: str
    format: Format
    elements: int

    @property
    def bits(self) -> int:
        """All its bits: the list of its faults is as long."""
        return self.elements * self.format.width


class Flip(NamedTuple):
    """A bit that flips: the number of its tensor, the bit, bit 0 the least significant one, and the element."""

    tensor: int
    bit: int
    element: int


def planned(tensor: Tensor, margin: float) -> int:
    """The flips in a tensor by the formula for a list of faults."""
    return trials_of_list(tensor.bits, margin, WORST, CONFIDENCE)


def of_bit(tensor: Tensor, bit: int, margin: float, trainings: int, upper: int) -> int:
    """The flips of a bit of a tensor in one training: those of the formula dealt out to bits and trainings alike and rounded
    up, ``upper`` times as many for the sign and the exponent of a float, or all there are."""
    each = ceil(planned(tensor, margin) / (trainings * tensor.format.width))
    grid = tensor.format.grid
    high = isinstance(grid, FloatGrid) and bit >= grid.precision - 1
    return min(tensor.elements, each * (upper if high else 1))


def flips(tensors: Sequence[Tensor], margin: float, trainings: int, upper: int, seed: int) -> Iterator[Flip]:
    """The flips of a training: of each bit of each tensor so many different elements, drawn at random."""
    for number, tensor in enumerate(tensors):
        site = Site(tensor.name, "weight", tensor.format, tensor.elements)
        for bit in range(tensor.format.width):
            count = Count(of_bit(tensor, bit, margin, trainings, upper))
            drawn = sample(count, seed, number * MOST_BITS + bit, [Target(number, site, None, (bit,))])
            yield from (Flip(number, bit, element) for element in drawn[number].elements.tolist())


def flipped(codes: NDArray[np.unsignedinteger], flip: Flip) -> NDArray[np.unsignedinteger]:
    """A tensor's codes with one bit flipped."""
    found = codes.copy()
    found.reshape(-1)[flip.element] ^= found.dtype.type(1 << flip.bit)
    return found
