"""Softmax: shares that add up to one, as hardware makes them, step by step, and as exact numbers that are rounded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from . import enclosures
from .arithmetic import divide, subtract
from .exact import NEGATIVE_INFINITY, POSITIVE_INFINITY, Exact, is_infinite, is_zero
from .flags import Flags
from .formats import Number
from .functions import exp
from .layers import check_computes, types
from .moves import bare
from .operands import INVALID_OUTCOME, Outcome, Setting, nan_of, perform, rational
from .operations import OPERATIONS
from .pooling import chosen
from .projection import Projection
from .reals import Enclosure, Real
from .series import ceil_div, shifted
from .tensors import Shape, Tensor, TensorType, places, tensor
from .terms import NO_PORT, Accumulator, term_of
from .text import exact_text


def check_axis(what: str, x: TensorType, axis: int) -> None:
    """``ValueError`` for an axis that the input does not have, or has nothing along."""
    if not 0 <= axis < len(x.shape) or not x.shape[axis]:
        raise ValueError(f"{what} needs an axis of the shape {x.shape} with an element or more, not {axis}")


def along(x: Tensor, axis: int, function: Callable[[Sequence[Number]], Sequence[int]]) -> Sequence[int]:
    """The codes that a function makes of the numbers along an axis, for all other places, each in its own place."""
    found: dict[Shape, int] = {}
    for index in places(tuple(1 if i == axis else length for i, length in enumerate(x.shape))):
        line = [(*index[:axis], k, *index[axis + 1 :]) for k in range(x.shape[axis])]
        found |= zip(line, function([x.at(*place) for place in line]), strict=True)
    return [found[place] for place in places(x.shape)]


@dataclass(frozen=True)
class Softmax:
    """Along an axis of the input the shares **must** be made in steps, each of which writes what it makes: the maximum of the
    numbers, in their order; the difference of each number and the maximum; the exponential of each difference; their sum, in
    the accumulator; and the quotient of each exponential and the sum. A NaN among the numbers makes every share one.

    For vectors the axis is 0, as it is for the channels of an image. [softmax/steps]
    """

    axis: int
    difference: Projection
    exponential: Projection
    accumulator: Accumulator
    to: Projection

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        x = bare("softmax", xs, parameters)
        check_axis("softmax", x, self.axis)
        check_computes(OPERATIONS["exp"], [self.difference.format], self.exponential)
        return TensorType(x.shape, self.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return tensor(along(xs[0], self.axis, self.shares), made.shape, made.format)

    def shares(self, numbers: Sequence[Number]) -> list[int]:
        """The codes of the shares of numbers."""
        greatest = chosen(numbers, "maximum")
        differences = [Number(subtract(x, greatest, self.difference).code, self.difference.format) for x in numbers]
        powers = [Number(exp(d, self.exponential).code, self.exponential.format) for d in differences]
        total = self.accumulator.total([term_of(power) for power in powers], None, NO_PORT)
        whole = Number(total.code, self.accumulator.to.format)
        return [divide(power, whole, self.to).code for power in powers]


@dataclass(frozen=True)
class RealSoftmax:
    """Each share **must** be the projection of the exact share of its number: what a softmax of any hardware is measured
    against. [softmax/real]
    """

    axis: int
    to: Projection

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        x = bare("softmax", xs, parameters)
        check_axis("softmax", x, self.axis)
        check_computes(OPERATIONS["exp"], [x.format], self.to)
        return TensorType(x.shape, self.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def shares(numbers: Sequence[Number]) -> list[int]:
            return [
                perform(lambda setting, *data: exact_share(setting, i, *data), numbers, self.to).code  # noqa: B023 at once
                for i in range(len(numbers))
            ]

        return tensor(along(xs[0], self.axis, shares), made.shape, made.format)


def exact_share(_: Setting, which: int, *data: Exact) -> Outcome:
    """The share of a number x **must** be e**x divided by the sum of e**y over all numbers y, its own among them. Of minus
    infinity it is the positive zero. With an infinity, or with minus infinity alone, every share is NaN and invalid, as the
    differences to the greatest number are.

    It is rational only where all numbers but minus infinity are equal: otherwise its inverse is a sum of powers of e with
    different rational exponents and integer factors, which by Lindemann and Weierstrass is no algebraic number. [softmax/share]
    """
    if nan := nan_of(*data):
        return nan
    finite = [Fraction(0) if is_zero(x) else rational(x) for x in data if not is_infinite(x)]
    if POSITIVE_INFINITY in data or not finite:
        return INVALID_OUTCOME
    x = data[which]
    if x is NEGATIVE_INFINITY:
        return Fraction(0), Flags.NONE
    greatest = max(finite)
    counts = Counter(y - greatest for y in finite)
    if len(counts) == 1:
        return Fraction(1, len(finite)), Flags.NONE
    own = (Fraction(0) if is_zero(x) else rational(x)) - greatest
    others = ", ".join(f"{count} at {exact_text(y)}" for y, count in sorted(counts.items()))
    return Real(f"share among {others} of ", own, lambda argument, w: share(counts, argument, w)), Flags.NONE


def share(counts: Mapping[Fraction, int], own: Fraction, w: int) -> Enclosure:
    """Bounds of exp(own) divided by the sum of count * exp(y), where no y is above zero and one is zero."""
    v = w + sum(counts.values()).bit_length() + 2
    low = high = 0
    for y, count in counts.items():
        least, most = power_in(y, v)
        low, high = low + count * least, high + count * most
    power = enclosures.exp(own, w) if own else Enclosure(1, 1, 0)
    places = v + w
    return Enclosure((power.low << places) // high, ceil_div(power.high << places, low), power.exponent + v - places)


def power_in(y: Fraction, v: int) -> tuple[int, int]:
    """Bounds of exp(y) in units of 2**-v, for y <= 0; exp(y) < 2**y."""
    if not y:
        return 1 << v, 1 << v
    if y <= -v:
        return 0, 1
    low, high, exponent = enclosures.exp(y, v)
    return shifted(low, exponent + v), -shifted(-high, exponent + v)
