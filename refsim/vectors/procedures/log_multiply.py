"""Method 2 as a procedure: two logarithmic codes whose exponents are added; and its known bugs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ...spec.exact import Special
from ...spec.flags import Flags
from ...spec.formats import UniformGrid
from ...spec.log_grids import LogGrid
from ...spec.power_tables import Logarithm, PowerTable, WholePower, log_of, number_of
from ...spec.projection import Projection
from ...spec.shift_multipliers import LogProduct
from ...spec.terms import NO_PORT
from ..mutants import Mutant
from .code_products import (
    PARAMETERS,
    candidates,
    explain,
    formats,
    held,
    multiplier_of,
    numbers,
    operands,
    register,
    results,
    write,
)
from .procedure import Parameters, Procedure, Run, Values, bug

Change = Callable[[LogProduct, Logarithm, Logarithm], Logarithm]
"""From the multiplier and both logarithms to that of the product which a bug makes."""


def adder(parameters: Parameters) -> LogProduct:
    """The multiplier; ``ValueError`` for one of another kind."""
    return multiplier_of(parameters, LogProduct, "log_multiply needs a log(...)")


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return held(adder(parameters), *numbers(parameters, values))


def changed(change: Change) -> Run:
    """A device that adds logarithms otherwise."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        a, b = map(log_of, numbers(parameters, values))
        if isinstance(a, Special) or isinstance(b, Special):
            return run(parameters, values)
        m = adder(parameters)
        log = change(m, a, b)
        flags = Flags.NONE
        if log.exponent is not None:
            exponent, flags = m.held(log.exponent, NO_PORT, 0)
            log = log._replace(exponent=exponent)
        return write((number_of(log, m.powers), Flags.NONE), register(parameters), flags)

    return wrong


