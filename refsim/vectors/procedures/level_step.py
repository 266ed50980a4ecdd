"""The step of a group as a procedure: numbers to a step and the codes at that step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from ...spec.catalogue import get_format
from ...spec.exact import Exact
from ...spec.flags import Flags, Result
from ...spec.formats import Format, Unrepresentable
from ...spec.levels import find_step, finite, held_step, moments, published, quantize, quantize_group, starts
from ...spec.projection import Projection
from ...spec.text import exact_text
from ..fields import Field, code_field, code_fields
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken
from .quantize_levels import encoded

HELD = Projection("binary32", "ties_to_even", "infinity")
"""How a device holds the step."""
KNOWN = ("-.9", "-.31", "-.12", "-.05", "0", ".04", ".11", ".26", ".5", "1.1")
DRAWN = 40
"""Groups whose numbers are powers of small numbers modulo a prime, as good as drawn."""


def _source(parameters: Parameters) -> Format:
    return get_format(parameters["source"])


def _to(parameters: Parameters) -> Projection:
    return published(int(parameters["levels"]))


def operands(parameters: Parameters) -> Iterator[Field]:
    """The numbers of the group."""
    return code_fields("x", _source(parameters), int(parameters["count"]))


def results(parameters: Parameters) -> Iterator[Field]:
    """The step in binary32, and the codes at that step."""
    yield code_field("step", HELD.format)
    yield from code_fields("y", _to(parameters).format, int(parameters["count"]))


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    try:
        found = quantize_group(_numbers(parameters, values), _to(parameters), parameters["method"], HELD)
    except ValueError as error:  # an infinity, a NaN, or a step that binary32 does not hold
        raise Unrepresentable(str(error)) from None
    return found.step.code, *found.codes


def _numbers(parameters: Parameters, values: Values) -> list[Exact]:
    return [_source(parameters).decode(code) for code in values]


def groups(count: int) -> Iterator[tuple[str, list[Fraction]]]:
    """Groups of zeros, of one number, of equal ones, of two kinds far apart, of numbers in a row, with the place of a level in
    them; and drawn ones."""
    zeros = [Fraction(0)] * count
    yield "zeros", zeros
    for value in ("1", "-0.37", "1e-6"):
        yield "one number", [Fraction(value), *zeros[1:]]
        yield "equal numbers", [Fraction(value)] * count
    for far in (2, 3, 4, 5, 8):
        yield "two kinds", [Fraction(1 if i % 3 else far) for i in range(count)]
        yield "one far away", [Fraction(1)] * (count - 1) + [Fraction(-far)]
    for top in (1, 7, 100, 1023):
        yield "in a row", [Fraction(top * (i + 1), count) for i in range(count)]
        halves = [Fraction(top * (2 * (i % 3) + 1), 6) for i in range(1, count)]
        yield "in the middle", [Fraction(top), *halves]
    yield "known", [Fraction(text) for text in (KNOWN * 2)[:count]]
    for seed in range(2, DRAWN + 2):
        yield "as drawn", [_drawn(seed, i) for i in range(count)]


def _drawn(seed: int, i: int) -> Fraction:
    """A number around zero: the sum of three that are spread evenly over -1 to 1."""
    return sum((Fraction(2 * pow(seed, 3 * i + j + 5, 1009), 1009) - 1 for j in range(3)), Fraction(0))


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The groups as the source holds them."""
    source = _source(parameters)
    for name, numbers in groups(int(parameters["count"])):
        yield name, tuple(encoded(abs(x), source) | (1 << source.width - 1 if x < 0 else 0) for x in numbers)


Find = Callable[[Sequence[Exact], Projection, str], Fraction]


