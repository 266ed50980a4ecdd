"""Weights in memories: written once, hit by faults, and read again as numbers that a network computes with in binary32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...campaigns.arms import InMemory, stored
from ...campaigns.sites import stored_sites
from ...engine.array import Array
from ...engine.faults import Masks, Target
from ...engine.memories import reread, struck
from ...engine.samplers import sample_trials
from ...nn.layers.kind import Floats
from ...spec.catalogue import get_format
from ...spec.memories import DATA, Memory
from ...spec.samplers import Rate
from ...spec.sites import Site, site_numbers

WEIGHTS = ".weights"
HIT = ("weight", "check")
"""What faults hit: the stored weights and the check bits beside them."""
BINARY32 = get_format("binary32")


class Place(NamedTuple):
    """A site that faults hit: of which tensor it is, and which part of its memory."""

    tensor: str
    part: str


@dataclass(frozen=True, eq=False)
class Held:
    """The weights of a network in their memories, and the sites that faults hit by their numbers. A weight's site has the same
    number whatever lies beside it, so that the same bits are hit in every memory of a format."""

    tensors: Mapping[str, InMemory]
    sites: Sequence[tuple[Site, Place]]

    def targets(self) -> list[Target]:
        """The sites as a fault model aims at them."""
        return [Target(number, site, None) for number, (site, _) in enumerate(self.sites)]

    def bits(self) -> dict[str, int]:
        """How many bits are stored, by kind; those that faults do not hit too."""
        found: dict[str, int] = {}
        for one in self.tensors.values():
            for part in one.parts.values():
                found[part.kind] = found.get(part.kind, 0) + len(part.array) * part.array.format.width
        return found


class Faulty(NamedTuple):
    """What a trial came to: how many bits were flipped, the tensors that are read otherwise, and the faults of each tensor."""

    flips: int
    changed: Mapping[str, Floats]
    masks: Mapping[str, Mapping[str, Masks]]


def hold(parameters: Mapping[str, Floats], memory: Memory, hit: Sequence[str] = HIT) -> Held:
    """Write the weights of all convolutions and dense layers; other parameters are not stored here, and not hit. ``hit`` are
    the kinds of what faults hit of all that is stored."""
    tensors = {
        name: stored(memory, Array(np.ascontiguousarray(value, np.float32).view(np.uint32), BINARY32), "weight")
        for name, value in parameters.items()
        if name.endswith(WEIGHTS)
    }
    found = {
        site.name: (site, Place(*where))
        for name, one in tensors.items()
        for site, where in stored_sites(name, one.parts, ())
        if site.kind in hit
    }
    numbers = site_numbers({name: site.kind for name, (site, _) in found.items()})
    return Held(tensors, [found[name] for name in sorted(found, key=numbers.__getitem__)])


def numbers_of(codes: Array) -> NDArray[Any]:
    """The binary32 numbers of codes, bit by bit: no NaN is made another one."""
    return codes.codes.view(np.float32)


def clean(held: Held) -> dict[str, Floats]:
    """What is read without faults."""
    return {name: numbers_of(one.clean) for name, one in held.tensors.items()}


def faulty(held: Held, rate: Fraction, seed: int, trials: Sequence[int]) -> Iterator[Faulty]:
    """What is read in each trial, where every stored bit is flipped with the probability of the rate."""
    for masks in sample_trials(Rate(rate), seed, trials, held.targets()):
        yield read(held, masks)


def read(held: Held, masks: Mapping[int, Masks]) -> Faulty:
    """What is read after faults, given by the numbers of their sites."""
    by_tensor: dict[str, dict[str, Masks]] = {}
    for number, found in masks.items():
        tensor, part = held.sites[number][1]
        by_tensor.setdefault(tensor, {})[part] = found
    changed = {}
    for name, parts in by_tensor.items():
        one = held.tensors[name]
        before = Array(one.clean.codes.reshape(-1), one.clean.format)
        after = reread(one.memory, one.parts, before, parts).array
        if not np.array_equal(after.codes, before.codes):
            changed[name] = numbers_of(after).reshape(one.clean.shape)
    flips = sum(int(np.bitwise_count(found.inverted).sum()) for found in masks.values())
    return Faulty(flips, changed, by_tensor)


def stored_numbers(held: Held, name: str, masks: Mapping[str, Masks]) -> Floats:
    """The numbers that lie in the memory of a tensor after faults, not scaled back."""
    one = held.tensors[name]
    found: Floats = struck(one.parts, masks)[DATA].array.values().astype(np.float32)
    return found.reshape(one.clean.shape)
