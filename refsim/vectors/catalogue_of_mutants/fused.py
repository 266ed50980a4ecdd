"""Mutants of fused sums, dot products and scaled operations."""

from __future__ import annotations

from fractions import Fraction

from ...spec.arithmetic import exact_add, exact_multiply
from ...spec.exact import Exact, Special, is_infinite, is_nan, is_negative, is_zero, negate
from ...spec.flags import Flags
from ...spec.operands import Outcome, Setting
from ...spec.scaling import reduced, times_power
from ..mutants import REFERENCE, Mutant, deviation
from ..operations import Configuration
from .conditions import Applies

Data = tuple[Exact, ...]


def _setting(c: Configuration, draw: int | None = None) -> Setting:
    assert c.to is not None, "a sum is projected"
    return Setting(c.operands, c.to, draw)


def _steps(c: Configuration, terms: list[Exact], flags: Flags) -> Outcome:
    """The terms added one after another, each sum rounded before the next."""
    setting = _setting(c)
    value: Exact = terms[0]
    for term in terms[1:]:
        if not isinstance(value, Special):
            value, flags = rounded_by(setting, value, flags)
        value, raised = exact_add(setting, value, term)
        flags |= raised
    return value, flags


def rounded_by(setting: Setting, value: Exact, flags: Flags) -> Outcome:
    """A number rounded to the result's format, with the flags of that; with no random bits where the rule takes some."""
    draw = 0 if setting.to.rounding.bits else None
    result = setting.to(value, draw)
    return setting.to.format.decode(result.code), flags | (result.flags & ~Flags.INVALID)


def _unfused(c: Configuration, data: Data, draw: int | None) -> Outcome:
    if any(map(is_nan, data)):
        return REFERENCE.operate(c, data, draw)
    product, flags = exact_multiply(_setting(c), *data[:2])
    return (product, flags) if is_nan(product) else _steps(c, [product, data[2]], flags)


def _added_in_steps(c: Configuration, data: Data, draw: int | None) -> Outcome:
    return REFERENCE.operate(c, data, draw) if any(map(is_nan, data)) else _steps(c, list(data), Flags.NONE)


def _products(c: Configuration, data: Data, *, rounded: bool) -> tuple[list[Exact], Flags]:
    setting, half = _setting(c), len(data) // 2
    outcomes = [exact_multiply(setting, x, y) for x, y in zip(data[:half], data[half:], strict=True)]
    flags = Flags.INVALID if any(raised for _, raised in outcomes) else Flags.NONE
    terms = [value for value, _ in outcomes]
    if rounded:
        terms = [x if isinstance(x, Special) else rounded_by(setting, x, flags)[0] for x in terms]
    return terms, flags


def _dot_in_steps(c: Configuration, data: Data, draw: int | None) -> Outcome:
    terms, flags = _products(c, data, rounded=False)
    return REFERENCE.operate(c, data, draw) if any(map(is_nan, terms)) else _steps(c, terms, flags)


def _dot_of_rounded(c: Configuration, data: Data, draw: int | None) -> Outcome:
    terms, _ = _products(c, data, rounded=True)
    if any(isinstance(x, Special) for x in terms):
        return REFERENCE.operate(c, data, draw)
    total = sum((x for x in terms if isinstance(x, Fraction)), Fraction(0))
    return (total, Flags.NONE) if total else REFERENCE.operate(c, data, draw)


