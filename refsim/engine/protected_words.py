"""Protected words on arrays: the names of ``refsim.spec.protected_words``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.protected_words import Verdict, check_policy, packing_of
from .array import Array, width_dtype
from .bits import from_stream, stream
from .linear_codes import CLEAN, CORRECTED, DETECTED, Decoded
from .parts import Reading


def words_of(array: Array, word: int) -> NDArray[Any]:
    """The words of so many bits that hold the codes of a row."""
    packing = packing_of(array.format.width, word)
    octets = np.zeros(packing.words(len(array)) * word // 8, np.uint8)
    held = stream(array.codes, packing.width, packing.order)
    octets[: len(held)] = held
    return octets.view(f"<u{word // 8}").astype(width_dtype(word), copy=False)


def codes_of(words: NDArray[Any], count: int, width: int, word: int) -> NDArray[Any]:
    """The codes of ``count`` elements of a width that words hold."""
    octets = np.ascontiguousarray(words.astype(f"<u{word // 8}", copy=False)).view(np.uint8)
    return from_stream(octets, count, width, packing_of(width, word).order)


def read_words(decoded: Decoded, array: Array, word: int, policy: str) -> Reading:
    """The codes of words that were decoded, as the policy reads those that were detected; ``array`` is what is stored."""
    check_policy(policy)
    width, wrong = array.format.width, decoded.found == DETECTED
    data = np.where(wrong, 0, decoded.data) if policy == "zero_word" else decoded.data
    codes = codes_of(data.astype(width_dtype(word), copy=False), len(array), width, word)
    if policy == "zero_element" and wrong.any():
        codes = np.where(_touched(wrong, len(array), width, word), 0, codes)
    detected = int(wrong.sum())
    read = Array(codes.astype(array.codes.dtype, copy=False), array.format)
    return Reading(read, int((decoded.found == CORRECTED).sum()), detected, policy == "stop" and detected > 0)


def _touched(wrong: NDArray[np.bool_], count: int, width: int, word: int) -> NDArray[np.bool_]:
    """The elements that have a bit in a word that is wrong."""
    before = np.concatenate([[0], np.cumsum(wrong)])
    first = np.arange(count) * width // word
    last = (np.arange(1, count + 1) * width - 1) // word
    found: NDArray[np.bool_] = before[last + 1] > before[first]
    return found


def verdict(written: NDArray[Any], decoded: Decoded) -> Verdict:
    """What became of words, of which ``written`` are the data without faults."""
    right, found = decoded.data == written, decoded.found
    corrected, detected, clean = found == CORRECTED, found == DETECTED, found == CLEAN
    counts = (corrected & right, detected, corrected & ~right, clean & ~right)
    return Verdict(*(int(each.sum()) for each in counts))
