"""Embedded parity on arrays: the names of ``refsim.spec.embedded_parity``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.embedded_parity import EmbeddedParity
from ..spec.formats import Format
from ..spec.memories import DATA
from ..spec.protected_words import Verdict
from .array import Array
from .linear_codes import CLEAN, DETECTED, Decoded
from .parity import ones
from .parts import Grain, Part, Parts, Reading, StageOnArrays
from .protected_words import verdict as verdict_of


def bare(codes: NDArray[Any], lost: int) -> NDArray[Any]:
    """Codes without their low bits."""
    found: NDArray[Any] = codes >> lost << lost
    return found


def write(stage: EmbeddedParity, data: Part) -> dict[str, Part]:
    """The data with the parity bits in them."""
    chunks = stage.chunks(data.array.format)
    kept = bare(data.array.codes, len(chunks))
    codes = kept.copy()
    for i, mask in enumerate(chunks):
        codes |= (ones(kept & mask) & 1).astype(codes.dtype) << i
    return {DATA: Part(data.kind, Array(codes, data.array.format))}


def decoded(stage: EmbeddedParity, parts: Parts) -> Decoded:
    """What each element is read as, and whether a chunk of it is wrong."""
    array = parts[DATA].array
    chunks = stage.chunks(array.format)
    data, detected = bare(array.codes, len(chunks)), np.zeros(len(array), bool)
    for mask in chunks:
        wrong = ones(array.codes & mask) & 1 != 0
        data[wrong] = (data[wrong] | mask) ^ mask
        detected |= wrong
    return Decoded(data, np.where(detected, DETECTED, CLEAN).astype(np.uint8))


def read(stage: EmbeddedParity, parts: Parts) -> Reading:
    """The codes in which wrong chunks are 0."""
    found = decoded(stage, parts)
    return Reading(Array(found.data, parts[DATA].array.format), 0, int((found.found == DETECTED).sum()))


def verdict(stage: EmbeddedParity, written: Part, parts: Parts) -> Verdict:
    """What became of the elements, of which ``written`` are the codes without faults, without their low bits."""
    return verdict_of(bare(written.array.codes, len(stage.chunks(written.array.format))), decoded(stage, parts))


def grain(stage: EmbeddedParity, format: Format) -> Grain:  # noqa: ARG001 its words are elements
    """Each element is a word."""
    return {DATA: 1}


STAGES: Mapping[type, StageOnArrays] = {EmbeddedParity: StageOnArrays(write, read, grain, verdict)}
