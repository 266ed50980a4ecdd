"""Stored formats: weights that are stored in another format than the network computes with.

Each is a stage of a memory. Scales, zero points and tables are parts of their own, so that faults can hit them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from . import blocks
from .arithmetic import convert, multiply
from .blocks import Quantizer
from .exact import Exact, Special
from .flags import Result
from .formats import Format, Number, Unrepresentable
from .memories import DATA, Part, Parts, Reading
from .projection import Projection
from .rounding import Rounding

T = TypeVar("T")


def read_as(back: Projection, operate: Callable[..., Result], *operands: Number) -> int:
    """A stage that computes what it reads **must** read what ``back`` makes of zero where it has no code for the result: for a
    NaN or an infinity among integers, and, under the overflow rule ``error``, for a number outside the range. A memory gives a
    code for whatever lies in it. [stored/no-code]
    """
    try:
        return operate(*operands, back).code
    except Unrepresentable:
        return back(Fraction(0)).code


def check_deterministic(stage: str, *rules: Projection | Rounding) -> None:
    """``ValueError`` for a rule that asks for random bits: what a memory holds is a function of the codes."""
    for rule in rules:
        rounding = rule.rounding if isinstance(rule, Projection) else rule
        if rounding.bits:
            raise ValueError(f"{stage} needs rules without random bits, not {rounding.name}")


def finite(stage: str, data: Part) -> list[Fraction]:
    """The numbers of codes; ``ValueError`` for one that is not finite and rational."""
    return [_rational(stage, data.format, code) for code in data.codes]


def _rational(stage: str, format: Format, code: int) -> Fraction:
    x: Exact = format.decode(code)
    if x is Special.NEGATIVE_ZERO:
        return Fraction(0)
    if not isinstance(x, Fraction):
        raise ValueError(f"{stage} stores finite rational numbers, not code {code:#x} of {format.name}")
    return x


def positive(stage: str, x: Fraction, to: Projection) -> Number:
    """A factor in the format that it is stored in; ``ValueError`` where it is not positive and finite there."""
    found = Number(to(x).code, to.format)
    if not isinstance(found.exact, Fraction) or found.exact <= 0:
        raise ValueError(f"{stage} needs a positive finite scale, which {to} does not make of this tensor's")
    return found


def groups(elements: Sequence[T], size: int | None) -> list[Sequence[T]]:
    """Neighbouring elements that share a scale: all of them without a size, and else so many, the last group being shorter
    where they are left over."""
    if size is None:
        return [elements]
    return [elements[i : i + size] for i in range(0, len(elements), size)]


def check_stored(stage: str, written: Format, given: Format) -> None:
    """``ValueError`` where a stage is given back another format than it wrote."""
    if given != written:
        raise ValueError(f"{stage} wrote {written.name}, and is given back {given.name}")


def check_group(stage: str, size: int | None) -> None:
    """``ValueError`` for a group of no elements."""
    if size is not None and size < 1:
        raise ValueError(f"a group of {stage} has at least one element, not {size}")


@dataclass(frozen=True)
class Converted:
    """Each number **must** be stored as its projection ``to``, and what is read be the projection ``back`` of the stored
    number. Nothing lies beside the data. [stored/converted]
    """

    to: Projection
    back: Projection
    name: str = "converted"

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.to, self.back)

    def write(self, data: Part) -> dict[str, Part]:
        """The stored numbers; ``Unrepresentable`` for one that the stored format has no code for."""
        codes = tuple(convert(Number(code, data.format), self.to).code for code in data.codes)
        return {DATA: Part(data.kind, self.to.format, codes)}

    def read(self, parts: Parts) -> Reading:
        """The numbers in the read format."""
        numbers = [Number(code, self.to.format) for code in parts[DATA].codes]
        return Reading(tuple(read_as(self.back, convert, x) for x in numbers))

    def read_format(self, format: Format) -> Format:
        """The format that is read."""
        check_stored(self.name, self.to.format, format)
        return self.back.format


@dataclass(frozen=True)
class InBlocks:
    """The elements of each row **must** be cut into blocks from its first on and quantized as ``how`` says; the scales lie
    beside them, in order, as the part ``scale``. What is read is the product of each element and its block's scale, projected
    ``back`` once.

    ``row``: how many elements a row has; all are one row without it. ``ValueError`` for blocks of several rows, and for block
    formats with a scale of the whole tensor. [stored/blocks]
    """

    how: Quantizer
    back: Projection
    row: int | None = None
    name: str = "blocks"

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.how.to, self.back)
        check_group(self.name, self.row)
        if self.how.format.rows != 1 or self.how.format.tensor is not None:
            raise ValueError(f"{self.name} are of one row and without a tensor scale, which {self.how.format} is not")

    def cut(self, elements: Sequence[T]) -> list[Sequence[T]]:
        """The blocks of all rows."""
        return [block for row in groups(elements, self.row) if row for block in groups(row, self.how.format.size)]

    def write(self, data: Part) -> dict[str, Part]:
        """The elements and the scales."""
        found = [blocks.quantize([data.format.decode(code) for code in block], self.how) for block in self.cut(data.codes)]
        format = self.how.format
        elements = tuple(code for block in found for code in block.elements)
        return {
            DATA: Part(data.kind, format.element, elements),
            "scale": Part("scale", format.scale, tuple(block.scale for block in found)),
        }

    def read(self, parts: Parts) -> Reading:
        """The products in the read format."""
        format, found = self.how.format, list[int]()
        for code, block in zip(parts["scale"].codes, self.cut(parts[DATA].codes), strict=True):
            scale = Number(code, format.scale)
            found += [read_as(self.back, multiply, Number(element, format.element), scale) for element in block]
        return Reading(tuple(found))

    def read_format(self, format: Format) -> Format:
        """The format that is read."""
        check_stored(self.name, self.how.format.element, format)
        return self.back.format
