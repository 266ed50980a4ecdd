"""Stored integers: weights that are stored as integers, with scales, zero points and tables beside them.

Each is a stage of a memory, as those of ``stored_formats`` are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from . import affine
from .arithmetic import multiply
from .catalogue import get_format
from .codebooks import CodeBook
from .codebooks import quantize as index_of
from .formats import Format, Number
from .integral import is_integer
from .memories import DATA, Part, Parts, Reading
from .operands import integer, rational
from .projection import Projection
from .rounding import Rounding
from .stored_formats import check_deterministic, check_group, check_stored, finite, groups, positive, read_as


@dataclass(frozen=True)
class Affine:
    """The scale of a group **must** be the projection ``scale`` of its greatest magnitude divided by the greatest integer, the
    zero point being 0, where it is symmetric; and else of the length of the least range that holds its numbers and zero,
    divided by the number of steps, the zero point being the least integer minus the exact quotient of the range's lower end
    and the scale as it is stored, rounded by the rule of ``to`` and saturated, whatever its overflow rule is. Where all numbers
    are zero the scale is the projection of 1. Negative numbers overflow in an unsigned format where it is symmetric.

    Numbers are quantized by :func:`refsim.spec.affine.quantize` with the scale as it is stored. What is read is the product of
    the exact difference of code and zero point and the stored scale, projected ``back`` once, whatever the scale is.
    ``group``: how many neighbouring elements share a scale; all without it. ``ValueError`` for codes that are not of an integer
    format, and where it is symmetric for a format without a positive integer. [stored/affine]
    """

    to: Projection
    scale: Projection
    back: Projection
    symmetric: bool
    group: int | None = None
    name: str = "affine"

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.to, self.scale, self.back)
        check_group(self.name, self.group)
        if not is_integer(self.to.format):
            raise ValueError(f"{self.name} codes are of an integer format, which {self.to.format.name} is not")
        if self.symmetric and not self.to.format.top:
            raise ValueError(f"symmetric {self.name} codes need a positive integer, which {self.to.format.name} has not")

    def parameters(self, numbers: Iterable[Fraction]) -> tuple[Number, Number]:
        """The scale and the zero point of a group."""
        format = self.to.format
        low, high = min([*(given := list(numbers)), Fraction(0)]), max([*given, Fraction(0)])
        step = max(-low, high) / format.top if self.symmetric else (high - low) / (format.top + format.top_negative)
        scale = positive(self.name, step or Fraction(1), self.scale)
        point = Fraction(0) if self.symmetric else -format.top_negative - low / affine.positive(scale)
        return scale, Number(Projection(format, self.to.rounding, "saturate")(point).code, format)

    def write(self, data: Part) -> dict[str, Part]:
        """The integers, the scales and the zero points; ``ValueError`` for numbers that are not finite."""
        finite(self.name, data)
        codes, scales, points = list[int](), list[int](), list[int]()
        for group in groups(data.codes, self.group):
            scale, point = self.parameters(finite(self.name, Part(data.kind, data.format, tuple(group))))
            zero = integer(point.exact)
            codes += [affine.quantize(Number(code, data.format), scale, zero, self.to).code for code in group]
            scales.append(scale.code)
            points.append(point.code)
        return {
            DATA: Part(data.kind, self.to.format, tuple(codes)),
            "scale": Part("scale", self.scale.format, tuple(scales)),
            "zero_point": Part("zero_point", self.to.format, tuple(points)),
        }

    def read(self, parts: Parts) -> Reading:
        """The products of differences and scales in the read format."""
        found = list[int]()
        ends = zip(parts["scale"].codes, parts["zero_point"].codes, strict=True)
        for group, (scale, point) in zip(groups(parts[DATA].codes, self.group), ends, strict=True):
            factor = Number(scale, self.scale.format)
            found += [read_as(self.back, multiply, self.difference(code, point), factor) for code in group]
        return Reading(tuple(found))

    def difference(self, code: int, point: int) -> Number:
        """The exact difference of a code and a zero point, which one bit more always holds."""
        wide = Projection(f"int{self.to.format.width + 1}", "toward_zero", "error")
        x, y = (rational(self.to.format.decode(c)) for c in (code, point))
        return Number(wide(x - y).code, wide.format)

    def read_format(self, format: Format) -> Format:
        """The format that is read."""
        check_stored(self.name, self.to.format, format)
        return self.back.format


@dataclass(frozen=True)
class InCodeBook:
    """The scale of a group **must** be the projection ``scale`` of its greatest magnitude divided by the greatest magnitude of
    the book, or of 1 where all numbers are zero; a number becomes the code that ``rounding`` chooses for its exact quotient by
    the stored scale. The values of the book lie beside the codes as the part ``table``, the value of code 0 first, each the
    projection ``entry`` of it, and zero for a code that is not used. What is read is the product of a code's entry and the
    scale, projected ``back`` once.

    The table is one for the whole tensor; ``group``: how many neighbouring elements share a scale, all without it.
    [stored/codebook]
    """

    book: CodeBook
    rounding: Rounding
    entry: Projection
    scale: Projection
    back: Projection
    group: int | None = None
    name: str = "codebook"

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.rounding, self.entry, self.scale, self.back)
        check_group(self.name, self.group)
        self.book.check_rule(self.rounding)

    @property
    def stored(self) -> Format:
        """The format of the codes."""
        return get_format(f"uint{self.book.width}")

    def factor(self, numbers: Iterable[Fraction]) -> Number:
        """The scale of a group."""
        reach = max(map(abs, self.book.ascending))
        return positive(self.name, max(map(abs, numbers), default=Fraction(0)) / reach or Fraction(1), self.scale)

    def table(self) -> Part:
        """The values of the codes as they are stored."""
        codes = tuple(self.entry(Fraction(0) if value is None else value).code for value in self.book.values)
        return Part("table", self.entry.format, codes)

    def write(self, data: Part) -> dict[str, Part]:
        """The codes, the table and the scales; ``ValueError`` for numbers that are not finite."""
        codes, scales = list[int](), list[int]()
        for group in groups(finite(self.name, data), self.group):
            scale = self.factor(group)
            codes += [index_of(x / affine.positive(scale), self.book, self.rounding).code for x in group]
            scales.append(scale.code)
        return {
            DATA: Part(data.kind, self.stored, tuple(codes)),
            "table": self.table(),
            "scale": Part("scale", self.scale.format, tuple(scales)),
        }

    def read(self, parts: Parts) -> Reading:
        """The products of entries and scales in the read format."""
        entries, found = [Number(code, self.entry.format) for code in parts["table"].codes], list[int]()
        scales = [Number(code, self.scale.format) for code in parts["scale"].codes]
        for group, scale in zip(groups(parts[DATA].codes, self.group), scales, strict=True):
            found += [read_as(self.back, multiply, entries[i], scale) for i in group]
        return Reading(tuple(found))

    def read_format(self, format: Format) -> Format:
        """The format that is read."""
        check_stored(self.name, self.stored, format)
        return self.back.format
