"""Sums that are kept, and what a change of some of their terms makes of them.

Where an accumulator makes the exact sum of its terms, or its low bits, in whatever order it adds them, a sum of other terms is
the old one and the differences of the terms that are not the same: addition of integers is associative, equal terms cancel.
So a dot product of which few operands changed costs as many products as changed; a changed weight whose input is zero changes
nothing. The sums are kept before they are written to the register, and the writing is done anew: it may round, clip and wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Total
from ..spec.datapaths import Datapath
from ..spec.formats import Format
from . import integer_sums
from .array import Array
from .datapaths import Whole, finished
from .integer_products import terms_of
from .integer_sums import Plan
from .jobs import Job
from .matrix_sums import MOST, greatest, matrix_sums
from .products import Integers
from .shift_products import simpler

Ints = NDArray[Any]
Codes = NDArray[Any]
Formats = tuple[Format, Format, Format | None]
"""Of inputs, of weights, and of a bias that sums start from."""
Gather = Callable[[Codes, int], Codes]
"""Makes the terms' operands, of shape (sums, terms), of inputs, and of what stands around them."""
WORTH = 1 << 18
"""What so many sums are written as is worth finding out, whatever it is needed for; for more sums, as many."""


def job_of(path: Datapath, formats: Formats, x: Codes, y: Codes) -> Job:
    """The sums of a datapath over the first axis of operands."""
    multiplier = simpler(path.multiplier, formats[:2], path.accumulator.to)
    return Job(x, y, None, formats, multiplier, path.accumulator, flags=False)


@dataclass(frozen=True)
class Kept:
    """How the sums of a datapath are kept, what is known of them, and the type of integers that holds them."""

    path: Datapath
    formats: Formats
    plan: Plan
    kind: np.dtype[Any]

    @property
    def operands(self) -> tuple[Integers, Integers] | None:
        """What codes mean where terms are plain products of them, which are linear; else ``None``."""
        source = self.plan.source
        return source.operands if source.register is None and source.table is None else None

    def sums(self, x: Codes, w: Codes) -> Ints:
        """The sums of the terms of operands (sums, terms) and (outputs, terms), without what they start from."""
        if not x.shape[1]:
            return np.zeros((len(x), len(w)), self.kind)
        job = job_of(self.path, self.formats, x.T[:, :, None], w.T[:, None, :])
        return terms_of(job, self.plan.source).sums().astype(self.kind, copy=False)

    def by_inputs(self, gather: Gather, before: Codes, after: Codes, pad: int, w: Codes) -> Ints:
        """By how much the sums grow where other inputs are."""
        if self.operands is None:
            return self.sums(gather(after, pad), w) - self.sums(gather(before, pad), w)
        x, y = self.operands
        return self.products(gather(difference(x.of(before), x.of(after)), 0), y.of(w))

    def by_weights(self, x: Codes, before: Codes, after: Codes) -> Ints:
        """By how much the sums of operands (sums, terms) grow where other weights (outputs, terms) are."""
        if self.operands is None:
            return self.sums(x, after) - self.sums(x, before)
        a, b = self.operands
        return self.products(a.of(x), difference(b.of(before), b.of(after)))

    def products(self, x: Ints, w: Ints) -> Ints:
        """Sums of products of integers."""
        if not x.shape[1]:
            return np.zeros((len(x), len(w)), self.kind)
        return matrix_sums(x.T, w.T, modular=False).astype(self.kind, copy=False)

    def units(self, total: Ints, bias: Array | None) -> Ints:
        """Sums with what they start from, which broadcasts to them, in units of the plan."""
        found = self.plan
        units = total << found.source.quantum - found.unit
        if bias is not None and found.initial is not None:
            units = units + (found.initial.of(bias.codes).astype(self.kind) << found.initial.quantum - found.unit)
        return units

    def written(self, units: Ints, bias: Array | None, scales: Sequence[Array]) -> Array:
        """Sums brought to the output, in their shape, to which bias and scales broadcast. ``ValueError`` where the output stage
        refuses one."""
        biases, *factors = (z and Array(np.broadcast_to(z.codes, units.shape), z.format) for z in (bias, *scales))
        accumulator = self.path.accumulator
        if isinstance(accumulator, Total):
            codes = integer_sums.once(self.plan, units.astype(np.int64), greatest(units), None, np.zeros(0, bool))
        else:
            codes = self.plan.last.codes(units)
        nothing = np.empty((1, *units.shape), np.uint8)
        whole = Whole(nothing, nothing, self.formats[:2], self.path, units.shape, biases, tuple(f for f in factors if f))
        return finished(Array(codes, accumulator.to.format), whole)


@dataclass(frozen=True, eq=False)
class Written:
    """What sums from ``low`` on are written as. That is a function of the sum alone where all have the same scales, and no bias
    but what they start from."""

    low: int
    codes: Codes

    def of(self, units: Ints, otherwise: Callable[[Ints], Codes]) -> Codes:
        """The codes of sums; ``otherwise`` makes those of sums that are not here."""
        if not units.size:
            return np.zeros(units.shape, self.codes.dtype)
        # Places below 0 are, without a sign, the greatest.
        places = (units - self.low).view(f"u{units.dtype.itemsize}")
        found = np.take(self.codes, places, mode="clip")
        if int(places.max()) >= len(self.codes):
            others = places >= len(self.codes)
            found[others] = otherwise(units[others])
        return found


def all_written(how: Kept, units: Ints, scales: Sequence[Array]) -> Written | None:
    """What sums like these, and some less and greater, are written as; ``None`` where these are many, or one is refused."""
    low, high = int(units.min()), int(units.max())
    margin = (high - low) // 4
    every = range(low - margin, high + margin + 1)
    if len(every) > max(units.size, WORTH) or max(-every[0], every[-1]) >> 8 * how.kind.itemsize - 1:
        return None
    try:
        codes = how.written(np.arange(every.start, every.stop, dtype=how.kind), None, scales).codes
    except ValueError:
        return None
    return Written(every[0], codes)


def difference(before: Ints, after: Ints) -> Ints:
    """The difference of integers, in a type that holds it."""
    return after.astype(np.int16 if after.dtype.itemsize == 1 else np.int64) - before


@lru_cache(maxsize=1024)
def kept(path: Datapath, formats: Formats, length: int, sums: int, *, scaled: bool) -> Kept | None:
    """How so many sums of a datapath, each of so many terms, are kept; ``None`` where the order of the terms matters, something
    is no number or is refused by the register, or where 62 bits are too few."""
    if not length or not sums or path.to.rounding.bits or (scaled and path.scaling == "terms"):
        return None
    nothing = np.zeros((1, 1, 1), np.uint8)
    x, y = np.broadcast_to(nothing, (length, sums, 1)), np.broadcast_to(nothing, (length, 1, 1))
    job = job_of(path, formats, x, y)
    plan = integer_sums.suited(job)
    if plan is None or plan.source.register is not None or plan.last.refuses:
        return None
    source, initial = plan.source, plan.initial
    means = [*(source.operands or ()), *([initial] if initial else [])]
    if any(one.special is not None for one in means) or (source.table is not None and source.table.special is not None):
        return None
    most, start = plan.most(source.most, integer_sums.end(initial))
    ordered = plan.exact and plan.room(job, most, start) is not None and not plan.modular
    if not isinstance(path.accumulator, Total) and (ordered or not plan.exact):
        return None
    if length * most + start > MOST:
        return None
    return Kept(path, formats, plan, np.dtype(np.int32 if length * most + start < 1 << 31 else np.int64))
