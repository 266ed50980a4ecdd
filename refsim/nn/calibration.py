"""Calibration: the ranges of weights and of the results of layers, from samples.

A range is what is left of the numbers after clipping: all of them (``max``), the given part of their magnitudes
(``percentile``), or what a quantizer loses least on (``l2``). It always holds zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .layers.kind import Floats, Parameters
from .networks import Network, forward

METHODS = ("max", "percentile", "l2")
Quantized = Callable[[NDArray[np.float64], "Range"], NDArray[np.float64]]
"""What becomes of numbers where a quantizer has a range."""
Progress = Callable[[int, int], None]
"""Told how many samples are done, out of how many passes times samples."""


class Range(NamedTuple):
    """The least and the greatest number, with zero between them."""

    low: float
    high: float

    @property
    def reach(self) -> float:
        """The greater magnitude of the two."""
        return max(-self.low, self.high)

    def clipped(self, reach: float) -> Range:
        """What is left within a magnitude."""
        return Range(max(self.low, -reach), min(self.high, reach))


@dataclass(frozen=True)
class Calibration:
    """How a range is found.

    ``percentile`` is that of the magnitudes, in percent. ``candidates`` are the reaches that ``l2`` tries, evenly spaced up to
    the greatest magnitude. ``bins`` is 0 where all numbers are held and sorted; with more, results of layers are counted in so
    many equal bins between the least and the greatest, in a second pass over the samples. ``ValueError`` for values that mean
    nothing.
    """

    method: str = "max"
    percentile: float = 99.99
    candidates: int = 100
    bins: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"there is no method of calibration {self.method!r:.60}; there are {', '.join(METHODS)}")
        if isinstance(self.percentile, bool) or not isinstance(self.percentile, int | float) or not 0 < self.percentile <= 100:
            raise ValueError(f"a percentile is more than 0 and at most 100, not {self.percentile!r:.60}")
        for name, least in (("candidates", 1), ("bins", 0)):
            given = getattr(self, name)
            if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= 1 << 20:
                raise ValueError(f"the {name} of a calibration are a whole number from {least} to {1 << 20}, not {given!r:.60}")


BY_MAX = Calibration()


class Numbers(NamedTuple):
    """Numbers and how often each is there. Of a histogram the numbers are the middles of the bins; the range is exact."""

    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    range: Range


def numbers_of(what: str, x: Floats) -> Numbers:
    """All numbers of an array; ``ValueError`` for infinities and NaN."""
    values = np.asarray(x, np.float64).reshape(-1)
    return Numbers(values, np.ones(values.size, np.int64), range_of(what, values))


def range_of(what: str, values: Floats) -> Range:
    """The range of an array; ``ValueError`` for infinities and NaN."""
    if not values.size:
        return Range(0.0, 0.0)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError(f"{what} cannot be calibrated: there are infinities or NaN")
    return Range(min(low, 0.0), max(high, 0.0))


def percentile(numbers: Numbers, percent: float) -> float:
    """The percentile of the magnitudes: the element at ``percent / 100 * (n - 1)`` of the n sorted ones, counted from 0, and
    between two elements linearly from one to the other. This is what ``numpy.percentile`` does by default.
    """
    magnitudes = np.abs(numbers.values)
    order = np.argsort(magnitudes, kind="stable")
    ends = np.cumsum(numbers.counts[order])
    if not len(ends) or not ends[-1]:
        return 0.0
    place = percent / 100 * (int(ends[-1]) - 1)
    below = int(np.floor(place))
    indices = np.searchsorted(ends, [below, min(below + 1, int(ends[-1]) - 1)], side="right")
    first, second = magnitudes[order][indices]
    return float(first + (second - first) * (place - below))


def squared_error(numbers: Numbers, quantized: NDArray[np.float64]) -> float:
    """The sum of the squares of what is lost."""
    return float((numbers.counts * (numbers.values - quantized) ** 2).sum())


def find_range(numbers: Numbers, calibration: Calibration, quantized: Quantized) -> Range:
    """The range by a method. Of several reaches of least squared error ``l2`` takes the greatest."""
    whole = numbers.range
    if calibration.method == "max" or not whole.reach:
        return whole
    if calibration.method == "percentile":
        return whole.clipped(percentile(numbers, calibration.percentile))
    tried = [whole.clipped(whole.reach * i / calibration.candidates) for i in range(calibration.candidates, 0, -1)]
    return min(tried, key=lambda one: squared_error(numbers, quantized(numbers.values, one)))


@dataclass
class _Seen:
    """What is known so far of the results of a layer."""

    range: Range
    parts: list[Floats]
    counts: NDArray[np.int64]


def observe(
    network: Network,
    parameters: Parameters,
    samples: Floats,
    how: Mapping[str, Calibration],
    batch: int = 64,
    progress: Progress | None = None,
) -> dict[str, Numbers]:
    """The numbers of the results that ``how`` names, layers or ``input``, over all samples; for ``max`` their range alone.

    ``ValueError`` for no samples, and for infinities and NaN.
    """
    if not len(samples):
        raise ValueError("calibration needs samples, and there are none")
    seen = {name: _Seen(Range(0.0, 0.0), [], np.zeros(one.bins, np.int64)) for name, one in how.items()}
    again = any(one.bins and one.method != "max" for one in how.values())
    done, total = 0, len(samples) * (1 + again)

    def run(look: Callable[[str, Floats], None]) -> None:
        nonlocal done
        for begin in range(0, len(samples), batch):
            part = samples[begin : begin + batch]
            for name, y in forward(network, parameters, part).results.items():
                if name in how:
                    look(name, y)
            done += len(part)
            if progress:
                progress(done, total)

    def first(name: str, y: Floats) -> None:
        found, own = range_of(f"the result of {name}", y), seen[name]
        own.range = Range(min(own.range.low, found.low), max(own.range.high, found.high))
        if how[name].method != "max" and not how[name].bins:
            own.parts.append(y.reshape(-1).copy())

    def count(name: str, y: Floats) -> None:
        if how[name].method != "max" and how[name].bins and seen[name].range.reach:
            seen[name].counts += np.histogram(y, how[name].bins, seen[name].range)[0]

    run(first)
    if again:
        run(count)
    return {name: _numbers(seen[name], how[name]) for name in how}


def _numbers(seen: _Seen, how: Calibration) -> Numbers:
    if how.method == "max":
        values: NDArray[Any] = np.array([*seen.range])
        return Numbers(values, np.ones(2, np.int64), seen.range)
    if not how.bins:
        values = np.concatenate(seen.parts).astype(np.float64)
        return Numbers(values, np.ones(values.size, np.int64), seen.range)
    edges = np.linspace(*seen.range, how.bins + 1)
    return Numbers((edges[:-1] + edges[1:]) / 2, seen.counts, seen.range)
