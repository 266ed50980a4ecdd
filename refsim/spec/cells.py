"""Cells that are not alike: those that lose a 1 more readily than a 0, are stuck, lie in a weak bank, or have a weak column.

All of them are masks of the candidates of a site, which do not depend on what the codes are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .faults import Event, Mask
from .gaps import gap_table, hits
from .randomness import plane, stream, word64
from .samplers import check_rate, flips, limit, ordered, struck
from .sites import Place, Target


@dataclass(frozen=True)
class Asymmetric:
    """A 0 becomes 1 with the probability ``up``, and a 1 becomes 0 with the probability ``down``.

    Candidates **must** be hit at the greater of the two, in the stream of positions of their site. Word j of 64 bits of the
    site's stream of marks says what hit j does: a 0 becomes 1 where the mark keeps ``up / greater``, a 1 becomes 0 where it
    keeps ``down / greater``. So the bit is set, cleared or inverted, and which of these does not depend on codes.

    [cells/asymmetric]
    """

    up: Fraction
    down: Fraction

    def __post_init__(self) -> None:
        check_rate(self.up)
        check_rate(self.down)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""
        greater = max(self.up, self.down)
        if not greater:
            return []
        up, down = limit(self.up / greater), limit(self.down / greater)
        found: list[Event] = []
        for target in ordered(targets):
            places, marks = target.candidates(), stream(seed, trial, target.number, "marks")
            for j, i in enumerate(struck(greater, seed, trial, target.number, len(places))):
                mark = word64(marks, j)
                found.append(Event(target.number, places[i].element, becoming(1 << places[i].bit, mark < up, mark < down)))
        return found


def becoming(bit: int, rises: bool, falls: bool) -> Mask:
    """The mask of a bit whose 0 becomes 1, whose 1 becomes 0, or both. One of them happens at every hit, since the greater rate
    keeps all marks."""
    if rises and falls:
        return Mask(inverted=bit)
    return Mask(set=bit) if rises else Mask(cleared=bit)


@dataclass(frozen=True)
class StuckAt:
    """Each candidate **must** be stuck with the probability p, in the stream of positions of its site: at 1 with the
    probability ``ones``, where word j of 64 bits of the stream of marks keeps hit j, and otherwise at 0. A trial is a device:
    it is stuck in the same cells whenever it is looked at. [cells/stuck]
    """

    p: Fraction
    ones: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)
        check_rate(self.ones)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The stuck bits of all targets."""
        found: list[Event] = []
        for target in ordered(targets):
            places, marks = target.candidates(), stream(seed, trial, target.number, "marks")
            for j, i in enumerate(struck(self.p, seed, trial, target.number, len(places))):
                one = word64(marks, j) < limit(self.ones)
                found.append(Event(target.number, places[i].element, becoming(1 << places[i].bit, one, not one)))
        return found


@dataclass(frozen=True)
class Banked:
    """Each candidate **must** be flipped with the probability p times the factor of the bank that it lies in: candidates are
    hit at p times the greatest factor, in the stream of positions of their site, and flip j of a site is kept with the
    probability of its factor divided by the greatest, by word j of 64 bits of the stream of marks.

    ``ValueError`` for negative factors, a product that is no probability, and a site with another number of banks.

    [cells/banks]
    """

    p: Fraction
    factors: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not self.factors or min(self.factors) < 0:
            raise ValueError("the factors of banks are one or more, and none is negative")
        check_rate(self.p)
        check_rate(self.greatest)

    @property
    def greatest(self) -> Fraction:
        """The rate of the weakest bank."""
        return self.p * max(self.factors)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        found: list[Event] = []
        for target in ordered(targets):
            limits = self.limits(target.site.name, target.site.layout.banks)
            places, marks = target.candidates(), stream(seed, trial, target.number, "marks")
            positions = struck(self.greatest, seed, trial, target.number, len(places))
            kept = [places[i] for j, i in enumerate(positions) if word64(marks, j) < limits[bank_of(target, places[i])]]
            found += flips(target, kept)
        return found

    def limits(self, name: str, banks: int) -> list[int]:
        """What marks are compared with, for each of the banks of a site."""
        if banks != len(self.factors):
            raise ValueError(f"the site {name} has {banks} banks, but {len(self.factors)} have a factor")
        return [limit(factor / max(self.factors)) for factor in self.factors] if self.greatest else [0] * banks


def bank_of(target: Target, place: Place) -> int:
    """The bank that a bit of a site lies in."""
    layout = target.site.layout
    return layout.cell(layout.along(place.element, place.bit, target.site.format.width)).bank


@dataclass(frozen=True)
class PerBit:
    """Bit b of each element, where it is selected, **must** be flipped with the probability ``rates[b]``: what is hit in the
    stream of bit b of the site, in which the elements whose bit b is selected are numbered in order.

    ``ValueError`` for a site whose elements have another number of bits. [cells/per-bit]
    """

    rates: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        for rate in self.rates:
            check_rate(rate)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        found: list[Event] = []
        for target in ordered(targets):
            self.check_width(target.site.name, target.site.format.width)
            places, kept = target.candidates(), list[Place]()
            for bit, rate in enumerate(self.rates):
                own = [place for place in places if place.bit == bit]
                kept += [own[i] for i in self.struck(bit, rate, seed, trial, target.number, len(own))]
            found += flips(target, sorted(kept))
        return found

    def check_width(self, name: str, width: int) -> None:
        """``ValueError`` where there is not one rate for each bit."""
        if width != len(self.rates):
            raise ValueError(f"elements of the site {name} have {width} bits, but {len(self.rates)} have a rate")

    @staticmethod
    def struck(bit: int, rate: Fraction, seed: int, trial: int, number: int, count: int) -> list[int]:
        """Which of so many elements are hit."""
        if rate in {0, 1}:
            return list(range(count)) if rate else []
        return list(hits(gap_table(rate), plane(seed, trial, number, bit), count))
