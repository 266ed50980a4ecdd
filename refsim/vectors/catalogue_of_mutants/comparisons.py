"""Mutants of comparison and total order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ...spec.comparison import PREDICATES, Relation, relation
from ...spec.exact import Exact, Special, is_infinite, is_nan, is_negative, is_zero, magnitude
from ...spec.flags import Flags, Result
from ...spec.formats import FloatGrid, Format, Number
from ..mutants import REFERENCE, Mutant, OnCodes, deviation
from ..operations import Configuration
from .conditions import both, both_zeros, has, has_subnormals, holds, is_operation

Numbers = Sequence[Number]
COMPARES = is_operation(*PREDICATES)
SIGNALING = is_operation(*(name for name, predicate in PREDICATES.items() if predicate.signaling))
QUIET = is_operation(*(name for name, predicate in PREDICATES.items() if not predicate.signaling))
ORDERS = is_operation("total_order", "total_order_magnitude")


def _predicate(c: Configuration, numbers: Numbers, found: Relation | None = None) -> Result:
    """The predicate of the operation for a relation."""
    true_for, signaling = PREDICATES[c.operation]
    data = [x.exact for x in numbers]
    own = relation(data[0], data[1])
    invalid = Special.SIGNALING_NAN in data or (signaling and own is Relation.UNORDERED)
    return Result(int((found or own) in true_for), Flags.INVALID if invalid else Flags.NONE)


def _nan_equal(c: Configuration, numbers: Numbers) -> Result:
    x, y = numbers
    return _predicate(c, numbers, Relation.EQUAL if is_nan(x.exact) and x.code == y.code else None)


def _zeros_differ(c: Configuration, numbers: Numbers) -> Result:
    x, y = (n.exact for n in numbers)
    if is_zero(x) and is_zero(y) and is_negative(x) != is_negative(y):
        return _predicate(c, numbers, Relation.LESS if is_negative(x) else Relation.GREATER)
    return _predicate(c, numbers)


def _as_bits(c: Configuration, numbers: Numbers) -> Result:
    """Codes compared as two's complement integers."""
    half = 1 << numbers[0].format.width - 1
    x, y = (n.code - 2 * half if n.code >= half else n.code for n in numbers)
    if any(is_nan(n.exact) for n in numbers):
        return _predicate(c, numbers)
    return _predicate(c, numbers, Relation.LESS if x < y else Relation.EQUAL if x == y else Relation.GREATER)


def _nan_as_number(c: Configuration, numbers: Numbers) -> Result:
    """A NaN compared as the number that its bits would be."""
    points = [n.format.point(n.code) for n in numbers]
    x, y = (-n if negative else n for negative, n in points)
    if not any(is_nan(n.exact) for n in numbers):
        return _predicate(c, numbers)
    return _predicate(c, numbers, Relation.LESS if x < y else Relation.EQUAL if x == y else Relation.GREATER)


def _flushed(c: Configuration, numbers: Numbers) -> Result:
    """Subnormal operands compared as zeros."""

    def flush(x: Number) -> Number:
        grid, datum = x.format.grid, x.exact
        small = isinstance(grid, FloatGrid) and isinstance(datum, Fraction) and 0 < abs(datum) < Fraction(2) ** grid.emin
        return Number(x.format.code(is_negative(datum), 0), x.format) if small else x

    return REFERENCE.on_codes(c, [flush(x) for x in numbers])


def _with_flags(change: Callable[[Flags, Numbers], Flags]) -> OnCodes:
    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        result = REFERENCE.on_codes(c, numbers)
        return Result(result.code, change(result.flags, numbers))

    return on_codes


def _only_signaling(_: Flags, numbers: Numbers) -> Flags:
    return Flags.INVALID if any(x.exact is Special.SIGNALING_NAN for x in numbers) else Flags.NONE


def _any_nan(_: Flags, numbers: Numbers) -> Flags:
    return Flags.INVALID if any(is_nan(x.exact) for x in numbers) else Flags.NONE


