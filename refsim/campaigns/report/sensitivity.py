"""Which bits of which layers matter: trials with one flip, by the site and the bit that was hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ...engine.faults import Masks
from ..rows import Row
from .facts import Facts

Hits = Callable[[int, int], Mapping[int, Masks]]
"""The masks of a cell's trial, by the number of the site."""


class Place(NamedTuple):
    """A bit of a site, bit 0 the least significant one."""

    site: str
    bit: int


class Grid(NamedTuple):
    """Sites, bits with the most significant one first, and for each place that was hit the trials, and the share of samples of
    the classes in all of them.
    """

    sites: tuple[str, ...]
    bits: tuple[int, ...]
    trials: dict[Place, int]
    shares: dict[Place, Fraction]


def aimed_place(facts: Facts) -> Place | None:
    """Where every fault of a cell is, if all of them are in one bit of one site."""
    if len(facts.targets) != 1 or facts.targets[0].bits is None or len(facts.targets[0].bits) != 1:
        return None
    return Place(facts.targets[0].name, facts.targets[0].bits[0])


def exhaustive_place(facts: Facts, trial: int) -> Place | None:
    """Where trial t of an exhaustive cell flips a bit: candidate t, the sites in order of their numbers, the elements of each
    in order, and the bits of each from the least significant one up. ``None`` where the sites do not tell the candidates.
    """
    if facts.kind != "exhaustive" or any(target.bits is None for target in facts.targets):
        return None
    ends = list(accumulate(target.count * len(target.bits or ()) for target in facts.targets))
    if not ends or ends[-1] != facts.candidates or not 0 <= trial < ends[-1]:
        return None
    place = next(i for i, end in enumerate(ends) if trial < end)
    bits = facts.targets[place].bits or ()
    return Place(facts.targets[place].name, bits[(trial - (ends[place - 1] if place else 0)) % len(bits)])


def hit_place(facts: Facts, hits: Mapping[int, Masks]) -> Place | None:
    """Where the faults of a trial are, if they are all in one bit of one site."""
    struck = {number: masks for number, masks in hits.items() if len(masks)}
    if len(struck) != 1:
        return None
    ((number, masks),) = struck.items()
    bits = int(np.bitwise_or.reduce(masks.inverted | masks.cleared | masks.set))
    names = {target.number: target.name for target in facts.targets}
    return Place(names.get(number, f"site {number}"), bits.bit_length() - 1) if bits.bit_count() == 1 else None


def place_of(facts: Facts, row: Row, hits: Hits | None) -> Place | None:
    """Where the faults of a trial are, as far as one bit of one site tells it."""
    if row.flips != 1 and aimed_place(facts) is None:
        return None
    known = exhaustive_place(facts, row.trial) or aimed_place(facts)
    return known or (hit_place(facts, hits(facts.number, row.trial)) if hits else None)


def sensitivity(facts: Sequence[Facts], rows: Iterable[Row], names: Sequence[str], hits: Hits | None = None) -> Grid | None:
    """The share of samples of some classes, of which a sample is in one at most, by site and bit, over the trials of which the
    place is known; ``None`` without any.
    """
    cells = {one.number: one for one in facts}
    found: dict[Place, list[Row]] = {}
    for row in rows:
        place = place_of(cells[row.cell], row, hits)
        if place is not None and row.flips:
            found.setdefault(place, []).append(row)
    if not found:
        return None
    order = {target.name: target.number for one in facts for target in one.targets}
    sites = sorted({place.site for place in found}, key=lambda site: (order.get(site, len(order)), site))
    width = max(place.bit for place in found)
    trials = {place: len(hit) for place, hit in sorted(found.items())}
    shares = {
        place: Fraction(
            sum(getattr(row.counts, name) for row in found[place] for name in names),
            sum(row.counts.images for row in found[place]),
        )
        for place in trials
    }
    return Grid(tuple(sites), tuple(range(width, -1, -1)), trials, shares)
