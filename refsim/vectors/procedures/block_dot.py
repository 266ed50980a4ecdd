"""The dot product of two blocks, as a procedure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...spec.arithmetic import add
from ...spec.block_dots import DOTS, Operand, block_dot
from ...spec.block_formats import BlockFormat
from ...spec.blocks import Quantized, product
from ...spec.flags import Result
from ...spec.formats import Number
from ..fields import FLAG_BITS, Field, code_field
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
)
from .dequantize_block import element_codes
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken

ORDER = Parameter("order", "when the scales are applied", tuple(DOTS))


def operands(parameters: Parameters) -> Iterator[Field]:
    """Both blocks."""
    yield from quantized_fields(parameters, "a")
    yield from quantized_fields(parameters, "b")


def results(parameters: Parameters) -> Iterator[Field]:
    """The dot product and its flags."""
    yield from (code_field("y", result_projection(parameters).format), Field("flags", FLAG_BITS))


def blocks(parameters: Parameters, values: Values) -> tuple[Operand, Operand]:
    """The operands."""
    format, half = block_format(parameters), len(values) // 2
    first, second = (Operand(Quantized(part[0], part[1:]), format) for part in (values[:half], values[half:]))
    return first, second


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return _coded(DOTS[parameters["order"]](*blocks(parameters, values), result_projection(parameters)))


def _coded(result: Result) -> Values:
    return result.code, int(result.flags)


SCALES = ((127, 127), (120, 134), (118, 127), (140, 110), (0, 127), (254, 0), (254, 254), (0, 0), (255, 127), (127, 255))
"""Pairs of scales: ones, opposite, small, the ends, NaN on either side."""


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Blocks whose products cancel, whose sums end in one place more than the result has, whose elements are the greatest,
    special data, and all kinds of elements in turn; under each pair of scales.
    """
    format, count = block_format(parameters), size(parameters)
    elements = element_codes(format)
    last, sign = format.element.code(False, format.element.top), 1 << format.element.width - 1
    for a, b in SCALES:
        kind = "NaN scale" if 255 in {a, b} else "scales at an end" if {0, 254} & {a, b} else "scales"
        for turn in range(24):
            xs = [elements[(turn * 7 + i * 3) % len(elements)] for i in range(count)]
            ys = [elements[(turn * 5 + i * 11 + 1) % len(elements)] for i in range(count)]
            yield kind, (a, *xs, b, *ys)
        yield "zeros", (a, *[0] * count, b, *elements[1 : 1 + count])
        yield "greatest", (a, *[last] * count, b, *[last] * count)
        if format.element.has_negative_zero:
            yield "zeros", (a, *[sign] * count, b, *elements[1 : 1 + count])
            for turn in range(6):
                x, y = elements[turn * 3 % len(elements)], elements[-1 - turn]
                yield "cancellation", (a, x, x ^ sign, *[1] * (count - 2), b, y, y, *[turn % 3] * (count - 2))


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """Both blocks and the result."""
    format = block_format(parameters)
    a, b = (_text(format, x.block) for x in blocks(parameters, values))
    return f"{a} . {b} -> {shown(result_projection(parameters).format, results[:1])}"


def _text(format: BlockFormat, block: Quantized) -> str:
    return f"{shown(format.scale, [block.scale])} * ({shown(format.element, block.elements)})"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the order first."""
    order = {"exact": "block/dot", "scaled_last": "block/dot-scaled-last", "scaled_first": "block/dot-scaled-first"}
    return order[parameters["order"]], "block/values", "arithmetic/total"


Change = Callable[[Operand, Operand], tuple[Operand, Operand]]


def _changed(change: Change) -> Run:
    """The dot product of other blocks."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        return _coded(DOTS[parameters["order"]](*change(*blocks(parameters, values)), result_projection(parameters)))

    return wrong


def _with(x: Operand, scale: int | None = None, elements: Sequence[int] | None = None) -> Operand:
    block = x.block
    return x._replace(
        block=Quantized(block.scale if scale is None else scale, tuple(block.elements if elements is None else elements))
    )


def _last_left_out(x: Operand, y: Operand) -> tuple[Operand, Operand]:
    return _with(x, None, x.block.elements[:-1]), _with(y, None, y.block.elements[:-1])


def _second_scale_left_out(x: Operand, y: Operand) -> tuple[Operand, Operand]:
    return x, _with(y, 127 if y.block.scale != 255 else 255)


def _no_poison(x: Operand, y: Operand) -> tuple[Operand, Operand]:
    return _with(x, min(x.block.scale, 254)), _with(y, min(y.block.scale, 254))


def _bias(x: Operand, y: Operand) -> tuple[Operand, Operand]:
    return _with(x, x.block.scale if x.block.scale in {0, 255} else x.block.scale - 1), y


def _step_by_step(parameters: Parameters, values: Values) -> Values:
    """Every product is added to a sum in the result's format, which is rounded each time."""
    x, y = blocks(parameters, values)
    to = result_projection(parameters)
    products = [to(product(a, b)) for a, b in zip(x.values, y.values, strict=True)]
    total = products[0]
    for term in products[1:]:
        total = add(Number(total.code, to.format), Number(term.code, to.format), to)
    return total.code, int(block_dot(x, y, to).flags)


def _is(order: str) -> Callable[[Parameters], bool]:
    return lambda parameters: parameters["order"] == order


MUTANTS = (
    *(
        mistaken(
            f"block_dot.{name.replace('_', '-')}", sentence, run, "order", name, tuple(order for order in DOTS if order != name)
        )
        for name, sentence in (
            ("exact", "nothing is rounded before the end"),
            ("scaled_last", "the sum of the elements is rounded before it is scaled"),
            ("scaled_first", "every value is rounded before they are multiplied"),
        )
    ),
    bug("block_dot.last-left-out", "the last product is left out", _changed(_last_left_out)),
    bug("block_dot.second-scale", "the second scale is not applied", _changed(_second_scale_left_out)),
    bug("block_dot.no-poison", "the scale 0xFF does not make NaN", _changed(_no_poison)),
    bug("block_dot.bias", "the bias of the first scale is one too great", _changed(_bias)),
    bug("block_dot.step-by-step", "every partial sum is rounded", _step_by_step, _is("exact")),
)

PUBLISHED = tuple(
    {"format": name, "size": "4", "result": result, "rounding": "ties_to_even", "overflow": "infinity", "order": order}
    for name, result, order in (
        ("mxfp8_e4m3", "binary32", "exact"),
        ("mxfp8_e4m3", "bfloat16", "exact"),
        ("mxfp8_e5m2", "binary32", "exact"),
        ("mxfp6_e2m3", "bfloat16", "exact"),
        ("mxfp6_e3m2", "bfloat16", "exact"),
        ("mxfp4", "binary32", "exact"),
        ("mxfp4", "bfloat16", "exact"),
        ("mxint8", "binary32", "exact"),
        ("mxfp8_e4m3", "bfloat16", "scaled_last"),
        ("mxfp8_e4m3", "bfloat16", "scaled_first"),
    )
)

BLOCK_DOT = Procedure(
    "block_dot",
    "the dot product of two blocks of one format whose scales are powers of two",
    (FORMAT, SIZE, RESULT, ROUNDING, OVERFLOW, ORDER),
    operands,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
