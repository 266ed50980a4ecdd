"""Samplers: which bits are flipped in a trial. Each is a fault model whose bits are equally likely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .faults import Event, flip
from .gaps import gap_table, hits
from .randomness import ALL_SITES, below, stream, word32, word64
from .sites import Place, Target


def check_rate(p: Fraction) -> None:
    """``ValueError`` for a rate that is no probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"a rate is in 0..1, not {p}")


def ordered(targets: Iterable[Target]) -> list[Target]:
    """Targets in order of their numbers; ``ValueError`` where two are one site."""
    found = sorted(targets, key=lambda target: target.number)
    for one, other in pairwise(found):
        if one.number == other.number:
            raise ValueError(f"the site {one.site.name} is aimed at twice")
    return found


def flips(target: Target, places: Iterable[Place]) -> list[Event]:
    """The events that flip bits of a target."""
    return [Event(target.number, place.element, flip(place.bit)) for place in places]


def struck(p: Fraction, seed: int, trial: int, number: int, count: int) -> list[int]:
    """A rate hits the candidates that its gaps find in the site's stream of positions; at the rate 0 it **must** hit none and
    at the rate 1 all of them, without any word. [sampler/certain]
    """
    check_rate(p)
    if p in {0, 1}:
        return list(range(count)) if p else []
    return list(hits(gap_table(p), stream(seed, trial, number, "positions"), count))


@dataclass(frozen=True)
class Rate:
    """Each candidate **must** be flipped with the probability p, independently of the others: those that are hit in the stream
    of positions of their site. [sampler/rate]
    """

    p: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        found: list[Event] = []
        for target in ordered(targets):
            places = target.candidates()
            found += flips(target, [places[i] for i in struck(self.p, seed, trial, target.number, len(places))])
        return found


@dataclass(frozen=True)
class DenseRate:
    """Candidate i **must** be flipped where word i of 32 bits of the dense stream of its site is less than the threshold, which
    is ``p * 2**32`` rounded to an integer, ties to even. The rate is then the threshold divided by 2**32.

    The comparator that hardware has; the same distribution as by gaps, other bits. [sampler/dense]
    """

    p: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)

    @property
    def threshold(self) -> int:
        """What words are compared with."""
        return round(self.p * (1 << 32))

    @property
    def rate(self) -> Fraction:
        """The rate that is realized."""
        return Fraction(self.threshold, 1 << 32)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        found: list[Event] = []
        for target in ordered(targets):
            words = stream(seed, trial, target.number, "dense")
            places = target.candidates()
            found += flips(target, [place for i, place in enumerate(places) if word32(words, i) < self.threshold])
        return found


def limit(ratio: Fraction) -> int:
    """A hit is kept with a probability where its mark, a word of 64 bits, **must** be less than the probability times 2**64
    rounded down: a probability of 1 keeps all. [sampler/marks]
    """
    return (ratio * (1 << 64)).__floor__()


@dataclass(frozen=True)
class Thinned:
    """Of the flips at the greatest rate, flip j of a site **must** be kept with the probability ``p / greatest`` by word j of
    64 bits of the site's stream of marks. So the flips at a lower rate are among those at a higher one.

    ``ValueError`` for a rate above the greatest. [sampler/thinned]
    """

    p: Fraction
    greatest: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)
        check_rate(self.greatest)
        if self.p > self.greatest or not self.greatest:
            raise ValueError(f"a thinned rate is at most the greatest, which is above 0; not {self.p} of {self.greatest}")

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        found: list[Event] = []
        least = limit(self.p / self.greatest)
        for target in ordered(targets):
            places = target.candidates()
            marks = stream(seed, trial, target.number, "marks")
            positions = struck(self.greatest, seed, trial, target.number, len(places))
            found += flips(target, [places[i] for j, i in enumerate(positions) if word64(marks, j) < least])
        return found


def pool(targets: Iterable[Target]) -> list[tuple[Target, Place]]:
    """Where candidates are those of several sites together, those of a site **must** be numbered behind those of all sites of
    lower numbers. [sampler/pool]
    """
    return [(target, place) for target in ordered(targets) for place in target.candidates()]


def distinct(k: int, count: int, seed: int, trial: int) -> list[int]:
    """k distinct numbers in 0..count-1, any k as likely as any others, **must** be drawn by Floyd's algorithm: for each j from
    ``count - k`` to ``count - 1`` a number in 0..j is drawn, and taken where it is not taken yet, or else j is. The numbers
    come from the stream of positions of all sites. ``ValueError`` for more than there are.

    Bentley and Floyd, "A sample of brilliance" (1987). [sampler/distinct]
    """
    if not 0 <= k <= count:
        raise ValueError(f"{k} distinct bits cannot be drawn from {count} candidates")
    taken: set[int] = set()
    words, place = stream(seed, trial, ALL_SITES, "positions"), 0
    for j in range(count - k, count):
        number, place = below(words, j + 1, place)
        taken.add(j if number in taken else number)
    return sorted(taken)


@dataclass(frozen=True)
class Count:
    """Exactly k candidates **must** be flipped, drawn from those of all targets together. ``ValueError`` for a k below 0.

    [sampler/count]
    """

    k: int

    def __post_init__(self) -> None:
        if self.k < 0:
            raise ValueError(f"a count of flips is 0 or more, not {self.k}")

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""
        places = pool(targets)
        return [flips(*one)[0] for one in ((places[i][0], [places[i][1]]) for i in distinct(self.k, len(places), seed, trial))]


@dataclass(frozen=True)
class Exhaustive:
    """Trial t **must** flip candidate t of all targets together, and no other; there are as many trials as candidates.

    ``ValueError`` for a trial past the last one. [sampler/exhaustive]
    """

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:  # noqa: ARG002 every model is asked so
        """The one flip."""
        places = pool(targets)
        if not 0 <= trial < len(places):
            raise ValueError(f"an exhaustive trial is in 0..{len(places) - 1}, not {trial}")
        target, place = places[trial]
        return flips(target, [place])


def trial_of_sample(trial: int, sample: int, samples: int) -> int:
    """Where faults are drawn for each sample by itself, those of sample s of n in trial t **must** be those that a single
    sample has in trial ``t * n + s``. [sampler/per-sample]
    """
    return trial * samples + sample
