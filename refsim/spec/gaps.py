"""Gaps: the distances between the faults of independent bits, drawn with integers alone.

Where each of many bits is hit with the probability p, the number g of bits between two hits has the probability p * (1-p)**g.
It is found bit by bit, from the most significant one down, by comparing one uniform word with products of powers of 1-p out of
a table of integers. Hardware and C need the table only, not how it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .randomness import WORD64, Stream, word64

TABLE_BITS = 320
LONGEST_TABLE = 48


def gap_table(p: Fraction) -> tuple[int, ...]:
    """Entry j of the table of a rate **must** be the high 64 of the 320 bits of x_j, where x_0 is ``floor((1-p) * 2**320)`` and
    x_(j+1) is ``floor(x_j**2 / 2**320)``: close to ``2**64 * (1-p)**(2**j)``. The table ends with its first entry that is 0, or
    with entry 47.

    ``ValueError`` for a rate that is not between 0 and 1. [gap/table]
    """
    if not 0 < p < 1:
        raise ValueError(f"a table of gaps is for a rate between 0 and 1, not {p}")
    x = ((1 - p) * (1 << TABLE_BITS)).__floor__()
    table: list[int] = []
    while len(table) < LONGEST_TABLE:
        table.append(x >> TABLE_BITS - 64)
        if not table[-1]:
            break
        x = x * x >> TABLE_BITS
    return tuple(table)


def gap(word: int, table: tuple[int, ...]) -> int:
    """A gap **must** be found from the last entry of the table to the first: with a = 2**64-1 to begin with, t is the high 64
    bits of the 128 of ``a * entry j``; where t is greater than the word, a becomes t and 2**j is added to the gap.

    [gap/draw]
    """
    a, found = WORD64, 0
    for j in range(len(table) - 1, -1, -1):
        t = a * table[j] >> 64
        if t > word:
            a, found = t, found + (1 << j)
    return found


def hits(table: tuple[int, ...], stream: Stream, count: int) -> Iterator[int]:
    """The hits among so many candidates **must** be at the first gap, and from each hit on at one more than the next gap behind
    it, each gap from the next word of 64 bits of the stream, until past the last candidate. [gap/hits]
    """
    place, position = 0, gap(word64(stream, 0), table)
    while position < count:
        yield position
        place += 1
        position += 1 + gap(word64(stream, place), table)
