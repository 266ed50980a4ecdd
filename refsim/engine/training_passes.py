"""Passes of training on arrays: the names of ``refsim.spec.training_passes``, for whole batches.

Numbers are codes of an ``Array``, or, before their first projection, the numbers themselves in binary64.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Total
from ..spec.datapaths import Datapath
from ..spec.formats import Number
from ..spec.operands import perform, rational
from ..spec.products import ExactProduct
from ..spec.projection import Projection
from ..spec.softmax import exact_share
from ..spec.tensors import tensor
from ..spec.training_passes import ONES
from ..spec.training_passes import error as specified_error
from .array import Array
from .codes_between import between
from .datapaths import matmul
from .encode import encode
from .floats import bits_of, boundary_bits, settle_zeros, sum_of_three, to_odd, two_product_error, two_sum_error
from .pooling import chosen

Floats = NDArray[np.float64]
Mask = NDArray[Any] | None
MARGIN = 2.0**-44
"""Many times the error of a share, relative to it: that of the exponentials of differences down to -745, and of their sum."""


def numbers(x: Array | Floats) -> Floats:
    """The numbers of codes, or numbers as they are."""
    return x.values() if isinstance(x, Array) else x


def encoded(x: Floats, to: Projection) -> Array:
    """The codes of numbers."""
    found: Array = encode(x, to)
    return found


def from_odd(rounded: Floats, error: Floats, to: Projection) -> Array:
    """The codes of numbers that binary64 has but for an error: rounded to odd before they are projected. ``ValueError``
    for a format in which a number so rounded need not be projected as the exact one is."""
    if boundary_bits(to) + 1 >= bits_of(rounded.dtype):
        raise ValueError(f"training on arrays takes formats of fewer significant bits than binary64 has, not {to.format}")
    return encoded(to_odd(rounded, error)[0], to)


def copied(parameter: Array | Floats, to: Projection, scale: Fraction = Fraction(1)) -> Array:
    """The copy of a parameter that is computed with; ``ValueError`` for a scale by which binary64 cannot multiply exactly."""
    x, factor = numbers(parameter), float(scale)
    found = x * factor
    if factor != scale or (factor != 1 and np.any(two_product_error(found, x, np.asarray(factor)))):
        raise ValueError(f"copies of parameters are multiplied by a scale of a few bits, not by {scale}")
    return encoded(found, to)


def masked(x: Array, mask: Mask) -> Array:
    """Zero, whose code is 0, where the mask is."""
    if mask is None:
        return x
    if np.size(mask) != x.codes.size:
        raise ValueError(f"a mask for {x.codes.size} numbers is needed, not for {np.size(mask)}")
    return Array(np.where(np.reshape(mask, x.shape), x.codes, x.codes.dtype.type(0)), x.format)


def turned(x: Array) -> Array:
    """Rows as columns."""
    return Array(np.ascontiguousarray(x.codes.T), x.format)


def product(a: Array, b: Array, to: Projection, sums: Datapath | None, bias: Array | None = None) -> Array:
    """All sums of products of rows of a and rows of b."""
    path = Datapath(ExactProduct(), Total(to), "first", "sum", None) if sums is None else sums
    made: Array = matmul(a, turned(b), path, bias)
    return made if sums is None else encoded(made.values(), to)


def in_groups(z: Array, pieces: int) -> Array:
    """Neighbours along the second axis, of which there are so many, on an axis of their own behind it."""
    return Array(z.codes.reshape(len(z), -1, pieces, *z.shape[2:]), z.format)


def maxout(z: Array, pieces: int, to: Projection) -> Array:
    """The greatest of each group."""
    groups = in_groups(z, pieces)
    return encoded(chosen([groups[:, :, k] for k in range(pieces)], "maximum").values(), to)


@np.errstate(all="ignore")
def softmax(z: Array, to: Projection) -> Array:
    """The shares of each sample."""
    x = z.values()
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    found = powers / powers.sum(axis=-1, keepdims=True)

    def specified(index: tuple[int, ...]) -> int:
        row = [Number(int(code), z.format) for code in z.codes[index[0]]]
        return perform(lambda setting, *data: exact_share(setting, index[1], *data), row, to).code

    return between(found, MARGIN + x.shape[-1] * 2.0**-52, to, specified)


@np.errstate(all="ignore")
def error(y: Array, labels: Any, to: Projection) -> Array:
    """Results less targets, divided by the number of classes."""
    given, (samples, classes) = np.asarray(labels), y.shape
    if given.shape != (samples,) or (samples and not 0 <= given.min() <= given.max() < classes):
        specified_error(tensor(y.codes.ravel().tolist(), y.shape, y.format), given.tolist(), to)
    x = y.values()
    target = np.zeros(y.shape)
    target[np.arange(samples), given] = 1
    found = x - target
    quotient = found / classes
    # What is left of the difference is a number of binary64, and tells on which side of the quotient the exact one lies.
    whole = quotient * classes
    left = (found - whole) - two_product_error(whole, quotient, np.asarray(float(classes)))
    codes = from_odd(quotient, left, to)
    # A difference that was rounded is one of floating-point numbers far apart.
    for index in zip(*np.nonzero(two_sum_error(found, x, -target) != 0), strict=True):
        codes.codes[index] = to((Fraction(x[index]) - Fraction(target[index])) / classes).code
    return codes


def passed_to_pieces(gradient: Array, z: Array, pieces: int, ties: str, to: Projection) -> Array:
    """The gradients of sums from those of their maxouts."""
    g = gradient.values()
    if pieces == 1:
        return encoded(g, to)
    groups = in_groups(z, pieces).values()
    greatest = groups == groups.max(axis=2, keepdims=True)
    if ties == "first":
        greatest &= np.cumsum(greatest, axis=2) == 1
    return encoded(np.where(greatest, g[:, :, None], 0.0).reshape(z.shape), to)


def gradients(delta: Array, x: Array, to_w: Projection, to_b: Projection, sums: Datapath | None) -> tuple[Array, Array]:
    """The gradients of weights and bias."""
    columns = turned(delta)
    ones = Array(np.ones((1, len(x)), np.uint8), ONES)
    return product(columns, turned(x), to_w, sums), product(columns, ones, to_b, sums)[:, 0]


def passed_back(delta: Array, weights: Array, mask: Mask, to: Projection, sums: Datapath | None) -> Array:
    """The gradients of the results below."""
    return masked(product(delta, turned(weights), to, sums), mask)


@np.errstate(all="ignore")
def updated(momentum: Number, update: Array | Floats, rate: Number, gradient: Array, to: Projection) -> Array:
    """Momentum times the update less rate times the gradient."""
    u, g = numbers(update), gradient.values()
    m, r = (np.asarray(float(rational(x.exact))) for x in (momentum, rate))
    kept, step = m * u, r * g
    total = kept - step
    left = two_sum_error(total, kept, -step)
    settle_zeros(total, to, kept, -step)
    # The errors of the products are zero unless the numbers have more than 53 bits together.
    errors = two_product_error(kept, m, u), -two_product_error(step, r, g)
    if not (np.any(errors[0]) or np.any(errors[1])):
        return from_odd(total, left, to)
    both = errors[0] + errors[1]
    codes = encoded(sum_of_three(total, left, both)[0], to)
    for index in zip(*np.nonzero(two_sum_error(both, *errors)), strict=True):
        whole = rational(momentum.exact) * Fraction(u[index]) - rational(rate.exact) * Fraction(g[index])
        codes.codes[index] = to(whole).code
    return codes


@np.errstate(all="ignore")
def added(parameter: Array | Floats, update: Array, to: Projection) -> Array:
    """The parameter after its update."""
    x, u = numbers(parameter), update.values()
    total = x + u
    left = two_sum_error(total, x, u)
    settle_zeros(total, to, x, u)
    return from_odd(total, left, to)
