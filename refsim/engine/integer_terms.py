"""The terms of many sums at once as integers: products of operands, products that a register rounds, or entries of a table.

Every way of making terms offers the same: one term of all sums or of some of them, all terms added up exactly, and the sums of
their magnitudes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .integer_registers import Written, raised
from .jobs import Job
from .matrix_sums import MOST, greatest, matrix_sums, pair_sums, wide
from .products import Integers, ProductTable, Source
from .table_factors import Factors, by_factor, magnitudes

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
Meeting = Callable[[Ints, Ints], tuple[Ints, Ints]]
"""Puts a row of each operand so that they broadcast."""
Fill = Callable[[int, Ints], None]
"""Writes a term of all sums into an array."""


SAMPLED = 8
"""So many columns of each operand tell how the others are likely to be."""


@dataclass(frozen=True)
class Terms:
    """Terms along the first axis of two arrays of codes: of every pair of columns, or where ``pairs`` of columns in the same
    place. This base adds them up one after the other.
    """

    source: Source
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

    def most(self) -> int:
        """A bound of the magnitudes of these terms."""
        return self.source.most

    def meeting(self, places: tuple[Ints, ...] | None) -> Meeting:
        """How a row of x and one of y meet: in all sums, or in those at some places."""
        if places is not None:
            first, second = places * 2 if self.pairs else places
            return lambda a, b: (a.take(first), b.take(second))
        return (lambda a, b: (a, b)) if self.pairs else (lambda a, b: (a[:, None], b))

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """What writes a term of all sums, or of those at some places, times 2**left, into an array of a type."""
        raise NotImplementedError

    def sums(self, *, modular: bool = False) -> Ints:
        """The exact sums; ``modular`` asks for no more than their last 64 bits."""
        kind = np.dtype(np.int64 if modular or self.most() * self.length <= MOST else object)
        return self.stepped(kind, None)

    def sizes(self) -> Ints | None:
        """The sums of the magnitudes; ``None`` where they are beyond 62 bits."""
        return self.stepped(np.dtype(np.int64), np.abs) if self.most() * self.length <= MOST else None

    def stepped(self, kind: np.dtype[Any], of: Callable[[Ints], Ints] | None) -> Ints:
        """The sums of what becomes of the terms."""
        fill, term, total = self.filling(kind, 0), np.empty(self.shape, kind), np.zeros(self.shape, kind)
        for k in range(self.length):
            fill(k, term)
            total += of(term) if of else term
        return total

    def raised(self) -> NDArray[np.uint8] | None:
        """The flags of making the terms, of each sum together; ``None`` for none."""
        return None

    def special(self) -> Bools | None:
        """Where a term is no number; ``None`` for nowhere."""
        return None

    def sample(self) -> Terms:
        """The terms of a few of the sums, in no particular order."""
        x, y = (z[:, :: max(z.shape[1] // SAMPLED, 1)] for z in (self.x, self.y))
        return type(self)(self.source, x, y, self.pairs)


@dataclass(frozen=True)
class Products(Terms):
    """Exact products: the sums are those of a matrix product."""

    @property
    def operands(self) -> tuple[Integers, Integers]:
        """What the codes mean."""
        assert self.source.operands is not None, "it is made of them"
        return self.source.operands

    @cached_property
    def integers(self) -> tuple[Ints, Ints]:
        """The operands."""
        return self.operands[0].of(self.x), self.operands[1].of(self.y)

    @cached_property
    def greatest(self) -> int:
        """The greatest magnitude that a product of these operands can have."""
        return greatest(self.integers[0]) * greatest(self.integers[1])

    def most(self) -> int:
        """The product of the greatest magnitudes that there are."""
        return self.greatest

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """A product of rows."""
        x, y = (np.ascontiguousarray(z.astype(kind)) for z in self.integers)
        x, meet = x << left if left else x, self.meeting(places)

        def fill(k: int, out: Ints) -> None:
            np.multiply(*meet(x[k], y[k]), out=out)

        return fill

    def sums(self, *, modular: bool = False) -> Ints:
        """A matrix product."""
        return (pair_sums if self.pairs else matrix_sums)(*self.integers, modular=modular)

    def sizes(self) -> Ints | None:
        """A matrix product of magnitudes."""
        if self.most() * self.length > MOST:
            return None
        x, y = (np.abs(z.astype(np.int16) if z.itemsize == 1 else wide(z)) for z in self.integers)
        return (pair_sums if self.pairs else matrix_sums)(x, y, modular=False)

    def special(self) -> Bools | None:
        """Where an operand is no number."""
        found = [o.specials(z) for o, z in zip(self.operands, (self.x, self.y), strict=True)]
        if found[0] is None and found[1] is None:
            return None
        x, y = (
            np.zeros(z.shape[1:], bool) if f is None else np.asarray(f.any(axis=0))
            for f, z in zip(found, (self.x, self.y), strict=True)
        )
        return np.logical_or(*(self.meeting(None)(x, y)))


@dataclass(frozen=True)
class HeldProducts(Products):
    """Products as a register holds them."""

    def most(self) -> int:
        """What the register can hold."""
        return self.source.most

    sums, sizes = Terms.sums, Terms.sizes

    def _products(self, places: tuple[Ints, ...] | None) -> Callable[[int, bool], tuple[Ints, Written]]:
        assert self.source.register is not None, "it is made of it"
        register = self.source.register
        x, y = (np.ascontiguousarray(z.astype(np.int64)) for z in self.integers)
        meet, left = self.meeting(places), sum(o.quantum for o in self.operands) - self.source.quantum

        def product(k: int, watch: bool) -> tuple[Ints, Written]:
            a, b = meet(x[k], y[k])
            found = np.atleast_1d(a * b) << left
            return found, register.write(found, watch=watch)

        return product

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """A product of rows, written."""
        product = self._products(places)

        def fill(k: int, out: Ints) -> None:
            np.left_shift(product(k, False)[0].astype(kind, copy=False), left, out=out)

        return fill

    def raised(self) -> NDArray[np.uint8] | None:
        """The flags of the writes."""
        assert self.source.register is not None, "it is made of it"
        product, flags = self._products(None), np.zeros(self.shape, np.uint8)
        for k in range(self.length):
            flags |= raised(product(k, True)[1], self.source.register.to)
        return flags


@dataclass(frozen=True)
class Entries(Terms):
    """Terms looked up by their codes."""

    @property
    def table(self) -> ProductTable:
        """The table."""
        assert self.source.table is not None, "it is made of it"
        return self.source.table

    def looked_up(self, table: Ints, places: tuple[Ints, ...] | None = None) -> Fill:
        """What writes entries of a table."""
        table, meet = np.ascontiguousarray(table), self.meeting(places)
        x, y = (np.ascontiguousarray(z.astype(np.intp)) for z in (self.x, self.y))
        flat, rows = table.reshape(-1), x * table.shape[1]

        def each(k: int, out: Ints) -> None:
            flat.take(np.add(*meet(rows[k], y[k])), out=out, mode="clip")

        def crossing(k: int, out: Ints) -> None:
            # Whole rows are copied faster than entries are found: what there is less of is found first.
            if len(table) < len(out):
                table.take(y[k], axis=1).take(x[k], axis=0, out=out, mode="clip")
            else:
                table.take(x[k], axis=0).take(y[k], axis=1, out=out, mode="clip")

        return each if self.pairs or places is not None else crossing

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """Entries."""
        return self.looked_up(self.table.integers.astype(kind) << left, places)

    def sums(self, *, modular: bool = False) -> Ints:
        """A matrix product, where codes are few."""
        if self.pairs or not self.source.is_matrix:
            return super().sums(modular=modular)
        return self.factored(self.table.factors, modular=modular)

    def sizes(self) -> Ints | None:
        """A matrix product, where codes are few."""
        if self.pairs or not self.source.is_matrix or self.most() * self.length > MOST:
            return super().sizes()
        return self.factored(magnitudes(self.table.factors), modular=False)

    def factored(self, found: Factors, *, modular: bool) -> Ints:
        """The sums of the products that a table is a sum of."""
        kind = np.dtype(np.int64 if modular or self.most() * self.length <= MOST else object)
        total = np.zeros(self.shape, kind)
        for a, b in by_factor(self.x, self.y, found):
            total += matrix_sums(a, b, modular=modular).astype(kind)
        return total

    def raised(self) -> NDArray[np.uint8] | None:
        """The flags that go with the entries."""
        return None if self.table.flags is None else self._together(self.table.flags)

    def special(self) -> Bools | None:
        """Where an entry is no number."""
        return None if self.table.special is None else self._together(self.table.special)

    def _together(self, table: Ints) -> Ints:
        fill, each, found = self.looked_up(table), np.empty(self.shape, table.dtype), np.zeros(self.shape, table.dtype)
        for k in range(self.length):
            fill(k, each)
            found |= each
        return found


def terms_of(job: Job, source: Source) -> Terms:
    """The terms of a job."""
    kind = Entries if source.table is not None else Products if source.register is None else HeldProducts
    if job.x.ndim == 2:
        return kind(source, job.x, job.y, pairs=True)
    if job.x.shape[2] == 1 and job.y.shape[1] == 1:
        return kind(source, job.x[:, :, 0], job.y[:, 0, :], pairs=False)
    # Rows of y meet columns of x.
    operands, table = source.operands, source.table
    turned = source._replace(operands=operands and operands[::-1], table=table and table.swapped)
    return kind(turned, job.y[:, :, 0], job.x[:, 0, :], pairs=False)


def is_crossing(job: Job) -> bool:
    """Whether each column of x meets each of y, or the one in the same place."""
    if job.x.ndim != 3:
        return job.x.ndim == 2 and job.x.shape == job.y.shape
    (_, a, b), (_, c, d) = job.x.shape, job.y.shape
    return bool((b == 1 and c == 1) or (a == 1 and d == 1))
