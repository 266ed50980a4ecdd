"""Gaps as a procedure: from a random word to the distance to the next fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

from ...spec.fault_names import read_rate
from ...spec.gaps import LONGEST_TABLE, gap, gap_table
from ...spec.randomness import WORD64, stream, word64
from ..fields import Field
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug

P = Parameter("p", "the rate, such as 1e-5 or 1/3")
Table = tuple[int, ...]
Search = Callable[[int, Table], int]


@cache
def _table(p: str) -> Table:
    return gap_table(read_rate(p))


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return (gap(values[0], _table(parameters["p"])),)


def _searching(search: Search) -> Run:
    return lambda parameters, values: (search(values[0], _table(parameters["p"])),)


def _no_less(word: int, table: Table) -> int:
    """Products that are equal to the word count too."""
    a, found = WORD64, 0
    for j in range(len(table) - 1, -1, -1):
        t = a * table[j] >> 64
        if t >= word:
            a, found = t, found + (1 << j)
    return found


def _forward(word: int, table: Table) -> int:
    """The table is gone through from its first entry."""
    a, found = WORD64, 0
    for j, entry in enumerate(table):
        t = a * entry >> 64
        if t > word:
            a, found = t, found + (1 << j)
    return found


def _whole(word: int, table: Table) -> int:
    """The search starts from 2**64."""
    a, found = 1 << 64, 0
    for j in range(len(table) - 1, -1, -1):
        t = a * table[j] >> 64
        if t > word:
            a, found = t, found + (1 << j)
    return found


def _not_chained(word: int, table: Table) -> int:
    """Each entry is compared by itself."""
    return sum(1 << j for j, entry in enumerate(table) if entry > word)


def _chopped(word: int, table: Table) -> int:
    """The low half of words is ignored."""
    return gap(word >> 32 << 32, table)


def _rounded_up(word: int, table: Table) -> int:
    """Products are rounded up."""
    a, found = WORD64, 0
    for j in range(len(table) - 1, -1, -1):
        t = -(-a * table[j] >> 64)
        if t > word:
            a, found = t, found + (1 << j)
    return found


MUTANTS = (
    bug("gap.no-less", "takes a product that is equal to the word", _searching(_no_less)),
    bug("gap.forward", "goes through the table from its first entry", _searching(_forward)),
    bug("gap.not-chained", "compares entries instead of their products", _searching(_not_chained)),
    bug("gap.one-more", "counts the hit itself", _searching(lambda word, table: gap(word, table) + 1)),
    bug("gap.shifted", "leaves out the first entry", _searching(lambda word, table: gap(word, table[1:]) << 1)),
    bug("gap.whole", "starts from 2**64 instead of 2**64 - 1", _searching(_whole)),
    bug("gap.rounded-up", "rounds products up", _searching(_rounded_up)),
    bug("gap.low-half", "ignores the low half of words", _searching(_chopped)),
    bug("gap.complement", "takes the complement of the word", _searching(lambda word, table: gap(WORD64 - word, table))),
)


def first_word(g: int, table: Table) -> int:
    """How many words have a gap of g or more, which is also the smallest word that has not."""
    low, high = 0, 1 << 64
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if gap(middle, table) >= g else (low, middle)
    return low


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The words at which gaps change, at powers of two and around the mean; the ends of all words; words of a stream."""
    table, mean = _table(parameters["p"]), int(1 / Fraction(read_rate(parameters["p"])))
    longest = gap(0, table)
    asked = {1, 2, 3, 5, 10, mean, mean + 1, 2 * mean, *(1 << j for j in range(len(table))), longest}
    for g in sorted(g for g in asked if 0 < g <= longest):
        word = first_word(g, table)
        for at in (word - 1, word, word + 1):
            if 0 <= at <= WORD64:
                yield "where a gap ends", (at,)
    for word in (0, 1, 2, WORD64 - 1, WORD64, *(1 << bit for bit in range(64))):
        yield "ends and powers of two", (word,)
    words = stream(0x0123456789ABCDEF, 0, 0, "positions")
    for i in range(64):
        yield "words of a stream", (word64(words, i),)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The word as a fraction of all, roughly, and the gap."""
    return f"word {values[0]:016x} at the rate {parameters['p']} -> {results[0]} candidates are passed"


GAP = Procedure(
    "gap",
    "the candidates that a random word passes before the next fault",
    (P,),
    lambda _: (Field("word", 64),),
    lambda _: (Field("gap", LONGEST_TABLE + 1),),
    run,
    lambda _: ("gap/draw", "gap/table"),
    candidates,
    MUTANTS,
    tuple({"p": p} for p in ("1/10", "1/2", "1/3", "1e-3", "1e-5", "1e-6", "1e-9", "9/10")),
    explain,
)