def _zero_of_the_product(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    if is_zero(value) and is_zero(data[2]):
        product, _ = exact_multiply(_setting(c), *data[:2])
        value = product
    return value, flags


def _hidden_invalid(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    return value, flags if Special.SIGNALING_NAN in data or Special.NAN not in data else flags & ~Flags.INVALID


def _short_addend(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The addend cut off below the last bit of the product, with nothing to say that more was there."""
    x, y, z = data
    if not (isinstance(x, Fraction) and isinstance(y, Fraction) and isinstance(z, Fraction) and x * y):
        return REFERENCE.operate(c, data, draw)
    unit = Fraction(1, (x * y).denominator) if (x * y).denominator > 1 else Fraction(1)
    kept = abs(z) // unit * unit
    cut: Exact = Fraction(-kept if z < 0 else kept) if kept else (Special.NEGATIVE_ZERO if z < 0 else Fraction(0))
    return REFERENCE.operate(c, (x, y, cut), draw)


def _scaled_late(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The product rounded first and scaled then."""
    x, y, s = data
    setting = _setting(c)
    product, flags = exact_multiply(setting, x, y)
    if isinstance(product, Special):
        return REFERENCE.operate(c, data, draw)
    value, flags = rounded_by(setting, product, flags)
    return times_power(value, *reduced(setting, s)), flags


def _scaled_early(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """Each addend scaled and rounded before the sum."""
    x, s, y, t = data
    setting = _setting(c)
    if any(isinstance(z, Special) for z in (x, y)):
        return REFERENCE.operate(c, data, draw)
    first, second = reduced(setting, s, t)
    terms = [rounded_by(setting, times_power(z, n), Flags.NONE)[0] for z, n in ((x, first), (y, second))]
    return exact_add(setting, terms[0], terms[1])


def _opposite_sum(c: Configuration, data: Data, draw: int | None) -> Outcome:
    return REFERENCE.operate(c, (*data[:2], negate(data[2])), draw)


def _infinite_product_wins(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The sum of infinities of two signs taken for the product's infinity."""
    value, flags = REFERENCE.operate(c, data, draw)
    x, y, z = data
    if is_nan(value) and not any(map(is_nan, data)) and is_infinite(z):
        product, raised = exact_multiply(_setting(c), x, y)
        return (product, Flags.NONE) if not raised else (value, flags)
    return value, flags


def _scaled_twice(c: Configuration, data: Data, draw: int | None) -> Outcome:
    """The power of two in two factors, with a rounding behind each."""
    x, n = data
    setting = _setting(c)
    if isinstance(x, Special) or is_zero(x):
        return REFERENCE.operate(c, data, draw)
    (power,) = reduced(setting, n)
    unit = 1 if is_negative(Fraction(power)) else -1
    first, flags = rounded_by(setting, times_power(x, power + unit), Flags.NONE)
    return times_power(first, -unit), flags & Flags.INEXACT


def _rounded_somewhere(c: Configuration) -> bool:
    return c.to is not None and c.to.rounding.bits == 0


def _only(*names: str) -> Applies:
    return lambda c: c.operation in names and _rounded_somewhere(c)


def _with_infinity(*names: str) -> Applies:
    return lambda c: c.operation in names and any(f.canonical(Special.POSITIVE_INFINITY) is not None for f in c.operands[:2])


def _with_nan(c: Configuration) -> bool:
    return c.to is not None and any(f.canonical(Special.NAN) is not None for f in c.operands)


FUSED: tuple[Mutant, ...] = (
    deviation("fma.unfused", "the product is rounded before the sum", _only("fma"), operate=_unfused),
    deviation(
        "fma.zero-sign",
        "where product and addend are zeros, the sum has the sign of the product",
        lambda c: c.operation == "fma" and c.to is not None and c.to.format.has_negative_zero,
        operate=_zero_of_the_product,
    ),
    deviation(
        "fma.invalid-hidden-by-nan",
        "zero times infinity raises nothing where a quiet NaN is added",
        lambda c: _with_infinity("fma", "scaled_fma")(c) and _with_nan(c) and c.to is not None and c.to.nan != "x86",
        operate=_hidden_invalid,
    ),
    deviation("fma.addend-cut", "bits of the addend below the product's are dropped", _only("fma"), operate=_short_addend),
    deviation("fma.subtracts", "the addend is subtracted", lambda c: c.operation == "fma", operate=_opposite_sum),
    deviation(
        "fma.infinities-cancel",
        "an infinite product wins over an infinite addend of the other sign",
        _with_infinity("fma"),
        operate=_infinite_product_wins,
    ),
    deviation("faa.rounded-twice", "the first sum is rounded before the second", _only("faa"), operate=_added_in_steps),
    deviation("dot.rounded-each-step", "each partial sum is rounded", _only("dot_product"), operate=_dot_in_steps),
    deviation("dot.products-rounded", "each product is rounded", _only("dot_product"), operate=_dot_of_rounded),
    deviation("scale.rounded-twice", "the scaling is done in two steps", _only("scale_b"), operate=_scaled_twice),
    deviation(
        "scale.product-rounded", "the product is rounded before it is scaled", _only("scaled_multiply"), operate=_scaled_late
    ),
    deviation(
        "scale.addends-rounded", "the scaled addends are rounded before the sum", _only("scaled_add"), operate=_scaled_early
    ),
)
"""Mutants of operations on three and more operands, and of scaling."""
