"""Registers of integers and fixed-point numbers: what is written to them, and what is then held."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.formats import Format
from ..spec.growth import reach_of
from ..spec.projection import Projection
from . import fixed
from .array import code_dtype
from .outcomes import outcomes

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
WIDEST = 192
"""The most bits of a register."""


class Written(NamedTuple):
    """Where a number that was written left the range, and where it was rounded; ``None`` where that was not asked for or does
    not happen."""

    over: Bools | None
    inexact: Bools | None


class Register(NamedTuple):
    """A fixed-point register whose values are held as integers in units of two to some power, 2**shift of them a step.

    ``low`` and ``high`` are the steps that the overflow rule leaves alone, ``clips`` whether it clips to them, ``refuses``
    whether a number past one of them has no code.
    """

    to: Projection
    shift: int
    low: int
    high: int
    is_modular: bool
    clips: bool
    refuses: bool

    @property
    def most(self) -> int:
        """The greatest magnitude that is held, in units; of one that wraps more, since it must not vanish in a mask."""
        most = max(-self.low, self.high) << self.shift
        return max(most, 1 << self.to.format.width) if self.to.overflow.wrap else most

    def write(self, v: Ints, *, watch: bool) -> Written:
        """Values become in place what the register then holds; ``watch`` asks where they left the range or were rounded.

        What has no code is over, and the value is anything.
        """
        inexact = None
        if self.shift:
            inexact = np.not_equal(v & (1 << self.shift) - 1, 0) if watch else None
            fixed.shifted(v, self.shift, self.to.rounding)
        over = self.over(v) if watch or not (self.clips or self.is_modular) else None
        if self.is_modular:
            if self.low:
                np.subtract(v, self.low, out=v)
            np.bitwise_and(v, (1 << self.to.format.width) - 1, out=v)
            if self.low:
                np.add(v, self.low, out=v)
        elif self.clips:
            np.clip(v, self.low, self.high, out=v)
        elif over is not None and over.any():
            self.beyond(v, over)
        if self.shift:
            np.left_shift(v, self.shift, out=v)
        return Written(over, inexact)

    def over(self, v: Ints) -> Bools:
        """Which numbers of steps are past the ends."""
        over = np.less(v, self.low)
        return np.logical_or(over, np.greater(v, self.high), out=over)

    def beyond(self, v: Ints, over: Bools) -> None:
        """The rarer rules: one code for each side, or a code made of the bits."""
        past = v[over]
        negative = past < 0
        if self.to.overflow.wrap:
            codes = self.to.overflow.wrap(past, negative.astype(v.dtype), self.to.format)
            v[over] = point(codes, self.to.format)
            return
        ends = [self.low if code is None else point(code, self.to.format) for code in outcomes(self.to).past_end]
        v[over] = np.where(negative, np.array(ends[1], v.dtype), np.array(ends[0], v.dtype))

    def codes(self, v: Ints) -> Ints:
        """The codes of values that are held."""
        format = self.to.format
        dtype = code_dtype(format)
        n = v >> self.shift if self.shift else v
        if np.object_ in (dtype, n.dtype):
            return np.asarray((n.astype(object) & (1 << format.width) - 1).astype(dtype))
        whole = n.astype(f"int{8 * dtype.itemsize}")
        if format.width != 8 * dtype.itemsize:
            np.bitwise_and(whole, (1 << format.width) - 1, out=whole)
        return whole.view(dtype)


def point(code: Any, format: Format) -> Any:
    """The signed number of steps of a code, or of an array of them."""
    return code - ((code >> format.width - 1) << format.width) if format.signed else code


@lru_cache(maxsize=1024)
def register_of(to: Projection, unit: int) -> Register:
    """The register of a projection in units of 2**unit, no more than its step."""
    format, past = to.format, outcomes(to).past_end
    low, high = -to.overflow.limit(format, True), to.overflow.limit(format, False)
    wraps = to.overflow.wrap is not None
    clips = not wraps and past == (format.code(False, high), format.code(True, -low))
    refuses = not wraps and None in past
    return Register(to, format.grid.quantum - unit, low, high, fixed.is_modular(to.overflow), clips, refuses)


@lru_cache(maxsize=1024)
def is_register(to: Projection) -> bool:
    """Whether a register holds fixed point of at most ``WIDEST`` bits, written by a rule without random bits."""
    try:
        reach_of(to.format)
    except ValueError:
        return False
    return to.format.width <= WIDEST and not to.rounding.bits


def raised(written: Written, to: Projection) -> NDArray[np.uint8]:
    """The flags of what was written."""
    assert written.over is not None, "it was asked for"
    flags = np.multiply(written.over.view(np.uint8), np.uint8(to.overflow.raises))
    if written.inexact is not None:
        # A number past the end raises what the overflow rule raises, and nothing else.
        flags |= np.greater(written.inexact, written.over).view(np.uint8) * np.uint8(Flags.INEXACT)
    return flags
