"""The search for the step of a group, exactly: magnitudes in order, with exact sums of the greatest of them.

In order, the numbers of a level are neighbours. So the sums that decide at any step are differences of sums that are made once,
found by as many searches as there are levels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import levels as spec
from ..spec.exact import dyadic
from ..spec.levels import Moments
from ..spec.projection import Projection
from .thresholds import Rise, rise, thresholds

BINARY64 = np.dtype(np.float64)
MOST_BINADES = 600
"""Magnitudes further apart than so many powers of two are left to the specification: products of sums would leave binary64."""


@dataclass(frozen=True)
class Magnitudes:
    """The magnitudes of a group in order, without zeros; the exact sum of all but the first i of them, in units of 2**unit, for
    every i; and the projection to the levels."""

    in_order: NDArray[np.float64]
    sums: list[int]
    unit: int
    to: Projection

    @staticmethod
    def of(source: NDArray[Any], to: Projection) -> Magnitudes | None:
        """The magnitudes of numbers, or ``None`` where the specification must find the step: numbers that are not the host's or
        not finite, zeros alone, and numbers too far apart."""
        if source.dtype == object or not np.isfinite(source).all():
            return None
        ms = np.sort(np.abs(source.astype(np.float64)))
        ms = ms[np.searchsorted(ms, 0, side="right") :]
        if not ms.size or np.frexp(ms[-1])[1] - np.frexp(ms[0])[1] > MOST_BINADES:
            return None
        parts, exponents = np.frexp(ms)
        integers, unit = np.ldexp(parts, 53).astype(np.int64), int(exponents[0])
        terms = (m << shift for m, shift in zip(integers[::-1].tolist(), (exponents[::-1] - unit).tolist(), strict=True))
        return Magnitudes(ms, [0, *accumulate(terms)][::-1], unit - 53, to)

    @property
    def greatest(self) -> Fraction:
        """The greatest magnitude."""
        return Fraction(float(self.in_order[-1]))

    def moments(self, rises: Iterable[Rise]) -> Moments:
        """The moments of the magnitudes where the levels 1, 2, ... begin at these places."""
        first = np.searchsorted(self.in_order, thresholds(rises, BINARY64))
        product = sum(self.sums[i] for i in first)
        square = sum((2 * k + 1) * (len(self.in_order) - int(i)) for k, i in enumerate(first))
        return Moments(dyadic(product, self.unit), square)

    def at(self, step: Fraction) -> Moments:
        """The moments at a step, under the projection's rule."""
        rounding, odd = self.to.rounding, self.to.format.is_odd
        levels = range(self.to.format.top)
        return self.moments(rise(rounding, k * step, (k + 1) * step, odd=odd(k), negative=False) for k in levels)

    def alternating(self, count: int) -> Fraction:
        """The array form of ``levels.alternating``. A step that another start has come to leads where it led; and no step on
        the way has levels as good as those at its end, unless the step is the same.
        """
        seen: dict[Fraction, Moments] = {}
        for start in spec.starts(self.greatest, count):
            step = start
            while step not in seen:
                seen[step] = self.at(step)
                step = seen[step].step
        return spec.best(list(seen.values()))

    def optimal(self) -> Fraction:
        """The array form of ``levels.optimal``.

        The gains of all steps at which a level changes are computed in binary64, and those that may be the greatest again
        exactly. A sum of n positive terms is off by less than n * 2**-53 of itself, so a gain by less than (n + 4) * 2**-52.

        Places that are rounded to one number count as one, at the last of them. If levels z held only from one of these to
        another and were the best, their best step d would lie within d * 2**-52 of the next place, a / (k + 1/2). But with
        S = z . z the levels behind that place gain ((S + (k + 1/2) (1 - e))**2 - S (S + 2 k + 1)) d**2 / (S + 2 k + 1) more, e
        being at most 2**-52, which is positive for S below 2**50.
        """
        scaled = np.ldexp(self.in_order, 300 - int(np.frexp(self.in_order[-1])[1]))
        levels = np.arange(self.to.format.top)
        places = (scaled[:, None] / (levels + 0.5)).reshape(-1)
        order = np.argsort(places)[::-1]
        of, level = np.divmod(order, len(levels))
        last = np.append(np.flatnonzero(np.diff(places[order])), len(order) - 1)
        product, square = np.cumsum(scaled[of])[last], np.cumsum(2 * level + 1)[last]
        gains = product * (product / square)
        found = []
        for cluster in np.flatnonzero(gains >= gains.max() * (1 - 4 * (len(order) + 16) * 2.0**-52)):
            here = slice(0 if cluster == 0 else last[cluster - 1] + 1, last[cluster] + 1)
            pairs = set(zip(self.in_order[of[here]].tolist(), level[here].tolist(), strict=True))
            step = min(Fraction(m) * 2 / (2 * k + 1) for m, k in pairs)
            found.append(self.moments(Rise(step * (2 * n + 1) / 2, True) for n in range(len(levels))))
        return spec.best(found)
