"""Parts of memories on arrays, and what a stage's rendering is: the names of ``refsim.spec.memories``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import memories as spec
from ..spec.formats import Format
from ..spec.protected_words import Verdict
from .array import Array


class Part(NamedTuple):
    """Stored codes in a row, and the kind of site that they are."""

    kind: str
    array: Array


Parts = Mapping[str, Part]


class Reading(NamedTuple):
    """The codes that are read, and what was corrected, detected and stopped, as ``refsim.spec.memories.Reading``."""

    array: Array
    corrected: int = 0
    detected: int = 0
    stopped: bool = False


Grain = Mapping[str, int | None]


class StageOnArrays(NamedTuple):
    """A stage's functions on arrays; they are called with the stage first.

    ``grain``, of the stage and the format of the data that it stores: by part, how many neighbouring elements of it belong to
    one word, and ``None`` for a part that all words share. A stage with a grain reads words one by one: what it reads of some
    words is what it reads of them among all others. A part beside the data that is not in it is one of words of one element.
    Without it a stage is always read as a whole. ``verdict``, of the stage, the data without faults and the parts with them,
    says what became of words that it protects.
    """

    write: Callable[[Any, Part], dict[str, Part]]
    read: Callable[[Any, Parts], Reading]
    grain: Callable[[Any, Format], Grain] | None = None
    verdict: Callable[[Any, Part, Parts], Verdict] | None = None


def by_specification(stage: spec.Stage) -> tuple[Callable[[Part], dict[str, Part]], Callable[[Parts], Reading]]:
    """Writing and reading through the specification: right, and slow."""

    def write(data: Part) -> dict[str, Part]:
        return {name: of_specification(part) for name, part in stage.write(specified(data)).items()}

    def read(parts: Parts) -> Reading:
        found = stage.read({name: specified(part) for name, part in parts.items()})
        format = stage.read_format(parts[spec.DATA].array.format)
        return Reading(Array(row(found.codes), format), found.corrected, found.detected, found.stopped)

    return write, read


def specified(part: Part) -> spec.Part:
    """The same part of the specification."""
    return spec.Part(part.kind, part.array.format, tuple(part.array.codes.tolist()))


def of_specification(part: spec.Part) -> Part:
    """A part of the specification as an array."""
    return Part(part.kind, Array(row(part.codes), part.format))


def row(codes: tuple[int, ...]) -> NDArray[Any]:
    """Integers of any size in a row."""
    return np.array(codes, dtype=object)
