"""Averages of affine codes on arrays: the rule of ``refsim.spec.affine_pools``, for many samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine_pools as spec
from ..spec.affine_joins import Affine
from ..spec.pooling import pools
from ..spec.projection import Projection
from .affine_joins import affine_of, dequantized, in32, rounded32, scale_of, whole32
from .affine_layers import or_specified, small_integers
from .array import Array, code_dtype
from .layers import Compute, Parameters
from .pooling import alike, below, of_samples
from .requantization import requantize


def total(qs: Array, of_x: Affine) -> NDArray[np.int64]:
    """The sums of the differences from the zero point, along the last axis."""
    sums: NDArray[np.int64] = small_integers(qs).sum(axis=-1, dtype=np.int64) - qs.shape[-1] * of_x.zero_point
    return sums


def exact_average(qs: Array, count: int, of_x: Affine, of_y: Affine, to: Projection) -> Array:
    """The specification answers once for each sum that occurs."""
    sums, where = np.unique(total(qs, of_x), return_inverse=True)
    codes = [spec.exact_mean(int(n), count, of_x, of_y, to) for n in sums]
    return Array(np.array(codes, code_dtype(to.format))[where], to.format)


def windowed_average(qs: Array, count: int, of_x: Affine, of_y: Affine, to: Projection) -> Array:
    """Sums in binary32, from zero in order."""
    terms = dequantized(qs, of_x)
    held = whole32(np.zeros(qs.shape[:-1]))
    for k in range(qs.shape[-1]):
        held = in32("add", held, terms[..., k])
    mean = in32("divide", in32("divide", held, whole32(count)), scale_of(of_y))
    return rounded32(in32("add", mean, whole32(of_y.zero_point)), to)


def channel_average(qs: Array, of_x: Affine, of_y: Affine, to: Projection) -> Array:
    """Sums as integers, requantized."""
    scale = spec.channel_scale(qs.shape[-1], of_x, of_y)
    return requantize("float_scale", total(qs, of_x), scale.code, 0, of_y.zero_point, to.format)


def affine_average_pool(rule: spec.AffineAveragePool, xs: Sequence[Array], parameters: Parameters) -> Array:
    """All places that have as many codes below them at once."""
    (x,) = xs
    of_x, of_y = affine_of(parameters, "x"), affine_of(parameters, "y")
    (rows, tall), (columns, wide) = pools("affine average pool", of_samples(x), rule.kernel, rule.window, ceil=rule.ceil)
    found = np.empty((*x.shape[:2], len(rows), len(columns)), code_dtype(rule.to.format))

    def average(qs: Array, count: int) -> Any:
        if rule.way == "exact":
            return exact_average(qs, count, of_x, of_y, rule.to)
        if rule.is_whole(x.shape[1:]):
            return channel_average(qs, of_x, of_y, rule.to)
        return windowed_average(qs, count, of_x, of_y, rule.to)

    for ((_, high), r), ((_, across), c) in product(alike(rows, tall).items(), alike(columns, wide).items()):
        qs = below(x, [rows[i] for i in r], [columns[j] for j in c])
        count = rule.divisor(qs.shape[-1], high, across)
        found[np.ix_(range(len(x)), range(x.shape[1]), r, c)] = average(Array(qs, x.format), count).codes
    return Array(found, rule.to.format)


RULES: Mapping[type, Compute] = {spec.AffineAveragePool: or_specified(affine_average_pool)}
"""By rule."""
