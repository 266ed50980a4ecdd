"""Mutants of fixed point: shifts, signs as arithmetic, ends of the range that are one off, ties below zero, saturated bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from ...spec.exact import Exact, Special, is_negative, magnitude
from ...spec.flags import Flags, Result
from ...spec.formats import Coding, Format, Number, UniformGrid
from ...spec.naming import get_overflow
from ...spec.operands import Outcome, integer
from ...spec.overflow import Excess
from ...spec.projection import Projection
from ...spec.wrapping import wrap_point
from ..mutants import REFERENCE, Mutant, OnCodes, Project, deviation
from ..operations import Configuration
from .behaviours import instead
from .conditions import Applies, both, is_operation, leaves_the_range, rounded, rounds

SHIFTS = ("shift_left", "shift_right_logical", "shift_right_arithmetic")
SIGNS = ("negation", "absolute_value")


def _signed_operand(c: Configuration) -> bool:
    return c.operands[0].signed


def _counts_past_width(c: Configuration) -> bool:
    return c.operation in SHIFTS and c.operands[1].top >= c.operands[0].width


def _as(name: str) -> OnCodes:
    """Another shift."""

    def on_codes(c: Configuration, numbers: Sequence[Number]) -> Result:
        return REFERENCE.on_codes(replace(c, operation=name), numbers)

    return on_codes


def _counted(change: Callable[[int, int], int]) -> OnCodes:
    """A shift by another count, a function of the count and the width."""

    def on_codes(c: Configuration, numbers: Sequence[Number]) -> Result:
        x, n = numbers
        count = change(integer(n.exact), x.format.width)
        return REFERENCE.on_codes(c, (x, Number(n.format.code(False, count), n.format)))

    return on_codes


def _sign_kept(c: Configuration, numbers: Sequence[Number]) -> Result:
    """The first bit stays where it is."""
    x = numbers[0]
    sign = 1 << x.format.width - 1
    return Result((int(REFERENCE.on_codes(c, numbers).code) & sign - 1) | (x.code & sign))


def _divided(_: Configuration, numbers: Sequence[Number]) -> Result:
    """A division by a power of two that drops the rest of negative numbers too."""
    x, n = numbers
    width = x.format.width
    value = x.code - (x.code >> width - 1 << width)
    count = integer(n.exact)
    return Result((-(-value >> count) if value < 0 else value >> count) % (1 << width))


def _is_least(x: Exact, format: Format) -> bool:
    return not isinstance(x, Special) and x < 0 and magnitude(x) == format.grid.magnitude(format.top_negative)


def _least_stays(c: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    """The most negative number for its own negation."""
    return (data[0], Flags.NONE) if _is_least(data[0], c.operands[0]) else REFERENCE.operate(c, data, draw)


def _inverted(c: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    """The bits inverted and nothing added: one step too little, where the sign changes."""
    value, flags = REFERENCE.operate(c, data, draw)
    changed = c.operation == "negation" or is_negative(data[0])
    if changed and isinstance(value, Fraction | int):
        return value - c.operands[0].grid.magnitude(1), flags
    return (-c.operands[0].grid.magnitude(1), flags) if changed and value is Special.NEGATIVE_ZERO else (value, flags)


def _is_twos_complement(c: Configuration) -> bool:
    format = c.operands[0]
    return isinstance(format.grid, UniformGrid) and format.coding is Coding.TWOS_COMPLEMENT and not format.specials


def _wider_than_least(c: Configuration) -> bool:
    """The result's format shows whether the most negative number is negated."""
    return _is_twos_complement(c) and c.to is not None


def uniform_result(c: Configuration) -> bool:
    """The result is an integer or a fixed-point number of which every code is one, and leaves the range like one."""
    if c.to is None or not isinstance(c.to.format.grid, UniformGrid) or c.to.format.specials or c.to.overflow.nan is not None:
        return False
    return c.to.format.coding is not Coding.SIGN_MAGNITUDE and leaves_the_range(c)


def _has_negative_results(c: Configuration) -> bool:
    return any(format.signed for format in c.operands) or c.operation in {"subtract", "negation"}


def _both_sides(c: Configuration) -> bool:
    return c.to is not None and c.to.format.signed and _has_negative_results(c)


