"""Parity on arrays: the names of ``refsim.spec.parity``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.catalogue import get_format
from ..spec.formats import Format
from ..spec.memories import DATA
from ..spec.parity import PARITIES, Parity
from ..spec.protected_words import Sizes, Verdict, check_sizes
from ..spec.secded import CHECK
from .array import Array
from .bits import filled
from .parts import Grain, Part, Parts, Reading, StageOnArrays


def ones(codes: NDArray[Any]) -> NDArray[Any]:
    """How many bits of each code are 1."""
    if codes.dtype == object:
        counts: NDArray[Any] = np.frompyfunc(int.bit_count, 1, 1)(codes)
        return counts.astype(np.uint16)
    found: NDArray[Any] = np.bitwise_count(codes)
    return found


def size_of_words(stage: Parity, count: int) -> int:
    """The elements of each word of a row of so many, where the last one is filled up; a row that is shorter is one word."""
    return min(stage.elements, max(count, 1))


def in_words(row: NDArray[Any], stage: Parity) -> NDArray[Any]:
    """What a row has for each element, by words."""
    size = size_of_words(stage, len(row))
    return filled(row, size).reshape(-1, size)


def check_bits(stage: Parity, array: Array) -> NDArray[np.uint8]:
    """The check bit of each word."""
    bits = in_words((ones(array.codes) & 1).astype(np.uint8), stage)
    found: NDArray[np.uint8] = np.bitwise_xor.reduce(bits, axis=1) ^ np.uint8(PARITIES[stage.parity])
    return found


def write(stage: Parity, data: Part) -> dict[str, Part]:
    """The data and their check bits."""
    return {DATA: data, CHECK: Part(CHECK, Array(check_bits(stage, data.array), get_format("uint1")))}


def detected(stage: Parity, parts: Parts) -> NDArray[np.bool_]:
    """Which words are known to be wrong."""
    found, check = check_bits(stage, parts[DATA].array), parts.get(CHECK)
    given = Sizes(len(check.array), check.array.format.width) if check else None
    check_sizes(stage.name, given, Sizes(len(found), 1))
    assert check is not None, "its sizes were checked"
    wrong: NDArray[np.bool_] = found != check.array.codes
    return wrong


def read(stage: Parity, parts: Parts) -> Reading:
    """The codes after what the policy does with words that are known to be wrong."""
    array, wrong = parts[DATA].array, detected(stage, parts)
    if stage.detected in ("zero_word", "zero_element"):
        array = Array(np.where(_of_elements(wrong, stage, len(array)), 0, array.codes), array.format)
    return Reading(array, 0, int(wrong.sum()), stage.detected == "stop" and bool(wrong.any()))


def verdict(stage: Parity, written: Part, parts: Parts) -> Verdict:
    """What became of the words of parts, of which ``written`` are the data without faults."""
    wrong = detected(stage, parts)
    other = in_words(written.array.codes != parts[DATA].array.codes, stage).any(axis=1)
    return Verdict(0, int(wrong.sum()), 0, int((other & ~wrong).sum()))


def _of_elements(words: NDArray[np.bool_], stage: Parity, count: int) -> NDArray[np.bool_]:
    return np.repeat(words, size_of_words(stage, count))[:count]


def grain(stage: Parity, format: Format) -> Grain:  # noqa: ARG001 words are elements, whatever their width
    """The elements of a word, and its check bit."""
    return {DATA: stage.elements, CHECK: 1}


STAGES: Mapping[type, StageOnArrays] = {Parity: StageOnArrays(write, read, grain, verdict)}
