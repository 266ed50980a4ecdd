"""Packing as procedures: codes into the bytes of a memory, and out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from ...spec.formats import Unrepresentable
from ...spec.packing import CHECKS, DigitPacking, pack, unpack
from ..fields import Field
from .packing_bugs import bugs, layout, number, size
from .procedure import Parameter, Parameters, Procedure, Values

WIDTH = Parameter("width", "the bits of an element")
COUNT = Parameter("count", "how many elements there are")
PACKING = Parameter("packing", "how they lie in memory, such as lsb_first or msb_first:32:big:whole")
PADDING = Parameter("padding", "what padding must be", CHECKS)


def elements(parameters: Parameters) -> Iterator[Field]:
    """The codes, element 0 first."""
    return (Field(f"e{i}", number(parameters, "width")) for i in range(number(parameters, "count")))


def image(parameters: Parameters) -> Iterator[Field]:
    """The bytes, the one with the lowest address first."""
    return (Field(f"b{i}", 8) for i in range(size(parameters)))


def run_pack(parameters: Parameters, values: Values) -> Values:
    """The bytes that hold the codes."""
    try:
        return tuple(pack(values, layout(parameters)))
    except ValueError as error:
        raise Unrepresentable(str(error)) from None


def run_unpack(parameters: Parameters, values: Values) -> Values:
    """The codes that the bytes hold."""
    try:
        return unpack(bytes(values), number(parameters, "count"), layout(parameters), parameters["padding"])
    except ValueError as error:
        raise Unrepresentable(str(error)) from None


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clauses that a packing shows."""
    found = layout(parameters)
    if isinstance(found, DigitPacking):
        return ("packing/digits", *(["packing/scaled-digits"] if found.scaled else []), "packing/length")
    words = ["packing/byte-order"] if found.word > 8 else []
    return ("packing/order", "packing/sequence", *words, "packing/length")


def rows_of_codes(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Codes in which one bit is set or clear, which shows where it lies; one element is full or empty; every element has
    another code; and every number that the digits of a byte make.
    """
    found, count, width = layout(parameters), number(parameters, "count"), number(parameters, "width")
    top = found.codes - 1
    for code, name in ((0, "all zero"), (top, "all full")):
        yield name, (code,) * count
    for at in range(count):
        for code, rest, name in ((top, 0, "one element full"), (0, top, "one element empty")):
            yield name, _one(count, at, code, rest)
        for bit in range(width):
            yield "one bit set", _one(count, at, 1 << bit, 0)
            yield "one bit clear", _one(count, at, top ^ 1 << bit, top)
    for step in (1, 3, 5, 7, 11):
        yield "another code each", tuple((step * i + 1) % (top + 1) for i in range(count))
        yield "scattered codes", tuple(pow(3, step * i + 2, 2 * top + 3) % (top + 1) for i in range(count))
    if isinstance(found, DigitPacking):
        for digits in product(range(found.base), repeat=min(found.per_word, count)):
            yield "every group of digits", (*digits, *[top] * (count - len(digits)))


def _one(count: int, at: int, code: int, rest: int) -> Values:
    return tuple(code if i == at else rest for i in range(count))


def rows_of_bytes(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The images of those codes, and images in which any one bit is set or clear, which is one of padding here and there."""
    for name, codes in rows_of_codes(parameters):
        try:
            yield name, run_pack(parameters, codes)
        except Unrepresentable:
            continue
    for at in range(size(parameters)):
        for bit in range(8):
            for full in (0, 0xFF):
                yield "one bit of memory", tuple(full ^ (1 << bit if i == at else 0) for i in range(size(parameters)))


def explain_codes(_: Parameters, values: Values, results: Values) -> str:
    """The image in one piece."""
    return f"{' '.join(f'{code:x}' for code in values)} -> {bytes(results).hex()}"


def explain_bytes(_: Parameters, values: Values, results: Values) -> str:
    """The codes in one piece."""
    return f"{bytes(values).hex()} -> {' '.join(f'{code:x}' for code in results)}"


def _parameters(rows: Sequence[str], *more: tuple[str, str]) -> tuple[Parameters, ...]:
    return tuple({"width": w, "count": n, "packing": name, **dict(more)} for w, n, name in (row.split() for row in rows))


IMAGES = (
    *("4 7 lsb_first", "4 7 msb_first", "6 4 lsb_first", "6 5 msb_first", "2 7 lsb_first", "3 11 lsb_first", "3 8 msb_first"),
    *("5 7 lsb_first:32:little", "7 5 msb_first:32:little", "9 5 lsb_first:16:big", "12 7 msb_first:64:big"),
    *("6 7 lsb_first:32:little:whole", "6 7 msb_first:32:big:whole", "5 4 msb_first:16:little:whole:top"),
    *("3 7 lsb_first:24:big:whole:bottom", "2 13 base3:lsb_first", "2 13 base3:msb_first", "2 13 tq1_0", "3 7 base7:lsb_first"),
)
"""Width, count and packing of the published vectors."""
PACK = Procedure(
    "pack",
    "codes into the bytes of a memory",
    (WIDTH, COUNT, PACKING),
    elements,
    image,
    run_pack,
    clauses,
    rows_of_codes,
    tuple(bugs("pack", run_pack)),
    _parameters(IMAGES),
    explain_codes,
)
UNPACK = Procedure(
    "unpack",
    "codes out of the bytes of a memory",
    (WIDTH, COUNT, PACKING, PADDING),
    image,
    elements,
    run_unpack,
    lambda parameters: (*clauses(parameters), "packing/padding"),
    rows_of_bytes,
    tuple(bugs("unpack", run_unpack)),
    _parameters(IMAGES, ("padding", "any")),
    explain_bytes,
)
