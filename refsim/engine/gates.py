"""The piecewise linear gates in binary64, rounded to odd: the remainder of their division says what follows the quotient.
With them the leaky relu, which is a product below zero."""

from __future__ import annotations

import numpy as np

from ..spec.activations import DPU_SIXTH
from ..spec.projection import Projection
from .floats import Bools, Computed, Floats, Formats, Values, multiply, to_odd, two_product_error, two_sum_error
from .projection import Scaled

LEAST = 2.0**-900
"""Products of numbers above this lose nothing at binary64's least exponent."""


def _quotient(high: Floats, low: Floats, divisor: float) -> tuple[Floats, Bools]:
    """``(high + low) / divisor`` rounded to odd, low being an error of high."""
    found = high / divisor
    # Once more with the rest, of which low may be the greater part, so that less than a unit is left.
    found = found + _remainder(found, high, low, divisor) / divisor
    return to_odd(found, _remainder(found, high, low, divisor))


def _remainder(found: Floats, high: Floats, low: Floats, divisor: float) -> Floats:
    product = found * divisor
    rest: Floats = ((high - product) - two_product_error(product, found, np.full_like(found, divisor))) + low
    return rest


def hard_sigmoid(values: Values, formats: Formats, to: Projection) -> Computed:
    """x / 6 + 1/2, cut to the interval from 0 to 1."""
    del formats, to
    return _gate(np.clip(values[0], -3, 3), 3, 6)


def hard_sigmoid_fifth(values: Values, formats: Formats, to: Projection) -> Computed:
    """x / 5 + 1/2, cut to the interval from 0 to 1."""
    del formats, to
    return _gate(2 * np.clip(values[0], -2.5, 2.5), 5, 10)


def _gate(x: Floats, offset: float, divisor: float) -> Computed:
    moved = x + offset
    return Computed(*_quotient(moved, two_sum_error(moved, x, np.full_like(x, offset)), divisor))


def hard_sigmoid_dpu(values: Values, formats: Formats, to: Projection) -> Computed:
    """relu6(x + 3) * 2731 / 16384.

    What x + 3 loses, times 2731, and the error of the other product are added with a rounding, which is right as long as a sum
    that is not zero does not become zero: what binary64 loses has more than 41 bits only where x is below 2**-41, and of the
    2**11 numbers that x + 3 is there none comes near. A test tries them all.
    """
    del formats, to
    x = np.clip(values[0], -3, 3)
    moved = x + 3
    lost = two_sum_error(moved, x, np.full_like(x, 3.0))
    # The numerator alone, so that nothing is lost at binary64's least exponent.
    factor = np.full_like(x, float(DPU_SIXTH.numerator))
    product = moved * factor
    rest = two_product_error(product, moved, factor) + lost * factor
    total = product + rest
    found, inexact = to_odd(total, two_sum_error(total, product, rest))
    return Computed(found / DPU_SIXTH.denominator, inexact)


def leaky_relu(values: Values, formats: Formats, to: Projection) -> Computed:
    """The number itself, and below zero its product with the slope."""
    x, slope = values
    product = multiply(values, formats, to)
    assert not isinstance(product.value, Scaled), "it is computed in floats"
    stays = (x >= 0) & ~np.isnan(slope)
    inexact = None if product.inexact is None else product.inexact & ~stays
    return Computed(np.where(stays, x, product.value), inexact)


def hard_swish(values: Values, formats: Formats, to: Projection) -> Computed:
    """x * (x + 3) / 6 where that is cut neither to zero nor to x; not known where x + 3 is not exact."""
    del formats, to
    (x,) = values
    inside = np.clip(x, -3, 3)
    moved = inside + 3
    product = inside * moved
    found, inexact = _quotient(product, two_product_error(product, inside, moved), 6)
    plain = ~(np.abs(x) < 3) | (x == 0)
    cut = np.where(x <= -3, -0.0, x)
    lost = two_sum_error(moved, inside, np.full_like(x, 3.0)) != 0
    return Computed(np.where(plain, cut, found), inexact & ~plain, None, ~plain & (lost | (np.abs(x) < LEAST)))
