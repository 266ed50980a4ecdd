"""Bursts: faults of neighbouring cells of a memory array, along a row or in a footprint of rows and columns.

They start at cells, not at bits of elements: which bits lie there is what the layout of the site says. Cells that no element
fills can start a burst as any others, so that the rate is one of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from .faults import Event
from .layouts import Layout
from .randomness import Stream, stream, word32, word64
from .samplers import check_rate, flips, ordered, struck
from .sites import Place, Target, selected

PATTERNS = ("all", "random")
"""Which cells of a burst are inverted: all of them, or both ends and each of the others or not."""
ENDS = ("clip", "wrap")
"""What becomes of a burst at the end of a row."""
LONGEST_BURST = 64


def cells_of(target: Target) -> int:
    """The cells along the rows of a site **must** be all of as many whole rows as the last group of interleaved words reaches,
    filled or not. [burst/cells]
    """
    layout, width = target.site.layout, target.site.format.width
    groups = -(-target.site.count // (layout.interleave * layout.word))
    return -(-groups * layout.group(width) // layout.columns) * layout.columns


def flipped(target: Target, along: Iterable[int]) -> list[Event]:
    """What is inverted are the selected bits that lie in the cells; other cells **must** stay as they are. A bit is inverted
    once, however many bursts of the trial, or cells of one that wraps, reach it. [burst/union]
    """
    layout, format = target.site.layout, target.site.format
    found: set[Place] = set()
    for cell in along:
        element, bit = layout.place(cell, format.width)
        if element < target.site.count:
            code = 0 if target.codes is None else target.codes[element]
            if selected(format, code, target.selection) >> bit & 1:
                found.add(Place(element, bit))
    return flips(target, sorted(found))


def started(
    p: Fraction, seed: int, trial: int, targets: Iterable[Target], reached: Callable[[Target, int, int], Iterator[int]]
) -> list[Event]:
    """Each cell of a site **must** start a burst with the probability p, independently of the others: those that are hit in the
    stream of positions of the site, numbered from 0 in that order. [burst/start]
    """
    found: list[Event] = []
    for target in ordered(targets):
        starts = struck(p, seed, trial, target.number, cells_of(target))
        found += flipped(target, (cell for j, start in enumerate(starts) for cell in reached(target, j, start)))
    return found


def thresholds(lengths: Iterable[Fraction]) -> tuple[int, ...]:
    """The threshold of a length **must** be the probability that a burst is no longer, times 2**32, rounded to an integer, ties
    to even. The probabilities of lengths are then those between thresholds. [burst/thresholds]
    """
    return tuple(round(total * (1 << 32)) for total in accumulate(lengths))


def length(word: int, limits: tuple[int, ...]) -> int:
    """The length of a burst **must** be the first one whose threshold is greater than a word of 32 bits. [burst/length]"""
    return next(n for n, least in enumerate(limits, 1) if word < least)


def along_row(layout: Layout, start: int, count: int, end: str) -> list[int]:
    """The cells of a burst **must** be the first one and those of the columns behind it in its row. With ``clip`` the burst
    ends with the row; with ``wrap`` it goes on in the row's first column. [burst/row]
    """
    row, column = divmod(start, layout.columns)
    columns = range(column, column + count) if end == "wrap" else range(column, min(column + count, layout.columns))
    return [row * layout.columns + at % layout.columns for at in columns]


def in_pattern(i: int, count: int, pattern: str, word: int) -> bool:
    """Cell i of a burst **must** be inverted where the pattern is ``all``, where it is the first or the last one, and otherwise
    where bit i of a word of 64 bits is 1. [burst/pattern]
    """
    return pattern == "all" or i in {0, count - 1} or bool(word >> i & 1)


@dataclass(frozen=True)
class Burst:
    """Burst j of a site **must** have the length that word j of 32 bits of its stream of shapes gives, and the random pattern
    that word j of 64 bits of its stream of values gives; of a burst that is clipped the end that is cut off is lost.

    ``lengths`` are the probabilities of the lengths 1, 2 and so on, at most ``LONGEST_BURST``. ``ValueError`` where they do not
    add up to 1, and for unknown patterns and ends. [burst/burst]
    """

    p: Fraction
    lengths: tuple[Fraction, ...]
    pattern: str
    end: str

    def __post_init__(self) -> None:
        check_rate(self.p)
        for what, given, known in (("pattern", self.pattern, PATTERNS), ("end", self.end, ENDS)):
            if given not in known:
                raise ValueError(f"unknown {what} {given!r} of bursts; known are {', '.join(known)}")
        if not 1 <= len(self.lengths) <= LONGEST_BURST:
            raise ValueError(f"bursts have 1 to {LONGEST_BURST} lengths, not {len(self.lengths)}")
        if min(self.lengths) < 0 or sum(self.lengths) != 1:
            raise ValueError(f"the probabilities of lengths are 0 or more and add up to 1, not to {sum(self.lengths)}")

    @property
    def limits(self) -> tuple[int, ...]:
        """The thresholds of the lengths."""
        return thresholds(self.lengths)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""

        def reached(target: Target, j: int, start: int) -> Iterator[int]:
            shapes, values = (stream(seed, trial, target.number, purpose) for purpose in ("shapes", "values"))
            yield from self.cells(target.site.layout, start, length(word32(shapes, j), self.limits), values, j)

        return started(self.p, seed, trial, targets, reached)

    def cells(self, layout: Layout, start: int, count: int, values: Stream, j: int) -> list[int]:
        """The cells that burst j inverts."""
        word = word64(values, j) if self.pattern == "random" else 0
        cells = along_row(layout, start, count, self.end)
        return [cell for i, cell in enumerate(cells) if in_pattern(i, count, self.pattern, word)]


@dataclass(frozen=True)
class Cluster:
    """A cluster **must** invert, for each pair of the footprint, the cell so many rows below and so many columns to the right
    of the one that it starts at, in the same bank; what is past the rows or the columns of the bank is lost.

    A footprint has pairs of rows and columns, which may be negative, and none twice. ``ValueError`` otherwise. [burst/cluster]
    """

    p: Fraction
    footprint: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        check_rate(self.p)
        if not self.footprint or len(set(self.footprint)) < len(self.footprint):
            raise ValueError(f"a footprint has one pair or more of a row and a column, each once, not {self.footprint!r:.60}")

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The flips of all targets."""

        def reached(target: Target, _: int, start: int) -> Iterator[int]:
            layout, end = target.site.layout, cells_of(target)
            for rows, columns in self.footprint:
                along, column = start + rows * layout.banks * layout.columns, start % layout.columns + columns
                if 0 <= along < end and 0 <= column < layout.columns:
                    yield along + columns

        return started(self.p, seed, trial, targets, reached)
