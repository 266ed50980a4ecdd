"""Chains of dot products as a procedure: a seed and a number of rounds, and one signature over all results."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...spec.accumulators import Sequential
from ...spec.datapath_names import get_accumulator
from ...spec.flags import Flags, Result
from ...spec.formats import Number, Unrepresentable
from ...spec.signatures import FEEDBACKS, REGISTER, Chain, draw, is_number, operands, shifted, signature
from ...spec.signatures import run as results_of
from ...spec.text import exact_text
from ..fields import FLAG_BITS, Field, code_field
from . import dot
from .dot import NONE, Given, shape
from .dot_configurations import BRAIN, E4M3, E5M2, HALF, SINGLE
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug

FEEDBACK = Parameter("feedback", "where each result goes: the next sum's initial value, or its first operand", FEEDBACKS)
PARAMETERS = (*(p for p in dot.PARAMETERS if p.name not in {"bias", "scales"}), FEEDBACK)


def chain(parameters: Parameters) -> Chain:
    """The chain that parameters mean; ``ValueError`` where one of them means nothing."""
    s = shape({"bias": NONE, "scales": NONE, **parameters})
    if s.draws:
        raise ValueError("a chain of dot products takes no random bits, so no stochastic rule")
    return Chain(s.x, s.y, s.length, s.path, parameters["feedback"])


def fields(parameters: Parameters) -> Iterator[Field]:
    """The seed of the shift register, and the number of dot products."""
    chain(parameters)
    yield from (Field("seed", 32), Field("rounds", 16))


def results(parameters: Parameters) -> Iterator[Field]:
    """The last result, the CRC of all of them, and all their flags."""
    yield from (code_field("y", chain(parameters).path.to.format), Field("crc", 32), Field("flags", FLAG_BITS))


def _signed(found: Iterator[Result], asked: Chain) -> Values:
    try:
        last, crc = signature(found, asked.path.to.format)
    except ValueError as error:
        raise Unrepresentable(str(error)) from None
    return last.code, crc, int(last.flags)


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    asked = chain(parameters)
    return _signed(results_of(asked, *values), asked)


SEEDS = (0x80000000, 0xDEADBEEF, 0x12345678, REGISTER)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Short chains, to find where a device goes wrong first, and long ones."""
    del parameters
    yield from (("first steps", (1, rounds)) for rounds in (1, 2, 3, 10))
    for seed in SEEDS:
        yield from (("short", (seed, rounds)) for rounds in (1, 30))
    yield from (("long", values) for values in ((1, 100), (1, 1000)))


def explain(parameters: Parameters, values: Values, found: Values) -> str:
    """How many results there are, and the last of them."""
    last = exact_text(chain(parameters).path.to.format.decode(found[0]))
    return f"{values[1]} dot products from seed {values[0]:#x}, the last {last}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clauses of chains first."""
    rest = dot.clauses({"bias": NONE, "scales": NONE, **parameters})
    return ("signature/chain", "signature/operands", "signature/draw", "signature/register", "signature/crc", *rest)


def label(parameters: Parameters) -> Iterator[str]:
    """What tells chains apart."""
    yield from dot.label({"bias": NONE, "scales": NONE, **parameters})
    yield parameters["feedback"]


Step = Callable[[Given, int, Result], Result]
"""What a device does in a round: from the operands, the number of the round and the result before."""


