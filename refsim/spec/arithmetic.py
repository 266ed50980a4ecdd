"""Arithmetic: each operation is its special cases and the real operation on exact numbers, projected once.

Every operation takes its operands, then the projection of its result, then the random bits where the rule asks for them.
Operands and result may be of different formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .exact import (
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    Exact,
    Special,
    is_infinite,
    is_negative,
    is_zero,
    magnitude,
    negate,
)
from .flags import Flags, Result
from .formats import Number
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, signed
from .projection import Projection
from .surds import algebraic, square_root, sum_of
from .text import parse_exact


def vanished(to: Projection) -> Exact:
    """The zero of a sum that vanishes **must** be positive, and negative under ``toward_negative``.

    IEEE 754-2019 6.3. [arithmetic/zero-sign]
    """
    return NEGATIVE_ZERO if to.rounding.name == "toward_negative" else Fraction(0)


def exact_convert(_: Setting, x: Exact) -> Outcome:
    """The datum itself."""
    return nan_of(x) or (x, Flags.NONE)


def exact_add(setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The sum of infinities of opposite signs **must** be NaN and invalid, any other sum with an infinity that infinity; a
    sum that vanishes has the sign of a vanished sum, except that the sum of two zeros of one sign keeps it.

    [arithmetic/sum]
    """
    if nan := nan_of(x, y):
        return nan
    if is_infinite(x) or is_infinite(y):
        if is_infinite(x) and is_infinite(y) and x is not y:
            return INVALID_OUTCOME
        return x if is_infinite(x) else y, Flags.NONE
    if is_zero(x) and is_zero(y):
        return x if is_negative(x) == is_negative(y) else vanished(setting.to), Flags.NONE
    if is_zero(x) or is_zero(y):
        return y if is_zero(x) else x, Flags.NONE
    return algebraic(x) + algebraic(y) or vanished(setting.to), Flags.NONE


