"""Memories on arrays: the names of ``refsim.spec.memories``.

A stage's rendering lives beside its other functions, in a table ``STAGES`` of its module; one without is asked of the
specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format
from ..spec.memories import DATA, Memory, Stage
from ..spec.protected_words import Verdict
from . import embedded_parity, msb_duplication, parity, read_policies, secded, stored_formats, stored_integers, zero_space
from .array import Array
from .faults import Masks, apply
from .parts import Grain, Part, Parts, Reading, StageOnArrays, by_specification

STAGES: Mapping[type, StageOnArrays] = {
    **parity.STAGES,
    **secded.STAGES,
    **zero_space.STAGES,
    **msb_duplication.STAGES,
    **embedded_parity.STAGES,
    **stored_formats.STAGES,
    **stored_integers.STAGES,
    **read_policies.STAGES,
}
"""The renderings of stages by their type."""


def write(memory: Memory, data: Part) -> dict[str, Part]:
    """All parts of a memory that holds the codes; errors are those of the specification."""
    found: dict[str, Part] = {}
    for stage in memory.stages:
        rendering = STAGES.get(type(stage))
        made = dict(rendering.write(stage, data) if rendering else by_specification(stage)[0](data))
        data = made.pop(DATA)
        found |= {f"{stage.name}.{name}": part for name, part in made.items()}
    return {DATA: data, **found}


def check(memory: Memory, data: Part, parts: Parts) -> None:
    """``ValueError`` where what is read from parts is not of the format of the data that they were written from."""
    found = memory.read_format(parts[DATA].array.format)
    if found != data.array.format:
        raise ValueError(f"what is read is of {found.name}, not of {data.array.format.name} as what was written")


def read(memory: Memory, parts: Parts) -> Reading:
    """What is read from the parts of a memory; errors are those of the specification."""
    kind, reading = parts[DATA].kind, Reading(parts[DATA].array)
    for stage in reversed(memory.stages):
        found = _read(stage, {DATA: Part(kind, reading.array), **beside(stage, parts)})
        reading = Reading(
            found.array,
            reading.corrected + found.corrected,
            reading.detected + found.detected,
            reading.stopped or found.stopped,
        )
    return reading


def beside(stage: Stage, parts: Parts) -> dict[str, Part]:
    """The parts that a stage put beside the data, by its own names."""
    prefix = f"{stage.name}."
    return {name.removeprefix(prefix): part for name, part in parts.items() if name.startswith(prefix)}


def _read(stage: Stage, parts: Parts) -> Reading:
    stage.read_format(parts[DATA].array.format)
    rendering = STAGES.get(type(stage))
    return rendering.read(stage, parts) if rendering else by_specification(stage)[1](parts)


def struck(parts: Parts, masks: Mapping[str, Masks]) -> dict[str, Part]:
    """The parts after faults, given by the names of the parts that are hit."""
    return {
        name: Part(part.kind, Array(apply(part.array.codes, masks[name]), part.array.format)) if name in masks else part
        for name, part in parts.items()
    }


def reread(memory: Memory, parts: Parts, clean: Array, masks: Mapping[str, Masks]) -> Reading:
    """What is read from the parts after faults, equal to ``read(memory, struck(parts, masks))``.

    ``parts`` are those without faults and ``clean`` the codes that are read from them, of which nothing is corrected or
    detected. Only the words that are hit are read again, where every stage reads words one by one and no part is hit that all
    words share.
    """
    masks = {name: mask for name, mask in masks.items() if len(mask)}
    if not masks:
        return Reading(clean)
    places = places_hit(memory, parts, masks)
    if places is None:
        return read(memory, struck(parts, masks))
    reading = read(memory, taken(struck(parts, masks), places))
    codes = clean.codes.copy()
    codes[places[DATA]] = reading.array.codes
    return reading._replace(array=Array(codes, clean.format))


def verdict(memory: Memory, parts: Parts, masks: Mapping[str, Masks]) -> Verdict:
    """What became of the words that the stages protect, after faults in parts, all stages together. ``parts`` are those without
    faults, of which nothing is corrected or detected."""
    masks = {name: mask for name, mask in masks.items() if len(mask)}
    if not masks:
        return Verdict()
    faulty, places = struck(parts, masks), places_hit(memory, parts, masks)
    if places is not None:
        parts, faulty = taken(parts, places), taken(faulty, places)
    kind, found, right, wrong = parts[DATA].kind, Verdict(), parts[DATA].array, faulty[DATA].array
    for stage in reversed(memory.stages):
        rendering, hit = STAGES.get(type(stage)), {DATA: Part(kind, wrong), **beside(stage, faulty)}
        right = _read(stage, {DATA: Part(kind, right), **beside(stage, parts)}).array
        if rendering is not None and rendering.verdict is not None:
            found += rendering.verdict(stage, Part(kind, right), hit)
        wrong = _read(stage, hit).array
    return found


Places = Mapping[str, NDArray[np.int64] | None]


def places_hit(memory: Memory, parts: Parts, masks: Mapping[str, Masks]) -> Places | None:
    """By part, the elements of the words that are hit, ``None`` for all of them; ``None`` where the memory is read as a whole,
    or a part is hit that all words share."""
    whole = whole_grains(memory, parts[DATA].array.format)
    if whole is None or any(whole[name] is None for name in masks):
        return None
    # A word that is longer than its part is all of it.
    grains = {name: size and min(size, max(len(parts[name].array), 1)) for name, size in whole.items()}
    words = np.unique(np.concatenate([mask.elements // (grains[name] or 1) for name, mask in masks.items()]))
    places: dict[str, NDArray[np.int64] | None] = {}
    for name, part in parts.items():
        size = grains[name]
        places[name] = None if size is None else elements_of(words, size, len(part.array))
    return places


def taken(parts: Parts, places: Places) -> dict[str, Part]:
    """The elements of parts at some places."""
    return {name: part if (at := places[name]) is None else Part(part.kind, part.array[at]) for name, part in parts.items()}


def whole_grains(memory: Memory, format: Format) -> Grain | None:
    """By part, how many of its elements belong to one word of the whole memory, which is so long that no stage cuts a word of
    another; ``None`` where a stage is read as a whole. ``format`` is that of the stored data."""
    found: dict[str, Grain] = {}
    for stage in reversed(memory.stages):
        rendering = STAGES.get(type(stage))
        if rendering is None or rendering.grain is None:
            return None
        found[stage.name] = rendering.grain(stage, format)
        format = stage.read_format(format)
    size = lcm(*(grain.get(DATA) or 1 for grain in found.values()))
    whole: dict[str, int | None] = {DATA: size}
    for name, grain in found.items():
        times = size // (grain.get(DATA) or 1)
        whole |= {f"{name}.{part}": each and each * times for part, each in grain.items() if part != DATA}
    return whole


def elements_of(words: NDArray[np.int64], size: int, count: int) -> NDArray[np.int64]:
    """The elements of words, in order; the last word may be a shorter one."""
    found = (words[:, None] * size + np.arange(size)).reshape(-1)
    return found[found < count]
