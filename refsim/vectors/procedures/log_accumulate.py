"""A sum in the logarithmic domain as a procedure: terms that are logarithmic codes, and the number that the registers make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product

from ...spec.catalogue import get_format
from ...spec.datapath_names import get_accumulator
from ...spec.exact import Exact, is_negative
from ...spec.flags import Flags, Result
from ...spec.formats import Format, Number
from ...spec.log_accumulators import LogDomain, logarithm
from ...spec.operands import rational
from ...spec.terms import NO_PORT, Port, term_of
from ..explanations import short_text
from ..fields import FLAG_BITS, Field, code_field, code_fields
from .procedure import Parameter, Parameters, Values

ACCUMULATOR = Parameter(
    "accumulator", "the accumulator, such as log_domain(log_sum(q4.3/toward_negative/saturate,whole),linear,q9.8/...)"
)
X, COUNT = Parameter("x", "the format of the terms, a logarithmic one"), Parameter("count", "how many terms there are")
BIAS = Parameter("bias", "whether the sum starts from a bias of the terms' format", ("none", "first"))
PARAMETERS = (ACCUMULATOR, X, COUNT, BIAS)
ALL_BITS = 12
"""Terms of at most so many bits together are asked for in every combination."""


def accumulator(parameters: Parameters) -> LogDomain:
    """The accumulator; ``ValueError`` for one of another kind."""
    found = get_accumulator(parameters["accumulator"])
    if not isinstance(found, LogDomain):
        raise ValueError(f"log_accumulate needs a log_domain(...), not {parameters['accumulator']}")
    return found


def format_of(parameters: Parameters) -> Format:
    """The terms' format."""
    return get_format(parameters["x"])


def count_of(parameters: Parameters) -> int:
    """The number of terms."""
    count = int(parameters["count"]) if parameters["count"].isdecimal() else 0
    if not 1 <= count <= MOST_TERMS:
        raise ValueError(f"the count of terms is 1 to {MOST_TERMS}, not {parameters['count'][:20]}")
    return count


MOST_TERMS = 64


def operands(parameters: Parameters) -> Iterator[Field]:
    """The bias, where there is one, and the terms."""
    if parameters["bias"] == "first":
        yield code_field("b", format_of(parameters))
    yield from code_fields("x", format_of(parameters), count_of(parameters))


def results(parameters: Parameters) -> Iterator[Field]:
    """The sum and the flags of all writes."""
    yield from (code_field("y", accumulator(parameters).to.format), Field("flags", FLAG_BITS))


def split(parameters: Parameters, values: Values) -> tuple[Exact | None, Values]:
    """The bias and the codes of the terms."""
    if parameters["bias"] == "first":
        return format_of(parameters).decode(values[0]), values[1:]
    return None, values


def total(accumulator: LogDomain, format: Format, initial: Exact | None, codes: Values, port: Port = NO_PORT) -> Values:
    """The sum that an accumulator makes."""
    found = accumulator.total([term_of(Number(code, format)) for code in codes], initial, port)
    return found.code, int(found.flags)


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return total(accumulator(parameters), format_of(parameters), *split(parameters, values))


KNOWN = ((3, 3), (3, 1), (0, 0, 0, 0), (2, 0, -1, 1), (5, 5, 5, 5), (-1, 0, 1, 2), (2, 1, 0, -1), (0, 0, 0, 2))
"""Exponents of the paper's kind of sums."""


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Every combination of few bits; else known sums, equal terms, terms in a row up and down, one with small ones behind or
    in front, either sign, zeros between, terms that saturate, and drawn ones."""
    format = format_of(parameters)
    count = count_of(parameters) + (parameters["bias"] == "first")
    codes, size = range(1 << format.width), format.width * count
    if size <= ALL_BITS:
        yield from (("every combination", values) for values in product(codes, repeat=count))
        return
    yield from (("known sums", _fitted(exponents, format, count)) for exponents in KNOWN)
    top, minus = format.top, 1 << format.width - 1 if format.signed else 0
    points = sorted({1, 2, 3, top // 2, top // 2 + 1, top - 2, top - 1, top} & set(range(1, top + 1)))
    for n in points:
        code, less = format.code(False, n), [format.code(False, max(n - d, 1)) for d in range(1, 9)]
        yield "equal terms", (code,) * count
        yield "equal terms", (0, *[code] * (count - 1))
        yield "one alone", (*[0] * (count - 1), code)
        for d, other in enumerate(less):
            yield "a large one first", (code, *[other] * (count - 1))
            yield "a large one last", (*[other] * (count - 1), code)
            yield "in turn", tuple((code, other)[(i + d) % 2] for i in range(count))
            if minus:
                yield "of both signs", tuple((code, other | minus)[(i + d) % 2] for i in range(count))
                yield "of both signs", (code | minus, other, *[less[i % 8] | minus * (i % 2) for i in range(count - 2)])
        yield "down", tuple(format.code(False, max(n - i, 1)) for i in range(count))
        yield "up", tuple(format.code(False, max(n - count + 1 + i, 1)) for i in range(count))
    for seed in range(2, 140):
        yield "drawn", tuple(pow(seed, 3 * i + 5, 1009) % len(codes) for i in range(count))


def _fitted(exponents: Sequence[int], format: Format, count: int) -> Values:
    """Terms with these exponents, where the format has them, and zeros."""
    found = []
    for e in exponents[:count]:
        n = format.grid.floor(Fraction(2) ** e)
        found.append(format.code(False, min(n, format.top)) if n else 0)
    return (*found, *[0] * (count - len(found)))


Terms = list[tuple[bool, Fraction]]
"""The signs and the exponents of the terms that are not zero, in order."""


def terms(parameters: Parameters, values: Values) -> Terms:
    """Those of a vector, the bias first."""
    initial, codes = split(parameters, values)
    data = [*([] if initial is None else [initial]), *map(format_of(parameters).decode, codes)]
    found = [(is_negative(x), logarithm(x)) for x in data]
    return [(negative, p) for negative, p in found if p is not None]


Step = Callable[[LogDomain, Fraction | None, Fraction], Fraction]
"""From the register, empty at first, and a logarithm to what a bug writes."""


def stepped(step: Step) -> Callable[[Parameters, Values], Values]:
    """A device that adds to its registers otherwise."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        sums, flags, held = accumulator(parameters), Flags.NONE, dict[bool, Fraction]()
        for negative, p in terms(parameters, values):
            written = NO_PORT.write((step(sums, held.get(negative), p), Flags.NONE), sums.register.to, "", 0)
            held[negative] = sums.register.number(written)
            flags |= written.flags
        return ended(sums, held, flags)

    return wrong


def ended(sums: LogDomain, held: dict[bool, Fraction], flags: Flags) -> Values:
    """The difference of the registers of either sign."""
    parts = [sums.powers.power(held[sign]) if sign in held else None for sign in (False, True)]
    result: Result = NO_PORT.write(sums.difference(*parts), sums.to, "", 0)
    return result.code, int(result.flags | flags)


def correction(sums: LogDomain, distance: Fraction) -> Fraction:
    """What is added for a distance."""
    return rational(sums.register.powers.power(-distance))


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The terms and the sum."""
    shown = [f"{'-' if negative else ''}2^{p}" for negative, p in terms(parameters, values)]
    text = " ".join(shown) if len(shown) <= 8 else f"{len(shown)} terms"
    return f"{text or 'nothing'} -> {short_text(accumulator(parameters).to.format.decode(results[0]))}"


def clauses(_: Parameters) -> tuple[str, ...]:
    """The recursion first."""
    return "log-sum/add", "log-sum/start", "log-sum/total", "log-sum/term"
