"""Quantizing a block as a procedure: numbers of binary32 to a scale and elements."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ...spec.blocks import Practice, Quantizer, quantize
from ...spec.formats import Number, Unrepresentable
from ...spec.projection import Projection
from .block_parameters import SOURCE, block_format, code32, rows, shown, size
from .procedure import Parameters, Values


def quantizer(parameters: Parameters) -> Quantizer:
    """The quantizer that the parameters name."""
    format = block_format(parameters)
    to = Projection(format.element, parameters["rounding"], parameters["overflow"])
    return Quantizer(format, to, Practice(*(parameters[name] for name in Practice._fields)))


def split(parameters: Parameters, values: Values) -> tuple[Number | None, Values]:
    """The tensor's scale, if there is one, and the numbers' codes."""
    format = block_format(parameters)
    if format.tensor is None:
        return None, values
    return Number(values[0], format.tensor), values[1:]


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    tensor, codes = split(parameters, values)
    try:
        found = quantize([SOURCE.decode(code) for code in codes], quantizer(parameters), tensor)
    except ValueError as error:  # a number or a tensor's scale that the parameters do not go with has no block
        raise Unrepresentable(str(error)) from None
    return found.scale, *found.elements


TENSORS = (0x3F800000, 0x3E2AAAAB, 0x3A83126F, 0x47800000)
"""Tensor scales: 1, the sixth of binary32, a thousandth, 2**16."""


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The blocks of ``block_parameters``; with a tensor's scale each of a few in turn, by which the numbers are multiplied."""
    format = block_format(parameters)
    for turn, (name, codes) in enumerate(rows(format, size(parameters))):
        if format.tensor is None:
            yield name, codes
            continue
        tensor = TENSORS[turn % len(TENSORS)] if name != "an end of the scale" else TENSORS[0]
        yield name, (tensor, *(_times(code, tensor) for code in codes))


def _times(code: int, tensor: int) -> int:
    x, by = SOURCE.decode(code), SOURCE.decode(tensor)
    return code32(x * by) if isinstance(x, Fraction) and isinstance(by, Fraction) and x else code


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The numbers, the scale, and the elements."""
    _, codes = split(parameters, values)
    format = block_format(parameters)
    scale, *elements = results
    return f"{shown(SOURCE, codes)} -> {shown(format.scale, [scale])} * ({shown(format.element, elements)})"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the rule first."""
    rule = parameters["rule"].partition(":")[0].replace("_", "-")
    division = parameters["division"].replace("_", "-")
    return f"scale/{rule}", "block/quantize", "block/amax", "scale/project", "scale/zero-block", f"block/{division}"


def _published(format: str, rule: str, count: int = 4, **changes: str) -> Parameters:
    given = {
        "format": format,
        "size": str(count),
        "rule": rule,
        "specials": "poison",
        "zero_block": "least",
        "scale_overflow": "infinity",
        "division": "divide",
        "rounding": "ties_to_even",
        "overflow": "saturate",
    }
    return given | changes


BLOCKS = ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2", "mxfp4", "mxint8")
PUBLISHED = (
    *(_published(name, rule) for name in BLOCKS for rule in ("floor", "rceil")),
    *(_published("mxfp4", rule) for rule in ("ceil", "even", "tosa", "midmax")),
    *(_published("mxfp8_e4m3", rule) for rule in ("ceil", "even", "tosa", "tosa_draft", "midmax")),
    _published("mxfp8_e4m3", "rceil_reciprocal", division="reciprocal_binary32"),
    _published("mxint8", "rceil_reciprocal", division="reciprocal_binary32"),
    _published("mxfp4", "floor", zero_block="binary32_least_normal", division="divide_binary32", rounding="ties_to_away"),
    _published("mxint8", "floor", zero_block="binary32_least_normal", overflow="saturate_symmetric"),
    _published("mxfp8_e5m2", "floor", zero_block="minus_emax", scale_overflow="saturate", overflow="saturate_propagate"),
    _published("mxfp8_e5m2", "p3109:ties_to_even", specials="ignore", scale_overflow="saturate"),
    _published("mxfp4", "floor", 32),
    _published("mxfp8_e4m3", "floor", 1),
    _published("nvfp4", "exact:ties_to_even", scale_overflow="saturate"),
    _published("nvfp4", "exact:toward_positive", scale_overflow="saturate"),
    _published("nvfp4", "exact:ties_to_even", 16, scale_overflow="saturate", division="reciprocal_binary32"),
    _published("bfp8", "floor"),
    _published("msfp12", "floor", rounding="toward_zero"),
)
