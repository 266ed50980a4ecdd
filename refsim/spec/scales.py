"""Shared scales: which scale a block gets, by the name of the rule.

Every rule is a function of the block's greatest magnitude, an exact rational, and of the element format. No logarithm is
taken: exponents are found by comparing integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .block_formats import BlockFormat
from .exact import NAN, Exact, dyadic, floor_log2, power_of_two
from .formats import Format
from .naming import get_rounding
from .projection import Projection


class Limit(NamedTuple):
    """The magnitude within which a rule keeps the greatest element, and whether that may lie at the limit itself."""

    number: Fraction
    reached: bool


def greatest(element: Format) -> Fraction:
    """The greatest number of a format."""
    return element.grid.magnitude(element.top)


def spacing(element: Format) -> Fraction:
    """The distance from a format's greatest number to the next point of its grid."""
    return element.grid.magnitude(element.top + 1) - greatest(element)


def exponent(a: Fraction, limit: Limit) -> int:
    """The exponent of the scale **must** be the least integer e for which the greatest magnitude is at most the limit times
    2**e, or less than it where the limit may not be reached. [scale/exponent]
    """
    e = floor_log2(a / limit.number)
    at_a_power = a == limit.number * power_of_two(e)
    return e if at_a_power and limit.reached else e + 1


def floor(element: Format) -> Limit:
    """The greatest element **must** be less than the power of two behind the greatest number: the exponent is
    floor(log2(amax)) - emax.

    OCP Microscaling Formats 1.0, 6.3; microxcaling; torchao FLOOR; gfloat; universal. [scale/floor]
    """
    return Limit(2 * power_of_two(floor_log2(greatest(element))), reached=False)


def ceil(element: Format) -> Limit:
    """The greatest element **must** be at most the greatest power of two among the elements: the exponent is
    ceil(log2(amax)) - emax. torchao CEIL. [scale/ceil]
    """
    return Limit(power_of_two(floor_log2(greatest(element))), reached=True)


def rceil(element: Format) -> Limit:
    """The greatest element **must** be at most the greatest number, so that none saturates: the exponent is
    ceil(log2(amax / max)).

    cuDNN, Block Scaling, quantize_round_up(amax / max) with a scale in E8M0. [scale/rceil]
    """
    return Limit(greatest(element), reached=True)


def even(element: Format) -> Limit:
    """The greatest element **must** be less than the power of two behind the greatest number by more than half the spacing
    there: the exponent is floor(log2(r)) - emax, r being amax rounded to the elements' precision, ties up.

    torchao EVEN, which adds half a place to the bits; AMD Quark; FBGEMM. [scale/even]
    """
    return Limit(2 * power_of_two(floor_log2(greatest(element))) - spacing(element) / 2, reached=False)


def tosa(element: Format) -> Limit:
    """The greatest element **must** round to the greatest number, ties to even, and not past it.

    TOSA 1.1, calc_block_scale: ceil(log2(amax / M)) for E4M3, whose greatest number is even, floor(log2(amax / M)) + 1 for the
    others, M being half a spacing past the greatest number. [scale/tosa]
    """
    return Limit(greatest(element) + spacing(element) / 2, reached=not element.is_odd(element.top))


def tosa_draft(element: Format) -> Limit:
    """As ``tosa``, but the limit **must** be the greatest number itself, reached where that is even.

    TOSA 1.1 draft of 2025, calc_block_scale. [scale/tosa-draft]
    """
    return Limit(greatest(element), reached=not element.is_odd(element.top))


def midmax(element: Format) -> Limit:
    """The greatest element **must** be at most the middle between the greatest number and the power of two behind it.

    Brevitas, RoundMidMaxSte. [scale/midmax]
    """
    number = greatest(element)
    return Limit((number + 2 * power_of_two(floor_log2(number))) / 2, reached=True)


LIMITS: dict[str, Callable[[Format], Limit]] = {
    rule.__name__: rule for rule in (floor, ceil, rceil, even, tosa, tosa_draft, midmax)
}
"""The rules that make the scale a power of two, by name."""

PAST_EVERY_SCALE = power_of_two(1 << 14)
BINARY32 = Projection("binary32", "ties_to_even", "infinity")


def rounded32(x: Exact) -> Exact:
    """A number rounded to binary32."""
    return BINARY32.format.decode(BINARY32(x).code)


def reciprocal32(element: Format) -> Exact:
    """The reciprocal of a format's greatest number, rounded to binary32."""
    return rounded32(1 / greatest(element))


