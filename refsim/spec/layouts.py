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
    """Rows of ``columns`` bits that are dealt out to ``banks``, in which ``interleave`` words lie bit by bit between each
    other. A word is ``word`` neighbouring elements, such as an error-correcting code protects together.

    ``ValueError`` for numbers below 1.
    """

    columns: int
    interleave: int = 1
    banks: int = 1
    word: int = 1

    def __post_init__(self) -> None:
        for what in ("columns", "interleave", "banks", "word"):
            if getattr(self, what) < 1:
                raise ValueError(f"the {what} of a layout are 1 or more, not {getattr(self, what)}")

    def along(self, element: int, bit: int, width: int) -> int:
        """Where along the rows bit b of element e of v bits lies: it is bit ``(e mod k) * v + b`` of word ``e // k``, where
        words have k elements. Of each group of n interleaved words all bits 0 come first, in the order of the words, then all
        bits 1, and so on; so bit c of word i of w bits **must** be at ``(i // n) * n * w + c * n + i mod n``.

        [layout/interleave]
        """
        word, nth = divmod(element, self.word)
        group, among = divmod(word, self.interleave)
        return group * self.group(width) + (nth * width + bit) * self.interleave + among

    def place(self, along: int, width: int) -> tuple[int, int]:
        """The element and the bit that lie at a place along the rows."""
        group, inside = divmod(along, self.group(width))
        place, among = divmod(inside, self.interleave)
        nth, bit = divmod(place, width)
        return (group * self.interleave + among) * self.word + nth, bit

    def group(self, width: int) -> int:
        """The bits of a group of interleaved words."""
        return self.interleave * self.word * width

    def cell(self, along: int) -> Cell:
        """Row r of a site, each filled before the next, **must** lie in bank ``r mod banks`` as its row ``r // banks``.

        [layout/banks]
        """
        row, column = divmod(along, self.columns)
        return Cell(row % self.banks, row // self.banks, column)


ONE_ROW_PER_WORD = Layout(64)
"""Rows of 64 bits in one bank, in which elements follow each other."""
