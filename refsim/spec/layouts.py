"""Layouts: where the bits of a site lie in the rows and columns of memory arrays, which is what a burst and a bank follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Cell(NamedTuple):
    """A cell of a memory array: its bank, its row in the bank, and its column."""

    bank: int
    row: int
    column: int


@dataclass(frozen=True)
class Layout:
    """Rows of ``columns`` bits that are dealt out to ``banks``, in which ``interleave`` elements lie bit by bit between each
    other. ``ValueError`` for numbers below 1.
    """

    columns: int
    interleave: int = 1
    banks: int = 1

    def __post_init__(self) -> None:
        for what, given in (("columns", self.columns), ("interleave", self.interleave), ("banks", self.banks)):
            if given < 1:
                raise ValueError(f"the {what} of a layout are 1 or more, not {given}")

    def along(self, element: int, bit: int, width: int) -> int:
        """Where along the rows bit b of element e of w bits lies: of each group of n interleaved elements all bits 0 come
        first, in the order of the elements, then all bits 1, and so on; so it **must** be
        ``(e // n) * n * w + b * n + e mod n``.

        [layout/interleave]
        """
        group, nth = divmod(element, self.interleave)
        return group * self.interleave * width + bit * self.interleave + nth

    def place(self, along: int, width: int) -> tuple[int, int]:
        """The element and the bit that lie at a place along the rows."""
        group, inside = divmod(along, self.interleave * width)
        bit, nth = divmod(inside, self.interleave)
        return group * self.interleave + nth, bit

    def cell(self, along: int) -> Cell:
        """Row r of a site, each filled before the next, **must** lie in bank ``r mod banks`` as its row ``r // banks``.

        [layout/banks]
        """
        row, column = divmod(along, self.columns)
        return Cell(row % self.banks, row // self.banks, column)


ONE_ROW_PER_WORD = Layout(64)
"""Rows of 64 bits in one bank, in which elements follow each other."""
