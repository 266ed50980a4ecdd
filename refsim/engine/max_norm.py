"""Max-norm on arrays: the rule of ``refsim.spec.max_norm``, for all outputs at once.

A weight is computed in binary64, with bounds of its error. Where both bounds have one code it is the exact weight's; elsewhere
the specification decides.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..spec.formats import Number
from ..spec.max_norm import check_limits, exact_limited
from ..spec.operands import perform
from ..spec.projection import Projection
from .array import Array
from .codes_between import between

MARGIN = 2.0**-48
"""Many times the error of a few roundings, relative to the result."""


@np.errstate(all="ignore")
def max_norm(weights: Array, limit: Fraction, epsilon: Fraction, to: Projection) -> Array:
    """The weights of each output, which are a row, limited by themselves; ``ValueError`` for limits that make no sense."""
    check_limits(limit, epsilon)
    w = weights.values()
    # A sum of so many squares is off by as many units of its type; binary64's would be too many for weights of 32 bits.
    square = np.sum(w * w, axis=-1, keepdims=True, dtype=np.longdouble)
    margin = MARGIN + w.shape[-1] * float(np.finfo(np.longdouble).eps)
    norm = np.sqrt(square).astype(np.float64)
    found = w * (np.minimum(norm, float(limit)) / (norm + float(epsilon)))
    found[w == 0] = w[w == 0]

    def specified(row: int, which: int) -> int:
        given = [Number(int(code), weights.format) for code in weights.codes[row]]
        return perform(lambda setting, *data: exact_limited(setting, which, limit, epsilon, *data), given, to).code

    return between(found, margin, to, lambda index: specified(*index), exact=w == 0)
