"""Choosing the parameters of affine quantization from the range of a tensor, or from its numbers, as each library does it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .affine import positive, quantize_as
from .arithmetic import divide, subtract
from .exact import Special, floor_log2, power_of_two
from .formats import Format, Number
from .integral import is_integer
from .multipliers import BINARY64
from .operands import rational
from .projection import Projection
from .requantization import BINARY32


class Parameters(NamedTuple):
    """A scale and a zero point; the scale is a code of the format that the library computes it in."""

    scale: Number
    zero_point: int


def _number(x: Fraction | int, to: Projection) -> Number:
    return Number(to(x).code, to.format)


def _finite(name: str, *numbers: Number) -> None:
    for x in numbers:
        if x.format.name != name or (isinstance(x.exact, Special) and x.exact is not Special.NEGATIVE_ZERO):
            raise ValueError(f"a range needs finite {name} numbers, not {x.code:#x} of {x.format.name}")


def _value(x: Number) -> Fraction:
    return Fraction(0) if x.exact is Special.NEGATIVE_ZERO else rational(x.exact)


def _signed(to_format: Format) -> None:
    if not is_integer(to_format) or not to_format.signed:
        raise ValueError(f"a symmetric scale needs a signed integer format, which {to_format.name} is not")


def choose_parameters(low: Number, high: Number, to_format: Format, *, narrow_range: bool) -> Parameters:
    """In binary64 the scale **must** be the length of the range over the number of steps; the zero point be the difference of
    an end of the integers and the quotient of that end of the range and the scale, at the lower end if the sum of their
    magnitudes is smaller there and at the upper end if not, rounded with ties away from zero and clamped to the format.

    The range holds zero; a range of nothing but zero gives a scale and a zero point of 0. A narrow range leaves out the least
    integer. ``ValueError`` for a range without zero. TensorFlow Lite, quantization_util.h, ChooseQuantizationParams.
    [calibration/nudged]
    """
    _finite("binary64", low, high)
    if not is_integer(to_format):
        raise ValueError(f"a range needs an integer format, which {to_format.name} is not")
    if _value(low) > 0 or _value(high) < 0:
        raise ValueError(f"the range {_value(low)}..{_value(high)} does not hold zero")
    if _value(low) == _value(high):
        return Parameters(_number(0, BINARY64), 0)
    least, greatest = narrow_range - to_format.top_negative, to_format.top
    length = Number(subtract(high, low, BINARY64).code, BINARY64.format)
    scale = Number(divide(length, _number(greatest - least, BINARY64), BINARY64).code, BINARY64.format)
    positive(scale)
    ends = []
    for end, integer in ((low, least), (high, greatest)):
        steps = Number(divide(end, scale, BINARY64).code, BINARY64.format)
        point = Number(subtract(_number(integer, BINARY64), steps, BINARY64).code, BINARY64.format)
        ends.append((BINARY64.format.decode(BINARY64(abs(integer) + abs(_value(steps))).code), point))
    (below, from_low), (above, from_high) = ends
    initial = _value(from_low if rational(below) < rational(above) else from_high)
    return Parameters(scale, _clamped(initial, least, greatest, "ties_to_away"))


def _clamped(x: Fraction, least: int, greatest: int, rounding: str) -> int:
    to = Projection("int64", rounding, "saturate")
    return max(least, min(greatest, int(rational(to.format.decode(to(x).code)))))


def symmetric_scale(low: Number, high: Number, to_format: Format, *, narrow_range: bool) -> Parameters:
    """In binary32 the scale **must** be the greater magnitude of the two ends over the greatest integer of a narrow range, or
    over half the number of steps of the full range; the zero point is 0, and a range of nothing but zero has a scale of 1.

    TensorFlow Lite, portable_tensor_utils.cc, SymmetricQuantizeFloats, is narrow; PyTorch, ao/quantization/observer.py, is
    full. [calibration/symmetric]
    """
    _finite("binary32", low, high)
    _signed(to_format)
    reach = max(abs(_value(low)), abs(_value(high)))
    if reach == 0:
        return Parameters(_number(1, BINARY32), 0)
    steps = Fraction(to_format.top) if narrow_range else Fraction(to_format.top + to_format.top_negative, 2)
    scale = Number(divide(_number(reach, BINARY32), _number(steps, BINARY32), BINARY32).code, BINARY32.format)
    positive(scale)
    return Parameters(scale, 0)


def dynamic_parameters(low: Number, high: Number) -> Parameters:
    """The range **must** be widened to hold zero; in binary32 the scale be its length over 255, or 1 where that length is zero,
    and the zero point be the negated quotient of the lower end and the scale, clamped to 0..255 and rounded with ties to even.

    ONNX DynamicQuantizeLinear, for uint8; the scale of an all-zero tensor is that of ONNX Runtime. [calibration/dynamic]
    """
    _finite("binary32", low, high)
    least, greatest = _number(min(_value(low), Fraction(0)), BINARY32), _number(max(_value(high), Fraction(0)), BINARY32)
    if _value(least) == _value(greatest):
        return Parameters(_number(1, BINARY32), 0)
    length = Number(subtract(greatest, least, BINARY32).code, BINARY32.format)
    scale = Number(divide(length, _number(255, BINARY32), BINARY32).code, BINARY32.format)
    positive(scale)
    steps = Number(divide(least, scale, BINARY32).code, BINARY32.format)
    point = subtract(_number(0, BINARY32), steps, BINARY32)
    return Parameters(scale, _clamped(_value(Number(point.code, BINARY32.format)), 0, 255, "ties_to_even"))


SMALLEST_RANGE, POSITION_OF_ZERO = Fraction(1, 10**9), 127
"""Below this range Vitis AI gives this position."""
POSITIONS_TRIED = 5


def overflow_position(numbers: Sequence[Fraction], bits: int) -> int:
    """The position **must** be the greatest p with which 2**-p is no less than the least number over the least integer and the
    greatest number over the greatest integer, zero being one of the numbers; 127 where both are below 1e-9.

    Vitis AI, pof2s quantizer, method 0 ("non-overflow"). [calibration/position]
    """
    top = (1 << bits - 1) - 1
    least, greatest = min([*numbers, Fraction(0)]), max([*numbers, Fraction(0)])
    reach = max(least / (-top - 1), greatest / top)
    if reach < SMALLEST_RANGE:
        return POSITION_OF_ZERO
    exponent = floor_log2(reach)
    return -exponent if power_of_two(exponent) == reach else -exponent - 1


def least_squares_position(numbers: Sequence[Number], to_format: Format, model: str) -> int:
    """Of the positions from the non-overflow one to that plus 4, it **must** be the first with the least exact sum of the
    squared differences between the numbers and what they are quantized to by the model.

    Vitis AI, pof2s quantizer, method 1 ("min_diffs"), which sums in binary32. The numbers are binary32; ``model`` is one of
    the Vitis AI models of ``affine``. [calibration/least-squares]
    """
    _finite("binary32", *numbers)
    _signed(to_format)
    values = [_value(x) for x in numbers]
    first = overflow_position(values, to_format.width)
    if first == POSITION_OF_ZERO:
        return first

    def error(position: int) -> Fraction:
        scale = _number(power_of_two(-position), BINARY32)
        codes = [quantize_as(model, x, scale, 0, to_format) for x in numbers]
        quantized = [rational(to_format.decode(code)) * power_of_two(-position) for code in codes]
        return sum(((x - y) ** 2 for x, y in zip(values, quantized, strict=True)), Fraction(0))

    return min(range(first, first + POSITIONS_TRIED), key=error)
