"""Max-norm: the weights of an output are scaled down until they are together no longer than a limit.

The published factor is the norm, or the limit where that is less, divided by the norm and a small number: a little less than
one for weights that are short enough, too. The norm is a square root. It is never rounded: a weight is projected once, from the
exact product.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .exact import Exact, Special, is_negative, is_zero, magnitude, root
from .flags import Flags
from .formats import Number
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, rational, signed
from .projection import Projection
from .reals import Enclosure, Real
from .series import ceil_div, integer_sqrt
from .tensors import Tensor, tensor
from .text import exact_text


def check_limits(limit: Fraction, epsilon: Fraction) -> None:
    """``ValueError`` for a limit that is not above zero, or a negative addition."""
    if limit <= 0 or epsilon < 0:
        raise ValueError(f"a norm is limited to more than 0, with 0 or more added, not to {limit} with {epsilon}")


def exact_limited(_: Setting, which: int, limit: Fraction, epsilon: Fraction, *data: Exact) -> Outcome:
    """A weight **must** be multiplied by the lesser of norm and limit and divided by the sum of norm and epsilon. The norm is
    the square root of the sum of the squares of all weights of the output. A zero stays as it is. With an infinity among the
    weights every one becomes NaN and invalid.

    Courbariaux et al., the program that goes with arXiv 1412.7024: epsilon is 1e-7, so weights within the limit shrink as well.
    [max-norm/weight]
    """
    if nan := nan_of(*data):
        return nan
    if any(isinstance(x, Special) and not is_zero(x) for x in data):
        return INVALID_OUTCOME
    w = data[which]
    if is_zero(w):
        return w, Flags.NONE
    square = sum((rational(x) ** 2 for x in data if not is_zero(x)), start=Fraction(0))
    size, negative = rational(magnitude(w)), is_negative(w)
    norm = root(square, 2)
    if isinstance(norm, Fraction):
        return signed(size * min(norm, limit) / (norm + epsilon), negative), Flags.NONE
    over = square > limit**2
    if not over and not epsilon:
        return w, Flags.NONE
    name = f"limited {'from' if over else 'at'} sqrt {exact_text(square)} for "
    # A quotient of linear functions of an irrational square root that does not cancel is irrational.
    return Real(name, size, lambda x, bits: limited(x, square, limit if over else None, epsilon, bits), negative), Flags.NONE


def limited(x: Fraction, square: Fraction, limit: Fraction | None, epsilon: Fraction, bits: int) -> Enclosure:
    """Bounds of x times the norm, or a limit, over the sum of norm and epsilon, the norm being the root of a square."""
    places = bits + max(square.denominator.bit_length() - square.numerator.bit_length(), 0)
    whole = integer_sqrt((square.numerator << 2 * places) // square.denominator)
    low, high = (Fraction(n, 1 << places) for n in (whole, whole + 1))
    # The quotient with the norm above grows with the norm, that with the limit above falls.
    ends = (
        (low / (low + epsilon), high / (high + epsilon))
        if limit is None
        else (limit / (high + epsilon), limit / (low + epsilon))
    )
    least, most = (x * end for end in ends)
    fine = bits + max(least.denominator.bit_length() - least.numerator.bit_length(), 0)
    return Enclosure((least.numerator << fine) // least.denominator, ceil_div(most.numerator << fine, most.denominator), -fine)


def limited_row(weights: Sequence[Number], limit: Fraction, epsilon: Fraction, to: Projection) -> list[int]:
    """The codes of the limited weights of one output."""
    return [
        perform(lambda setting, *data: exact_limited(setting, which, limit, epsilon, *data), weights, to).code  # noqa: B023 at once
        for which in range(len(weights))
    ]


def max_norm(weights: Tensor, limit: Fraction, epsilon: Fraction, to: Projection) -> Tensor:
    """The weights of each output, which are a row, **must** be limited by themselves, all of them at once.

    ``ValueError`` for limits that make no sense. [max-norm/rows]
    """
    check_limits(limit, epsilon)
    numbers, length = weights.numbers(), weights.shape[-1]
    rows = (numbers[i : i + length] for i in range(0, len(numbers), length))
    return tensor((code for row in rows for code in limited_row(row, limit, epsilon, to)), weights.shape, to.format)
