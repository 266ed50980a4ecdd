"""Zero-space codes: check bits in place of bits that small weights do not need.

Guan et al., In-Place Zero-Space Memory Protection for CNN (arXiv 1910.14479): of eight bytes in two's complement the first
seven are trained to lie in -64..63. Their bit 6 then repeats the sign, and seven bits of each 64 are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .formats import Format
from .linear_codes import Decoded, LinearCode, code_of
from .memories import DATA, Part, Parts, Reading
from .protected_words import Verdict, check_policy, codes_of, read_words, verdict, words_of

GROUP, WORD = 8, 64
SPARE = tuple(8 * element + 6 for element in range(GROUP - 1))
"""The bits of a word that repeat a sign, and hold check bits instead: check bit r lies at ``8*r + 6``."""
KEPT = tuple(bit for bit in range(WORD) if bit not in SPARE)
"""The other 57, in order, which are the data bits of the code."""


def repeats_sign(code: int) -> bool:
    """Whether the value of a byte in two's complement lies in -64..63, which is where bits 6 and 7 are alike."""
    return code >> 6 in (0, 3)


def grouped(codes: Sequence[int]) -> int:
    """How many codes are in whole groups of eight."""
    return len(codes) // GROUP * GROUP


def violating(codes: Sequence[int]) -> tuple[int, ...]:
    """The elements that are not allowed: those whose bit 6 is not their sign, in one of the first seven places of a whole group
    of eight.
    """
    return tuple(i for i, code in enumerate(codes[: grouped(codes)]) if i % GROUP != GROUP - 1 and not repeats_sign(code))


def throttled(codes: Sequence[int]) -> tuple[int, ...]:
    """Every code that is not allowed **must** become that of 63 where it is positive and of -64 where it is negative, and all
    others stay. It is what the training of the paper does to weights after each step. [zero-space/throttled]
    """
    wrong = set(violating(codes))
    return tuple((0xC0 if code >> 7 else 0x3F) if i in wrong else code for i, code in enumerate(codes))


@dataclass(frozen=True)
class ZeroSpace:
    """A stage that **must** put the check bits of a code of 57 data bits in bit 6 of the first seven of each eight bytes: the
    data bits are the other 57 in order, from bit 0 of element 0 up, and check bit r is bit 6 of element r. When they are read
    they are corrected as the code decodes them, and bit 6 of the first seven **must** become what bit 7 is then.

    Elements behind the last whole group of eight **must** be stored and read as they are: they have no room for check bits.
    ``code`` is one of ``CODES``, or a matrix for 57 data bits and 7 check bits; ``detected`` one of the policies. Bit 6 becomes
    bit 7 in a detected word too, before the policy is applied. With ``throttle`` weights **must** be throttled when they are
    written, and what is read is the throttled ones. ``ValueError`` for other choices, for a format that has not 8 bits, and
    without ``throttle`` for a code that is not allowed. [zero-space/stage]
    """

    code: str | LinearCode
    detected: str
    throttle: bool = False
    name: str = "zero_space"

    def __post_init__(self) -> None:
        if self.linear.checks != len(SPARE):
            raise ValueError(f"words of {self.name} have {len(SPARE)} check bits, not {self.linear.checks}")
        check_policy(self.detected)

    @property
    def linear(self) -> LinearCode:
        """The code of its words."""
        return code_of(self.code, len(KEPT))

    def write(self, data: Part) -> dict[str, Part]:
        """The data with check bits in them."""
        self.check_format(data.format)
        if self.throttle:
            data = data._replace(codes=throttled(data.codes))
        if wrong := violating(data.codes):
            code = data.codes[wrong[0]]
            raise ValueError(f"element {wrong[0]} is {data.format.decode(code)}, not in -64..63 as {self.name} needs it")
        end = grouped(data.codes)
        words = [self.encoded(word) for word in words_of(data._replace(codes=data.codes[:end]), WORD)]
        return {DATA: data._replace(codes=codes_of(words, end, 8, WORD) + data.codes[end:])}

    def encoded(self, word: int) -> int:
        """A word with the check bits in the bits that repeat signs."""
        data = kept(word)
        check = self.linear.encode(data)
        return spread(data, KEPT) | spread(check, SPARE)

    def decoded(self, parts: Parts) -> list[Decoded]:
        """What each word of eight elements is taken for, signs repeated."""
        data = parts[DATA]
        self.check_format(data.format)
        words = words_of(data._replace(codes=data.codes[: grouped(data.codes)]), WORD)
        found = [self.linear.decode(kept(word), gathered(word, SPARE)) for word in words]
        return [one._replace(data=with_signs(spread(one.data, KEPT))) for one in found]

    def read(self, parts: Parts) -> Reading:
        """The codes after correction, and after what the policy does with words that are known to be wrong."""
        codes = parts[DATA].codes
        end = grouped(codes)
        reading = read_words(self.decoded(parts), end, 8, WORD, self.detected)
        return reading._replace(codes=reading.codes + codes[end:])

    def verdict(self, written: Part, parts: Parts) -> Verdict:
        """What became of the words of parts, of which ``written`` are the data without faults; the rest is no word."""
        return verdict(words_of(written._replace(codes=written.codes[: grouped(written.codes)]), WORD), self.decoded(parts))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format

    def check_format(self, format: Format) -> None:
        """``ValueError`` for a format that has not 8 bits."""
        if format.width != 8:
            raise ValueError(f"{self.name} is for codes of 8 bits, not for {format.name}")


def gathered(word: int, places: Sequence[int]) -> int:
    """The bits of a word at these places, the first one lowest."""
    return sum((word >> place & 1) << bit for bit, place in enumerate(places))


def spread(bits: int, places: Sequence[int]) -> int:
    """The opposite: bits put at places."""
    return sum((bits >> bit & 1) << place for bit, place in enumerate(places))


def kept(word: int) -> int:
    """The data bits of a word."""
    return gathered(word, KEPT)


def with_signs(word: int) -> int:
    """A word in which every spare bit is as the one above it."""
    return word | sum((word >> place + 1 & 1) << place for place in SPARE)
