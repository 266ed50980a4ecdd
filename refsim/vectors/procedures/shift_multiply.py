"""Method 1 as a procedure: a number shifted by the exponent that a logarithmic code holds; and its known bugs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec.arithmetic import exact_product
from ...spec.exact import Special, is_negative, is_zero, magnitude, power_of_two
from ...spec.formats import Coding
from ...spec.log_grids import LogGrid
from ...spec.operands import Outcome, rational
from ...spec.power_tables import ExactPower, Logarithm, PowerTable, WholePower, log_of, number_of
from ...spec.projection import Projection
from ...spec.shift_multipliers import ShiftProduct
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

Change = Callable[[ShiftProduct, Fraction, Logarithm], Outcome]
"""From the multiplier, the number and the logarithm to the product that a bug makes."""
NONE = Fraction(0)


def shifter(parameters: Parameters) -> ShiftProduct:
    """The multiplier; ``ValueError`` for one of another kind."""
    return multiplier_of(parameters, ShiftProduct, "shift_multiply needs a shift(...)")


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return held(shifter(parameters), *numbers(parameters, values))


def parts(parameters: Parameters, values: Values) -> tuple[Fraction, Logarithm] | None:
    """The number and the logarithm; ``None`` where one is a NaN or an infinity."""
    x, y = numbers(parameters, values)
    linear, other = (y, x) if shifter(parameters).log == "x" else (x, y)
    log, number = log_of(other), linear.exact
    if isinstance(log, Special) or (isinstance(number, Special) and not is_zero(number)):
        return None
    return rational(Fraction(0) if isinstance(number, Special) else number), log


def changed(change: Change) -> Run:
    """A device that makes other products of numbers and logarithms."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        found = parts(parameters, values)
        if found is None:
            return run(parameters, values)
        return write(change(shifter(parameters), *found), register(parameters))

    return wrong


