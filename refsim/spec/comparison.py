"""Comparison, total order and classification: operations whose result is not a number.

A result's code is 1 for true and 0 for false, or the number of a class.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from fractions import Fraction
from typing import NamedTuple

from .exact import NEGATIVE_ZERO, SIGNALING_NAN, Exact, is_infinite, is_nan, is_negative, is_zero, magnitude
from .flags import Flags, Result
from .formats import Number
from .surds import Algebraic, algebraic


class Relation(Enum):
    """How two data lie to each other; IEEE 754-2019 5.11: exactly one of the four holds."""

    LESS = "less"
    EQUAL = "equal"
    GREATER = "greater"
    UNORDERED = "unordered"


LESS, EQUAL, GREATER, UNORDERED = Relation


def relation(x: Exact, y: Exact) -> Relation:
    """A NaN **must** be unordered with everything, itself included; the two zeros are equal, an infinity is equal to itself and
    lies beyond every number; numbers compare exactly, whatever their formats.

    IEEE 754-2019 5.11. [comparison/relation]
    """
    if is_nan(x) or is_nan(y):
        return UNORDERED
    if x is y:
        return EQUAL
    if is_infinite(x) or is_infinite(y):
        low = (is_infinite(x) and is_negative(x)) or (is_infinite(y) and not is_negative(y))
        return LESS if low else GREATER
    a, b = (Fraction(0) if datum is NEGATIVE_ZERO else algebraic(datum) for datum in (x, y))
    return LESS if a < b else EQUAL if a == b else GREATER


class Predicate(NamedTuple):
    """A comparison predicate: the relations for which it is true, and whether it signals."""

    true_for: frozenset[Relation]
    signaling: bool


_TRUE_FOR = {
    "equal": {EQUAL},
    "not_equal": {LESS, GREATER, UNORDERED},
    "greater": {GREATER},
    "greater_equal": {GREATER, EQUAL},
    "less": {LESS},
    "less_equal": {LESS, EQUAL},
    "not_greater": {EQUAL, LESS, UNORDERED},
    "less_unordered": {LESS, UNORDERED},
    "not_less": {EQUAL, GREATER, UNORDERED},
    "greater_unordered": {GREATER, UNORDERED},
    "unordered": {UNORDERED},
    "ordered": {LESS, EQUAL, GREATER},
}
PREDICATES: dict[str, Predicate] = {
    f"compare_{kind}_{name}": Predicate(frozenset(relations), kind == "signaling")
    for kind in ("quiet", "signaling")
    for name, relations in _TRUE_FOR.items()
    if kind == "quiet" or name not in {"ordered", "unordered"}
}
"""The 22 comparison predicates of IEEE 754-2019, tables 5.1 to 5.3, by name."""


def compare(predicate: str, x: Number, y: Number) -> Result:
    """A predicate **must** be true for its relations and false for the others; invalid is raised by a signaling NaN, and by a
    signaling predicate for a quiet one too.

    ``ValueError`` for an unknown predicate. IEEE 754-2019 5.6.1, 5.11. [comparison/predicate]
    """
    if predicate not in PREDICATES:
        raise ValueError(f"unknown predicate {predicate!r}; the predicates are {', '.join(PREDICATES)}")
    true_for, signaling = PREDICATES[predicate]
    found = relation(x.exact, y.exact)
    invalid = SIGNALING_NAN in (x.exact, y.exact) or (signaling and found is UNORDERED)
    return Result(int(found in true_for), Flags.INVALID if invalid else Flags.NONE)


POSIT_PREDICATES: dict[str, frozenset[Relation]] = {
    f"posit_compare_{name}": frozenset(_TRUE_FOR[name])
    for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
}
"""The comparisons of the Posit Standard, 5.3, by name, with the relations for which each is true."""


def posit_compare(predicate: str, x: Number, y: Number) -> Result:
    """A NaN, which a posit calls NaR, **must** be equal to a NaN and less than everything else; other data compare as they do
    in ``relation``. Nothing is raised. So posits of one format compare as the integers that their codes are.

    ``ValueError`` for an unknown predicate. Posit Standard (2022), 5.3. [comparison/posit]
    """
    if predicate not in POSIT_PREDICATES:
        raise ValueError(f"unknown predicate {predicate!r}; the predicates are {', '.join(POSIT_PREDICATES)}")
    found = relation(x.exact, y.exact)
    if found is UNORDERED:
        found = {(True, True): EQUAL, (True, False): LESS}.get((is_nan(x.exact), is_nan(y.exact)), GREATER)
    return Result(int(found in POSIT_PREDICATES[predicate]))


def total_order(x: Number, y: Number) -> Result:
    """True **must** mean that x does not come behind y in this order: negative quiet NaNs, negative signaling ones, minus
    infinity, the numbers with the negative zero before the positive one, infinity, positive signaling NaNs, positive quiet
    ones; NaNs of one sign and kind by their payloads, the farther from zero the greater. The NaN of a format that has NaNs
    of one sign only counts as negative. Nothing is raised.

    IEEE 754-2019 5.10; P3109 TotalOrder. Where formats differ, payloads compare as fractions. [comparison/total-order]
    """
    return Result(int(_order_key(x) <= _order_key(y)))


def total_order_magnitude(x: Number, y: Number) -> Result:
    """True **must** mean that total order is true of the two operands with their signs made positive.

    IEEE 754-2019 totalOrderMag. [comparison/total-order-magnitude]
    """
    return Result(int(_order_key(x, magnitude_only=True) <= _order_key(y, magnitude_only=True)))


def _order_key(x: Number, *, magnitude_only: bool = False) -> tuple[int, Algebraic]:
    """A key that sorts data in total order: the zone by its distance from zero, and the place in it, both with the sign."""
    datum, format = x.exact, x.format
    negative = is_negative(datum)
    if is_nan(datum):
        negative = not format.has_signed_nan or bool(x.code >> format.width - 1)
        zone = 2 if datum is SIGNALING_NAN else 3
        place: Algebraic = _payload(x)
        if not format.has_signed_nan:
            place = Fraction(0)
    elif is_infinite(datum):
        zone, place = 1, Fraction(0)
    else:
        # One more than the magnitude, so that the two zeros differ.
        zone, place = 0, algebraic(magnitude(datum)) + 1
    minus = negative and not magnitude_only
    return (-zone, -place) if minus else (zone, place)


def _payload(x: Number) -> Fraction:
    """The bits below the exponent as a fraction."""
    bits = x.format.layout[-1][1] if x.format.layout[-1][0] == "fraction" else 0
    return Fraction(x.code & (1 << bits) - 1, 1 << bits)


class NumberClass(IntEnum):
    """The ten classes, in the order in which RISC-V's FCLASS numbers their bits."""

    NEGATIVE_INFINITY = 0
    NEGATIVE_NORMAL = 1
    NEGATIVE_SUBNORMAL = 2
    NEGATIVE_ZERO = 3
    POSITIVE_ZERO = 4
    POSITIVE_SUBNORMAL = 5
    POSITIVE_NORMAL = 6
    POSITIVE_INFINITY = 7
    SIGNALING_NAN = 8
    QUIET_NAN = 9


def classify(x: Number) -> Result:
    """Every code **must** be in one of the ten classes; a number is subnormal where it lies below the least normal one of its
    format, and in a format without subnormals, and on a uniform grid, every number but zero is normal. Nothing is raised.

    IEEE 754-2019 5.7.2, class. [comparison/class]
    """
    datum, negative = x.exact, is_negative(x.exact)
    if is_nan(datum):
        return Result(NumberClass.SIGNALING_NAN if datum is SIGNALING_NAN else NumberClass.QUIET_NAN)
    if is_infinite(datum):
        distance = 3
    elif is_zero(datum):
        distance = 0
    else:
        point, least = x.format.point(x.code)[1], x.format.least_normal
        distance = 1 if least is not None and point < least else 2
    return Result(NumberClass.NEGATIVE_ZERO - distance if negative else NumberClass.POSITIVE_ZERO + distance)
