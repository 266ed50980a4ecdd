"""Stages that store other formats, on arrays: those of ``refsim.spec.stored_formats`` and ``refsim.spec.weight_scaling``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import stored_formats as spec
from ..spec.exact import NAN
from ..spec.formats import Format, Number
from ..spec.memories import DATA
from ..spec.operations import get_operation
from ..spec.projection import Projection
from ..spec.weight_scaling import Scaled
from . import blocks
from .apply import apply
from .array import Array, code_dtype
from .comparison import compare
from .decode import fits
from .parts import Grain, Part, Parts, Reading, StageOnArrays, specified

BINARY64 = np.dtype(np.float64)


def read_as(back: Projection, operation: str, *operands: Array) -> Array:
    """An operation on rows, those behind the first one of its length or of one element; zero where the read format has no code
    for the result."""
    size = len(operands[0])
    rows = [np.broadcast_to(x.codes, size) for x in operands]
    formats = [x.format for x in operands]
    found = np.zeros(size, code_dtype(back.format))
    easy = np.ones(size, bool)
    if back.format.canonical(NAN) is None:
        # A NaN operand's result does not depend on which NaN it is, where there is none that it could become.
        for x in operands:
            nan = np.broadcast_to(compare("compare_quiet_unordered", x, x), size) & easy
            if nan.any():
                first = int(np.argmax(nan))
                found[nan] = _asked(back, operation, [row[first] for row in rows], formats)
                easy &= ~nan
    try:
        found[easy] = apply(operation, tuple(Array(row[easy], f) for row, f in zip(rows, formats, strict=True)), back).codes
    except ValueError:
        answers: dict[tuple[int, ...], int] = {}
        for at in np.flatnonzero(easy):
            key = tuple(int(row[at]) for row in rows)
            if key not in answers:
                answers[key] = _asked(back, operation, key, formats)
            found[at] = answers[key]
    return Array(found, back.format)


def _asked(back: Projection, operation: str, codes: Any, formats: list[Format]) -> int:
    numbers = [Number(int(code), format) for code, format in zip(codes, formats, strict=True)]
    return spec.read_as(back, lambda *xs: get_operation(operation)(*xs[:-1], to=xs[-1]), *numbers)


def repeated(x: Array, group: int | None, count: int) -> Array:
    """What groups of neighbouring elements share, for each element; one element where all share it."""
    return Array(for_each(x.codes, group, count), x.format)


def for_each(shared: NDArray[Any], group: int | None, count: int) -> NDArray[Any]:
    """What groups of neighbouring elements share, for each of so many elements; as it is where all share it."""
    return shared if group is None else np.repeat(shared, min(group, max(count, 1)))[:count]


def write_converted(stage: spec.Converted, data: Part) -> dict[str, Part]:
    """The stored numbers."""
    return {DATA: Part(data.kind, apply("convert", (data.array,), stage.to))}


def read_converted(stage: spec.Converted, parts: Parts) -> Reading:
    """The numbers in the read format."""
    return Reading(read_as(stage.back, "convert", parts[DATA].array))


def write_scaled(stage: Scaled, data: Part) -> dict[str, Part]:
    """The stored numbers and the factor."""
    factor = stage.factor(ends_of(stage.name, data.array))
    scale = Array(np.array([factor.code]), factor.format)
    return {DATA: Part(data.kind, apply("multiply", (data.array, scale), stage.to)), "scale": Part("scale", scale)}


def read_scaled(stage: Scaled, parts: Parts) -> Reading:
    """The quotients in the read format."""
    return Reading(read_as(stage.back, "divide", parts[DATA].array, parts["scale"].array))


def ends_of(stage: str, x: Array) -> list[Fraction]:
    """The least and the greatest number of an array, none of an empty one; the specification's error for one that is not finite
    and rational."""
    if not fits(x.format, BINARY64):
        return spec.finite(stage, specified(Part("weight", x)))
    numbers = x.values()
    if not np.isfinite(numbers).all():
        spec.finite(stage, specified(Part("weight", x[~np.isfinite(numbers)][:1])))
    return [Fraction(float(end)) for end in (numbers.min(), numbers.max())] if len(x) else []


def write_blocks(stage: spec.InBlocks, data: Part) -> dict[str, Part]:
    """The elements and the scales."""
    found = [blocks.quantize(rows, stage.how) for rows in rows_of(data.array, stage.row)]
    format = stage.how.format
    elements, scales = (
        np.concatenate([np.zeros(0, np.uint8), *(part.codes.reshape(-1) for part in column)])
        for column in ([one.elements for one in found], [one.scales for one in found])
    )
    return {
        DATA: Part(data.kind, Array(elements, format.element)),
        "scale": Part("scale", Array(scales, format.scale)),
    }


def rows_of(x: Array, row: int | None) -> list[Array]:
    """The rows of equal length as one array of two axes, and what is left over as another."""
    length = min(row or len(x), len(x)) or 1
    whole = len(x) // length * length
    parts = [x[:whole].codes.reshape(-1, length), x[whole:].codes.reshape(1, -1)]
    return [Array(part, x.format) for part in parts if part.size]


def read_blocks(stage: spec.InBlocks, parts: Parts) -> Reading:
    """The products of elements and scales in the read format."""
    elements, scales, size = parts[DATA].array, parts["scale"].array, stage.how.format.size
    row = min(stage.row or len(elements), len(elements)) or 1
    place = np.arange(len(elements))
    block = place // row * -(-row // size) + place % row // size
    return Reading(read_as(stage.back, "multiply", elements, scales[block]))


def grain_of_blocks(stage: spec.InBlocks, _: Format) -> Grain:
    """Blocks, or whole rows where a row does not end with a whole block."""
    size = stage.how.format.size
    if stage.row is None or stage.row % size == 0:
        return {DATA: size, "scale": 1}
    return {DATA: stage.row, "scale": -(-stage.row // size)}


STAGES: Mapping[type, StageOnArrays] = {
    spec.Converted: StageOnArrays(write_converted, read_converted, lambda _stage, _format: {DATA: 1}),
    Scaled: StageOnArrays(write_scaled, read_scaled, lambda _stage, _format: {DATA: 1, "scale": None}),
    spec.InBlocks: StageOnArrays(write_blocks, read_blocks, grain_of_blocks),
}
"""The renderings of these stages."""
