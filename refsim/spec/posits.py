"""Posits: a run of equal bits, the regime, says how large the number is, and leaves what bits there are to exponent and
fraction.

Posit Standard (2022). A posit's codes are ordered as two's complement integers are, and so are the numbers: that gives
negation, comparison and rounding. ``families.posit_format`` makes the formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .exact import Magnitude, dyadic, floor_log2, power_of_two


@dataclass(frozen=True)
class PositGrid:
    """The magnitudes of posits of ``width`` bits with ``es`` exponent bits, in the order of their codes."""

    width: int
    es: int

    @property
    def top(self) -> int:
        """The last code of a positive number."""
        return (1 << self.width - 1) - 1

    @property
    def quantum(self) -> int:
        """The exponent of the least positive number."""
        return -((self.width - 2) << self.es)

    def magnitude(self, n: int) -> Fraction:
        """Behind the sign bit of a positive posit **must** stand the regime, a run of k equal bits that a different bit or the
        end of the posit ends; then at most ``es`` exponent bits; then the fraction. Bits that there is no room for are zeros.
        The number is (1 + fraction) * 2**(r * 2**es + exponent), where r is -k for a run of zeros and k - 1 for a run of ones.

        Past the last code each point is 2**2**es times the one before. Posit Standard (2022), section 3. [posit/number]
        """
        if n == 0:
            return Fraction(0)
        if n > self.top:
            return power_of_two((n - self.top << self.es) - self.quantum)
        (_, _), (_, run), (_, exponent_bits), (_, fraction_bits) = self.layout(n)
        leading = n >> self.width - 2 & 1
        ended = run if run == self.width - 1 and _is_uniform(n, run) else run - 1
        r = ended - 1 if leading else -ended
        rest = n & (1 << exponent_bits + fraction_bits) - 1
        exponent = rest >> fraction_bits << self.es - exponent_bits
        fraction = rest & (1 << fraction_bits) - 1
        return dyadic((1 << fraction_bits) + fraction, (r << self.es) + exponent - fraction_bits)

    def layout(self, code: int) -> tuple[tuple[str, int], ...]:
        """The fields of a code **must** be those of its bits as they stand, of negative numbers too: the sign, the regime with
        the bit that ends it, and as many exponent and fraction bits as there is room for.

        Posit Standard (2022), section 3. [posit/fields]
        """
        body = code & self.top
        leading = body >> self.width - 2 & 1
        differs = body ^ (self.top if leading else 0)
        run = self.width - 1 - differs.bit_length()
        regime = min(run + 1, self.width - 1)
        exponent = min(self.es, self.width - 1 - regime)
        return ("sign", 1), ("regime", regime), ("exponent", exponent), ("fraction", self.width - 1 - regime - exponent)

    def floor(self, m: Magnitude) -> int:
        """The greatest n with magnitude(n) <= m."""
        if not m > 0 or m < power_of_two(self.quantum):
            return 0
        scale = floor_log2(m)
        if scale >= -self.quantum:
            return self.top + (scale + self.quantum >> self.es)
        r, exponent = scale >> self.es, scale & (1 << self.es) - 1
        regime, length = ((1 << r + 2) - 2, r + 2) if r >= 0 else (1, 1 - r)
        room = self.width - 1 - length
        if room < self.es:
            return regime << room | exponent >> self.es - room
        fraction_bits = room - self.es
        significand = m // power_of_two(scale - fraction_bits)
        return regime << room | exponent << fraction_bits | significand - (1 << fraction_bits)

    def cuts(self, n: int) -> tuple[Fraction, ...]:
        """The place of a number in a gap **must** be what its infinitely long posit has behind the last bit, read as a binary
        fraction: so the middle of a gap is the posit of one more bit that ends in a one.

        Where k exponent bits have no room, the gap holds 2**k binades, and each is a part. Past the greatest number the gaps go
        on in the same way; the gap below the least is one piece, since no rule shows in it. Posit Standard (2022), section 4.
        [posit/place]
        """
        if n == 0:
            return self.magnitude(0), self.magnitude(1)
        missing = self.es if n > self.top else self.es - self.layout(n)[2][1]
        if missing == 0:
            return self.magnitude(n), self.magnitude(n + 1)
        least = self.magnitude(n)
        return tuple(least * (1 << j) for j in range((1 << missing) + 1))


def _is_uniform(n: int, bits: int) -> bool:
    return n in (0, (1 << bits) - 1)
