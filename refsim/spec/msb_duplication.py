"""Copies of one important bit in the least significant bits of the same element, between which a majority decides.

With the most significant bit of an exponent and two copies this is MSET, Ahmadilivani et al., Effective and Memory-Efficient
Alternatives to ECC for Reliable Large-Scale DNNs (arXiv 2605.07417).
"""

from __future__ import annotations

from dataclasses import dataclass

from .formats import Format
from .linear_codes import CLEAN, CORRECTED, Decoded, ones
from .memories import DATA, Part, Parts, Reading
from .protected_words import Verdict, verdict

LOW_BITS = ("stored", "voted", "zero")
"""What the places of the copies are read as: what is stored there, what the vote says, or 0."""


def exponent_top(format: Format) -> int:
    """The most significant bit of the exponent field; ``ValueError`` for a format whose codes have no such field of their own
    at one place.
    """
    rest, above = format.width, list[str]()
    for field, bits in format.layout_of(0):
        if field == "exponent" and bits and "regime" not in above:
            return rest - 1
        rest -= bits
        above.append(field)
    raise ValueError(f"codes of {format.name} have no exponent at a fixed place; their fields are {', '.join(above)}")


@dataclass(frozen=True)
class MsbDuplication:
    """A stage that **must** replace the ``copies`` least significant bits of every element by copies of its bit ``bit``. When
    an element is read this bit **must** be what most of it and its copies are; ``low`` says what the copies are read as: as
    they are ``stored``, as ``voted``, or ``zero``. An element whose votes differ counts as corrected.

    What is written loses its low bits, for good. ``ValueError`` for a number of copies that is not even and positive, which
    could end in a tie, for a bit that a copy would replace, and for one that a format does not have. [msb/stage]
    """

    bit: int
    copies: int
    low: str
    name: str = "msb_duplication"

    def __post_init__(self) -> None:
        if self.copies < 2 or self.copies % 2:
            raise ValueError(f"{self.name} has an even number of copies from 2 up, not {self.copies}")
        if self.bit < self.copies:
            raise ValueError(f"bit {self.bit} is not above its {self.copies} copies")
        if self.low not in LOW_BITS:
            raise ValueError(f"unknown reading {self.low!r:.60} of low bits; known are {', '.join(LOW_BITS)}")

    def write(self, data: Part) -> dict[str, Part]:
        """The data with the copies."""
        self.check(data)
        codes = (code & ~self.mask | self.copied(code >> self.bit & 1) for code in data.codes)
        return {DATA: data._replace(codes=tuple(codes))}

    def voted(self, code: int) -> Decoded:
        """The bit that a stored code stands for, and whether the votes differ."""
        votes = (code >> self.bit & 1) + ones(code & self.mask)
        return Decoded(int(2 * votes > self.copies + 1), CLEAN if votes in (0, self.copies + 1) else CORRECTED)

    def read(self, parts: Parts) -> Reading:
        """The codes after the vote."""
        self.check(parts[DATA])
        votes = [self.voted(code) for code in parts[DATA].codes]
        codes = tuple(self.code(code, vote.data) for code, vote in zip(parts[DATA].codes, votes, strict=True))
        return Reading(codes, sum(vote.found == CORRECTED for vote in votes))

    def code(self, stored: int, bit: int) -> int:
        """What a stored code is read as after a vote."""
        low = {"stored": stored & self.mask, "voted": self.copied(bit), "zero": 0}[self.low]
        return stored & ~self.mask & ~(1 << self.bit) | bit << self.bit | low

    def decoded(self, parts: Parts) -> list[Decoded]:
        """What the protected bit of each element is taken for."""
        self.check(parts[DATA])
        return [self.voted(code) for code in parts[DATA].codes]

    def verdict(self, written: Part, parts: Parts) -> Verdict:
        """What became of the protected bits, of which ``written`` are the data without faults; other bits have none."""
        return verdict((code >> self.bit & 1 for code in written.codes), self.decoded(parts))

    @property
    def mask(self) -> int:
        """The bits that hold copies."""
        return (1 << self.copies) - 1

    def copied(self, bit: int) -> int:
        """The copies of a bit."""
        return bit * self.mask

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format

    def check(self, data: Part) -> None:
        """``ValueError`` for a code that is none of its format, and for a format that does not have the bit."""
        self.check_format(data.format)
        for code in data.codes:
            data.format.check_code(code)

    def check_format(self, format: Format) -> None:
        """``ValueError`` for a format that does not have the bit."""
        if self.bit >= format.width:
            raise ValueError(f"bit {self.bit} is not in 0..{format.width - 1} of {format.name}")
