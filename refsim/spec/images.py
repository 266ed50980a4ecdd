"""Memory images as text: what ``$readmemh`` of Verilog loads and a person can read.

A line holds one word in hexadecimal digits, or an address behind ``@``; a comment may follow. The form is narrower than what
IEEE 1364-2005 17.2.9 lets a simulator read, so that every simulator, and ``awk``, reads the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

LINE = re.compile(r"[ \t]*(@?)([0-9A-Fa-f_]*)[ \t]*(//.*)?")
"""A line: an address or a word or neither, and a comment or none."""


def digits(width: int) -> int:
    """The hexadecimal digits that a word of so many bits has: as few as hold it. ``ValueError`` for no bits."""
    if width < 1:
        raise ValueError(f"the width of a word is {width}, not 1 bit or more")
    return -(-width // 4)


def write_image(words: Iterable[int] | Mapping[int, int], width: int, comments: Iterable[str] = ()) -> str:
    """The text of a memory whose words have so many bits: of words from address 0 on, or of words by address.

    Each word **must** stand on a line of its own, in lower-case hexadecimal digits, with zeros in front as far as ``width``
    bits need digits. A word whose address is not the one after the word before it **must** have the address on the line in
    front of it, as ``@`` and hexadecimal digits; the first word needs none if its address is 0. Comments **must** stand first,
    behind ``//``, each on its own line. The text **must** be of 7-bit characters and **must** end with the end of a line.

    ``ValueError`` for a word that does not fit, a negative address, or a comment that is no line of printable 7-bit characters.
    [images/text]
    """
    lines = [f"// {comment}".rstrip() for comment in comments]
    for line in lines:
        if not (line.isascii() and line.isprintable()):
            raise ValueError(f"comment {line[3:]!r} is not one line of printable 7-bit characters")
    return "".join(f"{line}\n" for line in [*lines, *_lines(words, width)])


def _lines(words: Iterable[int] | Mapping[int, int], width: int) -> Iterator[str]:
    count, following = digits(width), 0
    for address, word in sorted(words.items()) if isinstance(words, Mapping) else enumerate(words):
        if address < 0:
            raise ValueError(f"address {address} is negative")
        if not 0 <= word < 1 << width:
            raise ValueError(f"word {word:#x} at address {address:#x} is not in 0..{(1 << width) - 1:#x}")
        if address != following:
            yield f"@{address:x}"
        yield f"{word:0{count}x}"
        following = address + 1


def read_image(text: str, width: int) -> dict[int, int]:
    """The words of a text by address, in the order in which they stand.

    What ``write_image`` writes **must** be read as what was written. Letters **may** be of either case, ``_`` **may** stand
    between digits, blanks, comments and empty lines anywhere but inside a word, and a carriage return at the end of each line.

    [images/read]
    """
    count, address = digits(width), 0
    words: dict[int, int] = {}
    for number, line in enumerate(checked_lines(text), 1):
        at, figures = parts(line, number)
        value = int(figures, 16) if figures else None
        if at:
            address = value or 0
        elif value is not None:
            check_word(figures.replace("_", ""), count, width, number)
            if address in words:
                raise ValueError(f"line {number}: address {address:#x} has a word already")
            words[address] = value
            address += 1
    return words


def checked_lines(text: str) -> list[str]:
    """The lines of a text. One that does not end with the end of a line, as a text that was cut off does, and one with
    characters beyond 7 bits **must** be refused with ``ValueError``. [images/damage]
    """
    if text and not text.endswith("\n"):
        raise ValueError(f"line {text.count(chr(10)) + 1}: the text ends in the middle of a line")
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii():
            raise ValueError(f"line {number}: {next(c for c in line if not c.isascii())!r} is no 7-bit character")
    return text.replace("\r\n", "\n").split("\n")[:-1]


def parts(line: str, number: int) -> tuple[bool, str]:
    """Whether a line holds an address, and its digits. What is neither word nor address, unknown digits (``x`` and ``z``),
    block comments and several words on a line **must** be refused with ``ValueError`` that names the line. [images/line]
    """
    found = LINE.fullmatch(line)
    figures = found[2] if found else ""
    if found is None or figures.startswith("_") or figures.endswith("_") or (found[1] and not figures):
        raise ValueError(f"line {number}: {line!r} is no word of hexadecimal digits, no @address and no // comment")
    return bool(found[1]), figures


def check_word(figures: str, count: int, width: int, number: int) -> None:
    """A word of another number of digits than its width needs, or of a value that does not fit, **must** be refused with
    ``ValueError``: a simulator would cut it or fill it up. [images/word]
    """
    if len(figures) != count:
        raise ValueError(f"line {number}: {figures} has {len(figures)} digits, and a word of {width} bits has {count}")
    if int(figures, 16) >> width:
        raise ValueError(f"line {number}: word {figures} does not fit in {width} bits")