def rceil_reciprocal(a: Fraction, element: Format) -> Fraction:
    """The number **must** be the power of two at or above the product of amax and the reciprocal of the greatest number, both
    rounded to binary32; zero where the product is.

    Transformer Engine, MXFP8; torchao RCEIL; the PTX conversion cvt.rp.ue8m0x2. With the elements of MXFP it differs from
    ``rceil`` only where the product is subnormal, with those of MXINT8 in every binade. [scale/rceil-reciprocal]
    """
    factor = reciprocal32(element)
    product = rounded32(a * factor) if isinstance(factor, Fraction) else factor
    if not isinstance(product, Fraction):
        return PAST_EVERY_SCALE
    return power_of_two(exponent(product, Limit(Fraction(1), reached=True))) if product else product


def exact(a: Fraction, element: Format) -> Fraction:
    """The number **must** be amax divided by the element format's greatest number, exactly.

    cuDNN, Block Scaling, with ``toward_positive``. [scale/exact]
    """
    return a / greatest(element)


def p3109(a: Fraction, element: Format) -> Fraction:  # noqa: ARG001 the elements have no say
    """The number **must** be amax itself, so that elements have magnitudes of about one at most.

    P3109 ConvertToBlockMaxAbsFinite. [scale/p3109]
    """
    return a


NUMBERS: dict[str, Callable[[Fraction, Format], Fraction]] = {"exact": exact, "p3109": p3109}
"""The rules that round a number to the scale format, by name; the name of a rounding rule follows a colon."""


@dataclass(frozen=True)
class ScaleRule:
    """A rule: its name, the number that becomes the scale of a block whose greatest magnitude is not zero, and the rounding
    rule that brings it into the scale format. ``limit``: of rules with a limit, the limit."""

    name: str
    number: Callable[[Fraction, Format], Fraction]
    rounding: str
    limit: Callable[[Format], Limit] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_power(self) -> bool:
        """Whether the number is a power of two."""
        return self.number not in NUMBERS.values()


def _limited(limit: Callable[[Format], Limit]) -> Callable[[Fraction, Format], Fraction]:
    return lambda a, element: power_of_two(exponent(a, limit(element)))


RULES: dict[str, ScaleRule] = {
    **{name: ScaleRule(name, _limited(limit), "ties_to_even", limit) for name, limit in LIMITS.items()},
    "rceil_reciprocal": ScaleRule("rceil_reciprocal", rceil_reciprocal, "ties_to_even"),
}


@lru_cache(maxsize=256)
def get_scale_rule(name: str) -> ScaleRule:
    """The rule of a name, such as ``floor`` or ``exact:toward_positive``; ``ValueError`` for an unknown one."""
    base, _, rounding = name.partition(":")
    if name in RULES:
        return RULES[name]
    if base in NUMBERS and rounding:
        if get_rounding(rounding).bits:
            raise ValueError(f"{name!r}: a scale is rounded by a deterministic rule")
        return ScaleRule(name, NUMBERS[base], rounding)
    known = ", ".join([*RULES, *(f"{number}:ROUNDING" for number in NUMBERS)])
    raise ValueError(f"unknown scale rule {name!r}; the rules are {known}")


ZERO_BLOCKS = ("least", "minus_emax", "binary32_least_normal")
"""Which power of two is the scale of a block of zeros: the least positive scale (gfloat, torchao, TOSA), 2**-emax
(universal), or what the rule makes of binary32's least normal number (microxcaling)."""
SCALE_OVERFLOWS = ("saturate", "infinity")
"""What a scale past the scale format's greatest number becomes: that number, or the infinity or NaN that the format has."""


def least_scale(scale: Format) -> Fraction:
    """The least positive number of a scale format."""
    return scale.grid.magnitude(max(scale.first, 1))


def scale_of(a: Exact, format: BlockFormat, rule: ScaleRule, zero_block: str, overflow: str) -> int:
    """The code of the scale of a block whose greatest magnitude is ``a``: the projection of the rule's number on the scale
    format. A power of two below the least positive scale **must** become that one, so that it is never zero, and so **must**
    any number where the format has no zero; NaN **must** become NaN.

    ``Unrepresentable`` where the scale format has no NaN. [scale/project]
    """
    to = Projection(format.scale, rule.rounding, overflow)
    if a is NAN:
        return to(NAN).code
    assert isinstance(a, Fraction), "magnitudes are rational"
    least = least_scale(format.scale)
    number = rule.number(a, format.element) if a else zero_number(format, rule, zero_block)
    return to(max(number, least) if rule.is_power or format.scale.first else number).code


def zero_number(format: BlockFormat, rule: ScaleRule, zero_block: str) -> Fraction:
    """The number that becomes the scale of a block of zeros **must** be, where the rule makes powers of two, zero under
    ``least``, 2**-emax under ``minus_emax``, and under ``binary32_least_normal`` the rule's number for 2**-126; where it
    rounds a number, zero. [scale/zero-block]
    """
    if not rule.is_power or zero_block == "least":
        return Fraction(0)
    if zero_block == "minus_emax":
        return power_of_two(-format.emax)
    return rule.number(dyadic(1, -126), format.element)
