"""Numbers of the host's types to logarithmic codes, from their bits alone: where one carry after the other says how far a
logarithm is rounded up.

Of a number of binary32 or binary64 the exponent field is the integer part of the logarithm. Its significand has passed as many
steps of the octave as there are thresholds that it is not below; the thresholds are irrational, but for the octave itself, so
that no number is at one and no rule for ties is asked. With one step to the octave the threshold is made a carry into the
exponent field.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Coding
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from . import logs
from .array import code_dtype
from .projection import Projected

WIDTH = 16
"""The widest codes."""
MOST_STEPS = 3
"""The most steps to the octave, as a power of two, that are told apart by one comparison after the other."""
NEAREST = ("ties_to_even", "ties_to_away", "ties_toward_zero", "ties_toward_positive", "ties_toward_negative", "ties_to_odd")


@lru_cache(maxsize=256)
def covers(to: Projection, kind: np.dtype[Any]) -> bool:
    """Whether ``encode`` can do it: a rule that is the same on either side of zero and in every gap, an excess that becomes the
    last code, and no point among the type's subnormal numbers."""
    format, grid = to.format, to.format.grid
    if not isinstance(grid, LogGrid) or kind.char not in "fd" or format.width > WIDTH:
        return False
    plain = to.overflow.name == "saturate" and to.rounding.name in {*NEAREST, "toward_zero"}
    info, last = np.finfo(kind), grid.quantum + (format.top >> grid.fraction) + 2
    return plain and grid.quantum - 1 > info.minexp and last < info.maxexp and grid.fraction <= MOST_STEPS


@lru_cache(maxsize=256)
def _thresholds(fraction: int, mantissa: int, *, nearest: bool) -> tuple[int, ...]:
    """The fields of significands at which the logarithm goes on to its next step, in one octave."""
    starts = logs.cell_starts(fraction + 1, mantissa)
    return tuple((starts[1::2] if nearest else starts[2::2]).astype(int).tolist())


def encode(x: NDArray[Any], to: Projection) -> Projected | None:
    """Codes of a flat array without flags; ``None`` where a NaN is among the numbers."""
    format, grid, info = to.format, to.format.grid, np.finfo(x.dtype)
    assert isinstance(grid, LogGrid), "it is covered"
    width, mantissa = 8 * x.dtype.itemsize, int(info.nmant)
    kind = np.dtype(f"int{width}").type
    bits = x.view(kind)
    size = bits & kind((1 << width - 1) - 1)
    if size.size and size.max() > kind(int(np.array(np.inf, x.dtype).view(kind))):
        return None
    one = 1 << mantissa
    at = [start - one for start in _thresholds(grid.fraction, mantissa, nearest=to.rounding.name in NEAREST)]
    if grid.fraction == 0:
        size += kind(one - at[0] if at else 0)
        size >>= kind(mantissa)
        n = size
    else:
        field = size & kind(one - 1)
        n = size >> kind(mantissa)
        n <<= kind(grid.fraction)
        passed = np.empty(x.size, bool)
        for start in at:
            np.greater_equal(field, kind(start), out=passed)
            n += passed
    n -= kind(((1 - int(info.minexp)) << grid.fraction) + grid.least - 1)
    np.clip(n, 0, format.top, out=n)
    if format.coding is Coding.LOGARITHMIC:
        zero_flag = 1 << format.width - 2
        n = np.where(n == 0, kind(zero_flag), n - kind(1) ^ kind(zero_flag >> 1))
    if format.signed:
        n |= (bits >> kind(width - 1)) & kind(1 << format.width - 1)
    else:
        n[bits < 0] = 0
    return Projected(n.astype(code_dtype(format)), None, np.zeros(x.size, bool))
