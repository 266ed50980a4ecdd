"""Exponents as operands: scaleB and logB of IEEE 754, and the scaled operations of P3109.

A scale is an operand of an integer format and stands for a power of two.
"""

from __future__ import annotations

from fractions import Fraction

from .arithmetic import exact_add, exact_fma, exact_multiply
from .exact import (
    NEGATIVE_INFINITY,
    POSITIVE_INFINITY,
    Exact,
    Special,
    floor_log2,
    is_infinite,
    is_zero,
    magnitude,
    power_of_two,
)
from .flags import Flags, Result
from .formats import Format, Number
from .operands import Outcome, Setting, integer, nan_of, perform
from .projection import Projection
from .surds import algebraic


def reduced(setting: Setting, *exponents: Exact) -> list[int]:
    """Exponents that no result tells from the given ones, and that fit in memory.

    With R the reach of the formats, a nonzero result of exponents that are all above R lies past every end, and its low bits
    are zeros; with all below -R it lies below a quarter of every least number, and below what random bits reach; so all may be
    moved by one distance until one of them is at R. Then an exponent beyond 3 R makes its term dominate, or vanish beside,
    every other just as one at 3 R does.
    """
    given = [integer(x) for x in exponents]
    reach = 64 + 4 * max(map(_extent, (*setting.formats, setting.to.format))) + setting.to.rounding.bits
    move = max(min(given) - reach, 0) + min(max(given) + reach, 0)
    return [max(-3 * reach, min(3 * reach, n - move)) for n in given]


def _extent(format: Format) -> int:
    """A bound on the exponents of a format's leading and last bits."""
    ends = [format.grid.magnitude(n) for n in (1, max(format.top, format.top_negative))]
    return format.width + max(abs(floor_log2(m)) for m in ends if m) + abs(format.grid.quantum)


def times_power(x: Exact, exponent: int) -> Exact:
    """x * 2**exponent; a special datum stays."""
    return x if isinstance(x, Special) else algebraic(x) * power_of_two(exponent)


def exact_scale_b(setting: Setting, x: Exact, n: Exact) -> Outcome:
    """x * 2**n **must** be exact; zeros and infinities stay. IEEE 754-2019 5.3.3. [scaling/scale-b]"""
    return nan_of(x) or (times_power(x, *reduced(setting, n)), Flags.NONE)


def exact_log_b(_: Setting, x: Exact) -> Outcome:
    """The exponent **must** be the integer e with 2**e <= abs(x) < 2**(e + 1), of subnormal numbers too; of an infinity plus
    infinity, of zero minus infinity, which raises division by zero.

    IEEE 754-2019 5.3.3. [scaling/log-b]
    """
    if nan := nan_of(x):
        return nan
    if is_infinite(x):
        return POSITIVE_INFINITY, Flags.NONE
    return (NEGATIVE_INFINITY, Flags.INFINITE) if is_zero(x) else (Fraction(floor_log2(magnitude(x))), Flags.NONE)


def exact_scaled_add(setting: Setting, x: Exact, s: Exact, y: Exact, t: Exact) -> Outcome:
    """The scaled sum x * 2**s + y * 2**t **must** follow the rules of sums. P3109 AddScaled. [scaling/add]"""
    first, second = reduced(setting, s, t)
    return exact_add(setting, times_power(x, first), times_power(y, second))


def exact_scaled_multiply(setting: Setting, x: Exact, y: Exact, s: Exact) -> Outcome:
    """The scaled product x * y * 2**s **must** follow the rules of products. P3109 MultiplyScaled. [scaling/multiply]"""
    return exact_multiply(setting, times_power(x, *reduced(setting, s)), y)


def exact_scaled_fma(setting: Setting, x: Exact, y: Exact, s: Exact, z: Exact, t: Exact) -> Outcome:
    """The scaled x * y * 2**s + z * 2**t **must** follow the rules of fused multiply-add. P3109 FMAScaled. [scaling/fma]"""
    first, second = reduced(setting, s, t)
    return exact_fma(setting, times_power(x, first), y, times_power(z, second))


def scale_b(x: Number, n: Number, to: Projection, draw: int | None = None) -> Result:
    """x times two to the power of the integer n, projected. ``ValueError`` where n is no integer."""
    return perform(exact_scale_b, (x, n), to, draw)


def log_b(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The exponent of x, as a number that is projected."""
    return perform(exact_log_b, (x,), to, draw)


def scaled_add(x: Number, s: Number, y: Number, t: Number, to: Projection, draw: int | None = None) -> Result:
    """x * 2**s + y * 2**t, projected once."""
    return perform(exact_scaled_add, (x, s, y, t), to, draw)


def scaled_multiply(x: Number, y: Number, s: Number, to: Projection, draw: int | None = None) -> Result:
    """x * y * 2**s, projected once."""
    return perform(exact_scaled_multiply, (x, y, s), to, draw)


def scaled_fma(x: Number, y: Number, s: Number, z: Number, t: Number, to: Projection, draw: int | None = None) -> Result:
    """x * y * 2**s + z * 2**t, projected once."""
    return perform(exact_scaled_fma, (x, y, s, z, t), to, draw)
