"""Tables of products as sums of few products: what makes their sums small matrix products.

A shift of every weight by one exponent is a multiple of the shift by another, as long as no bits are lost; so most rows of a
table of products are multiples of a few. An entry is then a product: of the multiple, and an entry of one of those few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]


class Factors(NamedTuple):
    """Integers with ``table[a, b] == sum(left[a, i] * right[i, b])``, of which no more than one summand is not zero."""

    left: Ints
    right: Ints

    @property
    def rank(self) -> int:
        """The number of summands."""
        return len(self.right)

    @property
    def swapped(self) -> Factors:
        """The factors of the table of the operands in the other order."""
        return Factors(self.right.T, self.left.T)


def factors(table: Ints) -> Factors:
    """The factors of a table by its rows, or by its columns where those are fewer."""
    rows, columns = _by_rows(table), _by_rows(table.T).swapped
    return rows if rows.rank <= columns.rank else columns


def _by_rows(table: Ints) -> Factors:
    """Each row as a multiple of a primitive one, whose entries have no common factor and the first of which is positive."""
    wide = table.astype(np.int64)
    common = np.gcd.reduce(wide, axis=1)
    first = wide[np.arange(len(wide)), np.argmax(wide != 0, axis=1)]
    by = np.where(first < 0, -common, common)
    primitive = wide // np.where(by == 0, 1, by)[:, None]
    kept, which = np.unique(primitive[by != 0], axis=0, return_inverse=True)
    left = np.zeros((len(wide), len(kept)), np.int64)
    left[np.nonzero(by)[0], which.reshape(-1)] = by[by != 0]
    return Factors(left, kept)


AT_ONCE = 1 << 22
"""The entries of operands of a matrix product that are made at once."""


def magnitudes(found: Factors) -> Factors:
    """The factors of the magnitudes: there is no more than one summand."""
    return Factors(np.abs(found.left), np.abs(found.right))


def by_factor(x: Ints, y: Ints, found: Factors) -> Iterator[tuple[Ints, Ints]]:
    """Operands of matrix products that together add up the entries of a table, along the first axis of two arrays of codes: a
    part of the terms each, every summand of an entry in a row of its own."""
    left, right = (np.ascontiguousarray(smallest(z)) for z in (found.left.T, found.right))
    at_once = max(AT_ONCE // max(found.rank * max(x.shape[1], y.shape[1]), 1), 1)
    for start in range(0, len(x), at_once):
        part = slice(start, start + at_once)
        rows = (z.take(codes[part].astype(np.intp), axis=1) for z, codes in ((left, x), (right, y)))
        a, b = (z.reshape(-1, z.shape[2]) for z in rows)
        yield a, b


def smallest(z: Ints) -> Ints:
    """Integers in the smallest type that holds them."""
    most = int(np.abs(z).max(initial=0))
    return z.astype(next(np.dtype(f"int{bits}") for bits in (8, 16, 32, 64) if most >> bits - 1 == 0))
