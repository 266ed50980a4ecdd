"""Sums of floating-point numbers on the way, for many at once, and sums that are exact or rounded to odd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.projection import Projection
from .floats import to_odd, two_sum_error

Floats = NDArray[Any]
Ints = NDArray[Any]
Bools = NDArray[np.bool_]


@dataclass
class State:
    """Many sums on the way: their shape, the host's type of their numbers, their flags, and those left to the specification.

    ``low``: every number is a multiple of 2**low. ``exact``: the host adds any of them without error. ``widest``: the most
    significant bits of a number that is added to a register. ``finite``: no operand is infinite or NaN, and no
    register makes it so of what is past its end. ``tame``: no operand is, and no number comes near the end of a register;
    then no number is past ``bound``.
    """

    shape: tuple[int, ...]
    kind: np.dtype[Any]
    flags: NDArray[np.uint8] | None
    hard: Bools
    low: int
    exact: bool
    widest: Mapping[Projection, int]
    finite: bool
    tame: bool
    bound: float
    spare: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def whole(self) -> np.dtype[Any]:
        """The integers that are the bits of the numbers."""
        return np.dtype(f"i{self.kind.itemsize}")

    def floats(self, name: str) -> Floats:
        """An array for numbers that are used at once."""
        return self.buffer(name, self.kind)

    def buffer(self, name: str, kind: Any) -> NDArray[Any]:
        """An array of the sums' shape, the same one for the same name."""
        found = self.spare.get(name)
        if found is None:
            found = self.spare[name] = np.empty(self.shape, kind)
        return found

    def raise_invalid(self, total: Floats, *terms: Floats) -> None:
        """Invalid where a NaN was made of terms that are none."""
        if self.flags is None or self.tame:
            return
        made = np.isnan(total)
        if made.any():
            for term in terms:
                made &= ~np.isnan(term)
            self.flags[made] |= np.uint8(Flags.INVALID)


def settle_zeros(total: Floats, *terms: Floats) -> None:
    """Where a sum vanishes the zero is minus, but that of positive zeros alone."""
    zero = total == 0
    if zero.any():
        minus = np.signbit(terms[0])
        for term in terms[1:]:
            minus |= np.signbit(term)
        total[zero & minus] = -0.0


def add_with_error(state: State, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The host's sum of a and b, and its error, by Knuth's TwoSum; of a sum that is not finite zero."""
    total, other, error = state.floats("total"), state.floats("other"), state.floats("error")
    np.add(a, b, out=total)
    np.subtract(total, a, out=other)
    np.subtract(total, other, out=error)
    np.subtract(a, error, out=error)
    np.subtract(b, other, out=other)
    np.add(error, other, out=error)
    if not state.tame:
        np.copyto(error, 0, where=np.isnan(error, out=state.buffer("wild", bool)))
    return total, error


def cut_off(state: State, total: Floats, error: Floats) -> tuple[Ints, Ints]:
    """The bits of a sum cut off toward zero, in place of the host's sum, and in place of the error what is zero where that is.

    An error against the sum's sign takes one from the bits. The sign of an error that is zero is plus, as that of x - x is, so
    the error's bits as an integer, taken negative where the sum is, are negative where the two disagree and nowhere else.
    """
    bits, rest, sign = total.view(state.whole), error.view(state.whole), state.floats("other").view(state.whole)
    last = 8 * state.kind.itemsize - 1
    np.right_shift(bits, last, out=sign)
    np.bitwise_xor(rest, sign, out=rest)
    np.subtract(rest, sign, out=rest)
    np.right_shift(rest, last, out=sign)
    np.add(bits, sign, out=bits)
    return bits, rest


def add_to_odd(state: State, a: Floats, b: Floats) -> Bools:
    """Add b to a, rounded to odd; where it was rounded: the sum cut off, with the last bit set where something was."""
    bits, rest = cut_off(state, *add_with_error(state, a, b))
    inexact: Bools = np.not_equal(rest, 0, out=state.buffer("inexact", bool))
    np.copyto(rest, inexact)
    np.bitwise_or(bits, rest, out=a.view(state.whole))
    return inexact


def sum_to_odd(state: State, terms: list[Floats], *, minus: bool) -> Bools | None:
    """Make the first of some arrays the sum of all, exact or rounded to odd; where it was rounded.

    Shewchuk's expansions (Adaptive precision floating-point arithmetic, 1997, theorem 10): numbers of which each ends above the
    bits of those before it, with a bit in between. So adding them from the least to the greatest, each sum rounded to odd,
    keeps the leading bit or the one below it, and is rounded above the last bit of what was rounded before.
    """
    first = np.signbit(terms[0])
    some, all_minus = first.copy(), first
    for term in terms[1:]:
        sign = np.signbit(term)
        some |= sign
        all_minus &= sign
    plain = terms[0] + terms[1]
    for term in terms[2:]:
        plain += term
    if not state.tame:
        state.raise_invalid(plain, *terms)
    inexact = None
    if state.exact:
        total = plain
    else:
        parts = [terms[0]]
        for term in terms[1:]:
            carry, finer = term, list[Floats]()
            for part in parts:
                together = carry + part
                finer.append(two_sum_error(together, carry, part))
                carry = together
            parts = [*finer, carry]
        total, inexact = parts[0], np.zeros(state.shape, bool)
        for part in parts[1:]:
            together = part + total
            total, rounded = to_odd(together, two_sum_error(together, part, total))
            inexact |= rounded
        if not state.tame:
            wild = ~np.isfinite(plain)
            total, inexact = np.where(wild, plain, total), inexact & ~wild
    zero = total == 0
    if zero.any():
        total = np.where(zero, np.where(some if minus else all_minus, -0.0, 0.0).astype(total.dtype), total)
    np.copyto(terms[0], total)
    return inexact
