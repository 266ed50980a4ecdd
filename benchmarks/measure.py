"""Measuring: refsim and each peer in turn, on the same data, again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers import installed
from records import Claim, Goal, Row, Way

LEAST_SECONDS = 0.02
"""A work that takes less is repeated within one timing, so that the caches it finds matter little."""


@dataclass(frozen=True)
class Line:
    """One library in one row: seconds for each round, and of refsim's timings those next to them."""

    way: Way
    elements: int
    seconds: tuple[float, ...]
    beside: tuple[float, ...] = ()

    @property
    def best(self) -> float:
        """Elements a second, in the fastest round."""
        return self.elements / min(self.seconds)

    @property
    def median(self) -> float:
        """Elements a second, in the middle round."""
        return self.elements / median(self.seconds)

    @property
    def ratio(self) -> float | None:
        """How many times as fast refsim was, in the middle of the paired rounds; ``None`` for refsim itself."""
        return median(t / r for t, r in zip(self.seconds, self.beside, strict=True)) if self.beside else None

    @property
    def extra(self) -> float | None:
        """How many seconds longer refsim took, in the middle of the paired rounds."""
        return median(r - t for t, r in zip(self.seconds, self.beside, strict=True)) if self.beside else None

    @property
    def reached(self) -> float | None:
        """What the goal is about; ``None`` without a goal."""
        goal = self.way.goal
        return None if goal is None else {"ratio": self.ratio, "rate": self.median, "extra": self.extra}[goal.kind]

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; ``None`` without a goal."""
        return None if self.way.goal is None or self.reached is None else is_met(self.way.goal, self.reached)


def is_met(goal: Goal, reached: float) -> bool:
    """Whether a figure keeps the promise."""
    return reached < goal.bound if goal.kind == "extra" else reached >= goal.bound


@dataclass(frozen=True)
class Measured:
    """A row's lines, refsim's first, the libraries that were missing, and what refsim's first call took."""

    row: Row
    elements: int
    first_call: float
    lines: tuple[Line, ...]
    missing: tuple[Way, ...]


def measure(row: Row, size: int, rounds: int) -> Measured:
    """Compare the libraries' results, then time them in turn, refsim next to each peer.

    ``ValueError`` where a peer that claims the same function gives other numbers.
    """
    elements = min(size, row.most)
    data = row.data(elements)
    ours = row.refsim.prepare(*data)
    peers = [(way, way.prepare(*data)) for way in row.peers if installed(way)]
    start = perf_counter()
    result = row.refsim.work(*ours)
    first_call = perf_counter() - start
    with np.errstate(all="ignore"):
        for way, operands in peers:
            check(row, way, result, way.work(*operands))
        timings = [_round(row.refsim, ours, peers) for _ in range(rounds)]
    lines = [Line(row.refsim, elements, tuple(s for timing in timings for _, s in timing))]
    for (way, _), pairs in zip(peers, zip(*timings, strict=True), strict=False):
        lines.append(Line(way, elements, *zip(*pairs, strict=True)))
    return Measured(row, elements, first_call, tuple(lines), tuple(way for way in row.peers if not installed(way)))


def _round(refsim: Way, ours: tuple[Any, ...], peers: list[tuple[Way, tuple[Any, ...]]]) -> list[tuple[float, float]]:
    """The seconds of each peer and of refsim right behind it; of refsim alone where there is no peer."""
    if not peers:
        return [(0.0, seconds(lambda: refsim.work(*ours)))]
    return [(seconds(lambda w=way, o=operands: w.work(*o)), seconds(lambda: refsim.work(*ours))) for way, operands in peers]


def seconds(work: Callable[[], Any]) -> float:
    """The seconds of one call, the mean of as many as fill the least time that is worth timing."""
    calls, start = 0, perf_counter()
    while True:
        work()
        calls += 1
        if (spent := perf_counter() - start) >= LEAST_SECONDS:
            return spent / calls


def check(row: Row, way: Way, ours: Any, theirs: Any) -> None:
    """``ValueError`` where the numbers differ although the peer claims the same function."""
    if way.claim is Claim.OTHER or way.numbers is None or row.refsim.numbers is None:
        return
    x, y = row.refsim.numbers(ours), way.numbers(theirs)
    wrong = np.flatnonzero(~_agree(x, y, way.claim))
    if len(wrong):
        i = wrong[0]
        raise ValueError(f"{row.name}: {len(wrong)} of {x.size} differ, at {i} refsim gives {x[i]}, {way.library} {y[i]}")


def _agree(x: NDArray[np.float64], y: NDArray[np.float64], claim: Claim) -> NDArray[np.bool_]:
    same = ((x == y) & (np.signbit(x) == np.signbit(y))) | (np.isnan(x) & np.isnan(y))
    if claim is Claim.ANY_ZERO:
        return same | ((x == 0) & (y == 0))
    return same | (~np.isfinite(y) & (np.abs(x) == np.abs(x).max())) if claim is Claim.IN_RANGE else same
