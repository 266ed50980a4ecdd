"""Known bugs of sums in the logarithmic domain, and the published configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ...spec.exact import Exact
from ...spec.families import fixed_format
from ...spec.flags import Flags
from ...spec.log_accumulators import LogDomain, LogSum
from ...spec.power_tables import LinearPower, PowerTable, WholePower
from ...spec.projection import Projection
from ..mutants import Mutant
from .log_accumulate import (
    PARAMETERS,
    accumulator,
    candidates,
    clauses,
    correction,
    ended,
    explain,
    format_of,
    operands,
    results,
    run,
    split,
    stepped,
    terms,
    total,
)
from .procedure import Parameters, Procedure, Run, Values, bug

NONE = Fraction(0)


def _no_floor(_: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The distance is from the register with its fraction, and its power is taken on a line."""
    return p if s is None else max(s, p) + LinearPower().power(-abs(s - p))


def _rounded(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The register is rounded, not cut, for the shift."""
    return p if s is None else max(s, p) + correction(sums, abs((2 * s + 1) // 2 - p))


def _up(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The register is rounded up for the shift."""
    return p if s is None else max(s, p) + correction(sums, abs(-(-s // 1) - p))


def _min(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The smaller of the two is taken."""
    return p if s is None else min(s, p) + correction(sums, abs(s // 1 - p))


def _floored(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The register loses its fraction for the sum too."""
    return p if s is None else max(Fraction(s // 1), p) + correction(sums, abs(s // 1 - p))


def _signed(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The difference is not made positive, so that a larger term shifts to the left."""
    return p if s is None else max(s, p) + correction(sums, s // 1 - p)


def _clipped(most: int) -> Callable[[LogDomain, Fraction | None, Fraction], Fraction]:
    """The distance ends at some number."""
    return lambda sums, s, p: p if s is None else max(s, p) + correction(sums, min(abs(s // 1 - p), Fraction(most)))


def _ignored(least: int) -> Callable[[LogDomain, Fraction | None, Fraction], Fraction]:
    """Terms that are farther away are not added."""

    def step(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
        if s is None:
            return p
        distance = abs(s // 1 - p)
        return max(s, p) + (correction(sums, distance) if distance < least else 0)

    return step


def _from_one(sums: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The register is not empty at first, but zero, which is the logarithm of one."""
    s = NONE if s is None else s
    return max(s, p) + correction(sums, abs(s // 1 - p))


def _lost(_: LogDomain, s: Fraction | None, p: Fraction) -> Fraction:
    """The greatest term is all that is left."""
    return p if s is None else max(s, p)


def _with(change: Callable[[LogDomain], LogDomain]) -> Run:
    """A device with another part."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        return total(change(accumulator(parameters)), format_of(parameters), *split(parameters, values))

    return wrong


def _register(change: Callable[[LogSum], Projection]) -> Run:
    """A device whose registers have another projection."""
    return _with(lambda sums: replace(sums, register=replace(sums.register, to=change(sums.register))))


def _shorter(register: LogSum) -> Projection:
    """A fraction bit less."""
    to, grid = register.to, register.to.format.grid
    fraction = -grid.quantum - 1
    integer = to.format.width - 2 - fraction
    return Projection(fixed_format(f"q{integer}.{fraction}", integer, fraction, signed=True), to.rounding, to.overflow)


def _order(change: Callable[[list[Fraction]], list[Fraction]]) -> Run:
    """A device that adds the terms of each sign in another order."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        sums, held, flags = accumulator(parameters), dict[bool, Fraction](), Flags.NONE
        for sign in (False, True):
            logs = change([p for negative, p in terms(parameters, values) if negative == sign])
            for i, p in enumerate(logs):
                s = held.get(sign)
                value = p if i == 0 or s is None else max(s, p) + correction(sums, abs(s // 1 - p))
                written = sums.register.to(value)
                held[sign], flags = sums.register.number(written), flags | written.flags
        return ended(sums, held, flags)

    return wrong


def _one_register(parameters: Parameters, values: Values) -> Values:
    """Signs are forgotten."""
    format = format_of(parameters)
    half = (1 << format.width - 1) - 1
    return run(parameters, tuple(value & half for value in values))


def _negative_added(parameters: Parameters, values: Values) -> Values:
    """At the end the registers are added."""
    sums = accumulator(parameters)

    class Added(LogDomain):
        def difference(self, positive: Exact | None, negative: Exact | None) -> tuple[Exact, Flags]:
            return super().difference(positive, None if negative is None else -negative)  # type: ignore[operator,arg-type]

    added = Added(sums.register, sums.powers, sums.to)
    return total(added, format_of(parameters), *split(parameters, values))


def _without_bias(parameters: Parameters, values: Values) -> Values:
    return run(parameters, (0, *values[1:]))


def _bias_last(parameters: Parameters, values: Values) -> Values:
    """The bias is the last term."""
    return total(accumulator(parameters), format_of(parameters), None, (*values[1:], values[0]))


def _signs(parameters: Parameters) -> bool:
    return format_of(parameters).signed


def _biased(parameters: Parameters) -> bool:
    return parameters["bias"] == "first"


def _saturates(parameters: Parameters) -> bool:
    return accumulator(parameters).register.to.overflow.name == "saturate"


def _cuts(parameters: Parameters) -> bool:
    return accumulator(parameters).register.to.rounding.name == "toward_negative"


def _has_fraction(parameters: Parameters) -> bool:
    grid = accumulator(parameters).register.to.format.grid
    return bool(grid.quantum < 0)


def _line(parameters: Parameters) -> bool:
    return isinstance(accumulator(parameters).powers, LinearPower | PowerTable) and _has_fraction(parameters)


MUTANTS: tuple[Mutant, ...] = (
    bug("log_accumulate.no-floor", "does not cut the register for the distance", stepped(_no_floor), _has_fraction),
    bug("log_accumulate.rounded", "rounds the register for the distance", stepped(_rounded), _has_fraction),
    bug("log_accumulate.up", "rounds the register up for the distance", stepped(_up), _has_fraction),
    bug("log_accumulate.floored", "drops the fraction of the register", stepped(_floored), _has_fraction),
    bug("log_accumulate.min", "takes the smaller of register and term", stepped(_min)),
    bug("log_accumulate.signed", "does not take the magnitude of the distance", stepped(_signed)),
    bug("log_accumulate.clipped", "ends the distance at three", stepped(_clipped(3))),
    bug("log_accumulate.ignored", "leaves out terms three or more octaves away", stepped(_ignored(3))),
    bug("log_accumulate.from-one", "starts from a register that is zero", stepped(_from_one)),
    bug("log_accumulate.lost", "keeps the greatest term alone", stepped(_lost)),
    bug("log_accumulate.reversed", "adds the last term first", _order(lambda logs: logs[::-1])),
    bug("log_accumulate.sorted", "adds the greatest term first", _order(lambda logs: sorted(logs, reverse=True))),
    bug("log_accumulate.last", "leaves out the last term", _order(lambda logs: logs[:-1])),
    bug("log_accumulate.first", "leaves out the first term", _order(lambda logs: logs[1:])),
    bug("log_accumulate.bit-less", "has a fraction bit less", _register(_shorter), _has_fraction),
    bug(
        "log_accumulate.rounds",
        "rounds what is shifted out",
        _register(lambda r: Projection(r.to.format, "ties_to_away", r.to.overflow)),
        _cuts,
    ),
    bug(
        "log_accumulate.wraps",
        "lets the register wrap",
        _register(lambda r: Projection(r.to.format, r.to.rounding, "wrap")),
        _saturates,
    ),
    bug("log_accumulate.shift-back", "drops the fraction at the end", _with(lambda s: replace(s, powers=WholePower())), _line),
    bug("log_accumulate.one-register", "forgets signs", _one_register, _signs),
    bug("log_accumulate.added", "adds the negative sum at the end", _negative_added, _signs),
    bug("log_accumulate.no-bias", "forgets the bias", _without_bias, _biased),
    bug("log_accumulate.bias-last", "adds the bias last", _bias_last, _biased),
)


def _published(register: str, powers: str, back: str, to: str) -> str:
    return f"log_domain(log_sum({register},{powers}),{back},{to})"


PUBLISHED = tuple(
    {"accumulator": _published(register, powers, back, to), "x": x, "count": count, "bias": bias}
    for register, powers, back, to, x, count, bias in (
        ("q4.3/toward_negative/saturate", "exact", "linear", "uq10.6/toward_zero/saturate", "log3_fsr2", "4", "none"),
        ("q4.3/toward_negative/saturate", "exact", "linear", "uq10.12/toward_zero/saturate", "log4_fsr3", "8", "none"),
        ("q4.8/toward_negative/saturate", "exact", "linear", "q10.16/toward_zero/saturate", "slog5_fsr3", "8", "none"),
        (
            "q4.8/ties_to_even/saturate",
            "exact",
            "table(8,9,ties_to_even)",
            "q10.8/ties_to_even/saturate",
            "slog5_fsr3",
            "16",
            "none",
        ),
        ("q3.4/toward_negative/wrap", "exact", "linear", "q10.12/toward_zero/saturate", "slog4_fsr3", "8", "first"),
        ("q2.4/toward_negative/saturate", "exact", "linear", "q10.12/toward_zero/saturate", "log4_fsr3", "8", "none"),
        (
            "q4.6/toward_negative/saturate",
            "table(1,8,ties_to_even)",
            "linear",
            "q9.12/toward_zero/wrap",
            "slog5_fsr3_sqrt2",
            "8",
            "none",
        ),
        ("q4.6/toward_negative/saturate", "whole", "whole", "q8.16/toward_zero/saturate", "slog5_fsr3_sqrt2", "8", "first"),
    )
)

LOG_ACCUMULATE = Procedure(
    "log_accumulate",
    "a sum of logarithmic codes in registers that hold logarithms, as a number",
    PARAMETERS,
    operands,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
