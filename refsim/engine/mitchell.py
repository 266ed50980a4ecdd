"""Mitchell's and the iterative logarithmic multiplication of integers on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.mitchell import STEPS

Ints = NDArray[np.int64]
LONGEST = 31
"""The most bits of an operand: a product of two, and the doubled fractions on the way, stay within 62 bits."""


def places(a: Ints) -> Ints:
    """The place of the leading one of positive integers of at most 53 bits, which binary64 holds exactly."""
    return np.frexp(a.astype(np.float64))[1].astype(np.int64) - 1


def approximate_product(a: Any, b: Any, way: str, corrections: int, bits: int | None) -> Ints:
    """The approximate products of integers that are not negative, as ``spec.mitchell.approximate_product``.

    ``ValueError`` for an unknown way, or operands that are negative or of more than ``LONGEST`` bits.
    """
    if way not in STEPS:
        raise ValueError(f"the way {way!r} of a logarithmic multiplier is none of {', '.join(STEPS)}")
    x, y = np.broadcast_arrays(np.asarray(a, np.int64), np.asarray(b, np.int64))
    if x.size and not (min(x.min(), y.min()) >= 0 and max(x.max(), y.max()) < 1 << LONGEST):
        raise ValueError(f"approximate products need integers from 0 to 2**{LONGEST} - 1")
    total = np.zeros(x.shape, np.int64)
    for _ in range(corrections + 1):
        alive = (x > 0) & (y > 0)
        if not alive.any():
            break
        product, x, y = _step(np.where(alive, x, 1), np.where(alive, y, 1), way, bits)
        total += np.where(alive, product, 0)
        x, y = np.where(alive, x, 0), np.where(alive, y, 0)
    return total


def _step(x: Ints, y: Ints, way: str, bits: int | None) -> tuple[Ints, Ints, Ints]:
    """A step: the product and the factors of what is missing, all of positive integers.

    In units of 2**-(k + j), the fractions of x and y are ``(x - 2**k) * 2**j`` and ``(y - 2**j) * 2**k``, which are integers
    below 2**62.
    """
    k, j = places(x), places(y)
    one, two = np.int64(1) << k, np.int64(1) << j
    fractions = (_cut(x - one, k, bits) << j) + (_cut(y - two, j, bits) << k)
    whole = np.int64(1) << k + j
    if way == "iterative":
        return whole + fractions, x - one, y - two
    carry = fractions >= whole
    product = np.where(carry, 2 * fractions, whole + fractions)
    return product, np.where(carry, 2 * one - x, x - one), np.where(carry, 2 * two - y, y - two)


def _cut(fraction: Ints, place: Ints, bits: int | None) -> Ints:
    """The first bits of a fraction, which begins below a place."""
    if bits is None:
        return fraction
    lost = np.maximum(place - bits, 0)
    return fraction >> lost << lost
