"""Overflow rules: which code stands for a rounded number that the format cannot hold.

Rounding comes first and knows no end of the grid; then one of these rules sees the point that came out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY
from .flags import Flags
from .formats import Coding, Format, UniformGrid, Unrepresentable
from .text import exact_text
from .wrapping import wrap_point, wrap_sign_magnitude_point


class Excess(NamedTuple):
    """A number outside a format's range."""

    format: Format
    negative: bool
    n: int | None
    """The point that rounding gave, ``None`` for an infinity."""
    carries: bool
    """Whether the number goes on past the range; false where the rounding rule leaves it at the last point."""


class OverflowRaised(Unrepresentable):
    """A number is outside the range of the format, and the overflow rule is ``error``."""


def _end(x: Excess) -> int:
    """The code of the format's last point on the side of the number, or of its first one where that side has none or the
    number is nearer to zero than any that has a code."""
    last = x.format.limit(x.negative)
    below = x.n is not None and x.n < x.format.first
    if x.negative and last < x.format.first:
        return x.format.code(False, x.format.first)
    return x.format.code(x.negative, x.format.first if below else last)


def saturate(x: Excess) -> int:
    """The nearest number of the format **must** stand for it, for an infinity too. P3109 SatFinite.

    [overflow/saturate]
    """
    return _end(x)


def saturate_propagate(x: Excess) -> int:
    """The nearest number **must** stand for a finite number; an infinity stays infinite where the format has that
    infinity. P3109 SatPropagate.

    [overflow/saturate-propagate]
    """
    code = x.format.canonical(NEGATIVE_INFINITY if x.negative else POSITIVE_INFINITY)
    return _end(x) if x.n is not None or code is None else code


def saturate_finite(x: Excess) -> int:
    """The nearest number **must** stand for a finite number, and NaN for an infinity. Posit Standard (2022), sections
    4 and 6.5.

    [overflow/saturate-finite]
    """
    if x.n is not None:
        return _end(x)
    code = x.format.canonical(NAN)
    if code is None:
        raise Unrepresentable(f"{x.format.name} has no code for NaN, which {'-' if x.negative else ''}infinity becomes")
    return code


def infinity(x: Excess) -> int:
    """Infinity **must** stand for an infinity and for a number that the rounding rule carries past the last one, which
    stands for the others; NaN takes the place of an infinity that the format does not have.

    IEEE 754 7.4; P3109 SatNone for formats with infinities. [overflow/infinity]
    """
    if x.n is not None and not x.carries:
        return _end(x)
    code = x.format.canonical(NEGATIVE_INFINITY if x.negative else POSITIVE_INFINITY)
    if code is None:
        code = x.format.canonical(NAN)
    if code is None:
        raise Unrepresentable(f"{x.format.name} has no code for {'-' if x.negative else ''}infinity, nor for NaN")
    return code


def saturate_symmetric(x: Excess) -> int:
    """As ``saturate``, but the range **must** first be cut to the smaller of its two sides, so that the most negative
    number of two's complement is never produced. AP_SAT_SYM.

    [overflow/saturate-symmetric]
    """
    reach = min(x.format.top, x.format.top_negative)
    return x.format.code(x.negative, reach) if x.format.signed else _end(x)


def saturate_zero(x: Excess) -> int:
    """Zero **must** stand for it. AP_SAT_ZERO. [overflow/saturate-zero]"""
    return x.format.code(False, 0)


def error(x: Excess) -> int:
    """There **must** be no result: ``OverflowRaised`` is. [overflow/error]"""
    sign = "-" if x.negative else ""
    what = f"{sign}infinity" if x.n is None else f"{sign}{exact_text(x.format.grid.magnitude(x.n))}"
    raise OverflowRaised(f"{what} is outside the range of {x.format.name}")


@dataclass(frozen=True)
class Wrapping:
    """A rule whose code is a function of the point itself, for integers and for arrays of them alike."""

    point: Callable[[Any, Any, Format, int], Any]
    infinite: int | None = None
    """The code for an infinity."""
    bits: int = 0
    """The saturated bits."""

    def code(self, n: Any, negative: Any, format: Format) -> Any:
        """The code of the signed number of steps, whose low bits and sign are all that matters, outside the range."""
        return self.point(n, negative, format, self.bits)

    def __call__(self, x: Excess) -> int:
        """The code for a number outside the range; ``Unrepresentable`` for an infinity that has none."""
        if x.n is None and self.infinite is not None:
            return self.infinite
        if x.n is None:
            raise Unrepresentable(f"{x.format.name} has no code for {'-' if x.negative else ''}infinity")
        return int(self.code(-x.n if x.negative else x.n, x.negative, x.format))


