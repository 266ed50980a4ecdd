"""Where a mutant applies: conditions on configurations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec.catalogue import get_format
from ...spec.exact import NAN, POSITIVE_INFINITY, Special
from ...spec.formats import FloatGrid, Format, UniformGrid
from ...spec.log_grids import LogGrid
from ...spec.posits import PositGrid
from ..operations import Configuration

Applies = Callable[[Configuration], bool]

NEAREST = ("ties_to_even", "ties_to_away", "ties_toward_zero", "ties_toward_positive", "ties_toward_negative", "ties_to_odd")
DIRECTED = ("toward_positive", "toward_negative")


NO_ENDS = ("sqrt", "rsqrt", "log", "log2")
"""Operations whose results in the operand's format lie far from both ends of the range."""
BOUNDED = ("sin", "cos", "tanh", "erf", "sigmoid", "hard_sigmoid", "hard_sigmoid_fifth", "hard_sigmoid_dpu", "log1p")
"""Operations whose results lie far from the greatest number."""
SUMS = ("add", "subtract", "faa")
"""Sums of few numbers."""
INTEGRAL = ("round_to_integral", "round_to_integral_exact", "to_integer")
"""Operations that round to an integer themselves."""


def is_read(c: Configuration) -> bool:
    """Operands are read as data, and not as codes."""
    return c.described is None or c.to is not None


def rounded(c: Configuration) -> bool:
    """Something is left to the projection to round."""
    return projected(c) and not stays_on_grid(c)


def projected(c: Configuration) -> bool:
    """The result can be no number of the result's format."""
    return c.to is not None and not c.is_exact and c.operation not in {"to_integer", "log_b"}


def stays_on_grid(c: Configuration) -> bool:
    """Fixed-point operands whose sum or product is a multiple of the result's step, and logarithmic ones of whose product the
    logarithm is."""
    grids = [format.grid for format in (*c.operands, *([c.to.format] if c.to else []))]
    steps = [grid.fraction for grid in grids if isinstance(grid, LogGrid)]
    if c.to is not None and len(steps) == len(grids):
        return c.operation in {"convert", "multiply", "divide", "reciprocal"} and max(steps) == steps[-1]
    quanta = [grid.quantum for grid in grids if isinstance(grid, UniformGrid)]
    if c.to is None or len(quanta) < len(grids):
        return False
    *of, step = quanta
    products = {"multiply": lambda: sum(of), "fma": lambda: min(of[0] + of[1], of[2])}
    sums = ("convert", "negation", "absolute_value", "add", "subtract", "faa")
    return c.operation in (*products, *sums) and products.get(c.operation, lambda: min(of))() >= step


def leaves_the_range(c: Configuration) -> bool:
    """A finite result can lie outside the range of the format; a sum of two or three posits does not reach the point that would
    follow the last one, unless it is twice that."""
    if c.to is None or not projected(c):
        return False
    sums = SUMS if isinstance(c.to.format.grid, PositGrid) and c.to.format.grid.es > 0 else ()
    return not (c.operation in (*NO_ENDS, *BOUNDED, *sums) and all(format == c.to.format for format in c.operands))


def tagged(*clauses: str) -> Applies:
    """One of these clauses decides the operation."""
    return lambda c: c.described is not None and any(tag in c.described.clauses for tag in clauses)


def binade(format: Format) -> int:
    """The points of a binade."""
    return 1 << format.grid.precision - 1 if isinstance(format.grid, FloatGrid) else 1


def rounds(*names: str) -> Applies:
    """The result is rounded by one of the rules, by any where none is named."""
    return lambda c: c.to is not None and (not names or c.to.rounding.name.partition(":")[0] in names)


def overflows(*names: str) -> Applies:
    """The overflow rule is one of these."""
    return lambda c: c.to is not None and c.to.overflow.name in names


def float_result(c: Configuration) -> bool:
    """The result is a floating-point number."""
    return c.to is not None and isinstance(c.to.format.grid, FloatGrid)


def subnormal_result(c: Configuration) -> bool:
    """The result can be a subnormal number."""
    same = all(format == c.to.format for format in c.operands) if c.to else False
    reached = not (same and c.operation in NO_ENDS)
    return float_result(c) and c.to is not None and (c.to.format.least_normal or 0) > 1 and reached


