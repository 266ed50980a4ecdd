"""Code books as a procedure: a number to the code of one of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise

from ...spec.catalogue import get_format
from ...spec.codebooks import BOOKS, CodeBook, get_codebook, quantize
from ...spec.exact import NEGATIVE_ZERO, Exact, Special
from ...spec.flags import Flags, Result
from ...spec.formats import Format
from ...spec.naming import get_rounding
from ...spec.rounding import Rounding
from ...spec.text import exact_text
from ..fields import FLAG_BITS, Field, code_field
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken
from .quantize_levels import beside, encoded


def _source(parameters: Parameters) -> Format:
    return get_format(parameters["source"])


def results(parameters: Parameters) -> Iterator[Field]:
    """The code and the status flags."""
    yield from (Field("y", get_codebook(parameters["book"]).width), Field("flags", FLAG_BITS))


Quantize = Callable[[Exact, CodeBook, Rounding], Result]


def through(quantizer: Quantize) -> Run:
    """A device that quantizes in its own way the numbers for which the specification has a result."""

    def run(parameters: Parameters, values: Values) -> Values:
        x, book, rounding = _source(parameters).decode(values[0]), get_codebook(parameters["book"]), parameters["rounding"]
        quantize(x, book, get_rounding(rounding))
        code, flags = quantizer(x, book, get_rounding(rounding))
        return code, int(flags)

    return run


run = through(quantize)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Numbers at and beside every value, every middle and every quarter of a gap, and past the last values."""
    source, book = _source(parameters), get_codebook(parameters["book"])
    for value in book.ascending:
        for x in beside(value, source) if value else ():
            yield "a value", (x,)
    for low, high in pairwise(book.ascending):
        middle = (low + high) / 2
        for x in beside(middle, source) if middle else (1, source.code(True, 1)):
            yield "the middle", (x,)
        for quarter in (1, 3):
            place = low + (high - low) * Fraction(quarter, 4)
            yield "inside", (encoded(abs(place), source) | (1 << source.width - 1 if place < 0 else 0),)
    first, last = book.ascending[0], book.ascending[-1]
    for far in (first * 2, last * 2, first - Fraction(1, 64), last + Fraction(1, 64), first * 1000, last * 1000):
        yield "beyond", (encoded(abs(far), source) | (1 << source.width - 1 if far < 0 else 0),)
    for special in (Special.POSITIVE_INFINITY, Special.NEGATIVE_INFINITY):
        yield "infinite", (source.special(special),)
    yield from (("zero", (source.code(False, 0),)), ("zero", (source.code(True, 0),)))


def _binary32_middles(x: Exact, book: CodeBook, rounding: Rounding) -> Result:
    """Numbers are compared with middles as binary32 holds them."""
    found = quantize(x, book, rounding)
    if not isinstance(x, Fraction) or found.flags != Flags.INEXACT:
        return found
    at = max(i for i, value in enumerate(book.ascending) if value <= x)
    format = get_format("binary32")
    middle = (book.ascending[at] + book.ascending[at + 1]) / 2
    held = format.decode(encoded(abs(middle), format))
    assert isinstance(held, Fraction), "middles are numbers"
    return Result(book.order[at + (x > (-held if middle < 0 else held))], found.flags)


def _by_code(x: Exact, book: CodeBook, rounding: Rounding) -> Result:
    """Codes are taken to be in the order of the values."""
    code, flags = quantize(x, book, rounding)
    return Result(book.order.index(code), flags)


def _negative_zero(x: Exact, book: CodeBook, rounding: Rounding) -> Result:
    """The sign bit decides, of the negative zero too."""
    return quantize(Fraction(-1, 1 << 200) if x is NEGATIVE_ZERO else x, book, rounding)


def _no_overflow(x: Exact, book: CodeBook, rounding: Rounding) -> Result:
    """Overflow is not told."""
    code, flags = quantize(x, book, rounding)
    return Result(code, flags & ~Flags.OVERFLOW)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The number and the value."""
    book = get_codebook(parameters["book"])
    return f"{exact_text(_source(parameters).decode(values[0]))} -> {exact_text(book.decode(results[0]))}"


UP, DOWN = "ties_toward_positive", "ties_toward_negative"
MUTANTS = (
    mistaken("book.ties-down", "gives a middle to the lesser value", run, "rounding", DOWN, (UP,)),
    mistaken("book.ties-up", "gives a middle to the greater value", run, "rounding", UP, (DOWN,)),
    mistaken("book.truncated", "takes the lesser neighbour", run, "rounding", "toward_negative", (UP, DOWN)),
    bug(
        "book.binary32-middles",
        "compares with middles that are rounded to binary32",
        through(_binary32_middles),
        lambda parameters: parameters["rounding"] == DOWN,
    ),
    bug("book.by-code", "takes the codes to be in the order of the values", through(_by_code)),
    bug("book.negative-zero", "reads the negative zero as less than zero", through(_negative_zero)),
    bug("book.no-overflow", "does not tell overflow", through(_no_overflow)),
)

PUBLISHED = tuple(
    {"book": book, "rounding": rounding, "source": "binary32"}
    for book, rounding in (
        ("binary", UP),
        ("binary_sign", UP),
        ("ternary_offset", DOWN),
        ("ternary_sign_magnitude", "ties_to_away"),
        ("nf4", DOWN),
    )
)

CODE_BOOK = Procedure(
    "code_book",
    "a number to the code of one of the two values of a code book between which it lies",
    (
        Parameter("book", "the code book", tuple(BOOKS)),
        Parameter("rounding", "the rounding rule"),
        Parameter("source", "the format of the number"),
    ),
    lambda parameters: [code_field("x", _source(parameters))],
    results,
    run,
    lambda _: ("codebook/quantize", "codebook/place", "codebook/decode"),
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
