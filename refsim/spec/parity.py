"""Parity: one check bit for each few elements, which notices every odd number of wrong bits and corrects none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .catalogue import get_format
from .formats import Format
from .linear_codes import CLEAN, DETECTED, Decoded, ones
from .memories import DATA, Part, Parts, Reading
from .protected_words import Sizes, Verdict, check_codes_of, check_policy, verdict
from .secded import CHECK

PARITIES = {"even": 0, "odd": 1}
"""What the number of ones of a word and its check bit is modulo 2."""


def check_bit(codes: Iterable[int], parity: str) -> int:
    """The check bit of codes **must** make the number of ones of all their bits and itself even, or odd. [parity/check-bit]"""
    return (sum(map(ones, codes)) + PARITIES[parity]) % 2


@dataclass(frozen=True)
class Parity:
    """A stage that **must** put beside each ``elements`` neighbouring elements, the last ones maybe fewer, one check bit in a
    part of the kind ``check``, and **must** report words whose parity is another one as detected. All elements of such a word
    are the word and its elements in the sense of the policies.

    ``ValueError`` for fewer than one element, an unknown parity and an unknown policy. [parity/stage]
    """

    elements: int
    parity: str
    detected: str
    name: str = "parity"

    def __post_init__(self) -> None:
        if self.elements < 1:
            raise ValueError(f"a word of {self.name} has 1 or more elements, not {self.elements}")
        if self.parity not in PARITIES:
            raise ValueError(f"unknown parity {self.parity!r:.60}; the parities are {', '.join(PARITIES)}")
        check_policy(self.detected)

    def groups(self, data: Part) -> list[tuple[int, ...]]:
        """The elements of each word; ``ValueError`` for a code that is none of its format."""
        for code in data.codes:
            data.format.check_code(code)
        return [data.codes[at : at + self.elements] for at in range(0, len(data.codes), self.elements)]

    def write(self, data: Part) -> dict[str, Part]:
        """The data and their check bits."""
        codes = tuple(check_bit(group, self.parity) for group in self.groups(data))
        return {DATA: data, CHECK: Part(CHECK, get_format("uint1"), codes)}

    def decoded(self, parts: Parts) -> list[Decoded]:
        """What each word is taken for; its data are those of its elements, the first one lowest."""
        groups = self.groups(parts[DATA])
        checks = check_codes_of(self.name, parts.get(CHECK), Sizes(len(groups), 1))
        return [
            Decoded(_joined(group, parts[DATA].format), CLEAN if check_bit(group, self.parity) == bit else DETECTED)
            for group, bit in zip(groups, checks, strict=True)
        ]

    def read(self, parts: Parts) -> Reading:
        """The codes after what the policy does with words that are known to be wrong."""
        wrong = [one.found == DETECTED for one in self.decoded(parts)]
        zeroed = self.detected in ("zero_word", "zero_element")
        codes = tuple(0 if zeroed and wrong[i // self.elements] else code for i, code in enumerate(parts[DATA].codes))
        return Reading(codes, 0, sum(wrong), self.detected == "stop" and any(wrong))

    def verdict(self, written: Part, parts: Parts) -> Verdict:
        """What became of the words of parts, of which ``written`` are the data without faults."""
        return verdict((_joined(group, written.format) for group in self.groups(written)), self.decoded(parts))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format


def _joined(codes: Iterable[int], format: Format) -> int:
    return sum(code << i * format.width for i, code in enumerate(codes))