def total(_: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    """The right sum."""
    known = a.exponent is not None and b.exponent is not None
    return Logarithm(a.negative != b.negative, a.exponent + b.exponent if known else None)  # type: ignore[operator]


def _more(by: Callable[[LogProduct], Fraction]) -> Change:
    """The sum and something."""

    def wrong(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
        found = total(m, a, b)
        return found if found.exponent is None else found._replace(exponent=found.exponent + by(m))

    return wrong


def _sign_by_or(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    return total(m, a, b)._replace(negative=a.negative or b.negative)


def _zero_as_one(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    return total(m, *(log._replace(exponent=log.exponent or Fraction(0)) for log in (a, b)))


def _no_carry(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    """The fractions' carry is lost."""
    found = total(m, a, b)
    if a.exponent is None or b.exponent is None:
        return found
    return found._replace(exponent=a.exponent // 1 + b.exponent // 1 + (a.exponent + b.exponent) % 1)


def _difference(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    return total(m, a, b if b.exponent is None else b._replace(exponent=-b.exponent))


def _one_zero(m: LogProduct, a: Logarithm, b: Logarithm) -> Logarithm:
    """Only the first operand's zero is looked at."""
    least = Fraction(0) if b.exponent is None else b.exponent
    return total(m, a, b._replace(exponent=least))


def _zero_as_least(parameters: Parameters, values: Values) -> Values:
    """A code of zero is taken for the power below the least one."""
    logs: list[Logarithm] = []
    for number, format in zip(numbers(parameters, values), formats(parameters), strict=True):
        log, grid = log_of(number), format.grid
        if isinstance(log, Special) or not isinstance(grid, LogGrid):
            return run(parameters, values)
        below = Fraction(grid.least - 1, 1 << grid.fraction)
        logs.append(log if log.exponent is not None else log._replace(exponent=below))
    return changed(lambda m, a, b: total(m, *logs))(parameters, values)  # noqa: ARG005 the bug looked at the codes


def _with(change: Callable[[LogProduct], LogProduct]) -> Run:
    """A device with another part in its multiplier."""
    return lambda parameters, values: held(change(adder(parameters)), *numbers(parameters, values))


def _exponent(rule: str) -> Run:
    def other(m: LogProduct) -> LogProduct:
        assert m.exponent is not None, "the bug is in it"
        return replace(m, exponent=Projection(m.exponent.format, m.exponent.rounding, rule))

    return _with(other)


def _entry(parameters: Parameters, values: Values) -> Values:
    """The last entry of the table is one too large."""
    m = adder(parameters)
    assert isinstance(m.powers, PowerTable), "the bug is in a table"
    return held(replace(m, powers=OneOff(m.powers)), *numbers(parameters, values))


class OneOff:
    """A table whose last entry is one too large."""

    def __init__(self, table: PowerTable) -> None:
        self.table = table

    def power(self, exponent: Fraction) -> Fraction:
        """The power by the table."""
        found, step = self.table.power(exponent), Fraction(1, 1 << self.table.fraction)
        last = (exponent + step) % 1 == 0
        return found + (Fraction(2) ** (exponent // 1 - self.table.width) if last else 0)


def _overflows(m: LogProduct) -> LogProduct:
    """The register behind wraps."""
    assert m.to is not None, "it was looked for"
    return replace(m, to=Projection(m.to.format, m.to.rounding, "wrap"))


def _up(m: LogProduct) -> LogProduct:
    """The register behind cuts what it should round, or rounds what it should cut."""
    assert m.to is not None, "it was looked for"
    rule = "ties_to_away" if m.to.rounding.name.startswith("toward") else "toward_negative"
    return replace(m, to=Projection(m.to.format, rule, m.to.overflow))


def _has_exponent(rule: str) -> Callable[[Parameters], bool]:
    def applies(parameters: Parameters) -> bool:
        to = adder(parameters).exponent
        return to is not None and isinstance(to.format.grid, UniformGrid) and to.overflow.name == rule

    return applies


def _clips(parameters: Parameters) -> bool:
    to = adder(parameters).exponent
    return to is not None and isinstance(to.format.grid, LogGrid)


def _no_underflow(m: LogProduct) -> LogProduct:
    """A sum below the register of exponents becomes its least power, not its zero."""
    assert m.exponent is not None, "the bug is in it"
    return replace(m, exponent=replace_rounding(m.exponent))


def replace_rounding(to: Projection) -> Projection:
    """A projection that rounds away from zero, so that no number but zero becomes zero."""
    return Projection(to.format, "away_from_zero", to.overflow)


def has_signs(parameters: Parameters) -> bool:
    """Whether a format of the operands has signs."""
    return any(format.signed for format in formats(parameters))


def _both_have_signs(parameters: Parameters) -> bool:
    return all(format.signed for format in formats(parameters))


def has_fractions(parameters: Parameters) -> bool:
    """Whether exponents have fractions."""
    return any(isinstance(format.grid, LogGrid) and format.grid.fraction for format in formats(parameters))


def has_table(parameters: Parameters) -> bool:
    """Whether the powers are a table of fractions."""
    powers = adder(parameters).powers
    return isinstance(powers, PowerTable) and powers.fraction > 0


def _saturates(parameters: Parameters) -> bool:
    return register(parameters).overflow.name == "saturate" and isinstance(register(parameters).format.grid, UniformGrid)


def _step(m: LogProduct) -> Fraction:
    return Fraction(1, 1 << m.powers.fraction) if isinstance(m.powers, PowerTable) else Fraction(1)


MUTANTS: tuple[Mutant, ...] = (
    bug("log_multiply.zero-as-one", "takes the code of zero for 2**0", changed(_zero_as_one)),
    bug("log_multiply.zero-as-least", "takes a code of zero for the power below the least one", _zero_as_least),
    bug("log_multiply.one-zero", "looks at the zero of the first operand only", changed(_one_zero)),
    bug("log_multiply.one-more", "adds one step too many", changed(_more(_step))),
    bug("log_multiply.difference", "subtracts the exponents", changed(_difference)),
    bug("log_multiply.sign-or", "makes a product negative where either side is", changed(_sign_by_or), _both_have_signs),
    bug(
        "log_multiply.unsigned",
        "makes every product positive",
        changed(lambda m, a, b: total(m, a, b)._replace(negative=False)),
        has_signs,
    ),
    bug("log_multiply.no-carry", "loses the carry of the fractions", changed(_no_carry), has_fractions),
    bug("log_multiply.whole", "drops the fraction of the sum", _with(lambda m: replace(m, powers=WholePower())), has_table),
    bug("log_multiply.entry", "has a last entry that is one too large", _entry, has_table),
    bug("log_multiply.add-wraps", "lets the sum of exponents wrap", _exponent("wrap"), _has_exponent("saturate")),
    bug("log_multiply.add-saturates", "lets the sum of exponents saturate", _exponent("saturate"), _has_exponent("wrap")),
    bug("log_multiply.no-underflow", "never makes a zero of a small product", _with(_no_underflow), _clips),
    bug("log_multiply.wraps", "lets the register behind wrap", _with(_overflows), _saturates),
    bug("log_multiply.rounding", "cuts what should be rounded, or rounds what should be cut", _with(_up)),
)


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The product first."""
    m = adder(parameters)
    found = ["log-product/product", "power/table" if isinstance(m.powers, PowerTable) else "power/linear", "power/logarithm"]
    return (*found, "log-product/exponent") if m.exponent is not None else tuple(found)


_BASE_2, _ROOT_2, _FINE = "table(0,0,toward_zero)", "table(1,8,ties_to_even)", "table(2,10,ties_to_even)"
PUBLISHED = tuple(
    {"multiplier": f"log({powers}{f',exponent={exponent}' if exponent else ''},to={to})", "x": x, "y": y}
    for powers, exponent, to, x, y in (
        (_BASE_2, "", "q7.24/toward_zero/error", "log4_fsr3", "log4_fsr3"),
        (_BASE_2, "", "int8/toward_negative/wrap", "log4_fsr5", "slog5_fsr5"),
        (_BASE_2, "int4/toward_zero/saturate", "q8.8/toward_negative/saturate", "log4_fsr3", "slog5_fsr3"),
        (_BASE_2, "int4/toward_zero/wrap", "q8.8/toward_negative/saturate", "slog5_fsr3", "slog5_fsr3"),
        (_BASE_2, "log4_fsr3/ties_to_even/saturate", "q3.12/toward_zero/saturate", "log4_fsr3", "slog5_fsr3"),
        (_ROOT_2, "", "q7.8/toward_negative/wrap", "log4_fsr3_sqrt2", "slog5_fsr3_sqrt2"),
        (_ROOT_2, "q3.1/toward_zero/saturate", "q8.4/ties_to_even/saturate", "slog5_fsr3_sqrt2", "slog5_fsr3_sqrt2"),
        ("linear", "", "q7.8/ties_to_even/saturate", "slog5_fsr3_sqrt2", "slog5_fsr3_sqrt2"),
        (_FINE, "", "q9.8/ties_to_even/saturate", "lns2.2", "lns1.2"),
        (_FINE, "", "q15.8/toward_negative/saturate", "lns3.2", "lns3.2"),
        (_BASE_2, "", "binary16/ties_to_even/infinity", "slog5_fsr9", "slog8_fsr9"),
    )
)

LOG_MULTIPLY = Procedure(
    "log_multiply",
    "two logarithmic codes whose exponents are added, as a number in a register",
    PARAMETERS,
    operands,
    lambda parameters: results(adder(parameters)),
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
