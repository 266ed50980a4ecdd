"""What a number format is: an ordered grid of exact magnitudes, and the codes that name its points.

A format is data. Its grid says which magnitudes there are, counted from zero: ``magnitude(0) < magnitude(1) < ...``. Its
coding says which point a code names. Everything else, rounding included, is written once in terms of these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple, Protocol

from .exact import NAN, NEGATIVE_ZERO, Exact, Magnitude, Special, dyadic, floor_log2, is_nan, power_of_two
from .log_grids import LogGrid
from .posits import PositGrid
from .text import exact_text


class Unrepresentable(ValueError):
    """The format has no code for a result."""


class Grid(Protocol):
    """A strictly increasing sequence of magnitudes without end, of which a format names the first few."""

    def magnitude(self, n: int) -> Magnitude:
        """The magnitude of point n."""

    def floor(self, m: Magnitude) -> int:
        """The greatest n with magnitude(n) <= m, for m >= 0."""


@dataclass(frozen=True)
class UniformGrid:
    """Multiples of one step, ``2**quantum``: integers and fixed point."""

    quantum: int

    def magnitude(self, n: int) -> Fraction:
        """Point n **must** be n steps from zero. [grid/uniform]"""
        return dyadic(n, self.quantum)

    def floor(self, m: Magnitude) -> int:
        """The number of whole steps in m."""
        return m // power_of_two(self.quantum)

    def cuts(self, n: int) -> tuple[Fraction, ...]:
        """The gap in one piece."""
        return self.magnitude(n), self.magnitude(n + 1)


@dataclass(frozen=True)
class FloatGrid:
    """Numbers of ``precision`` significant bits whose exponent is at least ``emin``: floating point.

    ``precision`` counts the implied leading bit, as IEEE 754's p does; ``emin`` is the exponent of the least normal number.
    """

    precision: int
    emin: int
    subnormals: bool = True

    @property
    def quantum(self) -> int:
        """The exponent of the distance between neighbours in the least normal binade."""
        return self.emin - self.precision + 1

    @property
    def first_normal(self) -> int:
        """The number of the point that is the least normal number."""
        return 1 << self.precision - 1 if self.subnormals else 1

    def magnitude(self, n: int) -> Fraction:
        """Each binade from ``emin`` up **must** hold ``2**(precision-1)`` evenly spaced points; between zero and the least
        normal number the spacing of the least binade goes on, or there is no point where the format has no subnormals.

        [grid/float]
        """
        binade, place = divmod(n - self.first_normal, 1 << self.precision - 1)
        if binade < 0:
            return dyadic(n, self.quantum)
        return dyadic((1 << self.precision - 1) + place, self.quantum + binade)

    def floor(self, m: Magnitude) -> int:
        """The greatest n with magnitude(n) <= m."""
        binade = floor_log2(m) - self.emin if m else -1
        if binade < 0:
            return m // power_of_two(self.quantum) if self.subnormals else 0
        significand = m // power_of_two(self.quantum + binade)
        return self.first_normal + (binade << self.precision - 1) + significand - (1 << self.precision - 1)

    def cuts(self, n: int) -> tuple[Fraction, ...]:
        """The gap in one piece."""
        return self.magnitude(n), self.magnitude(n + 1)


AnyGrid = UniformGrid | FloatGrid | PositGrid | LogGrid


class Coding(Enum):
    """How the bits of a code name a sign and a point of the grid."""

    SIGN_MAGNITUDE = "sign-magnitude"
    TWOS_COMPLEMENT = "two's complement"
    UNSIGNED = "unsigned"
    LOGARITHMIC = "sign, zero flag and two's complement logarithm"


class Block(NamedTuple):
    """The codes first..last, both included, and the special datum that they name."""

    first: int
    last: int
    datum: Special


@dataclass(frozen=True)
class Format:
    """A grid of exact numbers and the codes that name them.

    ``top`` and ``top_negative`` are the last points that have a code, on either side of zero; ``first`` is the first one: 0,
    or 1 where zero has no code. A point n > 0 is held in the code's magnitude field as ``n + offset``. ``specials`` lists the
    codes that are not numbers; the first code of the first block of a datum is its canonical code. ``layout`` names the
    bit fields, most significant first, where those are the same in every code. Where not ``vanishing``, no number other than
    zero becomes zero.
    """

    name: str
    width: int
    grid: AnyGrid
    coding: Coding
    top: int
    top_negative: int
    layout: tuple[tuple[str, int], ...]
    specials: tuple[Block, ...] = ()
    first: int = 0
    offset: int = 0
    vanishing: bool = True

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        # Formats are looked up all the time: the name tells most of them apart.
        return hash((self.name, self.top))

    @property
    def signed(self) -> bool:
        """True where the format has numbers on both sides of zero."""
        return self.coding is not Coding.UNSIGNED

    def limit(self, negative: bool) -> int:
        """The last point that has a code on the given side of zero."""
        return self.top_negative if negative else self.top

    def check_code(self, code: int) -> int:
        """The code itself, if it is an integer of the format's width; ``ValueError`` otherwise."""
        if not 0 <= code < 1 << self.width:
            raise ValueError(f"code {code:#x} is not in 0..{(1 << self.width) - 1:#x} of {self.name}")
        return code

    def decode(self, code: int) -> Exact:
        """A code **must** name exactly one datum: a listed special datum, or the point of the grid that its bits give. The zero
        of a format whose negative zero is another datum has no sign.

        NaN payloads are forgotten, quiet and signaling NaNs are told apart. [format/decode]
        """
        self.check_code(code)
        for first, last, datum in self.specials:
            if first <= code <= last:
                return datum
        negative, n = self.point(code)
        if negative and n == 0:
            return NEGATIVE_ZERO if self.has_negative_zero else Fraction(0)
        m = self.grid.magnitude(n)
        return -m if negative else m

    def point(self, code: int) -> tuple[bool, int]:
        """The sign and the point that the bits of a number's code give: sign and magnitude, two's complement or unsigned.

        A magnitude field below the offset, which a format without subnormals has, **must** be read as zero. [format/point]
        """
        half = 1 << self.width - 1
        if self.coding is Coding.LOGARITHMIC:
            return code >= half, self.logarithmic_point(code)
        match self.coding:
            case Coding.SIGN_MAGNITUDE:
                return code >= half, max(code % half - self.offset, 0)
            case Coding.TWOS_COMPLEMENT:
                return code >= half, (1 << self.width) - code if code >= half else code
            case Coding.UNSIGNED:
                return False, max(code - self.offset, 0)
        raise AssertionError("these are all codings")

    def logarithmic_point(self, code: int) -> int:
        """A code with the zero flag **must** be read as the zero of its sign, whatever its logarithm; without it, the logarithm
        is an integer of two's complement, in steps, and the least one is that of the first point. [format/logarithmic]
        """
        zero_flag = 1 << self.width - 2
        return 0 if code & zero_flag else (code % zero_flag ^ zero_flag >> 1) + 1

    def code(self, negative: bool, n: int) -> int:
        """The code of point n on a side of zero; the zero of a format without a negative zero **must** have one code.

        ``Unrepresentable`` where the point has no code. [format/code]
        """
        if not self.first <= n <= self.limit(negative):
            raise Unrepresentable(f"{self.name} has no code for {'-' if negative else ''}{exact_text(self.grid.magnitude(n))}")
        field = n + self.offset if n else 0
        if self.coding is Coding.LOGARITHMIC:
            zero_flag = 1 << self.width - 2
            return (negative << self.width - 1) + (n - 1 ^ zero_flag >> 1 if n else zero_flag)
        match self.coding:
            case Coding.SIGN_MAGNITUDE:
                return field + (1 << self.width - 1) if negative and (n or self.has_negative_zero) else field
            case Coding.TWOS_COMPLEMENT:
                return -n % (1 << self.width) if negative else n
            case Coding.UNSIGNED:
                return field
        raise AssertionError("these are all codings")

    def special(self, datum: Special) -> int:
        """A special datum **must** be encoded as its canonical code; a signaling NaN as the quiet one.

        ``Unrepresentable`` where the format has none. [format/special]
        """
        code = self.canonical(NAN if datum is Special.SIGNALING_NAN else datum)
        if code is None:
            raise Unrepresentable(f"{self.name} has no code for {datum.value}")
        return code

    def canonical(self, datum: Special) -> int | None:
        """The canonical code of a NaN or an infinity, or ``None``."""
        return next((block.first for block in self.specials if block.datum is datum), None)

    @property
    def has_sign_bit(self) -> bool:
        """True where the first bit of a code is the sign and the others the magnitude."""
        return self.coding in {Coding.SIGN_MAGNITUDE, Coding.LOGARITHMIC}

    @property
    def has_negative_zero(self) -> bool:
        """True where zero has a code of either sign."""
        sign_bit = 1 << self.width - 1
        return self.has_sign_bit and not any(b.first <= sign_bit <= b.last for b in self.specials)

    @property
    def has_unused_codes(self) -> bool:
        """True where an integer of two's complement is past the last points and no special datum either."""
        spare = (1 << self.width) - (self.top + self.top_negative + 1)
        return self.coding is Coding.TWOS_COMPLEMENT and spare > sum(block.last - block.first + 1 for block in self.specials)

    @property
    def has_signed_nan(self) -> bool:
        """True where codes with either sign bit are NaNs."""
        sign_bit = 1 << self.width - 1
        nans = {block.first >= sign_bit for block in self.specials if is_nan(block.datum)}
        return self.coding is Coding.SIGN_MAGNITUDE and nans == {False, True}

    def is_odd(self, n: int) -> bool:
        """A point is odd where its code is odd, and past the last code as if the codes went on; zero **must** be even. Where
        the point after zero is even too, as it is in formats without subnormals, the one of larger magnitude **must** stand
        for the odd one.

        [format/parity]
        """
        return n > 0 and (n + self.offset) % 2 == 1

    @property
    def least_normal(self) -> int | None:
        """The point of the least normal number; ``None`` for a uniform grid, in which no number is tiny."""
        return self.grid.first_normal if isinstance(self.grid, FloatGrid) else None

    def layout_of(self, code: int) -> tuple[tuple[str, int], ...]:
        """The names and the bits of a code's fields, most significant first; those of a posit differ from code to code."""
        self.check_code(code)
        return self.grid.layout(code) if isinstance(self.grid, PositGrid) else self.layout

    def fields(self, code: int) -> Mapping[str, int]:
        """The named bit fields of a code, most significant first."""
        rest, found = self.width, {}
        for name, bits in self.layout_of(code):
            rest -= bits
            found[name] = code >> rest & (1 << bits) - 1
        return found


@dataclass(frozen=True)
class Number:
    """A code with its format: an operand."""

    code: int
    format: Format

    @property
    def exact(self) -> Exact:
        """The datum that the code names."""
        return self.format.decode(self.code)