def one_off(*, negative: bool, late: bool) -> Project:
    """An end of the range that is compared with a number that is one step off."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        if isinstance(x, Special) or is_negative(x) != negative:
            return to(x, draw, flags)
        n, gap = to.round(magnitude(x), negative, draw or 0)
        limit = to.overflow.limit(to.format, negative)
        if late and n == limit + 1:
            code = wrap_point(-n if negative else n, negative, to.format)
            return Result(code, flags | (Flags.INEXACT if gap.t else Flags.NONE))
        if not late and n == limit > 0:
            return Result(to.overflow.rule(Excess(to.format, negative, n, True)), flags | to.overflow.raises)
        return to(x, draw, flags)

    return project


def _wraps_with(*names: str) -> Applies:
    """The overflow rule is one of these with saturated bits."""
    return lambda c: c.to is not None and c.to.overflow.name.startswith(tuple(f"{name}:" for name in names))


def _wraps_by_sign(c: Configuration) -> bool:
    return c.to is not None and c.to.overflow.name.startswith("wrap_sign_magnitude")


def _by_rule(name: Callable[[str], str]) -> Project:
    """Another overflow rule, by a function of the name of the right one."""
    return lambda to, x, draw, flags: replace(to, overflow=get_overflow(name(to.overflow.name)))(x, draw, flags)


_SHIFTS: tuple[Mutant, ...] = (
    deviation(
        "shift.logical",
        "an arithmetic shift brings in zeros",
        both(is_operation("shift_right_arithmetic"), _signed_operand),
        on_codes=_as("shift_right_logical"),
    ),
    deviation(
        "shift.arithmetic",
        "a logical shift brings in copies of the first bit",
        both(is_operation("shift_right_logical"), _signed_operand),
        on_codes=_as("shift_right_arithmetic"),
    ),
    deviation(
        "shift.count-modulo",
        "the count is taken modulo the width",
        _counts_past_width,
        on_codes=_counted(lambda count, width: count % width),
    ),
    deviation(
        "shift.count-clipped",
        "no count goes beyond the width less one",
        both(_counts_past_width, lambda c: not (c.operation == "shift_right_arithmetic" and c.operands[0].signed)),
        on_codes=_counted(lambda count, width: min(count, width - 1)),
    ),
    deviation(
        "shift.sign-kept",
        "a shift to the left leaves the first bit alone",
        both(is_operation("shift_left"), _signed_operand),
        on_codes=_sign_kept,
    ),
    deviation(
        "shift.drops-the-rest",
        "an arithmetic shift of a negative number rounds toward zero",
        both(is_operation("shift_right_arithmetic"), _signed_operand),
        on_codes=_divided,
    ),
)
_SIGNS: tuple[Mutant, ...] = (
    deviation(
        "sign.least-stays",
        "the most negative number is its own negation",
        both(is_operation(*SIGNS), _wider_than_least),
        operate=_least_stays,
    ),
    deviation(
        "sign.inverted",
        "the bits of a negated number are inverted and no one is added",
        both(is_operation(*SIGNS), _is_twos_complement),
        operate=_inverted,
    ),
)
_ENDS: tuple[Mutant, ...] = (
    deviation(
        "overflow.high-end-late",
        "the first number past the greatest one is not noticed",
        uniform_result,
        project=one_off(negative=False, late=True),
    ),
    deviation(
        "overflow.high-end-early",
        "the greatest number counts as past the end",
        uniform_result,
        project=one_off(negative=False, late=False),
    ),
    deviation(
        "overflow.low-end-late",
        "the first number below the least one is not noticed",
        both(uniform_result, _has_negative_results),
        project=one_off(negative=True, late=True),
    ),
    deviation(
        "overflow.low-end-early",
        "the least number counts as past the end",
        both(uniform_result, _both_sides),
        project=one_off(negative=True, late=False),
    ),
    deviation(
        "overflow.no-saturated-bits",
        "a rule that wraps saturates no bits",
        both(leaves_the_range, _wraps_with("wrap", "wrap_sign_magnitude")),
        project=_by_rule(lambda name: name.partition(":")[0]),
    ),
    deviation(
        "overflow.not-mirrored",
        "wrapping by sign and magnitude does not invert the bits that are left",
        both(leaves_the_range, _wraps_by_sign),
        project=_by_rule(lambda name: name.replace("wrap_sign_magnitude", "wrap")),
    ),
)
_TIES: tuple[Mutant, ...] = (
    deviation(
        "rounding.half-added-to-magnitude",
        "half is added to the magnitude: ties below zero go down",
        both(rounded, rounds("ties_toward_positive"), _both_sides),
        project=instead("ties_to_away"),
    ),
    deviation(
        "rounding.half-added",
        "half is added whatever the sign: ties below zero go up",
        both(rounded, rounds("ties_to_away"), _both_sides),
        project=instead("ties_toward_positive"),
    ),
)
FIXED = (*_SHIFTS, *_SIGNS, *_ENDS, *_TIES)
"""Mutants of fixed point."""
