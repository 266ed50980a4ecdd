"""Moves on arrays: the rules of ``refsim.spec.moves``, for many samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..spec import moves as spec
from ..spec.tensors import TensorType
from .array import Array
from .layers import Compute, Parameters


def reshape(rule: spec.Reshape, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The codes of each sample in another shape."""
    (x,) = xs
    del parameters
    made = rule.infer([TensorType(x.shape[1:], x.format)], {})
    return Array(x.codes.reshape(x.shape[0], *made.shape), x.format)


def transpose(rule: spec.Transpose, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The axes behind that of samples in another order."""
    del parameters
    return Array(xs[0].codes.transpose(0, *(axis + 1 for axis in rule.axes)), xs[0].format)


def concat(rule: spec.Concat, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The inputs one behind the other."""
    del parameters
    return Array(np.concatenate([x.codes for x in xs], axis=rule.axis + 1), xs[0].format)


def pad(rule: spec.Pad, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The inputs with a code around them."""
    del parameters
    (x,) = xs
    shape = (x.shape[0], *map(sum, zip(rule.before, x.shape[1:], rule.after, strict=True)))
    codes = np.full(shape, rule.code, x.codes.dtype)
    inside = (slice(begin, begin + length) for begin, length in zip(rule.before, x.shape[1:], strict=True))
    codes[(slice(None), *inside)] = x.codes
    return Array(codes, x.format)


def cut(rule: spec.Slice, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The places from begin to end."""
    del parameters
    return xs[0][(slice(None), *map(slice, rule.begin, rule.end))]


def upsample(rule: spec.Upsample, xs: Sequence[Array], parameters: Parameters) -> Array:
    """Rows and columns repeated."""
    del parameters
    rows = np.repeat(xs[0].codes, rule.factor[0], axis=2)
    return Array(np.repeat(rows, rule.factor[1], axis=3), xs[0].format)


RULES: Mapping[type, Compute] = {
    spec.Reshape: reshape,
    spec.Transpose: transpose,
    spec.Concat: concat,
    spec.Pad: pad,
    spec.Slice: cut,
    spec.Upsample: upsample,
}
"""The moves by rule."""
