"""Sums that are kept, and what a change of some of their terms makes of them.

Where an accumulator makes the exact sum of its terms, or the low bits of it, in whatever order it adds them, a sum of other terms is
the old one with the differences of the terms that are not the same: addition of integers is associative, and equal terms cancel.
So a dot product of which few operands changed costs as many products as changed; a changed weight whose input is zero changes
nothing. The sums are kept before they are written to the register, and the writing is done anew: it may round, clip and wrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.datapaths import Datapath
from ..spec.formats import Format
from ..spec.terms import Accumulator
from . import integer_sums
from .array import Array
from .datapaths import Whole, finished
from .integer_products import terms_of
from .integer_sums import Plan
from .jobs import Job
from .layers import scales_of
from .matrix_sums import MOST, matrix_sums
from .shift_products import simpler

Ints = NDArray[Any]
Codes = NDArray[Any]
Parameters = Mapping[str, Array]


@dataclass(frozen=True)
class Kept:
    """How the sums of a layer are kept: the datapath, the formats of inputs, weights and of a bias that sums start from, the
    length of a sum, and what is known of it."""

    path: Datapath
    formats: tuple[Format, Format, Format | None]
    length: int
    plan: Plan

    def job(self, x: Codes, w: Codes) -> Job:
        """The sums of terms of operands (rows, terms) and (outputs, terms)."""
        multiplier = simpler(self.path.multiplier, self.formats[:2], self.path.accumulator.to)
        return Job(x.T[:, :, None], w.T[:, None, :], None, self.formats, multiplier, self.path.accumulator, flags=False)

    def sums(self, x: Codes, w: Codes) -> Ints:
        """The exact sums of terms, in units of the plan's terms."""
        if not x.shape[1]:
            return np.zeros((len(x), len(w)), np.int32)
        return terms_of(self.job(x, w), self.plan.source).sums()

    def by_inputs(self, before: Codes, after: Codes, w: Codes) -> Ints:
        """What the sums of (rows, terms) and (outputs, terms) become greater by where other inputs are."""
        operands = self.operands
        if operands is None:
            return self.sums(after, w) - self.sums(before, w)
        return matrix_sums((wide(operands[0].of(after)) - operands[0].of(before)).T, operands[1].of(w).T, modular=False)

    def by_weights(self, x: Codes, before: Codes, after: Codes) -> Ints:
        """What the sums become greater by where other weights are."""
        operands = self.operands
        if operands is None:
            return self.sums(x, after) - self.sums(x, before)
        return matrix_sums(operands[0].of(x).T, (wide(operands[1].of(after)) - operands[1].of(before)).T, modular=False)

    @property
    def operands(self) -> Any:
        """The meaning of the operands where terms are plain products of them, which are linear; else ``None``."""
        source = self.plan.source
        return source.operands if source.register is None and source.table is None else None

    def written(self, total: Ints, parameters: Parameters, outputs: NDArray[np.int64] | None = None) -> Array:
        """Sums brought to the output. They stand as (rows, outputs), or in one row with the output of each in ``outputs``.

        ``ValueError`` where the output stage refuses one.
        """

        def own(role: Array | None) -> Array | None:
            if role is None:
                return None
            codes = role.codes if outputs is None or len(role) == 1 else role.codes[outputs]
            return Array(np.broadcast_to(codes, total.shape), role.format)

        bias, *scales = (own(z) for z in (parameters.get("bias"), *scales_of(parameters)))
        start = None
        if bias is not None and self.formats[2] is not None:
            assert self.plan.initial is not None, "it is there with the format"
            start = self.plan.initial.of(bias.codes)
        codes = integer_sums.of_total(self.plan, self.path.accumulator, total, start)
        empty = np.empty((1, *total.shape), np.uint8)
        whole = Whole(empty, empty, self.formats[:2], self.path, total.shape, bias, tuple(s for s in scales if s is not None))
        return finished(Array(codes, self.path.accumulator.to.format), whole)


def kept(path: Datapath, x: Format, parameters: Mapping[str, Format], length: int) -> Kept | None:
    """How the sums of a datapath are kept, of operands of these formats by role; ``None`` where order or rounding on the way
    matters, something is no number or refused, or 62 bits are too few."""
    first = parameters.get("bias") if path.bias == "first" else None
    if path.to.rounding.bits or ("scale" in parameters and path.scaling == "terms"):
        return None
    return _kept(path, (x, parameters["weights"], first), length)  # type: ignore[arg-type]  # a record has a hash


@lru_cache(maxsize=1024)
def _kept(path: Datapath, formats: tuple[Format, Format, Format | None], length: int) -> Kept | None:
    accumulator: Accumulator = path.accumulator
    codes = np.zeros((max(length, 1), 1, 1), np.uint8)
    multiplier = simpler(path.multiplier, formats[:2], accumulator.to)
    job = Job(codes, codes, None, formats, multiplier, accumulator, flags=False)
    plan = integer_sums.plan(job)
    if plan is None or not length or not integer_sums.is_free(job):
        return None
    source, initial = plan.source, plan.initial
    means = [*(source.operands or ()), *([initial] if initial else [])]
    special = any(one.special is not None for one in means) or (source.table is not None and source.table.special is not None)
    most, start = plan.most(source.most, integer_sums.end(initial))
    if special or plan.last.refuses or length * most + start > MOST:
        return None
    return Kept(path, formats, length, plan)


def wide(x: Ints) -> Ints:
    """Integers that hold the difference of two."""
    return x.astype(np.int16 if x.dtype.itemsize == 1 else np.int64)
