"""The terms of many sums at once as integers.

Every way of making terms offers the same: one term of all sums or of some of them, all terms added up exactly, and the sums of
their magnitudes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .jobs import Job
from .matrix_sums import MOST, matrix_sums, pair_sums

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
Meeting = Callable[[Ints, Ints], tuple[Ints, Ints]]
"""Puts a row of each operand so that they broadcast."""
Fill = Callable[[int, Ints], None]
"""Writes a term of all sums into an array."""


SAMPLED = 8
"""So many columns of each operand tell how the others are likely to be."""


@dataclass(frozen=True)
class Codes:
    """Two arrays of codes with the terms along the first axis: of every pair of columns, or where ``pairs`` of columns in the
    same place."""

    x: Ints
    y: Ints
    pairs: bool

    @property
    def length(self) -> int:
        """The number of terms of a sum."""
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the sums."""
        return self.x.shape[1:] if self.pairs else (self.x.shape[1], self.y.shape[1])

    def meeting(self, places: tuple[Ints, ...] | None) -> Meeting:
        """How a row of x and one of y meet: in all sums, or in those at some places."""
        if places is not None:
            first, second = places * 2 if self.pairs else places
            return lambda a, b: (a.take(first), b.take(second))
        return (lambda a, b: (a, b)) if self.pairs else (lambda a, b: (a[:, None], b))

    def sums(self, x: Ints, y: Ints, *, modular: bool = False) -> Ints:
        """The exact sums of products of what stands for the codes: a matrix product, or one of pairs."""
        return (pair_sums if self.pairs else matrix_sums)(x, y, modular=modular)

    def sample(self) -> Codes:
        """Those of a few of the sums, in no particular order."""
        x, y = (z[:, :: max(z.shape[1] // SAMPLED, 1)] for z in (self.x, self.y))
        return Codes(x, y, self.pairs)


class Terms(Protocol):
    """Terms of codes, as ``source`` makes them."""

    @property
    def codes(self) -> Codes:
        """What they are made of."""

    def most(self) -> int:
        """A bound of the magnitudes of these terms."""

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """What writes a term of all sums, or of those at some places, times 2**left, into an array of a type."""

    def sums(self, *, modular: bool = False) -> Ints:
        """The exact sums; ``modular`` asks for no more than their last 64 bits."""

    def sizes(self) -> Ints | None:
        """The sums of the magnitudes; ``None`` where they are beyond 62 bits."""

    def raised(self) -> NDArray[np.uint8] | None:
        """The flags of making the terms, of each sum together; ``None`` for none."""

    def special(self) -> Bools | None:
        """Where a term is no number; ``None`` for nowhere."""

    def sample(self) -> Terms:
        """The terms of a few of the sums."""


def is_short(terms: Terms) -> bool:
    """Whether 62 bits hold the sums of magnitudes."""
    return terms.most() * terms.codes.length <= MOST


def stepped(terms: Terms, kind: np.dtype[Any], of: Callable[[Ints], Ints] | None = None) -> Ints:
    """The sums of the terms, or of what becomes of them, one after the other."""
    shape = terms.codes.shape
    fill, term, total = terms.filling(kind, 0), np.empty(shape, kind), np.zeros(shape, kind)
    for k in range(terms.codes.length):
        fill(k, term)
        total += of(term) if of else term
    return total


def stepped_sums(terms: Terms, *, modular: bool) -> Ints:
    """The exact sums, in integers that hold them."""
    return stepped(terms, np.dtype(np.int64 if modular or is_short(terms) else object))


def stepped_sizes(terms: Terms) -> Ints | None:
    """The sums of the magnitudes, where integers of 64 bits hold them."""
    return stepped(terms, np.dtype(np.int64), np.abs) if is_short(terms) else None


def is_crossing(job: Job) -> bool:
    """Whether each column of x meets each of y, or the one in the same place."""
    if job.x.ndim != 3:
        return job.x.ndim == 2 and job.x.shape == job.y.shape
    (_, a, b), (_, c, d) = job.x.shape, job.y.shape
    return bool((b == 1 and c == 1) or (a == 1 and d == 1))
