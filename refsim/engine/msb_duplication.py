"""Copies of a bit on arrays: the names of ``refsim.spec.msb_duplication``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format
from ..spec.memories import DATA
from ..spec.msb_duplication import MsbDuplication
from ..spec.protected_words import Verdict
from .array import Array
from .linear_codes import CLEAN, CORRECTED, Decoded
from .parity import ones
from .parts import Grain, Part, Parts, Reading, StageOnArrays
from .protected_words import verdict as verdict_of


def protected(stage: MsbDuplication, codes: NDArray[Any]) -> NDArray[Any]:
    """The bit of each code that is copied."""
    found: NDArray[Any] = codes >> stage.bit & 1
    return found


def write(stage: MsbDuplication, data: Part) -> dict[str, Part]:
    """The data with the copies."""
    stage.check_format(data.array.format)
    codes = data.array.codes
    bare = codes >> stage.copies << stage.copies
    return {DATA: Part(data.kind, Array(bare | _copied(stage, protected(stage, codes)), data.array.format))}


def _copied(stage: MsbDuplication, bits: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = bits * stage.mask
    return found


def decoded(stage: MsbDuplication, parts: Parts) -> Decoded:
    """What the protected bit of each element is taken for."""
    array = parts[DATA].array
    stage.check_format(array.format)
    votes = protected(stage, array.codes) + ones(array.codes & stage.mask)
    agreed = (votes == 0) | (votes == stage.copies + 1)
    data = (2 * votes > stage.copies + 1).astype(array.codes.dtype)
    return Decoded(data, np.where(agreed, CLEAN, CORRECTED).astype(np.uint8))


def read(stage: MsbDuplication, parts: Parts) -> Reading:
    """The codes after the vote."""
    array, votes = parts[DATA].array, decoded(stage, parts)
    replaced = 1 << stage.bit if stage.low == "stored" else 1 << stage.bit | stage.mask
    codes = (array.codes | replaced) ^ replaced | votes.data << stage.bit
    if stage.low == "voted":
        codes |= _copied(stage, votes.data)
    return Reading(Array(codes, array.format), int((votes.found == CORRECTED).sum()))


def verdict(stage: MsbDuplication, written: Part, parts: Parts) -> Verdict:
    """What became of the protected bits, of which ``written`` are the data without faults; other bits have none."""
    return verdict_of(protected(stage, written.array.codes), decoded(stage, parts))


def grain(stage: MsbDuplication, format: Format) -> Grain:  # noqa: ARG001 its words are elements
    """Each element is a word."""
    return {DATA: 1}


STAGES: Mapping[type, StageOnArrays] = {MsbDuplication: StageOnArrays(write, read, grain, verdict)}
