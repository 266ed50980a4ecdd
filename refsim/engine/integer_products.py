"""The ways of making integer terms: products of operands, products that a register rounds, entries of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .integer_registers import Register, Written, raised
from .integer_terms import Bools, Codes, Fill, Ints, Terms, is_short, stepped_sizes, stepped_sums
from .jobs import Job
from .matrix_sums import greatest, matrix_sums, wide
from .products import Integers, ProductTable, Source
from .table_factors import Factors, by_factor, magnitudes


@dataclass(frozen=True)
class Products:
    """Exact products: the sums are those of a matrix product."""

    source: Source
    codes: Codes

    @property
    def operands(self) -> tuple[Integers, Integers]:
        """What the codes mean."""
        assert self.source.operands is not None, "it is made of them"
        return self.source.operands

    @cached_property
    def integers(self) -> tuple[Ints, Ints]:
        """The operands."""
        return self.operands[0].of(self.codes.x), self.operands[1].of(self.codes.y)

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
        x, meet = x << left if left else x, self.codes.meeting(places)

        def fill(k: int, out: Ints) -> None:
            np.multiply(*meet(x[k], y[k]), out=out)

        return fill

    def sums(self, *, modular: bool = False) -> Ints:
        """A matrix product."""
        return self.codes.sums(*self.integers, modular=modular)

    def sizes(self) -> Ints | None:
        """A matrix product of magnitudes."""
        if not is_short(self):
            return None
        return self.codes.sums(*(np.abs(z.astype(np.int16) if z.itemsize == 1 else wide(z)) for z in self.integers))

    def raised(self) -> None:
        """Nothing."""

    def special(self) -> Bools | None:
        """Where an operand is no number."""
        both = tuple(zip(self.operands, (self.codes.x, self.codes.y), strict=True))
        found = [o.specials(z) for o, z in both]
        if found[0] is None and found[1] is None:
            return None
        x, y = (
            np.zeros(z.shape[1:], bool) if f is None else np.asarray(f.any(axis=0))
            for f, (_, z) in zip(found, both, strict=True)
        )
        return np.logical_or(*(self.codes.meeting(None)(x, y)))

    def sample(self) -> Products:
        """The products of a few of the sums."""
        return Products(self.source, self.codes.sample())


@dataclass(frozen=True)
class HeldProducts:
    """Products as a register holds them."""

    source: Source
    codes: Codes

    @property
    def exact(self) -> Products:
        """The products before they are written."""
        return Products(self.source, self.codes)

    @property
    def register(self) -> Register:
        """The register."""
        assert self.source.register is not None, "it is made of it"
        return self.source.register

    def most(self) -> int:
        """What the register can hold."""
        return self.source.most

    def products(self, places: tuple[Ints, ...] | None) -> Callable[[int, bool], tuple[Ints, Written]]:
        """What makes a product of rows and writes it."""
        exact, register = self.exact, self.register
        x, y = (np.ascontiguousarray(z.astype(np.int64)) for z in exact.integers)
        meet, left = self.codes.meeting(places), sum(o.quantum for o in exact.operands) - self.source.quantum

        def product(k: int, watch: bool) -> tuple[Ints, Written]:
            a, b = meet(x[k], y[k])
            found = np.atleast_1d(a * b) << left
            return found, register.write(found, watch=watch)

        return product

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """A product of rows, written."""
        product = self.products(places)

        def fill(k: int, out: Ints) -> None:
            np.left_shift(product(k, False)[0].astype(kind, copy=False), left, out=out)

        return fill

    def sums(self, *, modular: bool = False) -> Ints:
        """One after the other."""
        return stepped_sums(self, modular=modular)

    def sizes(self) -> Ints | None:
        """One after the other."""
        return stepped_sizes(self)

    def raised(self) -> NDArray[np.uint8]:
        """The flags of the writes."""
        product, flags = self.products(None), np.zeros(self.codes.shape, np.uint8)
        for k in range(self.codes.length):
            flags |= raised(product(k, True)[1], self.register.to)
        return flags

    def special(self) -> Bools | None:
        """Where an operand is no number."""
        return self.exact.special()

    def sample(self) -> HeldProducts:
        """The products of a few of the sums."""
        return HeldProducts(self.source, self.codes.sample())


@dataclass(frozen=True)
class Entries:
    """Terms looked up by their codes."""

    source: Source
    codes: Codes

    @property
    def table(self) -> ProductTable:
        """The table."""
        assert self.source.table is not None, "it is made of it"
        return self.source.table

    def most(self) -> int:
        """The greatest entry."""
        return self.source.most

    def looked_up(self, table: Ints, places: tuple[Ints, ...] | None = None) -> Fill:
        """What writes entries of a table."""
        table, meet = np.ascontiguousarray(table), self.codes.meeting(places)
        x, y = (np.ascontiguousarray(z.astype(np.intp)) for z in (self.codes.x, self.codes.y))
        flat, rows = table.reshape(-1), x * table.shape[1]

        def each(k: int, out: Ints) -> None:
            flat.take(np.add(*meet(rows[k], y[k])), out=out, mode="clip")

        def crossing(k: int, out: Ints) -> None:
            # Whole rows are copied faster than entries are found: what there is less of is found first.
            if len(table) < len(out):
                table.take(y[k], axis=1).take(x[k], axis=0, out=out, mode="clip")
            else:
                table.take(x[k], axis=0).take(y[k], axis=1, out=out, mode="clip")

        return each if self.codes.pairs or places is not None else crossing

    def filling(self, kind: np.dtype[Any], left: int, places: tuple[Ints, ...] | None = None) -> Fill:
        """Entries."""
        return self.looked_up(self.table.integers.astype(kind) << left, places)

    def sums(self, *, modular: bool = False) -> Ints:
        """A matrix product, where codes are few."""
        if self.codes.pairs or not self.source.is_matrix:
            return stepped_sums(self, modular=modular)
        return self.factored(self.table.factors, modular=modular)

    def sizes(self) -> Ints | None:
        """A matrix product, where codes are few."""
        if self.codes.pairs or not self.source.is_matrix or not is_short(self):
            return stepped_sizes(self)
        return self.factored(magnitudes(self.table.factors), modular=False)

    def factored(self, found: Factors, *, modular: bool) -> Ints:
        """The sums of the products that a table is a sum of."""
        kind = np.dtype(np.int64 if modular or is_short(self) else object)
        total = np.zeros(self.codes.shape, kind)
        for a, b in by_factor(self.codes.x, self.codes.y, found):
            total += matrix_sums(a, b, modular=modular).astype(kind)
        return total

    def raised(self) -> NDArray[np.uint8] | None:
        """The flags that go with the entries."""
        return None if self.table.flags is None else self._together(self.table.flags)

    def special(self) -> Bools | None:
        """Where an entry is no number."""
        return None if self.table.special is None else self._together(self.table.special)

    def _together(self, table: Ints) -> Ints:
        fill, each, found = (
            self.looked_up(table),
            np.empty(self.codes.shape, table.dtype),
            np.zeros(self.codes.shape, table.dtype),
        )
        for k in range(self.codes.length):
            fill(k, each)
            found |= each
        return found

    def sample(self) -> Entries:
        """The entries of a few of the sums."""
        return Entries(self.source, self.codes.sample())


def terms_of(job: Job, source: Source) -> Terms:
    """The terms of a job."""
    kind: type[Entries | Products | HeldProducts] = Products if source.register is None else HeldProducts
    if source.table is not None:
        kind = Entries
    if job.x.ndim == 2:
        return kind(source, Codes(job.x, job.y, pairs=True))
    if job.x.shape[2] == 1 and job.y.shape[1] == 1:
        return kind(source, Codes(job.x[:, :, 0], job.y[:, 0, :], pairs=False))
    # Rows of y meet columns of x.
    operands, table = source.operands, source.table
    turned = source._replace(operands=operands and operands[::-1], table=table and table.swapped)
    return kind(turned, Codes(job.y[:, :, 0], job.x[:, 0, :], pairs=False))
