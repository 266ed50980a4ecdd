"""Packing: codes narrower than a byte, or of any width, as a memory holds them.

A memory is a sequence of words, a word is a number of whole bytes. A packing says at which bit of which word each bit of each
element lies. Everything else follows: to pack is to put the bits there, to unpack is to read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LSB_FIRST, MSB_FIRST = "lsb_first", "msb_first"
ORDERS = (LSB_FIRST, MSB_FIRST)
"""The end of a word, and of an element, at which the bits begin."""
BYTE_ORDERS = ("little", "big")
"""Which byte of a word has the lowest address: the least significant one, or the most significant one."""
PADDINGS = ("top", "bottom")
"""Where a word whose elements do not fill it has its padding: above the elements, or below them."""
CHECKS = ("zero", "any")
"""What unpacking requires of padding: that it is zero, or nothing."""
GREATEST_WIDTH = 512


def check_choice(what: str, choice: object, known: Sequence[object]) -> None:
    """``ValueError`` for a choice that is none of the known ones."""
    if choice not in known:
        raise ValueError(f"{what} {choice!r} is none of {', '.join(map(str, known))}")


@dataclass(frozen=True)
class Packing:
    """Elements of ``width`` bits in words of ``word`` bits, from the low end (``lsb_first``) or the high end (``msb_first``).

    ``byte_order`` says how a word of several bytes lies in memory. With ``straddle`` an element may begin in one word and end
    in the next; without, each word holds whole elements, and ``padding`` says at which end it is left empty: by default where
    the elements end. ``ValueError`` for what is no packing.
    """

    width: int
    order: str
    word: int = 8
    byte_order: str | None = None
    straddle: bool = True
    padding: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.width <= GREATEST_WIDTH:
            raise ValueError(f"the width of an element is {self.width}, not 1..{GREATEST_WIDTH} bits")
        check_choice("order", self.order, ORDERS)
        if self.word < 8 or self.word % 8:
            raise ValueError(f"a word is {self.word} bits, not a positive multiple of 8")
        known = BYTE_ORDERS if self.word > 8 else (None,)
        if self.byte_order not in known:
            raise ValueError(
                f"the byte order of {self.word}-bit words is {' or '.join(map(str, known))}, not {self.byte_order}"
            )
        if self.straddle and self.padding is not None:
            raise ValueError(f"padding {self.padding!r} is for words of whole elements; elements that straddle leave none")
        if not self.straddle and self.width > self.word:
            raise ValueError(f"an element of {self.width} bits does not fit in a word of {self.word}; it has to straddle")
        if not self.straddle:
            last = PADDINGS[self.order == MSB_FIRST]
            check_choice("padding", self.padding or last, PADDINGS)
            object.__setattr__(self, "padding", self.padding or last)

    def __str__(self) -> str:
        words = [] if self.word == 8 and self.straddle else [str(self.word)]
        order = [] if self.byte_order is None else [self.byte_order]
        whole = [] if self.straddle else ["whole"]
        moved = [str(self.padding)] if not self.straddle and self.padding != PADDINGS[self.order == MSB_FIRST] else []
        return ":".join([self.order, *words, *order, *whole, *moved])

    @property
    def codes(self) -> int:
        """The number of codes that an element may have."""
        return 1 << self.width

    @property
    def per_word(self) -> int:
        """The number of whole elements that fit in a word."""
        return self.word // self.width

    def words(self, count: int) -> int:
        """An image **must** have as few words as hold its elements. [packing/length]"""
        return -(-count * self.width // self.word) if self.straddle else -(-count // self.per_word)

    def along(self, element: int, step: int) -> int:
        """Where, along all the bits of memory, the bit of an element is that comes ``step`` bits behind its first one.

        The first bit of an element **must** follow the last bit of the element before it at once. Where elements do not
        straddle, each word **must** instead begin with a new element and hold as many whole ones as fit; the rest of it is
        padding, at its top or bottom. [packing/sequence]
        """
        if self.straddle:
            return element * self.width + step
        word, nth = divmod(element, self.per_word)
        last = PADDINGS[self.order == MSB_FIRST]
        skipped = 0 if self.padding == last else self.word - self.per_word * self.width
        return word * self.word + skipped + nth * self.width + step

    def place(self, element: int, bit: int) -> tuple[int, int]:
        """The word and the bit in it, counted from its least significant one, at which bit ``bit`` of an element lies.

        ``lsb_first`` **must** begin with the least significant bit of an element and fill a word from its least significant bit
        up; ``msb_first`` **must** begin with the most significant bits of both and fill down. In bytes the first is the order
        of ONNX (onnx/numpy_helper.py) and CUDA, the second that of bitstring. [packing/order]
        """
        if self.order == LSB_FIRST:
            return divmod(self.along(element, bit), self.word)
        word, step = divmod(self.along(element, self.width - 1 - bit), self.word)
        return word, self.word - 1 - step

    def address(self, element: int, bit: int) -> tuple[int, int]:
        """The byte of memory, and the bit in it, at which bit ``bit`` of an element lies: what a flipped bit of memory hits."""
        word, place = self.place(element, bit)
        size = self.word // 8
        return word * size + (size - 1 - place // 8 if self.byte_order == "big" else place // 8), place % 8

    def put(self, codes: Sequence[int]) -> list[int]:
        """The words that hold codes: every bit at its place, and padding zero."""
        words = [0] * self.words(len(codes))
        for element, code in enumerate(codes):
            for bit in range(self.width):
                word, place = self.place(element, bit)
                words[word] |= (code >> bit & 1) << place
        return words

    def take(self, words: Sequence[int], count: int) -> list[int]:
        """The codes that words hold: every bit from its place."""
        places = [[self.place(element, bit) for bit in range(self.width)] for element in range(count)]
        return [sum((words[word] >> place & 1) << bit for bit, (word, place) in enumerate(bits)) for bits in places]


@dataclass(frozen=True)
class DigitPacking:
    """Elements that are digits of a base, as many in a byte as fit: five ternary digits, three of base 5 or 6, two of 7 to 16.

    ``lsb_first`` makes the first element the least significant digit, ``msb_first`` the most significant one. With ``scaled``
    the byte is the digits' number as a fraction of 256, from which each digit comes by one multiplication. ``ValueError`` for
    what is no packing.
    """

    base: int
    order: str
    scaled: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.base <= 16:
            raise ValueError(f"the base of digits is {self.base}, not 2..16")
        check_choice("order", self.order, ORDERS)

    def __str__(self) -> str:
        return f"base{self.base}:{self.order}{':scaled' if self.scaled else ''}"

    @property
    def codes(self) -> int:
        """The number of codes that an element may have."""
        return self.base

    @property
    def width(self) -> int:
        """The bits of a code before it is packed."""
        return (self.base - 1).bit_length()

    @property
    def word(self) -> int:
        """The bits of a word: digits are packed in bytes."""
        return 8

    byte_order = None

    @property
    def per_word(self) -> int:
        """The digits of a byte: the greatest n with ``base**n <= 256``."""
        return next(n for n in range(8, 0, -1) if self.base**n <= 256)

    def words(self, count: int) -> int:
        """The bytes that hold so many digits, the fewest that do."""
        return -(-count // self.per_word)

    def weight(self, nth: int) -> int:
        """What digit ``nth`` of a byte counts: the n digits of a byte **must** count ``1, base, ..., base**(n-1)`` in the order
        of the elements (``lsb_first``) or in the opposite one (``msb_first``), and digits behind the last element are zero.

        [packing/digits]
        """
        weights: list[int] = [self.base**n for n in range(self.per_word)]
        return weights[nth if self.order == LSB_FIRST else -1 - nth]

    def byte(self, number: int) -> int:
        """The byte for the number that digits make: the number itself, or, scaled, the least byte b with
        ``b / 256 >= number / base**n``, which it **must** be.

        The layout of ternary weights in llama.cpp's TQ1_0 (ggml-quants.c). [packing/scaled-digits]
        """
        return -(-number * 256 // self.base**self.per_word) if self.scaled else number

    def put(self, codes: Sequence[int]) -> list[int]:
        """The bytes that hold digits."""
        numbers = [0] * self.words(len(codes))
        for element, code in enumerate(codes):
            numbers[element // self.per_word] += code * self.weight(element % self.per_word)
        return [self.byte(number) for number in numbers]

    def take(self, words: Sequence[int], count: int) -> list[int]:
        """The digits that bytes hold; a byte that no digits make **must** be refused: ``ValueError``. [packing/no-digits]"""
        numbers = []
        for at, byte in enumerate(words):
            number = byte * self.base**self.per_word // 256 if self.scaled else byte
            if number >= self.base**self.per_word or self.byte(number) != byte:
                raise ValueError(f"byte {byte:#04x} at {at} is no {self.per_word} digits of {self}")
            numbers.append(number)
        return [numbers[i // self.per_word] // self.weight(i % self.per_word) % self.base for i in range(count)]


Layout = Packing | DigitPacking
"""How elements lie in memory."""

ALIASES = {"tq1_0": "base3:msb_first:scaled"}
"""Other names of packings."""
GRAMMAR = "lsb_first or msb_first, behind it :WORD:little or :WORD:big, :whole, :top or :bottom; or base3:lsb_first"


def get_packing(name: str, width: int) -> Layout:
    """The packing of elements of so many bits that a name spells, such as ``lsb_first``, ``msb_first:32:big:whole`` or
    ``base3:lsb_first``; ``ValueError`` for others.
    """
    name = ALIASES.get(name, name)
    if digits := re.fullmatch(r"base(\d+):(\w+?)(:scaled)?", name):
        packing = DigitPacking(int(digits[1]), digits[2], digits[3] is not None)
        if packing.width != width:
            raise ValueError(f"digits of {name} have {packing.width} bits, not {width}")
        return packing
    found = re.fullmatch(r"([a-z_]+)(:\d+)?(:little|:big)?(:whole)?(:top|:bottom)?", name)
    if found is None or found[1] not in ORDERS:
        raise ValueError(f"{name!r} is no packing; a packing is {GRAMMAR}")
    order, word, byte_order, whole, padding = (part and part.removeprefix(":") for part in found.groups())
    return Packing(width, order, int(word or 8), byte_order, not whole, padding)


def check_codes(codes: Iterable[int], packing: Layout) -> None:
    """A code that is none of an element's **must** be refused with ``ValueError``: no bit of it is dropped. [packing/codes]"""
    for element, code in enumerate(codes):
        if not 0 <= code < packing.codes:
            raise ValueError(f"code {code:#x} of element {element} is not in 0..{packing.codes - 1:#x} of {packing}")


