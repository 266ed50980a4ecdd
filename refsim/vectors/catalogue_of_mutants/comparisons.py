"""Mutants of minimum and maximum, comparison, total order, classes, signs and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ...spec.comparison import PREDICATES, NumberClass, Relation, has_nans_of_both_signs, relation
from ...spec.exact import Exact, Special, is_infinite, is_nan, is_negative, is_zero, magnitude
from ...spec.extrema import greater, less
from ...spec.flags import Flags, Result
from ...spec.formats import Coding, FloatGrid, Format, Number
from ...spec.operands import Outcome
from ..mutants import REFERENCE, Mutant, OnCodes, deviation
from ..operations import Configuration
from .conditions import Applies, both, holds, is_operation, tagged

Data = tuple[Exact, ...]
Numbers = Sequence[Number]
PROPAGATING = tagged("extrema/propagating", "extrema/magnitude")
NUMBER = tagged("extrema/number", "extrema/magnitude-number", "extrema/finite", "extrema/number-2008", "extrema/magnitude-2008")
EXTREMUM = tagged("extrema/order")
MAGNITUDE = tagged("extrema/magnitude", "extrema/magnitude-number", "extrema/magnitude-2008")
COMPARES = is_operation(*PREDICATES)
SIGNALING = is_operation(*(name for name, predicate in PREDICATES.items() if predicate.signaling))
QUIET = is_operation(*(name for name, predicate in PREDICATES.items() if not predicate.signaling))
ORDERS = is_operation("total_order", "total_order_magnitude")
NEXT = is_operation("next_up", "next_down")
SIGNS = is_operation("negate", "absolute", "copy_sign")


def _has(datum: Special) -> Applies:
    return lambda c: holds(c, datum)


def _zeros(c: Configuration) -> bool:
    return all(format.has_negative_zero for format in c.operands)


def _has_subnormals(c: Configuration) -> bool:
    return any((format.least_normal or 0) > 1 for format in c.operands)


def _pair(change: Callable[[str, Exact, Exact], Outcome | None]) -> Callable[..., Outcome]:
    """Another outcome of an operation on two data where the change has one."""

    def operate(c: Configuration, data: Data, draw: int | None) -> Outcome:
        other = change(c.operation, *data) if len(data) == 2 else None
        return REFERENCE.operate(c, data, draw) if other is None else other

    return operate


def _nan_out(_: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) == is_nan(y):
        return None
    return Special.NAN, Flags.INVALID if Special.SIGNALING_NAN in (x, y) else Flags.NONE


def _number_out(_: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) == is_nan(y):
        return None
    return y if is_nan(x) else x, Flags.INVALID if Special.SIGNALING_NAN in (x, y) else Flags.NONE


def _first_zero(_: str, x: Exact, y: Exact) -> Outcome | None:
    return (y, Flags.NONE) if is_zero(x) and is_zero(y) else None


def _by_value(name: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) or is_nan(y):
        return None
    before = less if name.startswith("min") else greater
    return (y if before(y, x) else x), Flags.NONE


def _other_end(name: str, x: Exact, y: Exact) -> Outcome | None:
    if is_nan(x) or is_nan(y):
        return None
    before = greater if name.startswith("min") else less
    return (y if before(y, x) else x), Flags.NONE


def _unchecked_bounds(c: Configuration, data: Data, draw: int | None) -> Outcome:
    x, low, high = data
    if any(map(is_nan, data)):
        return REFERENCE.operate(c, data, draw)
    raised = low if less(x, low) else x
    return (high if less(high, raised) else raised), Flags.NONE


def _quiet(c: Configuration, data: Data, draw: int | None) -> Outcome:
    value, flags = REFERENCE.operate(c, data, draw)
    return value, flags & ~Flags.INVALID


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


def _class(change: Callable[[Number, int], int]) -> OnCodes:
    return lambda c, numbers: Result(change(numbers[0], int(REFERENCE.on_codes(c, numbers).code)))


def _all_normal(_: Number, found: int) -> int:
    subnormal = {
        NumberClass.NEGATIVE_SUBNORMAL: NumberClass.NEGATIVE_NORMAL,
        NumberClass.POSITIVE_SUBNORMAL: NumberClass.POSITIVE_NORMAL,
    }
    return int(subnormal.get(NumberClass(found), found))


def _one_nan(_: Number, found: int) -> int:
    return int(NumberClass.QUIET_NAN) if found == NumberClass.SIGNALING_NAN else found


def _one_zero(_: Number, found: int) -> int:
    return int(NumberClass.POSITIVE_ZERO) if found == NumberClass.NEGATIVE_ZERO else found


def _instead(change: Callable[[str, Number], int | None]) -> OnCodes:
    """Another code of an operation on one number where the change has one."""

    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        other = change(c.operation, numbers[0])
        result = REFERENCE.on_codes(c, numbers)
        return result if other is None else Result(other, result.flags)

    return on_codes


def _stuck(_: str, x: Number) -> int | None:
    return x.code if is_zero(x.exact) else None


def _crossing(name: str, x: Number) -> int | None:
    """Zero of the other sign reached from the least number."""
    negative = name == "next_up"
    datum = x.exact
    if isinstance(datum, Special) or is_negative(datum) != negative or x.format.point(x.code)[1] != 1:
        return None
    return x.format.code(not negative, 0)


def _infinity_stays(_: str, x: Number) -> int | None:
    return x.code if is_infinite(x.exact) else None


def _runs_over(name: str, x: Number) -> int | None:
    """The code behind that of the greatest number, whatever it stands for."""
    datum = x.exact
    if isinstance(datum, Special) or is_zero(datum) or is_negative(datum) == (name == "next_up"):
        return None
    last = x.format.point(x.code)[1] == x.format.limit(is_negative(datum))
    return (x.code + 1) % (1 << x.format.width) if last else None


def _nan_canonical(_: str, x: Number) -> int | None:
    return x.format.canonical(Special.NAN) if is_nan(x.exact) else None


def _zero_unsigned(_: str, x: Number) -> int | None:
    return x.code if is_zero(x.exact) else None


def _many_nans(c: Configuration) -> bool:
    return sum(b.last - b.first + 1 for b in c.operands[0].specials if is_nan(b.datum)) > 1


def _ends_without_infinity(c: Configuration) -> bool:
    return c.operands[0].canonical(Special.POSITIVE_INFINITY) is None and c.operands[0].coding is Coding.SIGN_MAGNITUDE


def _nans_of_both_signs(c: Configuration) -> bool:
    return any(has_nans_of_both_signs(format) for format in c.operands)


def _payloads(c: Configuration) -> bool:
    def several(format: Format) -> bool:
        return any(is_nan(b.datum) and b.last > b.first for b in format.specials) and has_nans_of_both_signs(format)

    return any(map(several, c.operands))


def _separates(c: Configuration) -> bool:
    """The predicate tells unordered from equal."""
    true_for, _ = PREDICATES[c.operation]
    return (Relation.EQUAL in true_for) != (Relation.UNORDERED in true_for)


def _ordinal(c: Configuration) -> bool:
    """The predicate is not about being ordered alone."""
    return not c.operation.endswith("ordered") or c.operation.endswith(("less_unordered", "greater_unordered"))


def _not_unordered(c: Configuration) -> bool:
    return c.operation not in {"compare_quiet_unordered", "compare_quiet_ordered"}


COMPARISONS: tuple[Mutant, ...] = (
    deviation("min.nan-propagates", "a NaN wins over a number", both(NUMBER, _has(Special.NAN)), operate=_pair(_nan_out)),
    deviation(
        "min.nan-ignored",
        "a number wins over a NaN",
        both(PROPAGATING, _has(Special.NAN)),
        operate=_pair(_number_out),
    ),
    deviation(
        "min.zero-order-ignored",
        "of two zeros the second is taken",
        both(EXTREMUM, _zeros, lambda c: len(c.operands) == 2),
        operate=_pair(_first_zero),
    ),
    deviation(
        "min.signaling-quiet",
        "a signaling NaN raises nothing",
        both(EXTREMUM, _has(Special.SIGNALING_NAN)),
        operate=_quiet,
        choose_nan=lambda to, flags, operands: Result(to.nan_result(flags, operands).code, flags & ~Flags.INVALID),
    ),
    deviation("min.magnitude-ignored", "numbers are compared with their signs", MAGNITUDE, operate=_pair(_by_value)),
    deviation(
        "min.other-end", "the other operand is taken", both(EXTREMUM, lambda c: len(c.operands) == 2), operate=_pair(_other_end)
    ),
    deviation(
        "clamp.bounds-unchecked", "bounds the wrong way round are used", is_operation("clamp"), operate=_unchecked_bounds
    ),
    deviation(
        "compare.nan-equal",
        "a NaN is equal to itself",
        both(COMPARES, _has(Special.NAN), lambda c: _separates(c)),
        on_codes=_nan_equal,
    ),
    deviation(
        "compare.nan-as-number",
        "a NaN is compared as the number that its bits would be",
        both(COMPARES, _has(Special.NAN)),
        on_codes=_nan_as_number,
    ),
    deviation(
        "compare.signaling-quiet",
        "a quiet NaN raises nothing in a signaling predicate",
        both(SIGNALING, _has(Special.NAN)),
        on_codes=_with_flags(_only_signaling),
    ),
    deviation(
        "compare.quiet-signals",
        "a quiet NaN raises invalid in a quiet predicate",
        both(QUIET, _has(Special.NAN)),
        on_codes=_with_flags(_any_nan),
    ),
    deviation(
        "compare.zeros-differ",
        "the negative zero is less than the positive one",
        both(COMPARES, _zeros, _not_unordered),
        on_codes=_zeros_differ,
    ),
    deviation(
        "compare.as-integers",
        "codes are compared as two's complement integers",
        both(COMPARES, _zeros, _not_unordered),
        on_codes=_as_bits,
    ),
    deviation(
        "compare.subnormals-flushed",
        "subnormal numbers are compared as zeros",
        both(COMPARES, _has_subnormals, _not_unordered),
        on_codes=_flushed,
    ),
    deviation(
        "order.by-value",
        "zeros are equal and NaNs unordered",
        both(ORDERS, lambda c: holds(c, Special.NAN) or _zeros(c)),
        on_codes=_value_order,
    ),
    deviation(
        "order.payload-ignored", "NaNs of one sign and kind are equal", both(ORDERS, _payloads), on_codes=_payload_ignored
    ),
    deviation(
        "order.nan-sign-ignored",
        "every NaN comes last",
        both(is_operation("total_order"), _has(Special.NAN)),
        on_codes=_sign_ignored,
    ),
    deviation(
        "class.subnormal-normal",
        "subnormal numbers are called normal",
        both(is_operation("classify"), _has_subnormals),
        on_codes=_class(_all_normal),
    ),
    deviation(
        "class.signaling-quiet",
        "signaling NaNs are called quiet",
        both(is_operation("classify"), _has(Special.SIGNALING_NAN)),
        on_codes=_class(_one_nan),
    ),
    deviation(
        "class.zero-unsigned",
        "the negative zero is called positive",
        both(is_operation("classify"), _zeros),
        on_codes=_class(_one_zero),
    ),
    deviation("next.stuck-at-zero", "the neighbour of zero is zero", NEXT, on_codes=_instead(_stuck)),
    deviation(
        "next.crosses-zero-without-negative-zero",
        "beside the least number comes the zero of the other sign",
        both(NEXT, _zeros),
        on_codes=_instead(_crossing),
    ),
    deviation(
        "next.stuck-at-infinity",
        "an infinity has no neighbour",
        both(NEXT, _has(Special.POSITIVE_INFINITY)),
        on_codes=_instead(_infinity_stays),
    ),
    deviation(
        "next.runs-over",
        "behind the greatest number comes the next code",
        both(NEXT, _ends_without_infinity),
        on_codes=_instead(_runs_over),
    ),
    deviation(
        "next.signaling-quiet",
        "a signaling NaN raises nothing",
        both(NEXT, _has(Special.SIGNALING_NAN)),
        on_codes=_with_flags(lambda *_: Flags.NONE),
    ),
    deviation(
        "sign.nan-quieted", "a NaN becomes the canonical one", both(SIGNS, _many_nans), on_codes=_instead(_nan_canonical)
    ),
    deviation("sign.zero-kept", "the sign of a zero is kept", both(SIGNS, _zeros), on_codes=_instead(_zero_unsigned)),
    deviation(
        "sign.signaling-raises",
        "a signaling NaN raises invalid",
        both(SIGNS, _has(Special.SIGNALING_NAN)),
        on_codes=_with_flags(_only_signaling),
    ),
)
"""Mutants of operations that choose, compare and change signs."""
