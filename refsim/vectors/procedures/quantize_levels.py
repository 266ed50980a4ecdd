"""Levels as a procedure: a number and a step to the code of a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from ...spec.catalogue import get_format
from ...spec.exact import Exact, Special
from ...spec.flags import Flags, Result
from ...spec.formats import Format, Unrepresentable
from ...spec.levels import NEAREST, quantize
from ...spec.projection import Projection
from ...spec.text import exact_text
from ..fields import FLAG_BITS, Field, code_field
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken

STEPS = ("1", "0.5", "0.3154167", "1/3", "0.7", "1.999", "3/1048576", "123.4")
"""The steps of the candidates, as the format of the step holds them."""
FARTHEST = 9
"""The last level around which numbers are asked for, besides the surroundings of the last one of the format."""


def _source(parameters: Parameters) -> Format:
    return get_format(parameters["source"])


def _to(parameters: Parameters) -> Projection:
    return Projection(parameters["result"], parameters["rounding"], "saturate")


def operands(parameters: Parameters) -> Iterator[Field]:
    """The number and the step, in one format."""
    yield from (code_field(name, _source(parameters)) for name in ("x", "step"))


def results(parameters: Parameters) -> Iterator[Field]:
    """The code and the status flags."""
    yield from (code_field("y", get_format(parameters["result"])), Field("flags", FLAG_BITS))


Quantize = Callable[[Exact, Fraction, Projection], Result]


def through(quantizer: Quantize) -> Run:
    """A device that quantizes in its own way the numbers for which the specification has a result."""

    def run(parameters: Parameters, values: Values) -> Values:
        x, step = (_source(parameters).decode(code) for code in values)
        if not isinstance(step, Fraction) or step <= 0:
            raise Unrepresentable("a step is positive")
        quantize(x, step, _to(parameters))
        code, flags = quantizer(x, step, _to(parameters))
        return code, int(flags)

    return run


run = through(quantize)


def encoded(x: Fraction, format: Format) -> int:
    """The code of the nearest number of a format."""
    return Projection(format, "ties_to_even", "saturate")(x).code


def beside(x: Fraction, format: Format) -> Iterator[int]:
    """The codes of the number nearest to x and of its neighbours, for formats whose codes are in the order of magnitudes."""
    code = encoded(abs(x), format)
    sign = 1 << format.width - 1 if x < 0 else 0
    yield from (sign | near for near in (code - 1, code, code + 1) if near >= 0)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Numbers at and beside every place where the level changes, the levels themselves, and numbers past the last one."""
    source, top = _source(parameters), get_format(parameters["result"]).top
    levels = sorted({*range(min(top, FARTHEST)), top - 1, top, top + 1})
    for text in STEPS:
        step = encoded(Fraction(text), source)
        exact = source.decode(step)
        assert isinstance(exact, Fraction), "it is one"
        for n in levels:
            for sign in (1, -1):
                for x in beside(sign * exact * Fraction(2 * n + 1, 2), source):
                    yield "beside the middle", (x, step)
                yield "a level", (encoded(sign * n * exact, source), step)
                for x in beside(sign * exact * n, source) if n else ():
                    yield "beside a level", (x, step)
        for special in (Special.POSITIVE_INFINITY, Special.NEGATIVE_INFINITY):
            yield "infinite", (source.special(special), step)
        yield "zero", (source.code(True, 0), step)


def _rounded_quotient(x: Exact, step: Fraction, to: Projection) -> Result:
    """The quotient is rounded to 24 bits before it is rounded to a level."""
    return to(_binary32(x / step)) if isinstance(x, Fraction) else to(x)


def _times_reciprocal(x: Exact, step: Fraction, to: Projection) -> Result:
    """The number is multiplied by a rounded reciprocal of the step."""
    return to(_binary32(x * _binary32(1 / step))) if isinstance(x, Fraction) else to(x)


