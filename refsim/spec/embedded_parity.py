"""Embedded parity: parity bits of chunks of an element in place of its least significant bits.

With chunks of 3, 7 and 15 bits these are the schemes D3P1, D7P1 and D15P1 of chunked embedded parity, CEP, Ahmadilivani et al.,
Effective and Memory-Efficient Alternatives to ECC for Reliable Large-Scale DNNs (arXiv 2605.07417).
"""

from __future__ import annotations

from dataclasses import dataclass

from .formats import Format
from .linear_codes import CLEAN, DETECTED, Decoded, ones
from .memories import DATA, Part, Parts, Reading
from .protected_words import Verdict, verdict


@dataclass(frozen=True)
class EmbeddedParity:
    """A stage that **must** divide every element of ``n * (chunk + 1)`` bits into n chunks above n parity bits: chunk i is the
    ``chunk`` bits from bit ``n + i * chunk`` up, and bit i makes the number of ones of chunk i and itself even. When an element
    is read, every chunk of another parity **must** become 0, and the parity bits are read as 0. An element with such a chunk
    counts as detected, once.

    What is written loses its low bits, for good. ``ValueError`` for a chunk of no bits, and for a format whose elements are no
    such number of bits. [embedded-parity/stage]
    """

    chunk: int
    name: str = "embedded_parity"

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise ValueError(f"a chunk of {self.name} has 1 or more bits, not {self.chunk}")

    def chunks(self, format: Format) -> list[int]:
        """The mask of each chunk and its parity bit, the lowest chunk first."""
        count, rest = divmod(format.width, self.chunk + 1)
        if rest:
            raise ValueError(f"{format.name} has {format.width} bits, not a multiple of {self.chunk + 1} as {self.name} needs")
        return [((1 << self.chunk) - 1) << count + i * self.chunk | 1 << i for i in range(count)]

    def write(self, data: Part) -> dict[str, Part]:
        """The data with the parity bits in them."""
        self.check(data)
        return {DATA: data._replace(codes=tuple(self.encoded(code, data.format) for code in data.codes))}

    def encoded(self, code: int, format: Format) -> int:
        """A code with the parity bits in place of its low bits."""
        chunks = self.chunks(format)
        bare = code >> len(chunks) << len(chunks)
        return bare | sum((ones(bare & mask) & 1) << i for i, mask in enumerate(chunks))

    def decode(self, code: int, format: Format) -> Decoded:
        """What a stored code is read as, and whether a chunk of it is wrong."""
        chunks = self.chunks(format)
        wrong = [mask for mask in chunks if ones(code & mask) & 1]
        return Decoded((code & ~sum(wrong)) >> len(chunks) << len(chunks), DETECTED if wrong else CLEAN)

    def decoded(self, parts: Parts) -> list[Decoded]:
        """What each element is read as."""
        self.check(parts[DATA])
        return [self.decode(code, parts[DATA].format) for code in parts[DATA].codes]

    def read(self, parts: Parts) -> Reading:
        """The codes in which wrong chunks are 0."""
        found = self.decoded(parts)
        return Reading(tuple(one.data for one in found), 0, sum(one.found == DETECTED for one in found))

    def verdict(self, written: Part, parts: Parts) -> Verdict:
        """What became of the elements, of which ``written`` are the codes without faults, without their low bits."""
        lost = len(self.chunks(written.format))
        return verdict((code >> lost << lost for code in written.codes), self.decoded(parts))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format

    def check(self, data: Part) -> None:
        """``ValueError`` for a code that is none of its format, and for a format that is not divided into chunks."""
        self.chunks(data.format)
        for code in data.codes:
            data.format.check_code(code)