def _by_steps(step: Step) -> Run:
    """A chain on a device that goes wrong in some rounds; what it gives goes on as the device gave it."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        asked = chain(parameters)
        to = asked.path.to.format

        def found() -> Iterator[Result]:
            state, before = values[0], Result(0, Flags.NONE)
            for i in range(values[1]):
                xs, ys, state = operands(state, asked, before.code)
                start = Number(before.code if is_number(before.code, to) else 0, to)
                bias = start if asked.feedback == "initial" else None
                before = step(Given(tuple(xs), tuple(ys), asked.path, bias, ()), i, before)
                yield before

        return _signed(found(), asked)

    return wrong


def _flipped(given: Given, i: int, _: Result) -> Result:
    """Bit 0 of every 256th result is inverted."""
    code, flags = given.result()
    return Result(code ^ (i % 256 == 255), flags)


def _not_cleared(given: Given, i: int, before: Result) -> Result:
    """Every 64th sum starts from the one before."""
    kept = Number(before.code, given.path.to.format) if i % 64 == 63 else None
    return (given._replace(bias=kept) if given.bias is None else given).result()


def _cleared(given: Given, i: int, _: Result) -> Result:
    """Every 64th sum starts from 0."""
    assert given.bias is not None, "sums start from results here"
    return (given._replace(bias=Number(0, given.bias.format)) if i % 64 == 63 else given).result()


def _stuck(given: Given, _: int, before: Result) -> Result:
    """A sum that follows one that has overflowed is left as that one is."""
    return before if before.flags & Flags.OVERFLOW else given.result()


def _drawn_in_turn(parameters: Parameters, values: Values) -> Values:
    """The operands are drawn as x[0], y[0], x[1], y[1]."""
    asked = chain(parameters)

    def found() -> Iterator[Result]:
        state, code, to = values[0], 0, asked.path.to.format
        for _ in range(values[1]):
            pairs = []
            for _ in range(asked.length):
                x, state = draw(state, asked.x)
                y, state = draw(state, asked.y)
                pairs.append((Number(x, asked.x), Number(y, asked.y)))
            xs, ys = zip(*pairs, strict=True)
            bias = Number(code if is_number(code, to) else 0, to) if asked.feedback == "initial" else None
            result = Given(xs, ys, asked.path, bias, ()).result()
            code = result.code
            yield result

    return _signed(found(), asked)


def _crc_not_inverted(parameters: Parameters, values: Values) -> Values:
    code, crc, flags = run(parameters, values)
    return code, crc ^ REGISTER, flags


def _one_shift(parameters: Parameters, values: Values) -> Values:
    """The shift register has been shifted once before the first code."""
    return run(parameters, (shifted(values[0]), values[1]))


def _feeds(feedback: str) -> Callable[[Parameters], bool]:
    return lambda parameters: parameters["feedback"] == feedback


def _sticky(parameters: Parameters) -> bool:
    accumulator = get_accumulator(parameters["accumulator"])
    return isinstance(accumulator, Sequential) and accumulator.sticky


MUTANTS = (
    bug("dot_chain.once-in-256", "bit 0 of every 256th result is wrong", _by_steps(_flipped)),
    bug("dot_chain.not-cleared", "every 64th sum starts from the result before", _by_steps(_not_cleared), _feeds("operand")),
    bug("dot_chain.cleared", "every 64th sum starts from 0", _by_steps(_cleared), _feeds("initial")),
    bug("dot_chain.stuck", "a sum that has overflowed stays in the register", _by_steps(_stuck), _sticky),
    bug("dot_chain.in-turn", "the operands are drawn as x[0], y[0], x[1], y[1]", _drawn_in_turn),
    bug("dot_chain.crc-inverted", "the bits of the CRC are not inverted at the end", _crc_not_inverted),
    bug("dot_chain.one-shift", "the shift register is shifted once before the first code", _one_shift),
)


def _configuration(x: str, y: str, length: int, accumulator: str, feedback: str, **others: str) -> Parameters:
    plain = {"x": x, "y": y, "length": str(length), "multiplier": "exact", "accumulator": accumulator, "output": NONE}
    return {**plain, **others, "feedback": feedback}


PUBLISHED = (
    _configuration("int8", "int8", 8, "sequential(int18/toward_zero/saturate)", "initial"),
    _configuration("int8", "int8", 4, "sequential(int16/toward_zero/saturate,sticky)", "operand"),
    _configuration("int8", "int8", 4, "sequential(int32/toward_zero/wrap)", "initial"),
    _configuration(E4M3, E4M3, 4, f"sequential({SINGLE})", "initial"),
    _configuration(E4M3, E4M3, 8, f"sequential({SINGLE},group=4,align=13/toward_zero/value/apart)", "initial"),
    _configuration(E5M2, E4M3, 4, f"sequential({HALF})", "operand", output="float8_e4m3fn/ties_to_even/saturate"),
    _configuration("bfloat16", "bfloat16", 4, f"sequential({SINGLE})", "operand", output=BRAIN),
    _configuration("binary16", "binary16", 4, f"pairwise({HALF})", "operand", multiplier=f"rounded({HALF})"),
)

DOT_CHAIN = Procedure(
    "dot_chain",
    "dot products whose results go into the next one, under one signature",
    PARAMETERS,
    fields,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
    label,
)
