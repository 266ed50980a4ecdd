"""Requantization as a procedure: an accumulator, a multiplier and a shift to a narrow code."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ...spec.catalogue import get_format
from ...spec.exact import dyadic
from ...spec.formats import Format, Unrepresentable
from ...spec.operands import integer
from ...spec.requantization import MODELS, Model, limits, requantize
from ..explanations import short_text
from ..fields import Field, code_field
from .procedure import Parameter, Parameters, Values

MODEL = Parameter("model", "the library's way of rounding", tuple(MODELS))
RESULT = Parameter("result", "the result's format, an integer one such as int8, or with the activation's range int8:0..100")
INT32, SHIFT, SCALE = get_format("int32"), get_format("int8"), get_format("binary32")


def formats_of(parameters: Parameters) -> tuple[Format, Format, Format, Format]:
    """Those of accumulator, multiplier, shift and zero point; ``float_scale`` has a binary32 number for a multiplier."""
    multiplier = SCALE if parameters["model"] == "float_scale" else INT32
    return MODELS[parameters["model"]].accumulators, multiplier, SHIFT, result_of(parameters)


def result_of(parameters: Parameters) -> Format:
    """The format of the result."""
    return get_format(parameters["result"].partition(":")[0])


def limits_of(parameters: Parameters) -> tuple[int, int]:
    """The ends of the activation range, or those of the result format."""
    format, ends = result_of(parameters), parameters["result"].partition(":")[2]
    anchor = 0 if format.signed else format.top
    if not ends:
        return limits(anchor, format)
    low, _, high = ends.partition("..")
    try:
        given = int(low), int(high)
    except ValueError:
        raise ValueError(f"a range is two integers such as 0..100, not {ends!r}") from None
    return limits(anchor, format, *given)


def operands(parameters: Parameters) -> Iterator[Field]:
    """Accumulator, multiplier, shift, and the zero point, which is a code of the result's format."""
    return (code_field(name, format) for name, format in zip("xmsz", formats_of(parameters), strict=True))


def numbers(parameters: Parameters, values: Values) -> tuple[int, ...]:
    """The integers that the operands' codes name; of a binary32 scale the code itself."""
    pairs = zip(formats_of(parameters), values, strict=True)
    return tuple(code if format is SCALE else integer(format.decode(code)) for format, code in pairs)


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    x, m, s, z = numbers(parameters, values)
    low, high = limits_of(parameters)
    try:
        return (requantize(parameters["model"], x, m, s, z, result_of(parameters), low, high),)
    except ValueError as error:  # Outside the domain of the model there is no result.
        raise Unrepresentable(str(error)) from None


MULTIPLIERS = (1 << 30, (1 << 30) + 1, 3 << 29, 0x6A09E667, (1 << 31) - 1)
FLOAT_MULTIPLIERS = (0x3C000000, 0x3B888889, 0x3F000000, 0x3E2AAAAB, 0x3EAAAAAB, 0x3F800000)


def targets(parameters: Parameters) -> tuple[int, ...]:
    """The results whose surroundings are asked for: both ends of the range and zero."""
    low, high = limits_of(parameters)
    return (*range(low - 1, low + 3), *range(-2, 3), *range(high - 2, high + 2))


def multipliers(model: Model) -> tuple[int, ...]:
    """Multipliers of a model's domain that matter: the least normalized one, its neighbour, the greatest, and others."""
    if model.name == "float_scale":
        return FLOAT_MULTIPLIERS
    low, high = model.multipliers
    reduced = (m >> 31 - high.bit_length() for m in MULTIPLIERS)
    return tuple(dict.fromkeys(min(max(m, low, 1), high) for m in reduced))


def shifts(model: Model) -> tuple[int, ...]:
    """Shifts of a model's domain, from those that leave much to those that leave little."""
    low, high = model.shifts
    likely = (4, 1, 0, -1, -2, -7, -11) if model.point is not None else (-2, 0, 2, 7, 15, 16, 22, 24, 31, 32, 38, 40, 44)
    return tuple(s for s in likely if low <= s <= high)


def scale(model: Model, m: int, s: int) -> Fraction:
    """The real number that multiplier and shift stand for."""
    if model.name == "float_scale":
        found = SCALE.decode(m)
        assert isinstance(found, Fraction), "the scales here are numbers"
        return found
    return dyadic(m, -s if model.point is None else s - model.point)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Accumulators whose exact product lies at, just below and just above the middle between two results near the ends and near
    zero, for multipliers and shifts from the least to the greatest; and the ends of the accumulator."""
    model, formats = MODELS[parameters["model"]], formats_of(parameters)
    least = -formats[3].top_negative
    top = model.accumulators.top

    def codes(*values: int) -> Values:
        return tuple(value % (1 << format.width) for value, format in zip(values, formats, strict=True))

    factors = multipliers(model)
    for i, s in enumerate(shifts(model)):
        chosen = (factors[i % len(factors)], factors[(i + 2) % len(factors)]) if model.shifts != (0, 0) else factors
        for m in dict.fromkeys(chosen):
            for x in (-top - 1, top, 1, -1, 0):
                yield "end of the accumulator" if abs(x) > 1 else "least accumulator", codes(x, m, s, 3)
            for place, target in enumerate(targets(parameters)):
                z = (0, 3, least)[place % 3]
                tie = Fraction(2 * (target - z) + 1, 2) / scale(model, m, s)
                for x in (tie // 1 - 1, tie // 1, tie // 1 + 1):
                    if -top - 1 <= x <= top:
                        yield "the middle" if x == tie else "beside the middle", codes(x, m, s, z)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The product and the result."""
    x, m, s, z = numbers(parameters, values)
    result = result_of(parameters)
    shown = short_text(x * scale(MODELS[parameters["model"]], m, s) + z)
    return f"{x} scaled, plus {z}{f' = {shown}' if shown else ''} -> {integer(result.decode(results[0]))}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the model first."""
    return f"requantize/{parameters['model'].replace('_', '-')}", "requantize/output-stage"
