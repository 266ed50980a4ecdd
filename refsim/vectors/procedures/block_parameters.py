"""What the procedures of blocks have in common: parameters, fields, and blocks that decide narrowly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ...spec.block_formats import BlockFormat, get_block_format
from ...spec.exact import power_of_two
from ...spec.formats import Format
from ...spec.projection import Projection
from ...spec.scales import BINARY32, LIMITS, greatest
from ...spec.text import exact_text
from ..fields import Field, code_field, code_fields
from .procedure import Parameter, Parameters, Values

SOURCE = BINARY32.format
FORMAT = Parameter("format", "the block format, such as mxfp4 or block16<float4_e2m1fn,float8_e4m3fn,binary32>")
SIZE = Parameter("size", "how many elements there are, at most as many as the format's blocks hold")
ROUNDING, OVERFLOW = (
    Parameter("rounding", "the rounding rule of the elements"),
    Parameter("overflow", "the overflow rule of the elements"),
)
RESULT = Parameter("result", "the result's format")
NEGATIVE, INFINITY, QUIET = 1 << 31, 0x7F800000, 0x7FC00000


def block_format(parameters: Parameters) -> BlockFormat:
    """The block format."""
    return get_block_format(parameters["format"])


def size(parameters: Parameters) -> int:
    """The number of elements."""
    return int(parameters["size"])


def result_projection(parameters: Parameters) -> Projection:
    """The projection of a result."""
    return Projection(parameters["result"], parameters["rounding"], parameters["overflow"])


def tensor_field(format: BlockFormat) -> list[Field]:
    """The field of the tensor's scale, if the format has one."""
    return [code_field("t", format.tensor)] if format.tensor else []


def data_fields(parameters: Parameters) -> Iterator[Field]:
    """The tensor's scale, and the numbers as codes of binary32."""
    yield from tensor_field(block_format(parameters))
    yield from code_fields("x", SOURCE, size(parameters))


def quantized_fields(parameters: Parameters, name: str = "") -> Iterator[Field]:
    """A scale, and elements."""
    format = block_format(parameters)
    yield code_field(f"scale{name}", format.scale)
    yield from code_fields(f"e{name}", format.element, size(parameters))


def code32(x: Fraction) -> int:
    """The code of the binary32 number next to a rational."""
    return BINARY32(x).code


def middles(element: Format) -> list[Fraction]:
    """The middles of the gaps between the elements, of which large formats give the first and the last ones."""
    last = element.top
    points = range(last) if last < 16 else [*range(4), *range(last - 6, last)]
    return [(element.grid.magnitude(n) + element.grid.magnitude(n + 1)) / 2 for n in points]


EXPONENTS = (0, -9)
"""The powers of two of most blocks."""
ENDS = (-127, -128, -134, -140, 119, 124, 127)
"""Powers of two at which a scale comes to an end, or a number of binary32 does."""


def greatest_numbers(format: BlockFormat) -> Iterator[tuple[str, int]]:
    """Codes of greatest magnitudes: at every limit of a rule, at powers of two, beside both, and at the ends."""
    borders = {limit(format.element).number for limit in LIMITS.values()} | {greatest(format.element)}
    for border in sorted(borders):
        for e in EXPONENTS:
            at = code32(border * power_of_two(e))
            yield from (("at a limit" if d == 0 else "beside a limit", at + d) for d in (-1, 0, 1))
    for e in ENDS:
        for border in sorted(borders):
            at = code32(min(border * power_of_two(e), greatest(SOURCE)))
            yield from (("an end of the scale", code) for code in (at - 1, at, at + 1) if 0 < code < INFINITY)
    yield from (("subnormal", code) for code in (1, 2, 0x400000, 0x400001, 0x7FFFFF, 0x800000))
    yield from (("the greatest", code) for code in (0x7F7FFFFF, 0x7F7FFFFE, 0x7F000000))


def companions(format: BlockFormat, at: int, count: int, turn: int) -> list[int]:
    """Codes of numbers beside a greatest one: middles between elements on its scale, of both signs, zeros of both signs."""
    value = SOURCE.decode(at)
    assert isinstance(value, Fraction), "greatest magnitudes are finite"
    unit = value / greatest(format.element)
    found = middles(format.element)
    codes = []
    for i in range(count):
        middle = found[(turn * 5 + i * 7) % len(found)]
        code = min(code32(middle * unit), at)
        codes.append((code, code | NEGATIVE, 0, NEGATIVE)[(turn + i) % 4])
    return codes


def rows(format: BlockFormat, count: int) -> Iterator[tuple[str, Values]]:
    """Blocks of so many codes of binary32: each greatest magnitude in the first, the last or another place, of either sign;
    blocks of zeros; and blocks with a datum that is not finite.
    """
    for turn, (name, at) in enumerate(greatest_numbers(format)):
        codes = companions(format, at, count, turn)
        codes[(-1, 0, count // 2, -1)[turn % 4]] = at | (NEGATIVE if turn % 3 == 0 else 0)
        yield name, tuple(codes)
    yield "zeros", (0,) * count
    yield "zeros", (NEGATIVE,) * count
    yield "zeros", _alternating((0, NEGATIVE), count)
    one = code32(Fraction(1))
    for place in {0, count - 1}:
        for datum in (QUIET, QUIET | NEGATIVE, 0x7F800001, INFINITY, INFINITY | NEGATIVE):
            codes = [one] * count
            codes[place] = datum
            yield "not finite", tuple(codes)
    yield "not finite", (QUIET,) * count
    yield "not finite", (INFINITY,) * count


def _alternating(pair: Sequence[int], count: int) -> Values:
    return tuple(pair[i % 2] for i in range(count))


def shown(format: Format, codes: Sequence[int]) -> str:
    """The data of codes, for people."""
    return " ".join(exact_text(format.decode(code)) for code in codes)