def product(m: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """The right product."""
    return exact_product(number, number_of(log, m.powers))


def at(change: Callable[[Fraction], Fraction]) -> Run:
    """A device that shifts by another exponent."""
    return changed(
        lambda m, w, log: product(m, w, log if log.exponent is None else log._replace(exponent=change(log.exponent)))
    )


def _zero(exponent: Callable[[Parameters], Fraction]) -> Run:
    """The code of zero stands for a power."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        found = parts(parameters, values)
        if found is None or found[1].exponent is not None:
            return run(parameters, values)
        m = shifter(parameters)
        return write(product(m, found[0], found[1]._replace(exponent=exponent(parameters))), register(parameters))

    return wrong


def _before_the_first(parameters: Parameters) -> Fraction:
    """The exponent that the code of zero would have."""
    x, y = formats(parameters)
    grid = (x if shifter(parameters).log == "x" else y).grid
    return Fraction(grid.least - 1, 1 << grid.fraction) if isinstance(grid, LogGrid) else NONE


def _logical(parameters: Parameters, values: Values) -> Values:
    """Zeros come in before the first bit of a negative number that is shifted to the right."""
    found, to = parts(parameters, values), register(parameters)
    if found is None or found[0] >= 0 or found[1].negative or (found[1].exponent or NONE) >= 0:
        return run(parameters, values)
    places = -(found[1].exponent or NONE) // 1
    bits = found[0] / power_of_two(to.format.grid.quantum) // 1 % (1 << to.format.width)
    return bits >> places, run(parameters, values)[1]


def _early(m: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """The number is shifted and rounded before it is multiplied by the entry of the table."""
    if log.exponent is None or m.to is None:
        return product(m, number, log)
    whole = log.exponent // 1
    shifted = m.to.format.decode(m.to(number * power_of_two(whole)).code)
    return exact_product(shifted, number_of(log._replace(exponent=log.exponent - whole), m.powers))


def _entry_too_large(m: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """The last entry of the table is one too large."""
    found, table = number_of(log, m.powers), m.powers
    assert isinstance(table, PowerTable), "the bug is in a table"
    last = log.exponent is not None and (log.exponent + Fraction(1, 1 << table.fraction)) % 1 == 0
    if last and log.exponent is not None:
        more = power_of_two(log.exponent // 1 - table.width)
        found = rational(found) + (-more if log.negative else more)
    return exact_product(number, found)


def _whole(_: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """The fraction of the exponent is dropped."""
    return exact_product(number, number_of(log, WholePower()))


def _with(rounding: str | None = None, overflow: str | None = None) -> Run:
    """A device with another rule in its register."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        found, to = parts(parameters, values), register(parameters)
        if found is None:
            return run(parameters, values)
        other = Projection(to.format, rounding or to.rounding, overflow or to.overflow)
        return write(product(shifter(parameters), *found), other)

    return wrong


def _unsigned(m: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """A product with a sign of its own loses that of the logarithm."""
    return product(m, number, log._replace(negative=False))


def _sign_by_or(m: ShiftProduct, number: Fraction, log: Logarithm) -> Outcome:
    """A minus on either side makes the product negative."""
    found = magnitude(exact_product(number, number_of(log, m.powers))[0])
    return exact_product(-found if log.negative or is_negative(number) else found, Fraction(1))


def rounds(rule: str) -> Callable[[Parameters], bool]:
    """Whether the register has a rule."""
    return lambda parameters: register(parameters).rounding.name == rule


def ends(rule: str) -> Callable[[Parameters], bool]:
    """Whether the register has an overflow rule."""
    return lambda parameters: register(parameters).overflow.name == rule


def in_twos_complement(parameters: Parameters) -> bool:
    """Whether the register is a signed one of two's complement."""
    return register(parameters).format.coding is Coding.TWOS_COMPLEMENT and rounds("toward_negative")(parameters)


def has_table(parameters: Parameters) -> bool:
    """Whether the powers are a table of fractions."""
    powers = shifter(parameters).powers
    return isinstance(powers, PowerTable) and powers.fraction > 0


def has_signs(parameters: Parameters) -> bool:
    """Whether logarithmic codes have a sign."""
    x, y = formats(parameters)
    return (x if shifter(parameters).log == "x" else y).signed


MUTANTS: tuple[Mutant, ...] = (
    bug(
        "shift_multiply.direction", "shifts to the right where it should to the left, and the other way round", at(lambda e: -e)
    ),
    bug("shift_multiply.one-more", "shifts by one place more", at(lambda e: e + 1)),
    bug("shift_multiply.zero-as-one", "takes the code of zero for 2**0", _zero(lambda _: NONE)),
    bug("shift_multiply.zero-as-least", "takes the code of zero for the power below the least one", _zero(_before_the_first)),
    bug("shift_multiply.logical", "shifts zeros in before the first bit", _logical, in_twos_complement),
    bug("shift_multiply.masked", "looks at the last three bits of the places only", at(lambda e: e if e >= 0 else -(-e % 8))),
    bug("shift_multiply.toward-zero", "cuts magnitudes", _with("toward_zero"), rounds("toward_negative")),
    bug("shift_multiply.floor", "rounds down", _with("toward_negative"), rounds("toward_zero")),
    bug("shift_multiply.cut", "cuts off and does not round", _with("toward_negative"), rounds("ties_to_even")),
    bug("shift_multiply.half-up", "adds a half and cuts off", _with("ties_toward_positive"), rounds("ties_to_even")),
    bug("shift_multiply.wraps", "loses bits on the left", _with(overflow="wrap"), ends("saturate")),
    bug("shift_multiply.saturates", "saturates", _with(overflow="saturate"), ends("wrap")),
    bug("shift_multiply.whole", "drops the fraction of the exponent", changed(_whole), has_table),
    bug("shift_multiply.entry", "has a last entry that is one too large", changed(_entry_too_large), has_table),
    bug("shift_multiply.early", "rounds before the table", changed(_early), has_table),
    bug("shift_multiply.unsigned", "forgets the sign of the logarithm", changed(_unsigned), has_signs),
    bug("shift_multiply.sign-or", "makes a product negative where either side is", changed(_sign_by_or), has_signs),
)


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The product first."""
    powers = shifter(parameters).powers
    how = {PowerTable: "power/table", ExactPower: "power/exact", WholePower: "power/whole"}.get(type(powers), "power/linear")
    return "shift-product/shift", how, "power/logarithm", "power/number"


_BASE_2, _ROOT_2 = "table(0,0,toward_zero)", "table(1,8,ties_to_even)"
PUBLISHED = tuple(
    {"multiplier": f"shift({log},{powers},to={to})", "x": x, "y": y}
    for log, powers, to, x, y in (
        ("x", _BASE_2, "int8/toward_negative/wrap", "log4_fsr3", "int8"),
        ("x", _BASE_2, "int8/toward_negative/saturate", "log4_fsr3", "int8"),
        ("x", _BASE_2, "int16/toward_zero/saturate", "log4_fsr6", "int8"),
        ("y", _BASE_2, "q4.3/ties_to_even/saturate", "int4", "slog5_fsr3"),
        ("x", _BASE_2, "q7.12/toward_zero/error", "log4_fsr3", "int4"),
        ("y", _ROOT_2, "q5.2/toward_negative/wrap", "int4", "slog5_fsr3_sqrt2"),
        ("y", _ROOT_2, "int8/ties_to_even/saturate", "int8", "log4_fsr3_sqrt2"),
        ("x", "linear", "int8/ties_to_even/saturate", "slog5_fsr3_sqrt2", "int4"),
        ("x", _BASE_2, "binary16/ties_to_even/infinity", "log4_fsr3", "float8_e4m3fn"),
        ("x", "table(2,10,ties_to_even)", "int16/toward_negative/wrap", "lns3.2", "int8"),
    )
)

SHIFT_MULTIPLY = Procedure(
    "shift_multiply",
    "a number shifted by the exponent of a logarithmic code, in the register behind the shifter",
    PARAMETERS,
    operands,
    lambda parameters: results(shifter(parameters)),
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
