"""Read policies on arrays: the stages of ``refsim.spec.read_policies``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format, Number
from ..spec.memories import DATA
from ..spec.range_guards import zero_code
from ..spec.read_policies import Clamped, ReadAsZero
from .array import Array
from .parts import Grain, Part, Parts, Reading, StageOnArrays
from .range_guards import guard, reach
from .stored_formats import repeated
from .stored_integers import cut


def write_read_as_zero(_: ReadAsZero, data: Part) -> dict[str, Part]:
    """The codes as they are."""
    zero_code(data.array.format)
    return {DATA: data}


def read_read_as_zero(stage: ReadAsZero, parts: Parts) -> Reading:
    """The codes, or zero."""
    x = parts[DATA].array
    found: NDArray[Any] = x.codes.copy()
    for first, last, _ in (block for block in x.format.specials if stage.is_zeroed(x.format, block.first)):
        found[(first <= x.codes) & (x.codes <= last)] = zero_code(x.format)
    return Reading(Array(found, x.format))


def write_clamped(stage: Clamped, data: Part) -> dict[str, Part]:
    """The codes as they are, and the ranges."""
    if "zero" in {stage.out_of_range, stage.nan}:
        zero_code(data.array.format)
    ends: list[tuple[Number, Number]] = [reach(group) for group in cut(data.array, stage.group)]
    low, high = (np.array([end[i].code for end in ends], dtype=object) for i in range(2))
    beside = {name: Part("threshold", Array(codes, data.array.format)) for name, codes in (("low", low), ("high", high))}
    return {DATA: data, **beside}


def read_clamped(stage: Clamped, parts: Parts) -> Reading:
    """The codes, each in its range."""
    x = parts[DATA].array
    low, high = (repeated(parts[name].array, stage.group, len(x)) for name in ("low", "high"))
    return Reading(guard(x, low, high, stage.out_of_range, stage.nan))


def grain(stage: Clamped, _: Format) -> Grain:
    """Groups, or single elements where all share a range."""
    return {DATA: stage.group or 1, **dict.fromkeys(("low", "high"), None if stage.group is None else 1)}


STAGES: Mapping[type, StageOnArrays] = {
    ReadAsZero: StageOnArrays(write_read_as_zero, read_read_as_zero, lambda _stage, _format: {DATA: 1}),
    Clamped: StageOnArrays(write_clamped, read_clamped, grain),
}
"""The renderings of these stages."""
