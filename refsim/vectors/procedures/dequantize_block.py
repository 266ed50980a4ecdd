"""Blocks back to numbers, as a procedure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from ...spec.block_formats import BlockFormat
from ...spec.blocks import Quantized, dequantize, product, values_of
from ...spec.exact import is_nan
from ...spec.formats import Number
from ...spec.projection import Projection
from ..fields import Field, code_fields
from .block_parameters import (
    FORMAT,
    OVERFLOW,
    RESULT,
    ROUNDING,
    SIZE,
    block_format,
    quantized_fields,
    result_projection,
    shown,
    size,
    tensor_field,
)
from .procedure import Parameters, Procedure, Run, Values, bug

TENSORS = (0x3F800000, 0x3E2AAAAB, 0x01000000, 0x7F000000)


def operands(parameters: Parameters) -> Iterator[Field]:
    """The tensor's scale, the block's, and the elements."""
    yield from tensor_field(block_format(parameters))
    yield from quantized_fields(parameters)


def results(parameters: Parameters) -> Iterator[Field]:
    """The numbers."""
    yield from code_fields("y", result_projection(parameters).format, size(parameters))


def split(format: BlockFormat, values: Values) -> tuple[Number | None, Quantized]:
    """The tensor's scale and the block."""
    ahead = 1 if format.tensor else 0
    tensor = Number(values[0], format.tensor) if format.tensor else None
    return tensor, Quantized(values[ahead], values[ahead + 1 :])


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    format = block_format(parameters)
    tensor, block = split(format, values)
    return tuple(result.code for result in dequantize(block, format, result_projection(parameters), tensor))


def scale_codes(format: BlockFormat) -> tuple[int, ...]:
    """The ends of the scales, the middle, and what is near."""
    last = (1 << format.scale.width) - 1
    if format.scale.first == 0:
        return (0, 1, 7, 8, 0x38, 0x39, 0x7E, 0x7F)
    return (0, 1, 2, last // 2 - 24, last // 2 - 10, last // 2, last // 2 + 1, last - 12, last - 1, last)


def element_codes(format: BlockFormat) -> list[int]:
    """All elements of few bits; of the others every fifth and the ends on both sides of zero."""
    width, half = format.element.width, 1 << format.element.width - 1
    if width <= 4:
        return list(range(1 << width))
    ends = [*range(4), *range(half - 4, half + 4), *range(2 * half - 4, 2 * half)]
    return sorted({*ends, *range(0, 1 << width, 5)})


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Every kind of scale with every kind of element."""
    format, count = block_format(parameters), size(parameters)
    elements = element_codes(format)
    for turn, scale in enumerate(scale_codes(format)):
        for start in range(0, len(elements), count):
            block = [elements[(start + i) % len(elements)] for i in range(count)]
            tensor = (TENSORS[(turn + start) % len(TENSORS)],) if format.tensor else ()
            kind = "NaN scale" if is_nan(format.scale.decode(scale)) else "end of the scale" if turn in {0, 1} else "scale"
            yield kind, (*tensor, scale, *block)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The scale, the elements, and the numbers."""
    format = block_format(parameters)
    _, block = split(format, values)
    left = f"{shown(format.scale, [block.scale])} * ({shown(format.element, block.elements)})"
    return f"{left} -> {shown(result_projection(parameters).format, results)}"


def clauses(_: Parameters) -> tuple[str, ...]:
    """The clause of dequantization first."""
    return "block/dequantize", "block/values", "family/scale"


def _as_zero(parameters: Parameters, values: Values) -> Values:
    """The least scale is read as zero."""
    format, to = block_format(parameters), result_projection(parameters)
    _, block = split(format, values)
    if block.scale != 0:
        return run(parameters, values)
    return tuple(to(product(format.element.decode(code), Fraction(0))).code for code in block.elements)


def _with_scale(read: Callable[[int], int]) -> Run:
    """Codes of scales are read as others."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        format = block_format(parameters)
        tensor, block = split(format, values)
        found = dequantize(block._replace(scale=read(block.scale)), format, result_projection(parameters), tensor)
        return tuple(result.code for result in found)

    return wrong


def _twice(parameters: Parameters, values: Values) -> Values:
    """The product is rounded to binary16 on the way."""
    format, to = block_format(parameters), result_projection(parameters)
    tensor, block = split(format, values)
    half = Projection("binary16", "ties_to_even", "infinity")
    return tuple(to(half.format.decode(half(x).code)).code for x in values_of(block, format, tensor))


def _e8m0(parameters: Parameters) -> bool:
    return block_format(parameters).scale.name == "float8_e8m0fnu"


MUTANTS = (
    bug("dequantize_block.least-scale-zero", "the scale 0x00 is read as zero", _as_zero, _e8m0),
    bug("dequantize_block.least-scale-flushed", "the scale 0x00 is read as 2**-126", _with_scale(lambda s: max(s, 1)), _e8m0),
    bug("dequantize_block.nan-scale-ignored", "the scale 0xFF does not make NaN", _with_scale(lambda s: min(s, 254)), _e8m0),
    bug(
        "dequantize_block.bias",
        "the bias of the scale is one too great",
        _with_scale(lambda s: s if s == 255 else max(s - 1, 0)),
        _e8m0,
    ),
    bug("dequantize_block.twice", "the product is rounded to binary16 first", _twice),
)

PUBLISHED = tuple(
    {"format": name, "size": "4", "result": result, "rounding": "ties_to_even", "overflow": "infinity"}
    for name, result in (
        ("mxfp8_e4m3", "binary32"),
        ("mxfp8_e4m3", "bfloat16"),
        ("mxfp8_e5m2", "binary32"),
        ("mxfp6_e2m3", "binary32"),
        ("mxfp6_e3m2", "binary16"),
        ("mxfp4", "bfloat16"),
        ("mxint8", "bfloat16"),
        ("nvfp4", "binary32"),
        ("nvfp4", "bfloat16"),
    )
)

DEQUANTIZE_BLOCK = Procedure(
    "dequantize_block",
    "the scale and the elements of a block to numbers, each rounded once",
    (FORMAT, SIZE, RESULT, ROUNDING, OVERFLOW),
    operands,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
