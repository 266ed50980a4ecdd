"""Requantization as a procedure: an accumulator, a multiplier and a shift to a narrow code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from ...spec.catalogue import get_format
from ...spec.exact import dyadic
from ...spec.formats import Format, Unrepresentable
from ...spec.operands import integer
from ...spec.requantization import MODELS, Model, requantize
from ..explanations import short_text
from ..fields import Field, code_field
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken

INT32, SHIFT, SCALE = get_format("int32"), get_format("int8"), get_format("binary32")


def _model(parameters: Parameters) -> Model:
    return MODELS[parameters["model"]]


def _formats(parameters: Parameters) -> tuple[Format, Format, Format, Format]:
    """Those of accumulator, multiplier, shift and zero point; ``float_scale`` has a binary32 number for a multiplier."""
    multiplier = SCALE if parameters["model"] == "float_scale" else INT32
    return _model(parameters).accumulators, multiplier, SHIFT, get_format(parameters["result"])


def operands(parameters: Parameters) -> Iterator[Field]:
    """Accumulator, multiplier, shift, and the zero point, which is a code of the result's format."""
    return (code_field(name, format) for name, format in zip("xmsz", _formats(parameters), strict=True))


def numbers(parameters: Parameters, values: Values) -> tuple[int, ...]:
    """The integers that the operands' codes name; of a binary32 scale the code itself."""
    pairs = zip(_formats(parameters), values, strict=True)
    return tuple(code if format is SCALE else integer(format.decode(code)) for format, code in pairs)


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    x, m, s, z = numbers(parameters, values)
    try:
        return (requantize(parameters["model"], x, m, s, z, get_format(parameters["result"])),)
    except ValueError as error:  # Outside the domain of the model there is no result.
        raise Unrepresentable(str(error)) from None


MULTIPLIERS = (1 << 30, (1 << 30) + 1, 3 << 29, 0x6A09E667, (1 << 31) - 1)
FLOAT_MULTIPLIERS = (0x3C000000, 0x3B888889, 0x3F000000, 0x3EAAAAAB, 0x3F800000)
TARGETS = (*range(-129, -125), *range(-2, 3), *range(125, 129))
"""The results whose surroundings are asked for: both ends of an 8-bit result and zero."""


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
    model, formats = _model(parameters), _formats(parameters)
    top = model.accumulators.top

    def codes(*values: int) -> Values:
        return tuple(value % (1 << format.width) for value, format in zip(values, formats, strict=True))

    for s in shifts(model):
        for m in multipliers(model):
            for x in (-top - 1, top, 1, -1, 0):
                yield "end of the accumulator" if abs(x) > 1 else "least accumulator", codes(x, m, s, 3)
            for place, target in enumerate(TARGETS):
                z = (0, 3, -128)[place % 3]
                tie = Fraction(2 * (target - z) + 1, 2) / scale(model, m, s)
                for x in (tie // 1 - 1, tie // 1, tie // 1 + 1):
                    if -top - 1 <= x <= top:
                        yield "the middle" if x == tie else "beside the middle", codes(x, m, s, z)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The product and the result."""
    x, m, s, z = numbers(parameters, values)
    result = get_format(parameters["result"])
    shown = short_text(x * scale(_model(parameters), m, s) + z)
    return f"{x} scaled, plus {z}{f' = {shown}' if shown else ''} -> {integer(result.decode(results[0]))}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the model first."""
    return f"requantize/{parameters['model'].replace('_', '-')}", "requantize/output-stage"


def _through(change: Callable[[int, int, int, int], tuple[int, int, int, int]]) -> Run:
    """A device that requantizes other numbers than it was given."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        x, m, s, z = change(*numbers(parameters, values))
        formats = _formats(parameters)
        return run(parameters, tuple(v % (1 << f.width) for v, f in zip((x, m, s, z), formats, strict=True)))

    return wrong


def _off_by_one(parameters: Parameters, values: Values) -> Values:
    """The limits are one short on the upper side."""
    format = get_format(parameters["result"])
    found = integer(format.decode(run(parameters, values)[0]))
    return (min(found, format.top - 1) % (1 << format.width),)


MUTANTS = (
    mistaken(
        "requantize.single-rounding", "the product is rounded once, not twice", run, "model", "tflite_single", ("gemmlowp",)
    ),
    mistaken(
        "requantize.double-rounding", "the product is rounded twice, not once", run, "model", "gemmlowp", ("tflite_single",)
    ),
    bug("requantize.top-lost", "the greatest result is one less than it must be", _off_by_one),
    bug(
        "requantize.shift-late",
        "the shift is one place short",
        _through(lambda x, m, s, z: (x, m, s - 1, z)),
        lambda parameters: parameters["model"] != "float_scale",
    ),
)

PUBLISHED = tuple({"model": name, "result": "int8"} for name in MODELS)

REQUANTIZE = Procedure(
    "requantize",
    "an accumulator times a multiplier and a power of two, rounded as a library does it, to a narrow integer",
    (
        Parameter("model", "the library's way of rounding", tuple(MODELS)),
        Parameter("result", "the result's format, an integer one such as int8"),
    ),
    operands,
    lambda parameters: [code_field("y", get_format(parameters["result"]))],
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
