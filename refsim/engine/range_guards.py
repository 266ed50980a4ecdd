"""Range guards on arrays: the names of ``refsim.spec.range_guards``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import range_guards as spec
from ..spec.formats import Number
from .array import Array
from .comparison import compare
from .decode import fits
from .layers import Compute, Parameters, by_channel

BINARY64 = np.dtype(np.float64)


def guard(x: Array, low: Array, high: Array, out_of_range: str, nan: str) -> Array:
    """The guarded codes of an array; the ends are broadcast to it. All three are of one format.

    ``ValueError`` where something becomes zero in a format without a zero.
    """
    zero = spec.zero_code(x.format) if "zero" in {out_of_range, nan} else 0
    below, above = (_passed(x, end, predicate) for end, predicate in ((low, "less"), (high, "greater")))
    ends: dict[str, Any] = {"low": low.codes, "high": high.codes, "zero": zero}
    least, most = (ends[end if out_of_range == "saturate" else "zero"] for end in spec.ROLES)
    inner: NDArray[Any] = np.where(above, most, x.codes)
    found: NDArray[Any] = np.where(below, least, inner)
    if nan != "keep":
        found = np.where(_passed(x, x, "unordered"), ends[nan], found)
    return Array(found.astype(x.codes.dtype), x.format)


def _passed(x: Array, end: Array, predicate: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = compare(f"compare_quiet_{predicate}", x, end)
    return found


def range_guard(rule: spec.RangeGuard, xs: Sequence[Array], parameters: Parameters) -> Array:
    """All elements of all samples, each with the ends of its channel."""
    axes = xs[0].codes.ndim - 1
    low, high = (by_channel(parameters[role], axes) for role in spec.ROLES)
    return guard(xs[0], low, high, rule.out_of_range, rule.nan)


def reach(x: Array) -> tuple[Number, Number]:
    """The range that was seen in an array; of equal numbers the first stands for them."""
    if not fits(x.format, BINARY64):
        codes, first = np.unique(x.codes, return_index=True)
        return spec.reach([Number(code, x.format) for code in codes[np.argsort(first)].tolist()])
    numbers, codes = x.values().reshape(-1), x.codes.reshape(-1)
    seen = numbers[~np.isnan(numbers)]
    if not seen.size:
        return spec.reach([])
    low, high = (Number(int(codes[np.argmax(numbers == end)]), x.format) for end in (seen.min(), seen.max()))
    return low, high


RULES: Mapping[type, Compute] = {spec.RangeGuard: range_guard}
"""The rule and its function."""
