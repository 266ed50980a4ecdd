"""Dynamic fixed point as a procedure: batches through a controller, with the trace of its state."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.catalogue import get_format
from ...spec.dynamic import COUNTED, MEANS, Control, Dynamic, State, observe, published, restart
from ...spec.exact import Exact
from ...spec.formats import Format, Unrepresentable
from ...spec.text import parse_exact
from ..fields import Field, code_field
from ..mutants import Mutant
from .procedure import Parameter, Parameters, Procedure, Values

RADIX, SOURCE = get_format("int8"), get_format("binary16")
COUNT_BITS = 16
BATCHES, NUMBERS = 6, 4
"""A vector is a run of so many batches of so many numbers."""
LEAST, GREATEST = -4, 9
"""The ends of the radix."""


def control(parameters: Parameters) -> Control:
    """The controller."""
    rate = parse_exact(parameters["rate"])
    if not isinstance(rate, Fraction):
        raise ValueError(f"a rate is a number, not {parameters['rate']}")
    to = published(parameters["format"])
    return Control(to, rate, int(parameters["period"]), LEAST, GREATEST, parameters["counted"], parameters["mean"])


def operands(_: Parameters) -> Iterator[Field]:
    """The radix at the beginning; then for each batch its numbers, and whether a period is cut short behind it."""
    yield code_field("radix", RADIX)
    for batch in range(BATCHES):
        yield from (code_field(f"x{batch}_{i}", SOURCE) for i in range(NUMBERS))
        yield Field(f"cut{batch}", 1)


def results(parameters: Parameters) -> Iterator[Field]:
    """For each batch its codes, and behind it the radix and the counts of overflows, at the range and at half of it."""
    width = published(parameters["format"]).width
    for batch in range(BATCHES):
        yield from (code_field(f"y{batch}_{i}", get_format(f"int{width}")) for i in range(NUMBERS))
        yield code_field(f"radix{batch}", RADIX)
        yield from (Field(f"overflows{batch}", COUNT_BITS), Field(f"halved{batch}", COUNT_BITS))


def batches(values: Values) -> Iterator[tuple[list[Exact], bool]]:
    """The numbers of each batch, and whether a period is cut short behind it."""
    for batch in range(BATCHES):
        first = 1 + batch * (NUMBERS + 1)
        yield [SOURCE.decode(code) for code in values[first : first + NUMBERS]], bool(values[first + NUMBERS])


def start(parameters: Parameters, values: Values) -> tuple[Control, State]:
    """The controller in its first state; there is no result where the radix is past its ends."""
    radix = values[0] - (1 << RADIX.width) * (values[0] >> RADIX.width - 1)
    machine = control(parameters)
    if not LEAST <= radix <= GREATEST:
        raise Unrepresentable(f"the radix {radix} is not in {LEAST}..{GREATEST}")
    return machine, machine.start(radix)


def reported(codes: tuple[int, ...], state: State) -> Values:
    """The results of a batch."""
    return (*codes, state.radix % (1 << RADIX.width), state.overflows, state.halved)


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    machine, state = start(parameters, values)
    found: list[int] = []
    for numbers, cut in batches(values):
        codes, state = observe(machine, state, numbers)
        if cut:
            state = restart(state)
        found += reported(codes, state)
    return tuple(found)


def place(kind: str, to: Dynamic, radix: int, i: int) -> Fraction:
    """A number by where it lies at a radix: its sign changes from one to the next."""
    last, step = to.last(radix), to.format(radix).grid.magnitude(1)
    at = {
        "small": last / 5,
        "half": last / 2 + step / 2,
        "below half": last / 2 - step / 2,
        "end": last,
        "rounds to the end": last - step / 2,
        "tie past the end": last + step / 2,
        "power of two": last + step,
        "past the end": last * 3,
        "tie": step * Fraction(2 * i + 1, 2),
    }[kind]
    return -at if i % 2 else at


def encoded(x: Fraction) -> int:
    """The code of a number that the source has."""
    format: Format = SOURCE
    n = format.grid.floor(abs(x))
    return format.code(x < 0, min(n, format.top))


KINDS = ("small", "half", "below half", "end", "rounds to the end", "tie past the end", "power of two", "past the end", "tie")
NO_CUTS = (0,) * BATCHES
CUTS = ((1, 0, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0), (1, 0, 1, 0, 1, 0))


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Runs whose first periods hold every number of overflows and of numbers past half of the range; runs of one kind of number
    alone; runs with periods that are cut short; and runs from the ends of the radix."""
    machine = control(parameters)

    def row(radix: int, kinds: list[str], cuts: tuple[int, ...] = NO_CUTS) -> Values:
        found = [radix % (1 << RADIX.width)]
        for batch in range(BATCHES):
            here = kinds[batch * NUMBERS : (batch + 1) * NUMBERS]
            found += [encoded(place(kind, machine.to, radix, i)) for i, kind in enumerate(here)]
            found.append(cuts[batch])
        return tuple(found)

    total, period = BATCHES * NUMBERS, machine.period * NUMBERS
    for over, half in product(range(period + 1), repeat=2):
        if over + half <= period:
            kinds = ["past the end"] * over + ["half"] * half + ["small"] * (period - over - half)
            # Later numbers count before earlier ones: so the last batch of the period decides.
            yield "counts of a period", row(3, (kinds[::-1] * total)[:total])
    for kind in KINDS:
        for radix in (LEAST, 0, 4, GREATEST - 1, GREATEST):
            yield "one kind", row(radix, [kind] * total)
            yield "one kind once", row(radix, [kind, *["small"] * (total - 1)])
    for cuts in CUTS:
        for over in range(NUMBERS + 1):
            for other in ("small", "half"):
                yield "cut short", row(2, (["past the end"] * over + [other] * (total - over))[:total], cuts)
    for seed in range(2, 26):
        kinds = [KINDS[pow(seed, i + 3, 101) % len(KINDS)] for i in range(total)]
        yield "mixed", row(seed % 7 - 2, kinds, CUTS[seed % 3] if seed % 2 else NO_CUTS)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The radix after each batch."""
    del parameters, values
    path = [RADIX.decode(results[batch * (NUMBERS + 3) + NUMBERS]) for batch in range(BATCHES)]
    return f"the radix becomes {', '.join(map(str, path))}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clauses of the controller."""
    counted = parameters["counted"].replace("_", "-")
    return "dynamic/update", "dynamic/observe", "dynamic/rates", f"dynamic/{counted}", "dynamic/restart", "dynamic/quantize"


PARAMETERS = (
    Parameter("format", "dynamic fixed point such as dfxp10"),
    Parameter("rate", "the greatest share of overflows that is put up with"),
    Parameter("period", "the batches from one update to the next"),
    Parameter("counted", "what counts as an overflow", COUNTED),
    Parameter("mean", "over how many numbers a rate is taken", MEANS),
)
PUBLISHED = tuple(
    dict(zip(("format", "rate", "period", "counted", "mean"), chosen, strict=True))
    for chosen in (
        ("dfxp10", "1/4", "2", "at_end", "period"),
        ("dfxp10", "1/10000", "3", "at_end", "period"),
        ("dfxp8", "1/4", "2", "past_end", "seen"),
    )
)


def procedure(mutants: tuple[Mutant, ...]) -> Procedure:
    """The procedure with its mutants."""
    return Procedure(
        "dynamic_fixed_point",
        "batches of numbers that share a radix, which follows how many of them overflow",
        PARAMETERS,
        operands,
        results,
        run,
        clauses,
        candidates,
        mutants,
        PUBLISHED,
        explain,
    )
