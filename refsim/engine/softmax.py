"""Softmax on arrays: the rules of ``refsim.spec.softmax``, for many samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..spec import softmax as spec
from ..spec.datapaths import Datapath
from ..spec.products import ExactProduct
from .apply import apply
from .array import Array
from .datapaths import dot
from .layers import Compute, Parameters
from .pooling import chosen, ones
from .tensors import specified


def softmax(rule: spec.Softmax, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The steps on all samples; a sum is a dot product with ones."""
    try:
        return steps(rule, xs[0])
    except ValueError:
        return specified(rule, xs, parameters)  # What is refused first, in the order of the numbers, is for it to say.


def steps(rule: spec.Softmax, given: Array) -> Array:
    """The steps, with the axis moved to the end and back."""
    x = Array(np.moveaxis(given.codes, rule.axis + 1, -1), given.format)
    greatest = chosen([x[..., k] for k in range(x.shape[-1])], "maximum")
    differences = apply("subtract", (x, greatest[..., None]), rule.difference)
    powers = apply("exp", (differences,), rule.exponential)
    path = Datapath(ExactProduct(), rule.accumulator, "first", "sum", None)
    total = dot(powers, ones(x.shape[-1]), path)
    found = apply("divide", (powers, total[..., None]), rule.to)
    return Array(np.moveaxis(found.codes, -1, rule.axis + 1), found.format)


def real_softmax(rule: spec.RealSoftmax, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The exact shares of each sample, by the specification."""
    return specified(rule, xs, parameters)


RULES: Mapping[type, Compute] = {spec.Softmax: softmax, spec.RealSoftmax: real_softmax}
"""Both by rule."""
