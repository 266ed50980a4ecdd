"""SECDED: words with check bits beside them, of which one wrong bit is corrected and two are detected."""

from __future__ import annotations

from dataclasses import dataclass

from .catalogue import get_format
from .formats import Format
from .linear_codes import Decoded, LinearCode, code_of
from .memories import DATA, Part, Parts, Reading
from .protected_words import Sizes, Verdict, check_codes_of, check_policy, read_words, verdict, words_of

WIDTHS = (8, 16, 32, 64)
"""The data bits that words may have: with the check bits, words of 13, 22, 39 and 72 bits."""
CHECK = "check"
"""The part that holds the check bits, and the kind of site that it is."""


@dataclass(frozen=True)
class Secded:
    """A stage that **must** put beside each word of ``width`` data bits the check bits of a code, as one code of an unsigned
    integer format in a part of the kind ``check``, word 0 first, and read each word as the code decodes it.

    ``code`` is one of ``CODES`` or a matrix of so many data bits, ``detected`` one of the policies. The data themselves are
    stored as they are. Check bits are stored bits as others, which faults can hit. ``ValueError`` for other choices.
    [secded/stage]
    """

    code: str | LinearCode
    width: int
    detected: str
    name: str = "secded"

    def __post_init__(self) -> None:
        if self.width not in WIDTHS:
            raise ValueError(f"a word of {self.name} has {', '.join(map(str, WIDTHS))} data bits, not {self.width}")
        code_of(self.code, self.width)
        check_policy(self.detected)

    @property
    def linear(self) -> LinearCode:
        """The code of its words."""
        return code_of(self.code, self.width)

    def write(self, data: Part) -> dict[str, Part]:
        """The data and their check bits."""
        codes = tuple(self.linear.encode(word) for word in words_of(data, self.width))
        return {DATA: data, CHECK: Part(CHECK, get_format(f"uint{self.linear.checks}"), codes)}

    def decoded(self, parts: Parts) -> list[Decoded]:
        """What each word is taken for."""
        words = words_of(parts[DATA], self.width)
        checks = check_codes_of(self.name, parts.get(CHECK), Sizes(len(words), self.linear.checks))
        return [self.linear.decode(word, check) for word, check in zip(words, checks, strict=True)]

    def read(self, parts: Parts) -> Reading:
        """The codes after correction, and after what the policy does with words that are known to be wrong."""
        data = parts[DATA]
        return read_words(self.decoded(parts), len(data.codes), data.format.width, self.width, self.detected)

    def verdict(self, written: Part, parts: Parts) -> Verdict:
        """What became of the words of parts, of which ``written`` are the data without faults."""
        return verdict(words_of(written, self.width), self.decoded(parts))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format
