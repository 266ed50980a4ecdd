"""Floating-point registers on arrays: the exact sum of numbers, rounded once, in the host's arithmetic.

A register of p significant bits is kept in numbers of the host, which have P. Four ways lead from a sum to what is written:

* The register is the host's type itself and the rule its own: the host's addition is the write.
* All numbers have at most p bits, the rule is ties to even, and P >= 2 p + 2: the host's sum, rounded to p bits, is the exact
  sum rounded once (Figueroa, When is double rounding innocuous, 1995).
* Every sum is a multiple of one power of two that is less than 2**P times greater: the host's sum is exact.
* Any other sum is rounded to odd, with the error that TwoSum gives; with P >= p + 2 it then rounds as the exact sum does.

Rounding to p bits is integer arithmetic on the bits of the host's numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.arithmetic import vanished
from ..spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, Special
from ..spec.flags import Flags
from ..spec.projection import Projection
from .decode import numbers
from .encode import by_table, has_table, keeps_sticky
from .float_states import Bools, Floats, Ints, State, add_to_odd, add_with_error, cut_off, settle_zeros
from .outcomes import outcomes
from .projection import project


@lru_cache(maxsize=1024)
def ends(to: Projection) -> tuple[tuple[float | None, float | None], tuple[float | None, float | None], bool]:
    """The numbers past the last ones and for infinities, by sign, and whether there is a NaN; ``None`` where the specification
    refuses."""
    known = outcomes(to)

    def number(code: int | None) -> float | None:
        if code is None:
            return None
        datum = to.format.decode(code)
        special = {POSITIVE_INFINITY: np.inf, NEGATIVE_INFINITY: -np.inf, NEGATIVE_ZERO: -0.0}
        return float(special.get(datum, np.nan) if isinstance(datum, Special) else datum)  # type: ignore[arg-type]

    past, infinite = (tuple(map(number, pair)) for pair in (known.past_end, known.infinite))
    return past, infinite, known.nan is not None  # type: ignore[return-value]


class Register(ABC):
    """A register: ``add`` adds to what it holds, ``put`` writes another number."""

    def __init__(self, to: Projection, state: State) -> None:
        self.to, self.state = to, state
        self.minus = vanished(to) is NEGATIVE_ZERO

    def add(self, a: Floats, b: Floats) -> None:
        """Write to a the sum of a and b."""
        self.put(a, self.exact_sum(a, b))

    def exact_sum(self, a: Floats, b: Floats) -> Bools | None:
        """Make a the sum, exact or rounded to odd; where it was rounded."""
        state, inexact = self.state, None
        known = None if state.tame and not self.minus else a.copy()
        if state.exact or self.adds_at_once:
            np.add(a, b, out=a)
        else:
            inexact = add_to_odd(state, a, b)
        if known is not None:
            state.raise_invalid(a, known, b)
            if self.minus:
                settle_zeros(a, known, b)
        return inexact

    @property
    def adds_at_once(self) -> bool:
        """Whether the host's sum will do, though it is rounded."""
        return False

    @abstractmethod
    def put(self, v: Floats, inexact: Bools | None) -> None:
        """Write numbers in place, exact ones or, where ``inexact``, rounded to odd."""

    def raised(self, where: Bools | Ints, flags: Flags) -> None:
        """Raise flags."""
        if self.state.flags is not None:
            self.state.flags[where] |= np.uint8(flags)


