"""Stored formats: weights that are stored in another format than the network computes with.

Each is a stage of a memory. Scales, zero points and tables are parts of their own, so that faults can hit them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from . import affine, blocks
from .arithmetic import convert, multiply
from .blocks import Quantized, Quantizer
from .catalogue import get_format
from .codebooks import CodeBook
from .codebooks import quantize as index_of
from .exact import Exact, Special
from .flags import Result
from .formats import Format, Number, Unrepresentable
from .integral import is_integer
from .memories import DATA, Part, Parts, Reading
from .projection import Projection
from .rounding import Rounding

T = TypeVar("T")


def read_as(back: Projection, operate: Callable[..., Result], *operands: Number | Exact) -> int:
    """A stage that computes what it reads **must** read zero where the read format has no code for the result, as for a NaN
    among integers: a memory gives a code for whatever lies in it. [stored/no-code]
    """
    try:
        return operate(*operands, back).code
    except Unrepresentable:
        return back(Fraction(0)).code


def project(x: Exact, to: Projection) -> Result:
    """The projection of an exact number."""
    return to(x)


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

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.to, self.back)

    @property
    def name(self) -> str:
        """What its parts are called by."""
        return "converted"

    def write(self, data: Part) -> dict[str, Part]:
        """The stored numbers; ``Unrepresentable`` for one that the stored format has no code for."""
        codes = tuple(convert(Number(code, data.format), self.to).code for code in data.codes)
        return {DATA: Part(data.kind, self.to.format, codes)}

    def read(self, parts: Parts) -> Reading:
        """The numbers in the read format."""
        numbers = [Number(code, self.to.format) for code in parts[DATA].codes]
        return Reading(tuple(read_as(self.back, convert, x) for x in numbers))

    def read_format(self, format: Format) -> Format:  # noqa: ARG002 it is always the same
        """The format that is read."""
        return self.back.format


@dataclass(frozen=True)
class InBlocks:
    """The elements of each row **must** be cut into blocks from its first on and quantized as ``how`` says; the scales lie
    beside them, in order, as the part ``scale``. What is read is the projection ``back`` of the exact value of each element.

    ``row``: how many elements a row has; all are one row without it. ``ValueError`` for blocks of several rows, and for block
    formats with a scale of the whole tensor. [stored/blocks]
    """

    how: Quantizer
    back: Projection
    row: int | None = None

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.how.to, self.back)
        check_group(self.name, self.row)
        if self.how.format.rows != 1 or self.how.format.tensor is not None:
            raise ValueError(f"{self.name} are of one row and without a tensor scale, which {self.how.format} is not")

    @property
    def name(self) -> str:
        """What its parts are called by."""
        return "blocks"

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
        """The values of the blocks in the read format."""
        cut = self.cut(parts[DATA].codes)
        pairs = zip(parts["scale"].codes, cut, strict=True)
        values = [x for scale, block in pairs for x in blocks.values_of(Quantized(scale, tuple(block)), self.how.format)]
        return Reading(tuple(read_as(self.back, project, x) for x in values))

    def read_format(self, format: Format) -> Format:  # noqa: ARG002 it is always the same
        """The format that is read."""
        return self.back.format


@dataclass(frozen=True)
class Affine:
    """The scale of a group **must** be the projection ``scale`` of its greatest magnitude divided by the greatest integer, the
    zero point being 0, where it is symmetric; and else of the length of the least range that holds its numbers and zero,
    divided by the number of steps, the zero point being the integer ``to`` which the least integer is brought by taking away
    the exact quotient of the range's lower end and that scale. Where all numbers are zero the scale is the projection of 1.

    Numbers are quantized and read by :func:`refsim.spec.affine.quantize` and its inverse with the scale as it is stored. A
    scale that is not positive, as it can be after a fault, is multiplied by nevertheless. ``group``: how many neighbouring
    elements share a scale; all without it. [stored/affine]
    """

    to: Projection
    scale: Projection
    back: Projection
    symmetric: bool
    group: int | None = None

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.to, self.scale, self.back)
        check_group(self.name, self.group)
        if not is_integer(self.to.format):
            raise ValueError(f"{self.name} codes are of an integer format, which {self.to.format.name} is not")

    @property
    def name(self) -> str:
        """What its parts are called by."""
        return "affine"

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
            zero = int(point.exact)  # type: ignore[arg-type]
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
        scales = [self.scale.format.decode(code) for code in parts["scale"].codes]
        points = [self.to.format.decode(code) for code in parts["zero_point"].codes]
        for group, scale, point in zip(groups(parts[DATA].codes, self.group), scales, points, strict=True):
            values = [blocks.product(_difference(self.to.format.decode(code), point), scale) for code in group]
            found += [read_as(self.back, project, x) for x in values]
        return Reading(tuple(found))

    def read_format(self, format: Format) -> Format:  # noqa: ARG002 it is always the same
        """The format that is read."""
        return self.back.format


def _difference(x: Exact, y: Exact) -> Exact:
    assert isinstance(x, Fraction) and isinstance(y, Fraction), "integers have no special data"  # noqa: PT018
    return x - y


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

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.rounding, self.entry, self.scale, self.back)
        check_group(self.name, self.group)
        self.book.check_rule(self.rounding)

    @property
    def name(self) -> str:
        """What its parts are called by."""
        return "codebook"

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
            DATA: Part(data.kind, get_format(f"uint{self.book.width}"), tuple(codes)),
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

    def read_format(self, format: Format) -> Format:  # noqa: ARG002 it is always the same
        """The format that is read."""
        return self.back.format
