"""Logarithmic grids: zero, and powers of a root of two. What is rounded is the logarithm.

Miyashita, Lee and Murmann, arXiv 1603.01025, and the logarithmic number system. ``families`` makes the formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .exact import Magnitude, floor_log2
from .surds import exact_log2, floor_of_log2, power


@dataclass(frozen=True)
class LogGrid:
    """Zero, and the powers of two whose exponents are ``least``, ``least + 1`` and so on in units of ``2**-fraction``.

    With one step to the octave the grid is that of base 2, with two that of base sqrt(2).
    """

    least: int
    fraction: int

    @property
    def quantum(self) -> int:
        """The exponent of the binade of the least number."""
        return self.least >> self.fraction

    def magnitude(self, n: int) -> Any:
        """Point 0 **must** be zero, and point n after it ``2**((least + n - 1) / 2**fraction)``, a ``Fraction`` or, where that
        is irrational, a ``Surd``. [log/grid]
        """
        return power(Fraction(self.least + n - 1, 1 << self.fraction)) if n else Fraction(0)

    def floor(self, m: Magnitude) -> int:
        """The greatest n with magnitude(n) <= m."""
        if not m > 0 or self._is_below(m, self.least):
            return 0
        return max(floor_of_log2(m, self.fraction) - self.least + 1, 0)

    def _is_below(self, m: Magnitude, n: int) -> bool:
        """Whether the leading bit alone tells that the logarithm of m, in steps, is below n. It may have too many digits."""
        return (floor_log2(m) + 1) << self.fraction <= n

    def place(self, n: int, m: Magnitude, parts: int) -> Fraction:
        """The place of a number in the gap above point n **must** be that of its logarithm, so that the middle of a gap is the
        geometric mean of its ends: 2**(1/2) between 1 and 2. The gap between zero and the first point counts as one step of
        the logarithm, so that its middle is half a step below the first point; a number that is a step or more below the first
        point counts as one just above zero. An irrational place is the middle of the one of so many ``parts`` that it lies in.

        Miyashita et al., Clip, in which what is rounded to the lower end becomes zero. [log/place]
        """
        start = self.least + n - 1
        if m > 0 and n == 0 and self._is_below(m, start):
            return Fraction(1, 2 * parts)
        known = exact_log2(m) if m > 0 else None
        if known is not None:
            place = known * (1 << self.fraction) - start
        elif m > 0:
            fine = self.fraction + parts.bit_length() - 1
            place = Fraction(2 * (floor_of_log2(m, fine) - start * parts) + 1, 2 * parts)
        else:
            return Fraction(0)
        return place if place > 0 or n else Fraction(1, 2 * parts)
