"""Zero-space codes on arrays: the names of ``refsim.spec.zero_space``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import Format
from ..spec.memories import DATA
from ..spec.protected_words import Verdict
from ..spec.zero_space import GROUP, KEPT, SPARE, WORD, ZeroSpace
from .array import Array
from .linear_codes import Decoded, decode, encode
from .parts import Grain, Part, Parts, Reading, StageOnArrays, specified
from .protected_words import codes_of, read_words, words_of
from .protected_words import verdict as verdict_of

SIGN_COPIES = np.uint64(sum(1 << place for place in SPARE))


def runs(places: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Places of a word as runs of neighbours: the first bit, the first place, and how many they are."""
    found: list[tuple[int, int, int]] = []
    for bit, place in enumerate(places):
        if found and place == found[-1][1] + found[-1][2]:
            found[-1] = (*found[-1][:2], found[-1][2] + 1)
        else:
            found.append((bit, place, 1))
    return found


def gathered(words: NDArray[np.uint64], places: tuple[int, ...]) -> NDArray[np.uint64]:
    """The bits of words at these places, the first one lowest."""
    found = np.zeros_like(words)
    for bit, place, many in runs(places):
        found |= (words >> np.uint64(place) & np.uint64((1 << many) - 1)) << np.uint64(bit)
    return found


def spread(bits: NDArray[np.uint64], places: tuple[int, ...]) -> NDArray[np.uint64]:
    """The opposite: bits put at places."""
    found = np.zeros_like(bits)
    for bit, place, many in runs(places):
        found |= (bits >> np.uint64(bit) & np.uint64((1 << many) - 1)) << np.uint64(place)
    return found


def with_signs(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Words in which every spare bit is as the one above it."""
    found: NDArray[np.uint64] = words | words >> np.uint64(1) & SIGN_COPIES
    return found


def violating(codes: NDArray[Any]) -> NDArray[np.int64]:
    """The elements that are not allowed: those of the first seven of eight whose bit 6 is not their sign."""
    whole = codes[: len(codes) // GROUP * GROUP]
    wrong = (whole ^ whole << 1) & 0x80 != 0
    wrong[GROUP - 1 :: GROUP] = False
    return np.flatnonzero(wrong)


def throttled(codes: NDArray[Any]) -> NDArray[Any]:
    """Codes in which those that are not allowed are those of 63 or -64."""
    found, wrong = codes.copy(), violating(codes)
    found[wrong] = np.where(codes[wrong] >> 7, 0xC0, 0x3F)
    return found


def _whole(array: Array) -> NDArray[np.uint64]:
    return words_of(array[: len(array) // GROUP * GROUP], WORD)


def write(stage: ZeroSpace, data: Part) -> dict[str, Part]:
    """The data with check bits in them."""
    stage.check_format(data.array.format)
    if stage.throttle:
        data = Part(data.kind, Array(throttled(data.array.codes), data.array.format))
    if len(violating(data.array.codes)):
        stage.write(specified(data))
    words = _whole(data.array)
    bits = gathered(words, KEPT)
    check = encode(stage.linear, bits).astype(np.uint64)
    return {DATA: Part(data.kind, _with_rest(spread(bits, KEPT) | spread(check, SPARE), data.array))}


def _with_rest(words: NDArray[np.uint64], array: Array) -> Array:
    end = len(words) * GROUP
    return Array(np.concatenate([codes_of(words, end, 8, WORD), array.codes[end:]]), array.format)


def decoded(stage: ZeroSpace, parts: Parts) -> Decoded:
    """What each word of eight elements is taken for, signs repeated."""
    stage.check_format(parts[DATA].array.format)
    words = _whole(parts[DATA].array)
    found = decode(stage.linear, gathered(words, KEPT), gathered(words, SPARE))
    return found._replace(data=with_signs(spread(found.data, KEPT)))


def read(stage: ZeroSpace, parts: Parts) -> Reading:
    """The codes after correction, and after what the policy does with words that are known to be wrong."""
    array, words = parts[DATA].array, decoded(stage, parts)
    reading = read_words(words, array[: len(words.data) * GROUP], WORD, stage.detected)
    return reading._replace(array=_joined(reading.array, array))


def _joined(first: Array, array: Array) -> Array:
    return Array(np.concatenate([first.codes, array.codes[len(first) :]]), array.format)


def verdict(stage: ZeroSpace, written: Part, parts: Parts) -> Verdict:
    """What became of the words of parts, of which ``written`` are the data without faults; the rest is no word."""
    return verdict_of(_whole(written.array), decoded(stage, parts))


def grain(stage: ZeroSpace, format: Format) -> Grain:  # noqa: ARG001 its words are of eight elements of eight bits
    """The elements of a word."""
    return {DATA: GROUP}


STAGES: Mapping[type, StageOnArrays] = {ZeroSpace: StageOnArrays(write, read, grain, verdict)}
