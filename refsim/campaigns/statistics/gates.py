"""Checks that a campaign must pass before its numbers are believed.

A check that draws on chance fails a sound campaign as rarely as a normal number is more than four standard deviations off, once
in 15787 times; by the chi-square test that is so roughly. Of several checks each is told its own part of that ``alarm``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import erfc, exp, fsum, gamma, sqrt
from typing import NamedTuple

from ..rows import Row
from .binomials import at_least, at_most, check_binomial

SIGMAS = 4
ALARM = erfc(SIGMAS / sqrt(2))
"""How likely a sound campaign is to fail a check."""
FEWEST = 20
"""Expected flips of a bit below which its count is too far from a normal number for an alarm so rare."""


class Gate(NamedTuple):
    """A check: its name, whether it passed, and what was seen, in words."""

    name: str
    passed: bool
    said: str


def realised_rate(flips: int, bits: int, trials: int, p: float, alarm: float = ALARM) -> Gate:
    """Whether as many bits flipped as their rate makes likely: ``flips`` in all trials, of ``bits`` candidates in each.

    The four standard deviations are of the exact binomial distribution, not of a normal one: few flips are skewed.
    """
    n = bits * trials
    check_binomial(n, p)
    tail = min(at_least(flips, n, p), at_most(flips, n, p))
    said = f"{flips} flips in {n} bits, {n * p:.6g} expected, {sqrt(n * p * (1 - p)):.4g} standard deviation"
    return Gate("realised rate", 2 * tail > alarm, said)


def realised_count(rows: Iterable[Row], flips: int) -> Gate:
    """Whether each trial has exactly so many flips, where the model says so."""
    wrong = [row.trial for row in rows if row.flips != flips]
    said = f"trial {wrong[0]} does not have {flips} flips" if wrong else f"all trials have {flips} flips"
    return Gate("realised count", not wrong, said)


def bit_positions(flips: Mapping[int, int], candidates: Mapping[int, int], alarm: float = ALARM) -> Gate:
    """Whether flips fall on the positions of bits as candidates do, by a chi-square test: flips in all trials and candidates in
    one, by the number of the bit in its code.

    The data are masks, not rows: ``Campaign.hits`` gives them. Positions with fewer than 20 expected flips are put together;
    where all of them are in one there is nothing to judge.
    """
    if stray := [bit for bit, count in flips.items() if count and not candidates.get(bit)]:
        return Gate("bit positions", passed=False, said=f"bit {stray[0]} flipped, which is no candidate")
    total, whole = sum(flips.values()), sum(candidates.values())
    counts = [(flips.get(bit, 0), total * count / whole) for bit, count in candidates.items() if count]
    cells = together(counts)
    if len(cells) < 2:
        return Gate("bit positions", passed=True, said=f"{total} flips are too few to judge")
    square = fsum((seen - expected) ** 2 / expected for seen, expected in cells)
    tail = chi_square_tail(square, len(cells) - 1)
    said = f"chi-square {square:.4g} with {len(cells) - 1} degrees of freedom, p = {tail:.3g}"
    return Gate("bit positions", tail > alarm, said)


def together(counts: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Counts and what is expected of them, the smallest put together until each has enough."""
    cells: list[tuple[int, float]] = []
    seen, expected = 0, 0.0
    for count, mean in sorted(counts, key=lambda one: one[1]):
        seen, expected = seen + count, expected + mean
        if expected >= FEWEST:
            cells.append((seen, expected))
            seen, expected = 0, 0.0
    return cells if not expected or not cells else [*cells[:-1], (cells[-1][0] + seen, cells[-1][1] + expected)]


def chi_square_tail(x: float, degrees: int) -> float:
    """The probability that a chi-square number is x or more: a finite sum, for every whole number of degrees of freedom."""
    half = x / 2
    start = degrees % 2 / 2
    terms = [erfc(sqrt(half))] if start else []
    terms += [exp(-half) * half ** (start + j) / gamma(start + j + 1) for j in range(degrees // 2)]
    return fsum(terms)


def replayed(stored: Row, again: Row) -> Gate:
    """Whether a trial, computed once more at the end, is what was stored, byte for byte."""
    same = stored == again
    said = f"trial {stored.trial} of cell {stored.cell} is the same again" if same else f"stored {stored}, now {again}"
    return Gate("replayed", same, said)


def unchanged(name: str, before: str, after: str) -> Gate:
    """Whether the clean run of an arm has the same digest after the campaign: no fault stayed."""
    return Gate("clean run unchanged", before == after, f"{name}: {before} before, {after} after")


def clean_without_flips(rows: Sequence[Row], clean: str) -> Gate:
    """Whether trials in which nothing was hit are the clean run, whose digest is given."""
    idle = [row for row in rows if not row.hit]
    wrong = [row.trial for row in idle if row.digest != clean or row.counts.identical != row.counts.images]
    said = f"trial {wrong[0]} has no flip and another result" if wrong else f"{len(idle)} trials without a flip are clean"
    return Gate("clean without flips", not wrong, said)


def whole_counts(rows: Iterable[Row]) -> Gate:
    """Whether each sample is in exactly one class, and no count is of more than there are."""
    wrong = [row.trial for row in rows if not _whole(row)]
    return Gate("whole counts", not wrong, f"trial {wrong[0]} has samples in no or two classes" if wrong else "all are in one")


def _whole(row: Row) -> bool:
    counts = row.counts
    one = counts.identical + counts.benign + counts.sdc + counts.due == counts.images
    return one and row.absorbed <= row.effective <= row.hit and counts.correct <= counts.pixels


def non_effective(rows: Iterable[Row], *, inverts: bool) -> Gate:
    """How many hits changed no code. Where each mask inverts bits there are none; stuck bits may already be so."""
    found = list(rows)
    hit, idle = sum(row.hit for row in found), sum(row.hit - row.effective for row in found)
    return Gate("non-effective hits", not (inverts and idle), f"{idle} of {hit} hits changed no code")
