"""Aligned groups on arrays: the terms as integers in units of the last place that is kept, in the host's numbers.

A group whose largest exponent is E has terms of less than 2**(E + 1), or of less than 2**(E + 2) where exponents are those of
the factors. In units of 2**(E - bits) they are integers of bits + 1 or bits + 2 bits, so the host adds 2**n of them without
error where that and n are no more bits than its numbers have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..spec.alignment import Alignment
from ..spec.flags import Flags
from .float_registers import Register
from .float_rounders import cut
from .float_states import Bools, Floats, Ints, State, settle_zeros
from .float_terms import NOWHERE


def width(alignment: Alignment, group: int) -> int:
    """The bits of the sum of a group, and of the running sum with it."""
    count = group + alignment.with_sum
    return alignment.bits + 1 + (alignment.exponent == "factors") + (count - 1).bit_length()


def add_group(
    state: State,
    cell: Register,
    alignment: Alignment,
    v: Floats,
    terms: Sequence[Floats],
    exponents: Ints | None,
    *,
    held: bool,
) -> None:
    """Add the terms of a group to what a register holds, or write their sum where it holds nothing; the terms are used up.

    ``exponents``: the largest exponent of each group, the running sum's among them if that is aligned, where they are not those
    of the leading bits.
    """
    values = list(terms)
    if held and alignment.with_sum:
        values.append(v.copy())
    special = None if state.tame else set_apart(state, values, v if held else None)
    scale, step = units(state, alignment.bits, values, exponents)
    for value in values:
        scaled = np.multiply(value, scale, out=state.floats("scaled"))
        cut(scaled, alignment.rounding, value)
        if state.flags is not None:
            state.flags |= scaled != value  # Flags.INEXACT is 1
    total = state.floats("sum")
    np.copyto(total, values[0])
    for value in values[1:]:
        np.add(total, value, out=total)
    if cell.minus:
        settle_zeros(total, *values)
    np.multiply(total, step, out=total)
    if special is not None:
        where, data = special
        np.copyto(total, data, where=where)
    if held and not alignment.with_sum:
        cell.add(v, total)
    else:
        np.copyto(v, total)
        cell.put(v, None)


def set_apart(state: State, values: list[Floats], running: Floats | None) -> tuple[Bools, Floats] | None:
    """Make infinities and NaNs zero, which has no exponent: where they were, and their sum; ``None`` where there are none."""
    apart = [~np.isfinite(value) for value in values]
    where = np.logical_or.reduce(apart)
    if not where.any():
        return None
    total, nan = np.zeros(state.shape, state.kind), np.zeros(state.shape, bool)
    for value, these in zip(values, apart, strict=True):
        nan |= np.isnan(value)
        np.add(total, value, out=total, where=these)
        value[these] = 0
    if state.flags is not None:
        made = np.isnan(total) & ~nan
        if running is not None:
            made &= ~np.isnan(running)
        state.flags[made] |= np.uint8(Flags.INVALID)
    return where, total


def units(state: State, bits: int, values: Sequence[Floats], exponents: Ints | None) -> tuple[Floats, Floats]:
    """What makes the terms of a group integers, and the unit of these: powers of two, set by the bits of their exponents."""
    info, whole = np.finfo(state.kind), state.whole
    bias, place = 1 - int(info.minexp), info.nmant
    field = state.floats("field").view(whole)
    if exponents is None:
        top, size = state.floats("top"), state.floats("scaled")
        np.abs(values[0], out=top)
        for value in values[1:]:
            np.maximum(top, np.abs(value, out=size), out=top)
        np.bitwise_and(top.view(whole), ((1 << 8 * state.kind.itemsize - 1) - 1) & -(1 << place), out=field)
    else:
        np.copyto(field, exponents)
        np.add(field, bias, out=field)
        np.maximum(field, bits + 1, out=field)
        np.left_shift(field, place, out=field)
    # Of zeros alone the exponent is any.
    np.maximum(field, bits + 1 << place, out=field)
    np.subtract(field, bits << place, out=field)
    scale = state.floats("scale")
    np.subtract(2 * bias << place, field, out=scale.view(whole))
    return scale, field.view(state.kind)


def leading_exponents(x: Floats, least: int) -> Ints:
    """The exponents of numbers of a format, but no less than the least one; of zeros and of what is no number ``NOWHERE``."""
    found = np.frexp(x)[1] - 1
    np.maximum(found, least, out=found)
    found[(x == 0) | ~np.isfinite(x)] = NOWHERE
    return np.asarray(found)
