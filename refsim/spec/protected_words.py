"""Protected words: what a memory that notices wrong bits does with them, and whether it was right.

Decoders give for each word the data that they take it for, and what they found. What is read then depends on a policy, and
whether it is right can be told where what was written is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .linear_codes import CLEAN, CORRECTED, DETECTED, Decoded
from .memories import Part, Reading
from .packing import LSB_FIRST, Packing, check_codes, check_length

POLICIES = ("as_is", "zero_word", "zero_element", "stop")
"""What is done with a word that is known to be wrong: nothing, all its bits become 0, all elements that have a bit in it become
the code 0, or the machine is stopped."""


def check_policy(policy: str) -> None:
    """``ValueError`` for a policy that is none."""
    if policy not in POLICIES:
        raise ValueError(f"unknown policy {policy!r:.60} for detected errors; the policies are {', '.join(POLICIES)}")


def packing_of(width: int, word: int) -> Packing:
    """Bit b of element e of w bits **must** lie at bit ``e*w + b`` of all data bits, and bit i of these at bit ``i mod n`` of
    word ``i // n`` of n bits: element 0 is the lowest, and an element that does not fit goes on in the next word. What is left
    of the last word **must** be 0 when check bits are computed, when written and when read. [protected/words]
    """
    return Packing(width, LSB_FIRST, word, "little" if word > 8 else None)


def words_of(data: Part, word: int) -> tuple[int, ...]:
    """The words of so many bits that hold the codes of a part; ``ValueError`` for a code that is none of its format."""
    packing = packing_of(data.format.width, word)
    check_codes(data.codes, packing)
    return tuple(packing.put(data.codes))


def codes_of(words: Sequence[int], count: int, width: int, word: int) -> tuple[int, ...]:
    """The codes of ``count`` elements of a width that words hold."""
    packing = packing_of(width, word)
    check_length(len(words) * word // 8, count, packing)
    return tuple(packing.take(words, count))


def read_words(decoded: Sequence[Decoded], count: int, width: int, word: int, policy: str) -> Reading:
    """The codes of words that were decoded. A detected word **must** be read by the policy: ``as_is`` as it is stored,
    ``zero_word`` with all its data bits 0, ``zero_element`` so that every element that has a bit in it is the code 0, and
    ``stop`` as it is, with the machine stopped. Words that are corrected and detected are counted, each once, whatever becomes
    of them. [protected/policy]
    """
    check_policy(policy)
    wrong = [i for i, one in enumerate(decoded) if one.found == DETECTED]
    data = [0 if policy == "zero_word" and one.found == DETECTED else one.data for one in decoded]
    codes = list(codes_of(data, count, width, word))
    if policy == "zero_element":
        for i in wrong:
            for element in range(i * word // width, min(count, -(-(i + 1) * word // width))):
                codes[element] = 0
    corrected = sum(one.found == CORRECTED for one in decoded)
    return Reading(tuple(codes), corrected, len(wrong), policy == "stop" and bool(wrong))


@dataclass(frozen=True)
class Verdict:
    """Of how many words the wrong bits were corrected, detected, made worse or taken for right ones, and not noticed."""

    corrected: int = 0
    detected: int = 0
    miscorrected: int = 0
    undetected: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.corrected + other.corrected,
            self.detected + other.detected,
            self.miscorrected + other.miscorrected,
            self.undetected + other.undetected,
        )


def verdict(written: Iterable[int], decoded: Iterable[Decoded]) -> Verdict:
    """Each word **must** be one of these, by the data that were written: detected where that was found, whatever the data;
    corrected and miscorrected where a bit was inverted and the data are then right, or wrong; undetected where nothing was
    found and the data are wrong. Right words of which nothing was found are none of the four.

    Only data count: a check bit that stays wrong has no effect. [protected/verdict]
    """
    pairs = [(one.found, one.data == data) for data, one in zip(written, decoded, strict=True)]
    return Verdict(
        pairs.count((CORRECTED, True)),
        sum(found == DETECTED for found, _ in pairs),
        pairs.count((CORRECTED, False)),
        pairs.count((CLEAN, False)),
    )


class Sizes(NamedTuple):
    """How many codes a part has, and of which width."""

    codes: int
    width: int


def check_sizes(name: str, given: Sizes | None, needed: Sizes) -> None:
    """``ValueError`` for check bits that are missing, or of another size than the words of a stage need."""
    if given is None:
        raise ValueError(f"{name} has no check bits beside the data")
    if given != needed:
        what = f"{given.codes} codes of {given.width} bits"
        raise ValueError(f"the check bits of {name} are {needed.codes} codes of {needed.width} bits, not {what}")


def check_codes_of(name: str, part: Part | None, needed: Sizes) -> tuple[int, ...]:
    """The check bits of a part, after a check of their sizes."""
    check_sizes(name, part and Sizes(len(part.codes), part.format.width), needed)
    return part.codes if part else ()
