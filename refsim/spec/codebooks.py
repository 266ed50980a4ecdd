"""Code books: a number for each code, written down one by one.

A code book is for the codings that no grid describes: two values without a zero between them, the same three values under
other codes, quantiles of a distribution, values that were learned. It is ordered by value, and a number becomes one of its two
neighbours, by the place in the gap between them and a rounding rule, as everywhere.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .exact import Exact, Special, is_infinite, is_nan, is_negative
from .flags import Flags, Result
from .formats import Unrepresentable
from .operands import rational
from .projection import Projection
from .rounding import Gap, Rounding
from .text import exact_text, parse_exact

WIDEST = 16
NEED_PARITY = ("ties_to_even", "ties_to_odd", "to_odd")
"""The rules that ask whether a neighbour is odd, which no value of a code book is."""
NEED_ZERO = ("ties_to_away", "ties_toward_zero", "toward_zero", "away_from_zero")
"""The rules that ask which neighbour is nearer to zero; between two of which zero lies none is."""


@dataclass(frozen=True)
class CodeBook:
    """The value of each code, ``None`` for a code that is not used.

    ``ValueError`` where the number of codes is no power of two from 2 to 65536, fewer than two codes are used, or two codes
    have one value.
    """

    name: str
    values: tuple[Fraction | None, ...]
    order: tuple[int, ...] = field(init=False, compare=False, repr=False)
    """The used codes in the order of their values."""
    ascending: tuple[Fraction, ...] = field(init=False, compare=False, repr=False)
    """The values in order."""

    def __post_init__(self) -> None:
        count = len(self.values)
        if count & count - 1 or not 2 <= count <= 1 << WIDEST:
            raise ValueError(f"{self.name} has {count} codes, not a power of two from 2 to {1 << WIDEST}; unused ones are None")
        used = sorted((value, code) for code, value in enumerate(self.values) if value is not None)
        if len(used) < 2:
            raise ValueError(f"{self.name} uses fewer than two of its codes")
        for (low, first), (high, second) in pairwise(used):
            if low == high:
                raise ValueError(f"codes {first:#x} and {second:#x} of {self.name} have one value, {exact_text(low)}")
        object.__setattr__(self, "order", tuple(code for _, code in used))
        object.__setattr__(self, "ascending", tuple(value for value, _ in used))

    def __str__(self) -> str:
        return self.name

    @property
    def width(self) -> int:
        """The bits of a code."""
        return (len(self.values) - 1).bit_length()

    @property
    def has_zero(self) -> bool:
        """Whether no two neighbours have zero between them."""
        return 0 in self.ascending or self.ascending[0] > 0 or self.ascending[-1] < 0

    def decode(self, code: int) -> Fraction:
        """A code **must** name the value that the book has for it.

        ``ValueError`` for one that is not a code or not used. [codebook/decode]
        """
        if not 0 <= code < len(self.values):
            raise ValueError(f"code {code:#x} is not in 0..{len(self.values) - 1:#x} of {self.name}")
        value = self.values[code]
        if value is None:
            raise ValueError(f"code {code:#x} of {self.name} is not used")
        return value

    def check_rule(self, rounding: Rounding) -> None:
        """A rule that asks for the parity of a neighbour **must** be refused, and so one that asks which neighbour is nearer to
        zero where the book has values on both sides of zero and not zero itself.

        ``ValueError``. [codebook/rules]
        """
        if rounding.name in NEED_PARITY:
            raise ValueError(f"{rounding} asks which value is odd, and those of {self.name} are neither odd nor even")
        if rounding.name in NEED_ZERO and not self.has_zero:
            raise ValueError(f"{rounding} asks which value is nearer to zero, and {self.name} has one on either side of it")


def quantize(x: Exact | int, book: CodeBook, rounding: Rounding, draw: int | None = None) -> Result:
    """A number that the book has **must** become its code; one between two neighbours the code of the neighbour that the
    rounding rule chooses; one beyond the last value on its side, and an infinity, that value's code.

    Inexact is raised where the value differs from the number, and overflow with it beyond the last values; an infinity raises
    nothing, as in a projection. A NaN has no code: ``Unrepresentable``. ``TypeError`` for an irrational number.

    [codebook/quantize]
    """
    book.check_rule(rounding)
    random = rounding.check_draw(draw)
    if isinstance(x, Special) and is_nan(x):
        raise Unrepresentable(f"{book.name} has no code for {x.value}")
    if isinstance(x, Special) and is_infinite(x):
        return Result(book.order[0 if is_negative(x) else -1])
    number = Fraction(0) if isinstance(x, Special) else rational(Fraction(x) if isinstance(x, int) else x)
    if not book.ascending[0] <= number <= book.ascending[-1]:
        return Result(book.order[0 if number < book.ascending[0] else -1], Flags.OVERFLOW | Flags.INEXACT)
    at = bisect.bisect_right(book.ascending, number) - 1
    if number == book.ascending[at]:
        return Result(book.order[at])
    up = goes_up(number, book.ascending[at], book.ascending[at + 1], rounding, random)
    return Result(book.order[at + up], Flags.INEXACT)


def goes_up(x: Fraction, low: Fraction, high: Fraction, rounding: Rounding, draw: int) -> bool:
    """Whether a number between two neighbours becomes the greater one: its place **must** be measured from the neighbour that
    is nearer to zero, and from the lesser one where zero lies between them, as if the number was positive.

    [codebook/place]
    """
    negative = high <= 0
    part = (x - low) / (high - low)
    outward = bool(rounding.goes_up(Gap(1 - part if negative else part, False, negative, draw)))
    return outward != negative


def from_json(text: str) -> CodeBook:
    """A code book **must** be written as an object of a ``name`` and ``values``, the value of code 0 first: a JSON number,
    which is read exactly, a text as ``parse_exact`` reads it, or null for a code that is not used.

    ``ValueError`` for anything else. [codebook/json]
    """
    found = json.loads(text, parse_float=Fraction, parse_int=Fraction, parse_constant=_no_number)
    if not isinstance(found, dict) or set(found) != {"name", "values"} or not isinstance(found["values"], list):
        raise ValueError("a code book is an object of a name and a list of values")
    return CodeBook(str(found["name"]), tuple(map(_value, found["values"])))


def _no_number(text: str) -> Fraction:
    raise ValueError(f"{text} is no value of a code book")


def _value(found: Any) -> Fraction | None:
    if found is None or isinstance(found, Fraction):
        return found
    datum = parse_exact(found) if isinstance(found, str) else found
    if not isinstance(datum, Fraction):
        raise ValueError(f"{found!r} is no value of a code book")
    return datum


def to_json(book: CodeBook) -> str:
    """The text of which ``from_json`` makes the same book."""
    values = [None if value is None else exact_text(value) for value in book.values]
    return json.dumps({"name": book.name, "values": values})


def of_binary32(texts: Iterable[str]) -> tuple[Fraction, ...]:
    """The binary32 numbers nearest to decimals."""
    to = Projection("binary32", "ties_to_even", "error")
    return tuple(rational(to.format.decode(to(parse_exact(text)).code)) for text in texts)


NF4 = """
    -1.0 -0.6961928009986877 -0.5250730514526367 -0.39491748809814453
    -0.28444138169288635 -0.18477343022823334 -0.09105003625154495 0.0
    0.07958029955625534 0.16093020141124725 0.24611230194568634 0.33791524171829224
    0.44070982933044434 0.5626170039176941 0.7229568362236023 1.0
"""
"""Dettmers et al., QLoRA, arXiv 2305.14314, appendix E."""


def _book(name: str, *values: int | None) -> CodeBook:
    return CodeBook(name, tuple(None if value is None else Fraction(value) for value in values))


BOOKS: dict[str, CodeBook] = {
    book.name: book
    for book in (
        _book("binary", -1, 1),
        _book("binary_sign", 1, -1),
        _book("ternary_offset", -1, 0, 1, None),
        _book("ternary_sign_magnitude", 0, 1, None, -1),
        CodeBook("nf4", of_binary32(NF4.split())),
    )
}
"""The code books by name: one bit that is set for +1 (Courbariaux et al., BinaryConnect, arXiv 1511.00363, whose sign of zero
is ties_toward_positive); one bit that is the sign; three values as their distance from -1, and as a sign and a magnitude; the
sixteen quantiles of QLoRA as the binary32 numbers that they are stored as."""


def get_codebook(name: str) -> CodeBook:
    """The code book of a name; ``ValueError`` for an unknown one."""
    if name not in BOOKS:
        raise ValueError(f"unknown code book {name!r}; the code books are {', '.join(BOOKS)}")
    return BOOKS[name]
