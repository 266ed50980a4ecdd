"""Mutants of what operands are read as, and of sums and products of two."""

from __future__ import annotations

from fractions import Fraction

from ...spec.exact import NEGATIVE_ZERO, is_nan, is_negative, is_zero, negate
from ...spec.flags import Flags, Result
from ...spec.formats import Coding
from ..mutants import REFERENCE, Mutant, deviation
from .behaviours import (
    edit_outcome,
    edit_result,
    flushed,
    hidden_bit,
    infinite_operand_is_nan,
    infinity_as_number,
    is_subnormal,
    low_exponent,
    nan_as_number,
    other_zero,
    positive_zero,
    quiet_invalid,
    reading,
    scaled,
    sign_or,
    subtracted,
    swapped,
    truncated_addend,
    unsigned_reading,
)
from .conditions import (
    both,
    float_operand,
    float_result,
    has_infinity,
    has_minus,
    has_nan,
    has_signaling,
    infinity_is_nan,
    is_operation,
    is_read,
    negative_zero,
    rounds,
    subnormal_result,
    tagged,
)

INVALID = ("add", "subtract", "multiply", "divide", "fma", "faa", "dot_product", "remainder", "fmod")
"""Operations that are invalid for some infinities."""

READINGS: tuple[Mutant, ...] = (
    deviation("subnormal.results-flushed", "subnormal results become zero", subnormal_result, project=edit_result(flushed)),
    deviation(
        "subnormal.operands-flushed",
        "subnormal operands are read as zero",
        float_operand,
        decode=reading(lambda f, x, _: (NEGATIVE_ZERO if is_negative(x) else Fraction(0)) if is_subnormal(f, x) else x),
    ),
    deviation("subnormal.hidden-bit", "subnormal operands get the implied one", float_operand, decode=reading(hidden_bit)),
    deviation(
        "subnormal.exponent-low",
        "the exponent of subnormal operands is one too low",
        float_operand,
        decode=reading(low_exponent),
    ),
    deviation(
        "exponent.bias-high",
        "the bias of the operands is one too great: every value halves",
        float_operand,
        decode=scaled(Fraction(1, 2)),
    ),
    deviation(
        "exponent.bias-low",
        "the bias of the operands is one too small: every value doubles",
        float_operand,
        decode=scaled(Fraction(2)),
    ),
    deviation("nan.read-as-number", "a NaN's code is read as a number", has_nan, decode=reading(nan_as_number)),
    deviation(
        "nan.read-as-zero", "a NaN is read as zero", has_nan, decode=reading(lambda _, x, __: Fraction(0) if is_nan(x) else x)
    ),
    deviation(
        "infinity.read-as-number", "an infinity's code is read as a number", has_infinity, decode=reading(infinity_as_number)
    ),
    deviation(
        "infinity.becomes-nan",
        "an infinite result becomes NaN",
        both(rounds(), has_infinity, has_nan, lambda c: not infinity_is_nan(c)),
        project=infinite_operand_is_nan,
    ),
    deviation(
        "invalid.becomes-infinity",
        "an invalid operation gives infinity",
        both(is_operation(*INVALID), has_infinity),
        operate=edit_outcome(quiet_invalid),
    ),
    deviation(
        "zero.negative-lost",
        "a zero operand or result loses its minus sign",
        negative_zero,
        operate=edit_outcome(positive_zero),
    ),
    deviation(
        "zero.underflow-sign-lost",
        "a negative number that rounds to zero gives positive zero",
        both(float_result, negative_zero),
        project=edit_result(lambda to, _, r: 0 if is_zero(to.format.decode(r.code)) else r.code),
    ),
    deviation(
        "zero.cancel-sign",
        "a sum that vanishes has the wrong sign",
        both(tagged("arithmetic/zero-sign"), negative_zero),
        operate=edit_outcome(other_zero),
    ),
    deviation(
        "sign.product-or",
        "the sign of a product is the OR of the signs",
        is_operation("multiply", "scaled_multiply", "divide"),
        operate=edit_outcome(sign_or),
    ),
    deviation(
        "sign.ignored",
        "the sign of the first operand is lost",
        has_minus,
        decode=reading(lambda _, x, __: negate(x) if is_negative(x) else x),
    ),
    deviation(
        "sign.unsigned-operand",
        "two's complement operands are read as unsigned",
        lambda c: is_read(c) and any(f.coding is Coding.TWOS_COMPLEMENT and f.vanishing for f in c.operands),
        decode=reading(unsigned_reading),
    ),
    deviation(
        "add.guard-bits-short",
        "the smaller addend is cut three bits below the larger",
        is_operation("add", "subtract"),
        operate=truncated_addend,
    ),
    deviation(
        "flags.invalid-missing",
        "invalid is never raised",
        lambda c: has_signaling(c) or (c.operation in INVALID and has_infinity(c)),
        operate=lambda c, data, draw: (
            REFERENCE.operate(c, data, draw)[0],
            REFERENCE.operate(c, data, draw)[1] & ~Flags.INVALID,
        ),
        choose_nan=lambda to, flags, operands: Result(to.nan_result(flags, operands).code, flags & ~Flags.INVALID),
    ),
    deviation("subtract.operands-swapped", "y - x instead of x - y", is_operation("subtract"), operate=swapped),
    deviation("add.subtracts", "the operation bit is inverted", is_operation("add", "subtract"), operate=subtracted),
)
"""Mutants of operands, signs and sums."""