def check_length(length: int, count: int, packing: Layout) -> None:
    """An image of another length than its elements make **must** be refused with ``ValueError``. [packing/exact-length]"""
    if count < 0:
        raise ValueError(f"the count of elements is {count}, not 0 or more")
    if length != (right := packing.words(count) * packing.word // 8):
        raise ValueError(f"an image of {count} elements of {packing.width} bits, {packing}, is {right} bytes, not {length}")


def to_memory(words: Sequence[int], packing: Layout) -> bytes:
    """The bytes of words: a little-endian word **must** have its least significant byte at the lowest address, a big-endian one
    its most significant byte. [packing/byte-order]
    """
    return b"".join(word.to_bytes(packing.word // 8, "big" if packing.byte_order == "big" else "little") for word in words)


def from_memory(image: bytes, packing: Layout) -> tuple[int, ...]:
    """The words of bytes."""
    parts = [image[at : at + packing.word // 8] for at in range(0, len(image), packing.word // 8)]
    return tuple(int.from_bytes(part, "big" if packing.byte_order == "big" else "little") for part in parts)


def pack_words(codes: Sequence[int], packing: Layout) -> tuple[int, ...]:
    """The words of a memory that holds the codes, element 0 in word 0."""
    check_codes(codes, packing)
    return tuple(packing.put(codes))


def pack(codes: Sequence[int], packing: Layout) -> bytes:
    """The bytes of a memory that holds the codes, byte 0 at the lowest address."""
    return to_memory(pack_words(codes, packing), packing)


def unpack(image: bytes, count: int, packing: Layout, padding: str = "zero") -> tuple[int, ...]:
    """The codes of ``count`` elements from the bytes that hold them, and nothing else.

    Padding, the bits and digits of an image that belong to no element, **must** be zero, or ``ValueError`` is raised; with
    ``padding`` "any" it **may** be anything. [packing/padding]
    """
    check_choice("padding", padding, CHECKS)
    check_length(len(image), count, packing)
    codes = tuple(packing.take(from_memory(image, packing), count))
    if padding == "zero" and (packed := pack(codes, packing)) != image:
        raise ValueError(padding_error(image, packed))
    return codes


def padding_error(image: bytes, packed: bytes) -> str:
    """What is wrong with an image that has other padding than the packed codes have."""
    at = next(at for at, (given, right) in enumerate(zip(image, packed, strict=True)) if given != right)
    return f"byte {image[at]:#04x} at {at} has padding that is not zero, without which it is {packed[at]:#04x}"
