"""Tables of products as sums of few products: what makes their sums small matrix products.

A shift of every weight by one exponent is a multiple of the shift by another, as long as no bits are lost; so most rows of a table of
products are multiples of a few. A row that is one times a number is a product of that number and an entry.
"""

from __future__ import annotations

from functools import lru_cache
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


@lru_cache(maxsize=64)
def kept_factors(key: int, shape: tuple[int, int], data: bytes) -> Factors:
    """The factors of a table that is asked for again and again."""
    del key
    return factors(np.frombuffer(data, np.int64).reshape(shape))


def by_factor(x: Ints, y: Ints, found: Factors) -> tuple[Ints, Ints]:
    """Operands of a matrix product that adds up the entries of a table along the first axis of two arrays of codes: one after
    the other the summands of each entry."""
    left, right = found.left.T[:, x.astype(np.intp)], found.right[:, y.astype(np.intp)]
    return left.reshape(-1, x.shape[1]), right.reshape(-1, y.shape[1])
