"""Stages that store integers, on arrays: those of ``refsim.spec.stored_integers``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.affine import positive
from ..spec.catalogue import get_format
from ..spec.codebooks import quantize as index_of
from ..spec.formats import Format, Number
from ..spec.memories import DATA
from ..spec.operands import integer
from ..spec.stored_integers import Affine, InCodeBook
from . import affine, codebooks
from .array import Array
from .decode import fits
from .parts import Grain, Part, Parts, Reading, StageOnArrays, by_specification
from .requantization import integers
from .stored_formats import BINARY64, ends_of, for_each, read_as, repeated

WIDEST = 32
"""The widest codes that are worked on here: their differences are taken in 64 bits."""


def cut(x: Array, group: int | None) -> list[Array]:
    """The groups of neighbouring elements."""
    return [x] if group is None else [x[i : i + group] for i in range(0, len(x), group)]


def ends_of_groups(stage: str, x: Array, group: int | None) -> list[list[Fraction]]:
    """The least and the greatest number of each group; errors as those of ``ends_of``."""
    whole = ends_of(stage, x)
    if group is None:
        return [whole]
    if not fits(x.format, BINARY64):
        return [ends_of(stage, part) for part in cut(x, group)]
    numbers, starts = x.values(), np.arange(0, len(x), group)
    if not len(x):
        return []
    pairs = zip(np.minimum.reduceat(numbers, starts), np.maximum.reduceat(numbers, starts), strict=True)
    return [[Fraction(float(low)), Fraction(float(high))] for low, high in pairs]


def write_affine(stage: Affine, data: Part) -> dict[str, Part]:
    """The integers, the scales and the zero points."""
    if stage.to.format.width > WIDEST:
        return by_specification(stage)[0](data)
    try:
        return _write_affine(stage, data)
    except ValueError:  # The specification knows which of several errors comes first.
        return by_specification(stage)[0](data)


def _write_affine(stage: Affine, data: Part) -> dict[str, Part]:
    found = [stage.parameters(ends) for ends in ends_of_groups(stage.name, data.array, stage.group)]
    scales = Array(np.array([scale.code for scale, _ in found], dtype=object), stage.scale.format)
    points = Array(np.array([point.code for _, point in found], dtype=object), stage.to.format)
    count = len(data.array)
    zeros = np.array([integer(point.exact) for _, point in found], np.int64)
    codes = affine.quantize(data.array, repeated(scales, stage.group, count), for_each(zeros, stage.group, count), stage.to)
    return {
        DATA: Part(data.kind, codes),
        "scale": Part("scale", scales),
        "zero_point": Part("zero_point", points),
    }


def read_affine(stage: Affine, parts: Parts) -> Reading:
    """The products of differences and scales in the read format."""
    codes, width = parts[DATA].array, stage.to.format.width
    if width > WIDEST:
        return by_specification(stage)[1](parts)
    points = repeated(parts["zero_point"].array, stage.group, len(codes))
    differences: NDArray[Any] = (integers(codes) - integers(points)) & ((1 << width + 1) - 1)
    scales = repeated(parts["scale"].array, stage.group, len(codes))
    return Reading(read_as(stage.back, "multiply", Array(differences, get_format(f"int{width + 1}")), scales))


def write_codebook(stage: InCodeBook, data: Part) -> dict[str, Part]:
    """The codes, the table and the scales."""
    if not fits(data.array.format, BINARY64):
        return by_specification(stage)[0](data)
    factors = [stage.factor(ends) for ends in ends_of_groups(stage.name, data.array, stage.group)]
    codes = indices(stage, data.array, factors)
    table = stage.table()
    return {
        DATA: Part(data.kind, Array(codes, stage.stored)),
        "table": Part("table", Array(np.array(table.codes, dtype=object), table.format)),
        "scale": Part("scale", Array(np.array([x.code for x in factors], dtype=object), stage.scale.format)),
    }


def indices(stage: InCodeBook, x: Array, factors: Sequence[Number]) -> NDArray[Any]:
    """The codes of the exact quotients of numbers and their groups' factors.

    A quotient in binary64 is within one part in 2**50 of the exact one, and codes are monotone in it: where the two ends of
    that range have one code, the quotient has it. The others are asked of the specification.
    """
    size = min(stage.group or len(x), len(x)) or 1
    numbers, exact = x.values(), [positive(factor) for factor in factors]
    scales = np.array([float(scale) if 2**-900 < scale < 2**900 else np.nan for scale in exact])
    with np.errstate(all="ignore"):
        quotients = numbers / np.repeat(scales, size)[: len(x)]
        near = np.abs(quotients) * 2.0**-50 + 2.0**-1000
        low, high = quotients - near, quotients + near
    hard = ~(np.isfinite(low) & np.isfinite(high))
    low[hard], high[hard] = 0, 0
    found: NDArray[Any] = codebooks.quantize(low, stage.book, stage.rounding)
    hard |= found != codebooks.quantize(high, stage.book, stage.rounding)
    for i in np.flatnonzero(hard):
        found[i] = index_of(Fraction(float(numbers[i])) / exact[i // size], stage.book, stage.rounding).code
    return found


def read_codebook(stage: InCodeBook, parts: Parts) -> Reading:
    """The products of entries and scales in the read format."""
    codes = parts[DATA].array
    entries = parts["table"].array[codes.codes.astype(np.intp)]
    return Reading(read_as(stage.back, "multiply", entries, repeated(parts["scale"].array, stage.group, len(codes))))


def grain(stage: Affine | InCodeBook, _: Format) -> Grain:
    """Groups, or single elements where all share a scale."""
    beside = ("scale", "zero_point") if isinstance(stage, Affine) else ("scale",)
    each = None if stage.group is None else 1
    shared: Grain = {} if isinstance(stage, Affine) else {"table": None}
    return {DATA: stage.group or 1, **dict.fromkeys(beside, each), **shared}


STAGES: Mapping[type, StageOnArrays] = {
    Affine: StageOnArrays(write_affine, read_affine, grain),
    InCodeBook: StageOnArrays(write_codebook, read_codebook, grain),
}
"""The renderings of these stages."""
