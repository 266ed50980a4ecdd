"""Shared scales on arrays: the names of ``refsim.spec.scales``.

Greatest magnitudes come as binary64 numbers, one a block. Their exponents are split off exactly, and compared with those of the
rule's limit; codes of powers of two are asked of the specification once for each.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.block_formats import BlockFormat
from ..spec.exact import NAN, floor_log2, power_of_two
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection
from ..spec.scales import Limit, ScaleRule, greatest, least_scale, p3109, reciprocal32, scale_of
from .array import code_dtype
from .decode import exponents
from .encode import encode

Floats = NDArray[np.float64]
WIDEST = 16
"""The widest scales whose codes are looked up."""


class Choice(NamedTuple):
    """All that a scale depends on besides the greatest magnitude."""

    format: BlockFormat
    rule: ScaleRule
    zero_block: str
    overflow: str


def significant_bits(x: Fraction) -> int:
    """The bits between the first and the last one of a dyadic rational."""
    return x.numerator.bit_length() - ((x.numerator & -x.numerator).bit_length() - 1)


def scale_codes(amax: Floats, choice: Choice, by: Fraction, *, narrow: bool) -> NDArray[Any]:
    """The codes of the scales of blocks whose greatest magnitudes are ``amax``, NaN among them, divided by ``by``.

    ``narrow``: whether all of them are binary32 numbers.
    """
    format, rule = choice.format, choice.rule
    known = ~np.isnan(amax)
    zero = amax == 0
    codes = np.zeros(amax.shape, code_dtype(format.scale))
    if zero.any():
        codes[zero] = scale_of(Fraction(0), format, rule, choice.zero_block, choice.overflow)
    if not known.all():
        codes[~known] = scale_of(NAN, format, rule, choice.zero_block, choice.overflow)
    some = known & ~zero
    if some.any():
        codes[some] = _positive(amax[some], choice, by, narrow=narrow)
    return codes


def _positive(amax: Floats, choice: Choice, by: Fraction, *, narrow: bool) -> NDArray[Any]:
    format, rule = choice.format, choice.rule
    if format.scale.width > WIDEST or not _is_ordinary(amax):
        return _asked(amax, choice, by)
    if rule.limit is not None:
        limit = rule.limit(format.element)
        limit = limit._replace(number=limit.number * by)
        if not _fits_in_binary64(limit.number):
            return _asked(amax, choice, by)
        return _powers(exponents_of(amax, limit), choice)
    if rule.is_power:
        factor = reciprocal32(format.element)
        if not narrow or by != 1 or not isinstance(factor, Fraction):
            return _asked(amax, choice, by)
        product = (amax.astype(np.float32) * np.float32(float(factor))).astype(np.float64)
        if not _is_ordinary(product):
            return _asked(amax, choice, by)
        return _powers(exponents_of(product, Limit(Fraction(1), reached=True)), choice)
    divisor = by if rule.number is p3109 else greatest(format.element) * by
    if not decides(divisor, format.scale):
        return _asked(amax, choice, by)
    quotient = amax / float(divisor)
    if format.scale.first:
        quotient = np.maximum(quotient, float(least_scale(format.scale)))
    return np.asarray(encode(quotient, Projection(format.scale, rule.rounding, choice.overflow)).codes)


def _is_ordinary(amax: Floats) -> bool:
    """Whether no number is near the ends of binary64."""
    return bool(((amax > 2.0**-800) & (amax < 2.0**800)).all())


def decides(divisor: Fraction, format: Format, random: int = 0) -> bool:
    """Whether a quotient by the divisor, rounded to binary64, lies on the same side as the exact one of every place at which
    a result in the format, or its draw, changes.

    Such a place b has so few bits that b times the divisor is a binary64 number, as the dividend is. Two different ones x <
    bd are apart by more than half the distance of b to its neighbours, times d, so x/d does not round to b; and so for x >
    bd.
    """
    bits = format.grid.precision if isinstance(format.grid, FloatGrid) else format.width
    least, most = exponents(format)
    inside = abs(floor_log2(divisor)) + max(abs(least - 2 - random), abs(most) + 2) < 800
    return inside and bits + 2 + random + significant_bits(divisor) <= 53 and not divisor.denominator & divisor.denominator - 1


def exponents_of(amax: Floats, limit: Limit) -> NDArray[np.int64]:
    """The array form of ``exponent``, for positive numbers: both numbers as significands below one and exponents."""
    top = floor_log2(limit.number) + 1
    border = limit.number / power_of_two(top)
    significands, found = np.frexp(amax)
    past = significands > float(border) if limit.reached else significands >= float(border)
    return np.asarray(found.astype(np.int64) - top + past)


def _fits_in_binary64(x: Fraction) -> bool:
    """Whether a positive number's significand is one of binary64."""
    return not x.denominator & x.denominator - 1 and significant_bits(x) <= 53


def _powers(found: NDArray[np.int64], choice: Choice) -> NDArray[Any]:
    """The codes of powers of two, of which those past either end of the scale format are alike."""
    first, codes = _table(choice)
    return np.asarray(codes[np.clip(found - first, 0, len(codes) - 1)])


@lru_cache(maxsize=256)
def _table(choice: Choice) -> tuple[int, NDArray[Any]]:
    """The least exponent whose power of two is told apart, and the codes from there on."""
    scale = choice.format.scale
    first, last = floor_log2(least_scale(scale)) - 1, floor_log2(scale.grid.magnitude(scale.top)) + 2
    power = ScaleRule("a power of two", lambda a, _: a, choice.rule.rounding)
    codes = [
        scale_of(max(power_of_two(e), least_scale(scale)), choice.format, power, choice.zero_block, choice.overflow)
        for e in range(first, last + 1)
    ]
    return first, np.array(codes, code_dtype(scale))


def _asked(amax: Floats, choice: Choice, by: Fraction) -> NDArray[Any]:
    """The specification's own scales, asked for once for each number."""
    each, where = np.unique(amax, return_inverse=True)
    format, rule = choice.format, choice.rule
    codes = [scale_of(Fraction(float(a)) / by, format, rule, choice.zero_block, choice.overflow) for a in each]
    return np.array(codes, code_dtype(format.scale))[where.reshape(-1)]
