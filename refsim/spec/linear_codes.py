"""Linear codes: check bits beside a word of data, from which one wrong bit is found.

A code is the columns of its parity-check matrix H. Which matrix it is decides what becomes of three and more wrong bits, so it
belongs to a result: R. W. Hamming, Bell System Technical Journal 29 (1950), pages 147-160, and M. Y. Hsiao, IBM Journal of
Research and Development 14 (1970), pages 395-401.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations
from operator import xor
from typing import NamedTuple

CLEAN, CORRECTED, DETECTED = "clean", "corrected", "detected"
FOUND = (CLEAN, CORRECTED, DETECTED)
"""What is found of a word: nothing, a bit to invert, or that it is wrong where no bit is known."""


class Decoded(NamedTuple):
    """The data that a word is taken for, and what was found of it."""

    data: int
    found: str


def ones(word: int) -> int:
    """How many bits of a word are 1."""
    return word.bit_count()


@dataclass(frozen=True)
class LinearCode:
    """The columns of the data bits, bit 0 first; bit r of a column is what row r of H holds there. Check bit r has the column
    ``2**r``.

    ``ValueError`` for no columns, and for columns that single errors could not be told by: zero, that of a check bit, one that
    comes twice, or one that does not fit.
    """

    checks: int
    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError(f"a code of {self.checks} check bits has 1 or more data bits, not 0")
        for bit, column in enumerate(self.columns):
            if not 0 < column < 1 << self.checks or ones(column) == 1:
                raise ValueError(f"the column of data bit {bit} is {column:#x}, not two or more of {self.checks} bits")
        if twice := [column for column, times in Counter(self.columns).items() if times > 1]:
            raise ValueError(f"two data bits have the column {twice[0]:#x}")

    @property
    def width(self) -> int:
        """The data bits of a word."""
        return len(self.columns)

    @property
    def bits(self) -> int:
        """All bits of a word. The check bits are those from ``width`` up, wherever a memory holds them."""
        return self.width + self.checks

    @property
    def all_columns(self) -> tuple[int, ...]:
        """The columns of H: of the data bits, then of the check bits."""
        return (*self.columns, *(1 << row for row in range(self.checks)))

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of H as masks of the data bits: check bit r is the parity of the data under row r."""
        return tuple(sum((column >> row & 1) << bit for bit, column in enumerate(self.columns)) for row in range(self.checks))

    def encode(self, data: int) -> int:
        """The check bits of a word **must** be the sum modulo 2 of the columns of its data bits that are 1. [code/encode]"""
        self.check("data", data, self.width)
        return reduce(xor, (column for bit, column in enumerate(self.columns) if data >> bit & 1), 0)

    def syndrome(self, data: int, check: int) -> int:
        """The syndrome **must** be the sum modulo 2 of the columns of all bits that are 1, data and check bits.

        It is that of the bits that are wrong alone. [code/syndrome]
        """
        self.check("check bits", check, self.checks)
        return self.encode(data) ^ check

    def decode(self, data: int, check: int) -> Decoded:
        """A word whose syndrome is zero **must** be taken as it is. Where the syndrome is the column of a bit, this one bit
        **must** be inverted, and the word counts as corrected, also where it is a check bit. Any other syndrome **must** be
        reported as detected, and the data are left as they are.

        Nothing else is asked for, so also a syndrome of an odd number of ones is detected, not corrected, where no bit has it.
        [code/decode]
        """
        syndrome = self.syndrome(data, check)
        if not syndrome:
            return Decoded(data, CLEAN)
        if ones(syndrome) == 1:
            return Decoded(data, CORRECTED)
        if syndrome in self.columns:
            return Decoded(data ^ 1 << self.columns.index(syndrome), CORRECTED)
        return Decoded(data, DETECTED)

    def check(self, what: str, word: int, width: int) -> None:
        """``ValueError`` for a word that has more bits."""
        if not 0 <= word < 1 << width:
            raise ValueError(f"the {what} of a word of {self.width} + {self.checks} bits are {word:#x}, not {width} bits")


def checks_of(width: int) -> int:
    """Words of so many data bits **must** have the fewest check bits r with which one wrong bit is corrected and two are
    detected: the least r with ``2**(r-1) >= width + r``. [code/check-bits]
    """
    checks = 1
    while 1 << checks - 1 < width + checks:
        checks += 1
    return checks


@cache
def hamming(width: int) -> LinearCode:
    """The extended Hamming code. The columns **must** be, in ascending order, the numbers from 3 up that are no powers of two,
    and the last row **must** be 1 where the rest of a column has an even number of ones.

    So the last check bit makes the number of ones of the whole word even, check bits included: it is the parity over all bits.
    Hardware that sums all bits in the last row has the same words and corrects the same bits; bit r-1 of its syndrome is the
    parity of this one. [code/hamming]
    """
    checks, columns, number = checks_of(width), list[int](), 3
    while len(columns) < width:
        if ones(number) > 1:
            columns.append(number | (ones(number) + 1) % 2 << checks - 1)
        number += 1
    return LinearCode(checks, tuple(columns))


@cache
def hsiao(width: int) -> LinearCode:
    """The code of least odd weights. Every column **must** have an odd number of ones, three or more, and columns of fewer ones
    **must** come first. All of one weight are taken where all are needed, in lexicographic order of the rows that have the
    ones. Of the last weight, each next column **must** be, of those that are left, the one whose rows have the fewest ones so
    far, added up; of several the lexicographically first.

    Of 64 bits these are the 56 columns of weight 3, and the eight rotations of ``0x1f``. [code/hsiao]
    """
    checks, columns = checks_of(width), list[int]()
    weight = 3
    while len(columns) < width:
        of_weight = [sum(1 << row for row in rows) for rows in combinations(range(checks), weight)]
        fits = len(columns) + len(of_weight) <= width
        columns = columns + of_weight if fits else _balanced(columns, of_weight, width)
        weight += 2
    return LinearCode(checks, tuple(columns))


def _balanced(columns: list[int], of_weight: list[int], width: int) -> list[int]:
    found, left = list(columns), list(of_weight)
    while len(found) < width:
        loads = {column: sum(ones(column & taken) for taken in found) for column in left}
        found.append(min(left, key=loads.__getitem__))
        left.remove(found[-1])
    return found


CODES: dict[str, Callable[[int], LinearCode]] = {"hamming": hamming, "hsiao": hsiao}
"""The codes by name: from data bits to a code."""


def get_code(name: str, width: int) -> LinearCode:
    """The code of a name for words of so many data bits; ``ValueError`` for an unknown one, and for no data bits."""
    if name not in CODES:
        raise ValueError(f"unknown code {name!r:.60}; the codes are {', '.join(CODES)}")
    if width < 1:
        raise ValueError(f"a word of the code {name} has 1 or more data bits, not {width}")
    return CODES[name](width)


def code_of(code: str | LinearCode, width: int) -> LinearCode:
    """A code of a name, or one of a matrix of one's own, for words of so many data bits; ``ValueError`` as that of
    ``get_code``, and for a matrix of other words.
    """
    if isinstance(code, str):
        return get_code(code, width)
    if code.width != width:
        raise ValueError(f"a code for words of {width} data bits is needed, not one of {code.width}")
    return code


def light_words(columns: Iterable[int]) -> int:
    """How many words of weight 4 a code of distance 4 has: sets of four columns that add up to zero, modulo 2.

    Each of them is a pattern of four wrong bits that nobody notices, and four patterns of three that are corrected wrongly.
    """
    pairs = Counter(a ^ b for a, b in combinations(columns, 2))
    return sum(times * (times - 1) // 2 for times in pairs.values()) // 3
