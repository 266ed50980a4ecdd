"""Affine quantization as procedures: binary32 numbers to integers, and back, as a library does it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.affine import WIDEST, dequantize_as, quantize_as
from ...spec.catalogue import get_format
from ...spec.exact import Special, power_of_two
from ...spec.formats import Format, Number, Unrepresentable
from ...spec.operands import integer
from ...spec.requantization import BINARY32, limits
from ..explanations import short_text
from .procedure import Parameter, Parameters, Values

SINGLE = BINARY32.format
INTEGER = Parameter("integer", "the integer format, such as int8")


def integer_of(parameters: Parameters) -> Format:
    """The integer format; ``ValueError`` where it is none."""
    format = get_format(parameters["integer"])
    limits(0 if format.signed else format.top, format)
    return format


def zero_of(parameters: Parameters, code: int) -> int:
    """The integer that a code of the integer format names."""
    return integer(integer_of(parameters).decode(code))


def run_quantize(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    x, scale = (Number(code, SINGLE) for code in values[:2])
    format, zero = integer_of(parameters), zero_of(parameters, values[2])
    try:
        return (quantize_as(parameters["model"], x, scale, zero, format),)
    except ValueError as error:  # NaN, and scales that are none, have no result.
        raise Unrepresentable(str(error)) from None


def run_dequantize(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    q, scale = Number(values[0], integer_of(parameters)), Number(values[1], SINGLE)
    try:
        return (dequantize_as(parameters["model"], q, scale, zero_of(parameters, values[2])),)
    except ValueError as error:
        raise Unrepresentable(str(error)) from None


def _single(x: Fraction) -> int:
    return BINARY32(x).code


SCALES = tuple(
    _single(Fraction(x)) for x in ("1", "1/2", "1/10", "37/100", "3", "255/100", "1/30000", "1/7", "214854861/100000000000")
)
POWERS = tuple(_single(power_of_two(e)) for e in (0, -1, -6, -7, 3, -20))
EXTREMES = (0x00000001, 0x00400000, 0x7F7FFFFF, 0x00800000)
"""Scales at the ends of binary32, powers of two the first, second and fourth."""
DATA = (0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x4F000000, 0xCF000000)
"""Zeros, the ends of binary32, infinities, and the ends of 32 bits."""
PUBLISHED_EXAMPLE = (_single(Fraction(273939937, 10**9)), SCALES[-1])
"""The number and the scale in FBGEMM's QuantUtils.h, whose quotient and product with the reciprocal differ."""


def quantize_candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Numbers whose quotient lies at, just below and just above the middle between two integers near the ends and near zero,
    for scales of all kinds; special data; and scales at the ends of binary32."""
    format, vitis = integer_of(parameters), parameters["model"].startswith("vitis")
    low, high = -format.top_negative, format.top
    zeros = tuple(dict.fromkeys((0, max(low, min(3, high)), low, high)))
    targets = (low - 1, low, low + 1, -2, -1, 0, 1, high - 1, high)
    yield "published example", (*PUBLISHED_EXAMPLE, 0)
    for i, scale in enumerate(POWERS if vitis else SCALES):
        step = SINGLE.decode(scale)
        assert isinstance(step, Fraction), "the scales are numbers"
        for place, target in enumerate(targets):
            zero = zeros[(place + i) % len(zeros)]
            tie = (Fraction(2 * (target - zero) + 1, 2)) * step
            code = _single(tie)
            for near in (code - 1, code, code + 1):
                if 0 <= near < 1 << SINGLE.width and SINGLE.decode(near) is not Special.NAN:
                    name = "the middle" if SINGLE.decode(near) == tie else "beside the middle"
                    yield name, (near, scale, zero % (1 << format.width))
    for x, scale in product(DATA, (SCALES[0], *EXTREMES)):
        yield "special data", (x, scale, zeros[1] % (1 << format.width))


def dequantize_candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Integers at the ends, near zero and near the zero point, and wide ones that binary32 rounds, with scales of all kinds."""
    format = integer_of(parameters)
    low, high = -format.top_negative, format.top
    zeros = tuple(dict.fromkeys((0, max(low, min(3, high)), low, high))) if format.width <= WIDEST else (0,)
    integers = [low, low + 1, -2, -1, 0, 1, 2, 3, 4, 100, high - 1, high]
    if format.width > WIDEST:
        integers += [sign * ((1 << e) + d) for e in (24, 25, 30) for d in (-1, 1, 3) for sign in (1, -1)]
    for scale, zero in product((*SCALES, *POWERS[1:3], *EXTREMES), zeros):
        for q in integers:
            if low <= q <= high:
                yield "wide" if abs(q) > 1 << 24 else "narrow", (q % (1 << format.width), scale, zero % (1 << format.width))


def explain_quantize(parameters: Parameters, values: Values, results: Values) -> str:
    """Number, scale and zero point, and the integer."""
    shown = [short_text(SINGLE.decode(code)) or f"{code:#x}" for code in values[:2]]
    return f"{shown[0]} / {shown[1]}, plus {zero_of(parameters, values[2])} -> {zero_of(parameters, results[0])}"


def explain_dequantize(parameters: Parameters, values: Values, results: Values) -> str:
    """Integer, zero point and scale, and the number."""
    shown = [short_text(SINGLE.decode(code)) or f"{code:#x}" for code in (values[1], results[0])]
    return f"({zero_of(parameters, values[0])} - {zero_of(parameters, values[2])}) * {shown[0]} -> {shown[1]}"