@dataclass(frozen=True)
class Overflow:
    """An overflow rule: its name, and the code that it gives to a number outside the range.

    ``raises``: the status flags of a number outside the range; ``infinity_raises``: those of an infinity and of a NaN where the
    format has none. ``nan``: the code for a NaN in a format without one; without it there is no result.
    """

    name: str
    rule: Callable[[Excess], int]
    raises: Flags = Flags.OVERFLOW | Flags.INEXACT
    infinity_raises: Flags = Flags.NONE
    nan: Callable[[Format], int] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def wrap(self) -> Callable[[Any, Any, Format], Any] | None:
        """The code as a function of the signed point, its sign and the format, where the rule wraps."""
        return self.rule.code if isinstance(self.rule, Wrapping) else None

    def limit(self, format: Format, negative: bool) -> int:
        """The last point that the rule leaves alone on a side of zero."""
        if self.rule is saturate_symmetric and format.signed:
            return min(format.top, format.top_negative)
        return format.limit(negative)

    def check_format(self, format: Format) -> None:
        """``ValueError`` where the rule has no meaning for the format: wrapping needs a uniform grid of which every code
        names a number, at least as many bits as are saturated, and with sign and magnitude a sign; ``saturate_zero`` needs a
        zero.
        """
        uniform = isinstance(format.grid, UniformGrid) and format.coding is not Coding.SIGN_MAGNITUDE
        if self.rule == RULES["wrap"].rule and format.coding is Coding.LOGARITHMIC:
            return
        if isinstance(self.rule, Wrapping):
            if not uniform:
                raise ValueError(f"{self.name} needs an integer or fixed-point format, which {format.name} is not")
            if format.specials or format.top + format.top_negative + 1 < 1 << format.width:
                raise ValueError(f"{self.name} needs a format of which every code is a number, which {format.name} is not")
            if self.rule.point is wrap_sign_magnitude_point and not format.signed:
                raise ValueError(f"{self.name} needs a signed format, which {format.name} is not")
            if self.rule.bits > format.width:
                raise ValueError(f"{self.name} needs a format of at least {self.rule.bits} bits, not {format.name}")
        if self.nan is not None and (not uniform or format.has_unused_codes):
            raise ValueError(f"{self.name} needs an integer or fixed-point format, which {format.name} is not")
        if self.rule is saturate_zero and format.first > 0:
            raise ValueError(f"{self.name} needs a format with a zero, which {format.name} has not")


def integer_saturate(x: Excess) -> int:
    """The nearest integer **must** stand for a number outside the range and for an infinity, zero for a NaN, and each
    **must** raise invalid and nothing else. Arm FCVTZS, WebAssembly trunc_sat, Java, Rust ``as``.

    [overflow/integer-saturate]
    """
    return _end(x)


def integer_saturate_high(x: Excess) -> int:
    """As ``integer_saturate``, but the greatest integer **must** stand for a NaN. RISC-V FCVT.

    [overflow/integer-saturate-high]
    """
    return _end(x)


def indefinite_code(format: Format) -> int:
    """The code that stands for no integer: of signed integers the most negative one, of unsigned ones the greatest."""
    return 1 << format.width - 1 if format.signed else (1 << format.width) - 1


def integer_indefinite(x: Excess) -> int:
    """The integer indefinite **must** stand for a number outside the range, for an infinity and for a NaN, and each **must**
    raise invalid and nothing else; it is the most negative signed and the greatest unsigned integer. x86 CVTTSS2SI, AVX-512
    VCVTTSS2USI.

    [overflow/integer-indefinite]
    """
    return indefinite_code(x.format)


def integer_modular_point(n: Any, negative: Any, format: Format, bits: int = 0) -> Any:
    """The low bits of the rounded integer **must** stand for a number outside the range, zero for an infinity and for a NaN,
    and each **must** raise invalid and nothing else. ECMAScript ToInt32, Arm FJCVTZS.

    ``n`` is an integer or an array of them. [overflow/integer-modular]
    """
    return wrap_point(n, negative, format, bits)


def _zero(_: Format) -> int:
    return 0


def _greatest(format: Format) -> int:
    return format.top


_FUNCTIONS: dict[str, Callable[[Excess], int]] = {
    "saturate": saturate,
    "saturate_propagate": saturate_propagate,
    "saturate_finite": saturate_finite,
    "infinity": infinity,
    "wrap": Wrapping(wrap_point),
    "wrap_sign_magnitude": Wrapping(wrap_sign_magnitude_point),
    "saturate_symmetric": saturate_symmetric,
    "saturate_zero": saturate_zero,
    "error": error,
}
_INTEGER: dict[str, tuple[Callable[[Excess], int], Callable[[Format], int]]] = {
    "integer_saturate": (integer_saturate, _zero),
    "integer_saturate_high": (integer_saturate_high, _greatest),
    "integer_indefinite": (integer_indefinite, indefinite_code),
    "integer_modular": (Wrapping(integer_modular_point, 0), _zero),
}
RULES: dict[str, Overflow] = {
    **{name: Overflow(name, rule) for name, rule in _FUNCTIONS.items()},
    **{name: Overflow(name, rule, Flags.INVALID, Flags.INVALID, nan) for name, (rule, nan) in _INTEGER.items()},
}
"""The overflow rules by name."""
WITH_SATURATED_BITS = ("wrap", "wrap_sign_magnitude")
"""The rules that take a number of saturated bits behind a colon."""


def named(name: str) -> Overflow:
    """The rule of a name; ``wrap:2`` is ``wrap`` with two saturated bits, and ``wrap:0`` is ``wrap`` itself.

    ``ValueError`` for an unknown name.
    """
    base, colon, bits = name.partition(":")
    if base not in RULES or (colon and base not in WITH_SATURATED_BITS):
        known = ", ".join([*RULES, *(f"{name}:N" for name in WITH_SATURATED_BITS)])
        raise ValueError(f"unknown overflow rule {name!r}; the rules are {known}")
    if not colon:
        return RULES[base]
    if not (bits.isascii() and bits.isdigit() and bits == str(int(bits))):
        raise ValueError(f"{base} needs the number of its saturated bits, as in {base}:1, not {name!r}")
    rule = RULES[base].rule
    assert isinstance(rule, Wrapping), "it wraps"
    return replace(RULES[base], name=name, rule=replace(rule, bits=int(bits))) if int(bits) else RULES[base]