def _value_order(c: Configuration, numbers: Numbers) -> Result:
    x, y = (n.exact for n in numbers)
    if c.operation == "total_order_magnitude":
        x, y = (_absolute(z) for z in (x, y))
    return Result(int(relation(x, y) in {Relation.LESS, Relation.EQUAL}))


def _absolute(x: Exact) -> Exact:
    if is_nan(x):
        return x
    return Special.POSITIVE_INFINITY if is_infinite(x) else magnitude(x)


def _payload_ignored(c: Configuration, numbers: Numbers) -> Result:
    """NaNs of one sign and kind taken for equal."""
    x, y = numbers
    half = 1 << x.format.width - 1
    alike = is_nan(x.exact) and x.exact is y.exact and (x.code >= half) == (y.code >= half)
    return Result(1) if alike else REFERENCE.on_codes(c, numbers)


def _sign_ignored(c: Configuration, numbers: Numbers) -> Result:
    """NaNs put behind every number, whatever their sign."""
    x, y = numbers
    if is_nan(x.exact) == is_nan(y.exact):
        return REFERENCE.on_codes(c, numbers)
    return Result(int(is_nan(y.exact)))


def _payloads(c: Configuration) -> bool:
    def several(format: Format) -> bool:
        return any(is_nan(b.datum) and b.last > b.first for b in format.specials) and format.has_signed_nan

    return any(map(several, c.operands))


def _separates(c: Configuration) -> bool:
    """The predicate tells unordered from equal."""
    true_for, _ = PREDICATES[c.operation]
    return (Relation.EQUAL in true_for) != (Relation.UNORDERED in true_for)


def _not_unordered(c: Configuration) -> bool:
    return c.operation not in {"compare_quiet_unordered", "compare_quiet_ordered"}


COMPARISONS: tuple[Mutant, ...] = (
    deviation(
        "compare.nan-equal",
        "a NaN is equal to itself",
        both(COMPARES, has(Special.NAN), lambda c: _separates(c)),
        on_codes=_nan_equal,
    ),
    deviation(
        "compare.nan-as-number",
        "a NaN is compared as the number that its bits would be",
        both(COMPARES, has(Special.NAN)),
        on_codes=_nan_as_number,
    ),
    deviation(
        "compare.signaling-quiet",
        "a quiet NaN raises nothing in a signaling predicate",
        both(SIGNALING, has(Special.NAN)),
        on_codes=_with_flags(_only_signaling),
    ),
    deviation(
        "compare.quiet-signals",
        "a quiet NaN raises invalid in a quiet predicate",
        both(QUIET, has(Special.NAN)),
        on_codes=_with_flags(_any_nan),
    ),
    deviation(
        "compare.zeros-differ",
        "the negative zero is less than the positive one",
        both(COMPARES, both_zeros, _not_unordered),
        on_codes=_zeros_differ,
    ),
    deviation(
        "compare.as-integers",
        "codes are compared as two's complement integers",
        both(COMPARES, both_zeros, _not_unordered),
        on_codes=_as_bits,
    ),
    deviation(
        "compare.subnormals-flushed",
        "subnormal numbers are compared as zeros",
        both(COMPARES, has_subnormals, _not_unordered),
        on_codes=_flushed,
    ),
    deviation(
        "order.by-value",
        "zeros are equal and NaNs unordered",
        both(ORDERS, lambda c: holds(c, Special.NAN) or both_zeros(c)),
        on_codes=_value_order,
    ),
    deviation(
        "order.payload-ignored", "NaNs of one sign and kind are equal", both(ORDERS, _payloads), on_codes=_payload_ignored
    ),
    deviation(
        "order.nan-sign-ignored",
        "every NaN comes last",
        both(is_operation("total_order"), has(Special.NAN)),
        on_codes=_sign_ignored,
    ),
)
"""Mutants of operations that compare."""
