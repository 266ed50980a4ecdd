"""Faults: what happens to the bits of a stored code, and nothing else.

A fault acts on codes. Whatever the faulty code then stands for, a NaN, an infinity, a code that nothing writes, is what the
format says; nothing is clamped, scrubbed or repaired here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple, Protocol

from .formats import Format
from .sites import Target
from .terms import Port


class Mask(NamedTuple):
    """The bits of a code that are inverted, those that become 0 and those that become 1."""

    inverted: int = 0
    cleared: int = 0
    set: int = 0


NO_MASK = Mask()


def flip(bit: int) -> Mask:
    """The mask that inverts a bit."""
    return Mask(inverted=1 << bit)


def apply(code: int, mask: Mask) -> int:
    """The faulty code **must** be the code with the inverted bits inverted first, then the cleared bits 0, then the set bits
    1. [fault/apply]
    """
    return (code ^ mask.inverted) & ~mask.cleared | mask.set


def composed(masks: Iterable[Mask]) -> Mask:
    """Masks that hit one element **must** act together, whatever their order: inversions add up modulo 2, and a bit is cleared
    or set where one of them clears or sets it. [fault/compose]
    """
    return reduce(lambda a, b: Mask(a.inverted ^ b.inverted, a.cleared | b.cleared, a.set | b.set), masks, NO_MASK)


class Event(NamedTuple):
    """A fault of an element of the site of that number."""

    site: int
    element: int
    mask: Mask


class Model(Protocol):
    """A fault model: which faults there are in a trial, a pure function of seed, trial and targets."""

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of the trial, sites in order of their numbers, elements in order."""


def by_site(events: Iterable[Event]) -> dict[int, dict[int, Mask]]:
    """The masks of events, composed, by site and element, both in order."""
    found: dict[int, dict[int, Mask]] = {}
    for site, element, mask in sorted(events):
        masks = found.setdefault(site, {})
        masks[element] = composed([masks.get(element, NO_MASK), mask])
    return found


def injected(codes: Iterable[int], masks: Mapping[int, Mask]) -> tuple[int, ...]:
    """The codes of a site after the faults of its elements."""
    return tuple(apply(code, masks.get(element, NO_MASK)) for element, code in enumerate(codes))


@dataclass(frozen=True)
class Effect:
    """Of how many elements that were hit the code is another one, and of how many of these the datum is the same."""

    hit: int
    effective: int
    absorbed: int


def effect(before: Iterable[int], after: Iterable[int], masks: Mapping[int, Mask], format: Format) -> Effect:
    """A fault is effective where the code **must** have changed, and absorbed where the changed code stands for the same datum,
    as the payload of a NaN does. Both are counted, and neither is left out of the faults. [fault/effect]
    """
    pairs = [(a, b) for element, (a, b) in enumerate(zip(before, after, strict=True)) if element in masks and a != b]
    absorbed = sum(format.decode(a) == format.decode(b) for a, b in pairs)
    return Effect(len(masks), len(pairs), absorbed)


def on_writes(masks: Mapping[tuple[str, int], Mask]) -> Port:
    """A port through which faults hit registers: after the write of that number to the register of that path it **must** hold
    the faulty code of the code that was written; the flags are those of the write.

    A mask of a write that does not happen does nothing. [fault/registers]
    """
    return Port(hold=lambda register, step, result: apply(result.code, masks.get((register, step), NO_MASK)))