class AnyRegister(Register):
    """A register of any format, through the projection of the engine."""

    over: Bools | None = None
    watch = False
    """Whether ``over`` is told: where the last write raised overflow."""

    def put(self, v: Floats, inexact: Bools | None) -> None:
        """By its table or by computing."""
        codes = self.codes(v, inexact)
        v[...] = numbers(codes.reshape(-1), self.to.format, v.dtype).reshape(v.shape)

    def codes(self, v: Floats, inexact: Bools | None = None) -> NDArray[Any]:
        """The codes of numbers, exact ones or, where ``inexact``, rounded to odd."""
        state, flat = self.state, v.reshape(-1)
        flags = state.flags is not None or self.watch
        if has_table(self.to, flat.dtype) and keeps_sticky(self.to, flat.dtype):
            codes, raised, hard = by_table(self.to, flat, flags=flags)
        else:
            rest = None if inexact is None else inexact.reshape(-1)
            codes, raised, hard = project(flat.astype(np.float64, copy=False), self.to, None, rest, flags=flags)
        if hard is not None:
            state.hard |= hard.reshape(v.shape)
            codes[hard] = 0
        if raised is not None:
            shaped = raised.reshape(v.shape)
            if state.flags is not None:
                state.flags |= shaped
            self.over = (shaped & np.uint8(Flags.OVERFLOW)) != 0
        return codes.reshape(v.shape)


class HostRegister(Register):
    """A register of the host's own type, rounded as the host does, or never rounded."""

    def put(self, v: Floats, inexact: Bools | None) -> None:
        """They are written already, but for what the rule makes of the ends."""
        del inexact
        if not self.state.tame and ends(self.to)[0] != (np.inf, -np.inf):
            self.clamp(v)

    def add(self, a: Floats, b: Floats) -> None:
        """The host's addition."""
        state = self.state
        if state.flags is None and not self.minus:
            np.add(a, b, out=a)
            self.put(a, None)
            return
        known = None if state.tame and not self.minus else a.copy()
        total, error = add_with_error(state, a, b)
        np.copyto(a, total)
        if state.flags is not None:
            state.flags |= np.not_equal(error, 0, out=state.buffer("inexact", bool))  # Flags.INEXACT is 1
        if known is not None:
            if self.minus:
                settle_zeros(a, known, b)
            state.raise_invalid(a, known, b)
            if not state.tame:
                self.raised(np.isinf(a) & np.isfinite(known) & np.isfinite(b), self.to.overflow.raises)
        self.put(a, None)

    def clamp(self, v: Floats) -> None:
        """Infinities as what the rule makes of a number past the end: they were made by overflow, or it makes no difference."""
        where = np.isinf(v)
        if where.any():
            for side, end in zip((where & (v > 0), where & (v < 0)), ends(self.to)[0], strict=True):
                if end is None:
                    self.state.hard |= side
                else:
                    v[side] = end


class DirectedRegister(HostRegister):
    """A register of the host's own type under a rule that looks at the error's sign alone; for tame sums."""

    def add(self, a: Floats, b: Floats) -> None:
        """The host's sum, cut off by its error, and a step up where the rule says so."""
        state, name = self.state, self.to.rounding.name
        known = a.copy() if self.minus else None
        if name == "to_odd":
            inexact = add_to_odd(state, a, b)
            if state.flags is not None:
                state.flags |= inexact
        else:
            bits, rest = cut_off(state, *add_with_error(state, a, b))
            if state.flags is not None or name != "toward_zero":
                self.step(bits, rest)
            np.copyto(a.view(state.whole), bits)
        if known is not None:
            settle_zeros(a, known, b)

    def step(self, bits: Ints, rest: Ints) -> None:
        """Raise inexact where something was cut off, and there step away from zero where the rule says so."""
        state, name = self.state, self.to.rounding.name
        inexact = np.not_equal(rest, 0, out=state.buffer("inexact", bool))
        if state.flags is not None:
            state.flags |= inexact
        if name == "toward_zero":
            return
        np.copyto(rest, inexact)
        if name != "away_from_zero":
            sign = np.right_shift(bits, 8 * state.kind.itemsize - 1, out=state.floats("other").view(state.whole))
            rest &= sign if name == "toward_negative" else ~sign
        bits += rest


DIRECTED = ("toward_zero", "away_from_zero", "toward_positive", "toward_negative", "to_odd")
