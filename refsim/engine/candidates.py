"""Candidates on arrays: which bit of which element a number stands for, without a list of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.sites import depends_on_codes, selected
from .array import code_dtype
from .faults import Masks, Target

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The selected bits of a target, numbered as in the specification.

    Where all elements have the same ones, ``bits`` lists them, and ``ends`` is ``None``. Where each code has its own, ``ends``
    has for each element the number behind its last candidate, and ``masks`` its mask.
    """

    count: int
    bits: Numbers
    ends: Numbers | None = None
    masks: NDArray[Any] | None = None

    def places(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """The elements and the bits of candidates."""
        if self.ends is None or self.masks is None:
            elements = numbers // max(len(self.bits), 1)
            return elements, self.bits[numbers - elements * len(self.bits)]
        elements = np.searchsorted(self.ends, numbers, side="right")
        before = np.concatenate([[0], self.ends])[elements]
        return elements, nth_bit(self.masks[elements], numbers - before)


def candidates(target: Target) -> Candidates:
    """The candidates of a target."""
    format, count = target.site.format, target.site.count
    if depends_on_codes(format, target.selection) and target.codes is not None:
        return _of_codes(target)
    bits = bits_of(selected(format, 0, target.selection), format.width)
    return Candidates(count * len(bits), bits)


@lru_cache(maxsize=64)
def _of_codes(target: Target) -> Candidates:
    """Where each code has its own; a campaign asks about the same few targets in every trial."""
    assert target.codes is not None, "they decide"
    format, count = target.site.format, target.site.count
    codes, inverse = np.unique(target.codes.codes, return_inverse=True)
    masks = [selected(format, code, target.selection) for code in codes.tolist()]
    ends = np.cumsum(np.array([mask.bit_count() for mask in masks], np.int64)[inverse])
    return Candidates(int(ends[-1]) if count else 0, bits_of(0, 0), ends, np.array(masks, code_dtype(format))[inverse])


def bits_of(mask: int, width: int) -> Numbers:
    """The bits of a mask, the least significant one first."""
    return np.array([bit for bit in range(width) if mask >> bit & 1], np.int64)


def nth_bit(masks: NDArray[Any], ranks: Numbers) -> Numbers:
    """Of each mask the bit that is set and has so many set ones below it."""
    masks = masks.copy()
    for rank in range(int(ranks.max(initial=0))):
        more = ranks > rank
        masks[more] &= masks[more] - masks.dtype.type(1) if masks.dtype != object else masks[more] - 1
    lowest = [(mask & -mask).bit_length() - 1 for mask in masks.tolist()]
    return np.array(lowest, np.int64)


def flips(target: Target, elements: Numbers, bits: Numbers) -> Masks:
    """The masks that invert bits of elements in order; bits of one element are in one mask."""
    dtype = code_dtype(target.site.format)
    inverted = _powers(dtype, target.site.format.width)[bits]
    if len(elements):
        first = np.flatnonzero(np.diff(elements, prepend=-1))
        if len(first) < len(elements):
            elements, inverted = elements[first], np.bitwise_xor.reduceat(inverted, first)
    nothing = np.zeros(len(elements), dtype)
    return Masks(elements, inverted, nothing, nothing)


def _powers(dtype: np.dtype[Any], width: int) -> NDArray[Any]:
    return np.array([1 << bit for bit in range(width)], dtype)
