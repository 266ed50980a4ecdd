"""Quantizers of neural networks whose levels are powers of two, the linear one they are compared with, and the power of two
that is nearest to a number.

Miyashita, Lee and Murmann, arXiv 1603.01025, call them LogQuant and LinearQuant. Each is a projection.
"""

from __future__ import annotations

from fractions import Fraction

from .exact import Exact, Special, floor_log2, is_negative, magnitude, power_of_two
from .families import fixed_format, log_format
from .log_grids import LogGrid
from .naming import get_rounding
from .operands import signed as with_sign
from .projection import Projection
from .rounding import Gap, Rounding


def log_quantizer(
    bitwidth: int, full_scale: int, rounding: Rounding | str, *, steps: int = 1, signed: bool = False
) -> Projection:
    """LogQuant(x, bitwidth, FSR) **must** round the logarithm of the magnitude, in steps of ``1 / steps`` octaves, and clip it:
    what is rounded to ``FSR - 2**bitwidth`` steps or below becomes zero, what is rounded to FSR or past it the last level, one
    step below the full scale. The sign bit of a signed one is counted in ``bitwidth``.

    FSR counts octaves for every base. Equations 5 to 9; there ``round`` or the position of the leading one, which are
    ``ties_to_away`` and ``toward_zero`` here. ``ValueError`` for steps that are no power of two. [logquant/log]
    """
    if steps < 1 or steps & steps - 1:
        raise ValueError(f"the steps to the octave are a power of two, not {steps}")
    scale = f"m{-full_scale}" if full_scale < 0 else f"{full_scale}"
    base = {1: "", 2: "_sqrt2"}.get(steps, f"_steps{steps}")
    name = f"{'s' * signed}log{bitwidth}_fsr{scale}{base}"
    return Projection(
        log_format(name, bitwidth, full_scale, steps.bit_length() - 1, signed=signed), get_rounding(str(rounding)), "saturate"
    )


def linear_quantizer(bitwidth: int, full_scale: int, rounding: Rounding | str, *, signed: bool = False) -> Projection:
    """LinearQuant(x, bitwidth, FSR) **must** be the multiple of the step 2**(FSR - bitwidth) that is nearest to the number by
    the rule, cut to the codes from 0 to 2**bitwidth - 1: the greatest level is one step below the full scale. A signed one has
    one bit less for the magnitude, and as many levels below zero as above.

    The paper's formula ends at 2**FSR itself, which has no code in so many bits. [logquant/linear]
    """
    fraction = bitwidth - signed - full_scale
    name = f"{'' if signed else 'u'}q{full_scale}.{fraction}"
    format = fixed_format(name, full_scale, fraction, signed=signed)
    return Projection(format, get_rounding(str(rounding)), "saturate_symmetric" if signed else "saturate")


def power_of_two_rule(rounding: Rounding | str) -> Rounding:
    """The rule of ``to_power_of_two``; ``ValueError`` for one that takes random bits."""
    rule = get_rounding(str(rounding))
    if rule.bits:
        raise ValueError(f"a power of two is found without random bits, which {rule} takes")
    return rule


def to_power_of_two(x: Exact, rounding: Rounding | str) -> Exact:
    """AP2(x): the power of two with the sign of x whose exponent is log2 of the magnitude, rounded by the rule to an integer;
    odd exponents count as odd. The place of a number between two powers of two **must** be that of its logarithm, so that
    nearest means below or above sqrt(2). A zero, an infinity and a NaN stay.

    The range has no end. ``ValueError`` for a rule that takes random bits. Courbariaux et al., arXiv 1602.02830, AP2.
    [logquant/power-of-two]
    """
    rule = power_of_two_rule(rounding)
    if isinstance(x, Special) or x == 0:
        return x
    m, negative = magnitude(x), is_negative(x)
    exponent = floor_log2(m)
    place: Fraction = LogGrid(exponent, 0).place(1, m, 4)
    return with_sign(power_of_two(exponent + bool(rule.goes_up(Gap(place, exponent % 2, negative)))), negative)
