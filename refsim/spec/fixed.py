"""Fixed point: the bits of a format, the types of the HLS languages as projections, and the sign as arithmetic."""

from __future__ import annotations

import re
from typing import NamedTuple

from .exact import Exact, is_negative, negate
from .families import fixed_format, integer_format
from .flags import Flags, Result
from .formats import Coding, Format, Number, UniformGrid
from .naming import OVERFLOW_ALIASES, ROUNDING_ALIASES
from .operands import Outcome, Setting, nan_of, perform
from .projection import Projection


class Fixed(NamedTuple):
    """A fixed-point format as the HLS languages see it: integer bits, the sign among them, fraction bits, and whether there
    is a sign."""

    integer: int
    fraction: int
    signed: bool

    @property
    def width(self) -> int:
        """All bits."""
        return self.integer + self.fraction

    @property
    def format(self) -> Format:
        """The format, called an integer where there are no fraction bits."""
        kind, integer = "" if self.signed else "u", self.integer - self.signed
        if self.fraction == 0:
            return integer_format(f"{kind}int{self.integer}", self.integer, signed=self.signed)
        return fixed_format(f"{kind}q{integer}.{self.fraction}", integer, self.fraction, signed=self.signed)


def fixed_of(format: Format) -> Fixed:
    """The bits of a fixed-point format; ``ValueError`` for a format whose codes are not the integers of their width, scaled."""
    every_code = format.top + format.top_negative + 1 == 1 << format.width and not format.specials
    if not isinstance(format.grid, UniformGrid) or format.coding is Coding.SIGN_MAGNITUDE or not every_code:
        raise ValueError(f"it takes an integer or fixed-point format, which {format} is not")
    fraction = -format.grid.quantum
    return Fixed(format.width - fraction, fraction, format.signed)


_MODES = r"(?:,(\w+)(?:,(\w+)(?:,(\d+))?)?)?"
_PATTERNS = {
    "ap_fixed": rf"ap_(u?)fixed<(\d+),(-?\d+){_MODES}>",
    "ac_fixed": r"ac_(f)ixed<(\d+),(-?\d+)(?:,(true|false|0|1)(?:,(\w+)(?:,(\w+))?)?)?>",
}


def projection_of(name: str) -> Projection:
    """The projection that a variable of an HLS type carries out when a number is assigned to it:
    ``ap_fixed<8,3,AP_RND,AP_SAT>``, ``ap_ufixed``, ``ac_fixed<8,3,true,AC_RND,AC_SAT>``.

    ``ValueError`` for a name that is no such type, or whose modes the language does not have.
    """
    plain = re.sub(r"\s", "", name)
    for language, pattern in _PATTERNS.items():
        if match := re.fullmatch(pattern, plain):
            return (ap_projection if language == "ap_fixed" else ac_projection)(*match.groups())
    raise ValueError(
        f"{name!r} is no type such as ap_fixed<8,3>, ap_ufixed<8,3,AP_RND,AP_SAT> or ac_fixed<8,3,true,AC_RND,AC_SAT>"
    )


def ap_projection(u: str, width: str, integer: str, rounding: str | None, overflow: str | None, bits: str | None) -> Projection:
    """``ap_fixed<W,I,Q,O,N>`` **must** have W bits, I of them the sign and the integer bits, round by Q, overflow by O and
    saturate N bits where it wraps; Q is AP_TRN, O is AP_WRAP and N is 0 where they are not said. ``ap_ufixed`` has no sign.

    AMD UG1399, Arbitrary Precision Fixed-Point Data Types; ap_fixed_base.h. [fixed/ap-fixed]
    """
    format = Fixed(int(integer), int(width) - int(integer), not u).format
    mode = overflow or "AP_WRAP"
    wraps = "WRAP" in mode
    chosen = f"{mode}:{bits}" if bits is not None and wraps else mode
    return _projection("ap_fixed", format, rounding or "AP_TRN", mode, chosen)


def ac_projection(_: str, width: str, integer: str, sign: str | None, rounding: str | None, overflow: str | None) -> Projection:
    """``ac_fixed<W,I,S,Q,O>`` **must** have W bits, I of them the integer bits and, where S is true, the sign, round by Q and
    overflow by O; S is true, Q is AC_TRN and O is AC_WRAP where they are not said.

    Siemens, Algorithmic C Datatypes; ac_fixed.h. [fixed/ac-fixed]
    """
    format = Fixed(int(integer), int(width) - int(integer), sign in {None, "true", "1"}).format
    mode = overflow or "AC_WRAP"
    return _projection("ac_fixed", format, rounding or "AC_TRN", mode, mode)


def _projection(language: str, format: Format, rounding: str, mode: str, overflow: str) -> Projection:
    for name, known in ((rounding, ROUNDING_ALIASES[language]), (mode, OVERFLOW_ALIASES[language])):
        if name not in known:
            raise ValueError(f"{name} is no mode of {language}; those are {', '.join(known)}")
    return Projection(format, rounding, overflow)


def exact_negation(_: Setting, x: Exact) -> Outcome:
    """The negation -x **must** be exact before it is projected, so that the most negative number of two's complement leaves the
    range; ``codes.negate`` changes the sign in the code instead. [fixed/negation]
    """
    return nan_of(x) or (negate(x), Flags.NONE)


def exact_absolute_value(_: Setting, x: Exact) -> Outcome:
    """The magnitude of x **must** be exact before it is projected, as in ``negation``. [fixed/absolute-value]"""
    return nan_of(x) or (negate(x) if is_negative(x) else x, Flags.NONE)


def negation(x: Number, to: Projection, draw: int | None = None) -> Result:
    """-x, projected."""
    return perform(exact_negation, (x,), to, draw)


def absolute_value(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The magnitude of x, projected."""
    return perform(exact_absolute_value, (x,), to, draw)
