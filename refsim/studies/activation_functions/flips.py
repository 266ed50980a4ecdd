"""Which bits flip: one a run, as many in each tensor as a formula says, the same ones for every activation function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...campaigns.statistics.planning import trials_of_list
from ...engine.faults import Target
from ...engine.samplers import sample
from ...spec.formats import Format
from ...spec.samplers import Count
from ...spec.sites import Site
from .settings import CONFIDENCE, WORST

MOST_BITS = 64


class Tensor(NamedTuple):
    """A stored tensor: its name, what its codes are, and how many there are."""

    name: str
    format: Format
    count: int

    @property
    def bits(self) -> int:
        """All its bits: the list of its faults is as long."""
        return self.count * self.format.width


class Flip(NamedTuple):
    """A bit that flips: the number of its tensor, the bit, bit 0 the least significant one, and the element."""

    tensor: int
    bit: int
    element: int


def planned(tensor: Tensor, margin: float) -> int:
    """The flips in a tensor by the formula for a list of faults."""
    return trials_of_list(tensor.bits, margin, WORST, CONFIDENCE)


def of_each_bit(tensor: Tensor, margin: float, trainings: int) -> int:
    """The flips of each bit of a tensor in one training: those of the formula dealt out to bits and trainings alike and rounded
    up, or all there are."""
    return min(tensor.count, ceil(planned(tensor, margin) / (trainings * tensor.format.width)))


def flips(tensors: list[Tensor], margin: float, trainings: int, seed: int) -> Iterator[Flip]:
    """The flips of a training: of each bit of each tensor as many different elements, drawn at random."""
    for number, tensor in enumerate(tensors):
        site, each = Site(tensor.name, "weight", tensor.format, tensor.count), of_each_bit(tensor, margin, trainings)
        for bit in range(tensor.format.width):
            drawn = sample(Count(each), seed, number * MOST_BITS + bit, [Target(number, site, None, (bit,))])
            yield from (Flip(number, bit, element) for element in drawn[number].elements.tolist())


def flipped(codes: NDArray[np.unsignedinteger], flip: Flip) -> NDArray[np.unsignedinteger]:
    """A tensor's codes with one bit flipped."""
    found = codes.copy()
    found.reshape(-1)[flip.element] ^= found.dtype.type(1 << flip.bit)
    return found


def weights(tensors: list[Tensor]) -> Mapping[str, float]:
    """The part of all stored bits that a tensor has."""
    whole = sum(tensor.bits for tensor in tensors)
    return {tensor.name: tensor.bits / whole for tensor in tensors}