def exact_subtract(setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The sum of x and of y with its sign changed."""
    return exact_add(setting, x, negate(y))


def exact_multiply(_: Setting, x: Exact, y: Exact) -> Outcome:
    """The product, which no setting changes."""
    return exact_product(x, y)


def exact_product(x: Exact, y: Exact) -> Outcome:
    """The product of a zero and an infinity **must** be NaN and invalid; the sign of any other product is minus where one
    of the signs is.

    [arithmetic/product]
    """
    if nan := nan_of(x, y):
        return nan
    negative = is_negative(x) != is_negative(y)
    if is_infinite(x) or is_infinite(y):
        return INVALID_OUTCOME if is_zero(x) or is_zero(y) else (signed(POSITIVE_INFINITY, negative), Flags.NONE)
    return signed(algebraic(magnitude(x)) * algebraic(magnitude(y)), negative), Flags.NONE


def pole(setting: Setting, divisor: int, negative: bool) -> Outcome:
    """A number other than zero divided by zero **must** be the infinity of the quotient's sign, and raise division by zero;
    where the divisor's format has one zero only, that sign is unknown, and the quotient is NaN and invalid.

    ``divisor``: the place of the operand that is zero. IEEE 754-2019 7.3; P3109 Divide, Recip, Rsqrt. [arithmetic/pole]
    """
    if not setting.formats[divisor].has_negative_zero:
        return INVALID_OUTCOME
    return signed(POSITIVE_INFINITY, negative), Flags.INFINITE


def exact_divide(setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The quotient of two zeros or of two infinities **must** be NaN and invalid, of an infinity and a number infinite, of a
    number and an infinity zero; its sign is minus where one of the signs is.

    [arithmetic/quotient]
    """
    if nan := nan_of(x, y):
        return nan
    negative = is_negative(x) != is_negative(y)
    if (is_zero(x) and is_zero(y)) or (is_infinite(x) and is_infinite(y)):
        return INVALID_OUTCOME
    if is_infinite(x):
        # An infinity over a zero is infinite without being an exception, but its sign is the zero's.
        known = not is_zero(y) or setting.formats[1].has_negative_zero
        return (signed(POSITIVE_INFINITY, negative), Flags.NONE) if known else INVALID_OUTCOME
    if is_infinite(y):
        return signed(Fraction(0), negative), Flags.NONE
    if is_zero(y):
        return pole(setting, 1, negative)
    return signed(algebraic(magnitude(x)) / algebraic(magnitude(y)), negative), Flags.NONE


def exact_reciprocal(setting: Setting, x: Exact) -> Outcome:
    """One divided by x."""
    one = Setting((setting.formats[0], setting.formats[0]), setting.to)
    return exact_divide(one, Fraction(1), x)


def exact_sqrt(_: Setting, x: Exact) -> Outcome:
    """The square root of a zero **must** be that zero, of a number below zero and of minus infinity NaN and invalid.

    IEEE 754-2019 5.4.1, 7.2. [arithmetic/square-root]
    """
    if nan := nan_of(x):
        return nan
    if is_zero(x) or x is POSITIVE_INFINITY:
        return x, Flags.NONE
    return INVALID_OUTCOME if is_negative(x) else (square_root(algebraic(x)), Flags.NONE)


def exact_rsqrt(setting: Setting, x: Exact) -> Outcome:
    """One divided by the square root of a zero **must** be as one divided by that zero, of infinity zero, of a number below
    zero and of minus infinity NaN and invalid.

    IEEE 754-2019 9.2.1. [arithmetic/reciprocal-square-root]
    """
    if nan := nan_of(x):
        return nan
    if is_zero(x):
        return pole(setting, 0, is_negative(x))
    if is_negative(x):
        return INVALID_OUTCOME
    return Fraction(0) if is_infinite(x) else square_root(1 / algebraic(x)), Flags.NONE


def exact_fma(setting: Setting, x: Exact, y: Exact, z: Exact) -> Outcome:
    """The product of zero and infinity **must** raise invalid whatever is added to it, a quiet NaN too; the sum with the
    addend follows the rules of products and sums.

    IEEE 754-2019 5.4.1; 7.2 leaves the quiet NaN to the implementation. [arithmetic/fused]
    """
    product, flags = exact_multiply(setting, x, y)
    value, raised = nan_of(x, y, z) or exact_add(setting, product, z)
    return value, raised | flags


def exact_total(setting: Setting, *terms: Exact) -> Outcome:
    """A sum of many terms **must** be NaN where a term is, or where infinities of both signs are among them, and is otherwise
    the exact sum; the order of the terms does not matter. A sum that vanishes has the sign of a vanished sum, except that a
    sum of zeros of one sign keeps it; of no terms it is the positive zero.

    [arithmetic/total]
    """
    if nan := nan_of(*terms):
        return nan
    if infinities := {x for x in terms if is_infinite(x)}:
        return INVALID_OUTCOME if len(infinities) > 1 else (infinities.pop(), Flags.NONE)
    total = sum_of(x for x in terms if not is_zero(x))
    zeros = all(map(is_zero, terms)) and len({is_negative(x) for x in terms}) <= 1
    return total or ((terms or (total,))[0] if zeros else vanished(setting.to)), Flags.NONE


def exact_dot_product(setting: Setting, *operands: Exact) -> Outcome:
    """The sum of the products of the first half of the operands with the second, each product by the rules of products."""
    half = len(operands) // 2
    products = [exact_multiply(setting, x, y) for x, y in zip(operands[:half], operands[half:], strict=True)]
    invalid = Flags.INVALID if any(flags for _, flags in products) else Flags.NONE
    value, flags = exact_total(setting, *(product for product, _ in products))
    return value, flags | invalid


def exact_hypot(setting: Setting, x: Exact, y: Exact) -> Outcome:
    """The hypotenuse **must** be infinite where a side is, even beside a quiet NaN, and positive.

    IEEE 754-2019 9.2.1. [arithmetic/hypotenuse]
    """
    if Special.SIGNALING_NAN not in (x, y) and (is_infinite(x) or is_infinite(y)):
        return POSITIVE_INFINITY, Flags.NONE
    return exact_strict_hypot(setting, x, y)


def exact_strict_hypot(_: Setting, x: Exact, y: Exact) -> Outcome:
    """As ``hypot``, but a NaN operand **must** always make the result NaN. P3109 Hypot. [arithmetic/strict-hypotenuse]"""
    if nan := nan_of(x, y):
        return nan
    if is_infinite(x) or is_infinite(y):
        return POSITIVE_INFINITY, Flags.NONE
    a, b = algebraic(magnitude(x)), algebraic(magnitude(y))
    return square_root(a * a + b * b), Flags.NONE


def convert(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The same datum in another format **must** be its projection. [arithmetic/convert]"""
    return perform(exact_convert, (x,), to, draw)


def convert_text(text: str, to: Projection, draw: int | None = None) -> Result:
    """A number written in decimal or hexadecimal digits, or as a fraction, **must** become the projection of exactly the number
    that is written, however long it is; the names of special data give those.

    ``ValueError`` for a text that is no number. IEEE 754-2019 5.4.2, 5.4.3, 5.12. [arithmetic/convert-text]
    """
    return to(parse_exact(text), draw)


def add(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The sum **must** be the projection of the exact sum. [arithmetic/add]"""
    return perform(exact_add, (x, y), to, draw)


def subtract(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The difference x - y **must** be the sum of x and of y with its sign changed. [arithmetic/subtract]"""
    return perform(exact_subtract, (x, y), to, draw)


def multiply(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The product **must** be the projection of the exact product. [arithmetic/multiply]"""
    return perform(exact_multiply, (x, y), to, draw)


def divide(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The quotient x / y **must** be the projection of the exact quotient. [arithmetic/divide]"""
    return perform(exact_divide, (x, y), to, draw)


def reciprocal(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The reciprocal **must** be the quotient 1 / x. P3109 Recip. [arithmetic/reciprocal]"""
    return perform(exact_reciprocal, (x,), to, draw)


def sqrt(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The square root **must** be the projection of the exact square root. [arithmetic/sqrt]"""
    return perform(exact_sqrt, (x,), to, draw)


def rsqrt(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The reciprocal square root **must** be the projection of the exact one, rounded once. [arithmetic/rsqrt]"""
    return perform(exact_rsqrt, (x,), to, draw)


def fma(x: Number, y: Number, z: Number, to: Projection, draw: int | None = None) -> Result:
    """The fused multiply-add x * y + z **must** be the projection of the exact sum of the exact product and z.

    [arithmetic/fma]
    """
    return perform(exact_fma, (x, y, z), to, draw)


def faa(x: Number, y: Number, z: Number, to: Projection, draw: int | None = None) -> Result:
    """The fused add-add **must** be the projection of the exact sum x + y + z. P3109 FAA. [arithmetic/faa]"""
    return perform(exact_total, (x, y, z), to, draw)


def dot_product(xs: Sequence[Number], ys: Sequence[Number], to: Projection, draw: int | None = None) -> Result:
    """The dot product **must** be the projection of the exact sum of the exact products: no order, no accumulator.

    ``ValueError`` for vectors of different lengths. P3109 BlockDotProduct with scales of one. [arithmetic/dot-product]
    """
    if len(xs) != len(ys):
        raise ValueError(f"dot_product needs vectors of one length, not {len(xs)} and {len(ys)} numbers")
    return perform(exact_dot_product, (*xs, *ys), to, draw)


def hypot(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """The hypotenuse **must** be the projection of the exact square root of the exact x * x + y * y. [arithmetic/hypot]"""
    return perform(exact_hypot, (x, y), to, draw)


def strict_hypot(x: Number, y: Number, to: Projection, draw: int | None = None) -> Result:
    """``hypot`` with P3109's rule for NaN."""
    return perform(exact_strict_hypot, (x, y), to, draw)