def _binary32(x: Fraction) -> Fraction:
    format = get_format("binary32")
    found = format.decode(encoded(x, format))
    return found if isinstance(found, Fraction) else Fraction(0)


def _one_more(x: Exact, step: Fraction, to: Projection) -> Result:
    """The least level is one less than it must be, which takes an unused code."""
    plain = Projection(f"int{to.format.width}", to.rounding, "saturate")
    code, flags = quantize(x, step, plain)
    least = 1 << to.format.width - 1
    return Result(code, flags) if code == least else quantize(x, step, to)


def _one_fewer(x: Exact, step: Fraction, to: Projection) -> Result:
    """The last level is one short."""
    code, flags = quantize(x, step, to)
    last = to.format.top
    short = {last: last - 1, to.format.code(True, last): to.format.code(True, last - 1)}
    return Result(short.get(code, code), flags)


def _without_overflow(x: Exact, step: Fraction, to: Projection) -> Result:
    """Saturation comes first, so that rounding never overflows."""
    last = to.format.top * step
    clipped = min(max(x, -last), last) if isinstance(x, Fraction) else x
    return quantize(clipped, step, to)


def _past_the_last(x: Exact, step: Fraction, to: Projection) -> Result:
    """Overflow is told of every number greater than the last level, even if it is rounded to it."""
    code, flags = quantize(x, step, to)
    beyond = isinstance(x, Fraction) and abs(x) > to.format.top * step
    return Result(code, flags | Flags.OVERFLOW if beyond else flags)


def _wide(parameters: Parameters) -> bool:
    """Whether the least code is unused and there are more levels than three, so that one fewer is not none."""
    format = get_format(parameters["result"])
    return format.has_unused_codes and format.top > 1


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The quotient and the level."""
    x, step = (_source(parameters).decode(code) for code in values)
    level = get_format(parameters["result"]).decode(results[0])
    shown = exact_text(x / step) if isinstance(x, Fraction) and isinstance(step, Fraction) else exact_text(x)
    return f"{shown if len(shown) < 30 else exact_text(x) + ' in steps'} -> {exact_text(level)}"


MUTANTS = (
    *(
        mistaken(f"levels.{rule}", f"rounds as {rule} says", run, "rounding", rule, tuple(set(NEAREST) - {rule}))
        for rule in ("ties_to_even", "ties_toward_positive", "ties_toward_zero")
    ),
    bug(
        "levels.truncated",
        "does not add the half before it takes the integer part",
        through(lambda x, step, to: quantize(x, step, Projection(to.format, "toward_zero", to.overflow))),
    ),
    bug("levels.rounded-quotient", "rounds the quotient to binary32 first", through(_rounded_quotient)),
    bug("levels.times-reciprocal", "multiplies by a rounded reciprocal of the step", through(_times_reciprocal)),
    bug("levels.unused-code", "makes the least integer of the bits, which is no level", through(_one_more)),
    bug("levels.one-fewer", "has one level less on either side", through(_one_fewer), _wide),
    bug("levels.clipped-first", "saturates before it rounds, so that overflow is never told", through(_without_overflow)),
    bug("levels.overflow-early", "tells overflow before rounding", through(_past_the_last)),
)

LEVELS = ("ternary", "levels7", "levels15")
PUBLISHED = (
    *({"result": name, "rounding": "ties_to_away", "source": "binary32"} for name in LEVELS),
    {"result": "levels7", "rounding": "ties_to_even", "source": "binary16"},
)

QUANTIZE_LEVELS = Procedure(
    "quantize_levels",
    "a number divided by a step, rounded to the nearest of a few levels on both sides of zero",
    (
        Parameter("result", "the format of the levels, such as ternary or levels7"),
        Parameter("rounding", "the rounding rule; ties_to_away is the published one", NEAREST),
        Parameter("source", "the format of the number and of the step"),
    ),
    operands,
    results,
    run,
    lambda parameters: ("levels/quantize", "family/levels", f"round/{parameters['rounding'].replace('_', '-')}"),
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
