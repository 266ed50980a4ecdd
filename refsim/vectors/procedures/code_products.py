"""The products of shift-based and logarithmic multipliers as procedures: two codes, and what the register behind them holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TypeVar

from ...spec.catalogue import get_format
from ...spec.datapath_names import get_multiplier
from ...spec.flags import Flags, Result
from ...spec.formats import Format, Number
from ...spec.mitchell import Mitchell
from ...spec.operands import Outcome
from ...spec.products import Multiplier
from ...spec.projection import Projection
from ...spec.shift_multipliers import LogProduct, ShiftProduct
from ...spec.terms import Port
from ..explanations import short_text
from ..fields import FLAG_BITS, Field, code_field
from .procedure import Parameter, Parameters, Values

MULTIPLIER = Parameter(
    "multiplier", "the multiplier with the register behind it, such as shift(x,exact,to=int8/toward_zero/wrap)"
)
X, Y = Parameter("x", "the format of the first operand"), Parameter("y", "the format of the second operand")
PARAMETERS = (MULTIPLIER, X, Y)
ALL_BITS = 12
"""Operands of at most so many bits together are asked for in every combination."""
STRIDE = 97


def formats(parameters: Parameters) -> tuple[Format, Format]:
    """Those of the operands."""
    return get_format(parameters["x"]), get_format(parameters["y"])


Kind = TypeVar("Kind", ShiftProduct, LogProduct, Mitchell)


def multiplier_of(parameters: Parameters, kind: type[Kind], what: str) -> Kind:
    """The multiplier; ``ValueError`` for one of another kind, or without a register behind it, whose results have no format."""
    found = get_multiplier(parameters["multiplier"])
    if not isinstance(found, kind):
        raise ValueError(f"{what}, not {parameters['multiplier']}")
    if found.to is None:
        raise ValueError(f"{parameters['multiplier']} needs a register behind it, to=FORMAT/ROUNDING/OVERFLOW")
    return found


def register(parameters: Parameters) -> Projection:
    """The register behind the multiplier."""
    found = get_multiplier(parameters["multiplier"])
    assert isinstance(found, ShiftProduct | LogProduct | Mitchell), "it was looked for"
    assert found.to is not None, "it was looked for"
    return found.to


def operands(parameters: Parameters) -> Iterator[Field]:
    """Both codes."""
    return (code_field(name, format) for name, format in zip("xy", formats(parameters), strict=True))


def results(multiplier: ShiftProduct | LogProduct | Mitchell) -> Iterator[Field]:
    """The code in the register, and the flags."""
    assert multiplier.to is not None, "it was looked for"
    yield from (code_field("p", multiplier.to.format), Field("flags", FLAG_BITS))


def numbers(parameters: Parameters, values: Values) -> tuple[Number, Number]:
    """The operands."""
    first, second = (Number(code, format) for code, format in zip(values, formats(parameters), strict=True))
    return first, second


def coded(result: Result) -> Values:
    """A result as values of the result fields."""
    return result.code, int(result.flags)


def held(multiplier: Multiplier, x: Number, y: Number) -> Values:
    """What the register behind a multiplier holds."""
    codes: dict[str, int] = {}

    def hold(name: str, _: int, result: Result) -> int:
        codes[name] = result.code
        return result.code

    found = multiplier.product(x, y, Port(hold=hold), 0)
    return codes["product"], int(found.flags)


def write(outcome: Outcome, to: Projection, flags: Flags = Flags.NONE) -> Values:
    """A product written to a register."""
    return coded(Port().write((outcome[0], outcome[1] | flags), to, "product", 0))


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Every pair of codes; of wide operands the codes at ends, around powers of two and around zero, and others in strides."""
    x, y = formats(parameters)
    if x.width + y.width <= ALL_BITS:
        yield from (("every pair", pair) for pair in product(range(1 << x.width), range(1 << y.width)))
        return
    yield from (("marked codes", pair) for pair in product(marked(x), marked(y)))
    size = 1 << x.width + y.width
    for i in range(0, STRIDE * 300 * 37, STRIDE * 37):
        yield "in strides", divmod(i * 31 % size, 1 << y.width)


def marked(format: Format) -> list[int]:
    """Codes at both ends of a format and of its signs, and small magnitudes, powers of two and those before them."""
    half = 1 << format.width - 1
    chosen = {(1 << i) - d for i in range(format.width + 1) for d in (0, 1)} | {5, 6, 11, 13, 45, 0x55 % half, half + 1}
    chosen |= {-code % (2 * half) for code in (1, 2, 3, 7, 8, 96 % half)}
    return sorted(code for code in chosen if code < 2 * half)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The operands' numbers and what was made of them."""
    x, y = (short_text(number.exact) or f"0x{number.code:X}" for number in numbers(parameters, values))
    found = short_text(register(parameters).format.decode(results[0]))
    return f"{x} times {y} -> {found or f'0x{results[0]:X}'}"