def float_operand(c: Configuration) -> bool:
    """An operand that is read can be subnormal."""
    return is_read(c) and any(isinstance(f.grid, FloatGrid) and f.grid.first_normal > 1 for f in c.operands)


def is_operation(*names: str) -> Applies:
    """The operation is one of these."""
    return lambda c: c.operation in names


def has_nan(c: Configuration) -> bool:
    """An operand can be a NaN, and so can what shows it."""
    return is_read(c) and holds(c, NAN) and (c.to is None or c.to.format.canonical(NAN) is not None)


def holds(c: Configuration, datum: Special) -> bool:
    """An operand's format has the datum."""
    return any(format.canonical(datum) is not None for format in c.operands)


def has_infinity(c: Configuration) -> bool:
    """An operand can be an infinity, and something becomes of it: a rule that wraps refuses it."""
    return is_read(c) and holds(c, POSITIVE_INFINITY) and not (c.to and c.to.overflow.wrap)


def has_signaling(c: Configuration) -> bool:
    """An operand can be a signaling NaN, and the result a NaN."""
    return holds(c, Special.SIGNALING_NAN) and c.to is not None and c.to.format.canonical(NAN) is not None


def has_minus(c: Configuration) -> bool:
    """An operand that is read can be negative."""
    return is_read(c) and any(format.signed for format in c.operands)


def negative_zero(c: Configuration) -> bool:
    """The result can be the negative zero."""
    return c.to is not None and c.to.format.has_negative_zero


def asymmetric(c: Configuration) -> bool:
    """The range of the result reaches farther on one side of zero."""
    return c.to is not None and c.to.format.signed and c.to.format.top != c.to.format.top_negative


def result_has_nan(c: Configuration) -> bool:
    """The result can be a NaN."""
    return c.to is not None and c.to.format.canonical(NAN) is not None


def past_end_is_number(c: Configuration) -> bool:
    """Some number past the end becomes a number and not what stands for infinity."""
    if c.to is None or c.to.overflow.name != "infinity":
        return overflows("saturate", "saturate_propagate", "saturate_finite")(c)
    return not all(c.to.rounding.goes_up(c.to.past_end(negative)) for negative in (False, True))


def comes_back(c: Configuration) -> bool:
    """Some number past the end is rounded back to the last one, or what becomes of it depends on how far past it is."""
    if c.to is None or c.to.overflow.wrap:
        return c.to is not None
    ends = [c.to.past_end(negative)._replace(t=Fraction(1, 4)) for negative in (False, True)]
    return rounded(c) and not all(c.to.rounding.goes_up(end) for end in ends)


def past_end_is_not_nan(c: Configuration) -> bool:
    """Some number past the end becomes a number or an infinity."""
    infinite = c.to is not None and c.to.format.canonical(POSITIVE_INFINITY) is not None
    return past_end_is_number(c) or (overflows("infinity")(c) and infinite)


def not_rounds(*names: str) -> Applies:
    """The result is rounded, and by none of these rules."""
    return lambda c: c.to is not None and c.to.rounding.name.partition(":")[0] not in names


def carries(c: Configuration) -> bool:
    """Rounding can carry into the next binade: the last point of a binade of several is odd."""
    odd_stays = c.to is not None and binade(c.to.format) > 1
    return float_result(c) and not_rounds("toward_zero", *(["to_odd"] if odd_stays else []))(c)


def infinity_is_nan(c: Configuration) -> bool:
    """What stands for an infinite result is NaN already."""
    if c.to is None or c.to.overflow.name == "saturate_finite":
        return c.to is not None
    return c.to.overflow.name == "infinity" and c.to.format.canonical(POSITIVE_INFINITY) is None


def both(*conditions: Applies) -> Applies:
    """All of the conditions."""
    return lambda c: all(condition(c) for condition in conditions)


def wide(name: str) -> Applies:
    """The intermediate format has more significant bits than the result."""
    precision = binade(get_format(name)).bit_length()
    return lambda c: float_result(c) and c.to is not None and binade(c.to.format).bit_length() < precision


def has(datum: Special) -> Applies:
    """An operand's format has the datum."""
    return lambda c: holds(c, datum)


def both_zeros(c: Configuration) -> bool:
    """Every operand's format has zeros of both signs."""
    return all(format.has_negative_zero for format in c.operands)


def has_subnormals(c: Configuration) -> bool:
    """An operand's format has subnormal numbers."""
    return any((format.least_normal or 0) > 1 for format in c.operands)