def _finding(find: Find) -> Run:
    """A device that finds the step in its own way."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        numbers, to = _numbers(parameters, values), _to(parameters)
        run(parameters, values)
        step = HELD(find(numbers, to, parameters["method"]))
        datum = held_step(step, HELD)
        return step.code, *(quantize(x, datum, to).code for x in numbers)

    return wrong


def _one_round(xs: Sequence[Exact], to: Projection, method: str) -> Fraction:
    """From each start the alternation stops after one round."""
    ms = [abs(finite(x)) for x in xs]
    if not any(ms):
        return Fraction(1)
    found = [moments(ms, start, to) for start in starts(max(ms), int(method.partition(":")[2]))]
    return max(found, key=lambda m: m.gain).step


def _mean(xs: Sequence[Exact], to: Projection, method: str) -> Fraction:
    """The step is the mean magnitude."""
    del to, method
    ms = [abs(finite(x)) for x in xs]
    return sum(ms, Fraction(0)) / len(ms) or Fraction(1)


def _greatest(xs: Sequence[Exact], to: Projection, method: str) -> Fraction:
    """The sign is not taken off: the last level is the greatest number."""
    del method
    return max(max(map(finite, xs)) / to.format.top, Fraction(0)) or Fraction(1)


def _zeros(parameters: Parameters, values: Values) -> Values:
    """The step of a group of zeros is zero."""
    found = run(parameters, values)
    return found if any(map(finite, _numbers(parameters, values))) else (0, *found[1:])


def _not_held(parameters: Parameters, values: Values) -> Values:
    """The codes are those of the step before it was rounded."""
    numbers, to = _numbers(parameters, values), _to(parameters)
    step = find_step(numbers, to, parameters["method"])
    return run(parameters, values)[0], *(quantize(x, step, to).code for x in numbers)


def _cut(parameters: Parameters, values: Values) -> Values:
    """The step is cut off, not rounded."""
    numbers, to = _numbers(parameters, values), _to(parameters)
    run(parameters, values)
    step = Projection(HELD.format, "toward_zero", "infinity")(find_step(numbers, to, parameters["method"]))
    datum = held_step(Result(step.code, Flags.NONE), HELD)
    return step.code, *(quantize(x, datum, to).code for x in numbers)


METHODS = ("optimal", "maximum", "alternating:4")
MUTANTS = (
    *(
        mistaken(f"step.{method.replace(':', '-')}", f"finds the step by {method}", run, "method", method, others)
        for method, others in (
            ("maximum", ("optimal", "alternating:4")),
            ("alternating:1", ("optimal", "alternating:4")),
            ("optimal", ("maximum",)),
        )
    ),
    bug("step.one-round", "stops after one round", _finding(_one_round), lambda p: p["method"].startswith("alternating")),
    bug("step.mean", "takes the mean magnitude for the step", _finding(_mean)),
    bug(
        "step.signed",
        "takes the greatest number for the greatest magnitude",
        _finding(_greatest),
        lambda p: p["method"] == "maximum",
    ),
    bug("step.zeros", "gives a group of zeros the step zero", _zeros),
    bug("step.not-held", "quantizes with the step before it is rounded", _not_held, lambda p: p["method"] == "maximum"),
    bug("step.cut", "cuts the step off", _cut),
)

PUBLISHED = tuple(
    {"levels": levels, "method": method, "count": count, "source": "binary16"}
    for levels, method, count in (
        ("3", "optimal", "10"),
        ("7", "optimal", "10"),
        ("7", "maximum", "8"),
        ("7", "alternating:4", "10"),
    )
)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The step."""
    del parameters, values
    return f"the step is {exact_text(HELD.format.decode(results[0]))}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the method first."""
    return f"levels/{parameters['method'].partition(':')[0]}", "levels/held", "levels/published", "levels/zeros"


LEVEL_STEP = Procedure(
    "level_step",
    "the step of a group of numbers, held in binary32, and the codes of the numbers at it",
    (
        Parameter("levels", "how many levels there are, an odd number"),
        Parameter("method", "how the step is found: optimal, maximum or alternating:N"),
        Parameter("count", "how many numbers the group has"),
        Parameter("source", "the format of the numbers"),
    ),
    operands,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
