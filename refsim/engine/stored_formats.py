"""Stages of stored formats on arrays: the names of ``refsim.spec.stored_formats``, ``stored_integers`` and ``weight_scaling``."""

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
from ..spec.stored_integers import Affine, InCodeBook
from ..spec.weight_scaling import Scaled
from . import affine, codebooks
from .apply import apply
from .array import Array, code_dtype
from .comparison import compare
from .parts import Grain, Part, Parts, Reading, StageOnArrays, by_specification


def read_as(back: Projection, operation: str, *operands: Array) -> Array:
    """An operation on rows of one length, or of one element, with zero where the read format has no code for the result."""
    size = max(len(x) for x in operands)
    rows = [np.broadcast_to(x.codes, size) for x in operands]
    formats = [x.format for x in operands]
    found = np.full(size, back(Fraction(0)).code, code_dtype(back.format))
    easy = np.ones(size, bool)
    if back.format.canonical(NAN) is None:
        # A NaN operand's result does not depend on which NaN it is, where there is none that it could become.
        for i, x in enumerate(operands):
            nan = np.broadcast_to(compare("compare_quiet_unordered", x, x), size) & easy
            if nan.any():
                at = int(np.argmax(nan))
                found[nan] = _asked(back, operation, [row[at] for row in rows], formats)
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


def write_converted(stage: spec.Converted, data: Part) -> dict[str, Part]:
    """The stored numbers."""
    return {DATA: Part(data.kind, apply("convert", (data.array,), stage.to))}


def read_converted(stage: spec.Converted, parts: Parts) -> Reading:
    """The numbers in the read format."""
    return Reading(read_as(stage.back, "convert", parts[DATA].array))
