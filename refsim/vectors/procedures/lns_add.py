"""Addition in the logarithmic number system as a procedure: two codes, tables of corrections, and the sum or the difference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ...spec.catalogue import get_format
from ...spec.flags import Flags
from ...spec.formats import Coding, Format, Number
from ...spec.lns import CELLS, ENDS, Adder, CorrectionTable, correction_table, lns_add, lns_subtract, logarithm
from ...spec.text import exact_text
from ..fields import FLAG_BITS, Field, code_field
from .procedure import Parameter, Parameters, Values

OPERATION = Parameter("operation", "what is made of the operands", ("add", "subtract"))
FORMAT = Parameter("format", "an LNS format such as lns4.3")
TABLE = Parameter("table", "entries, bits of the index and bits of an entry behind the point, such as 40:3:3")
ROUNDING = Parameter("rounding", "how entries are rounded")
CELL = Parameter("cell", "where in a cell of differences its entry is taken", CELLS)
END = Parameter("end", "what becomes of a logarithm past the ends", ENDS)
PARAMETERS = (OPERATION, FORMAT, TABLE, ROUNDING, CELL, END)


class Shape(NamedTuple):
    """A table's entries, and the bits of its index and of its entries behind the point."""

    length: int
    cut: int
    fraction: int


def format_of(parameters: Parameters) -> Format:
    """The format of operands and result."""
    format = get_format(parameters["format"])
    if format.coding is not Coding.LOGARITHMIC:
        raise ValueError(f"lns_add takes an LNS format such as lns4.3, not {format}")
    return format


def shape_of(parameters: Parameters) -> Shape:
    """The shape of the tables."""
    try:
        return Shape(*map(int, parameters["table"].split(":")))
    except (TypeError, ValueError):
        raise ValueError(f"a table is three integers such as 40:3:3, not {parameters['table']!r}") from None


@lru_cache(maxsize=64)
def _table(shape: Shape, rounding: str, cell: str, *, subtraction: bool) -> CorrectionTable:
    return correction_table(*shape, rounding, cell, subtraction=subtraction)


def adder_of(parameters: Parameters) -> Adder:
    """The adder."""
    shape, rounding, cell = shape_of(parameters), parameters["rounding"], parameters["cell"]
    sums = _table(shape, rounding, cell, subtraction=False)
    return Adder(sums, _table(shape, rounding, cell, subtraction=True), parameters["end"])


def operands(parameters: Parameters) -> tuple[Field, ...]:
    """The two codes."""
    format = format_of(parameters)
    return code_field("x", format), code_field("y", format)


def results(parameters: Parameters) -> tuple[Field, ...]:
    """The code of the sum, and its flags."""
    return code_field("z", format_of(parameters)), Field("flags", FLAG_BITS)


def numbers(parameters: Parameters, values: Values) -> tuple[Number, Number]:
    """The operands."""
    x, y = (Number(code, format_of(parameters)) for code in values)
    return x, y


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    function = lns_add if parameters["operation"] == "add" else lns_subtract
    code, flags = function(*numbers(parameters, values), adder=adder_of(parameters))
    return code, int(flags)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Pairs whose logarithms differ by every index of the table and by what is beside it, in both orders and with all signs;
    pairs about both ends of the range; zeros with several logarithms; and equal magnitudes."""
    format, shape = format_of(parameters), shape_of(parameters)
    steps = format.layout_of(0)[-1][1] - shape.cut
    sign, zero = 1 << format.width - 1, 1 << format.width - 2
    half = format.top // 2
    apart = {i << steps for i in range(shape.length + 2)} | {(i << steps) + d for i in (1, 2, shape.length) for d in (-1, 1)}
    for k, difference in enumerate(sorted(d for d in apart if 0 <= d < format.top - 1)):
        high = min(format.top - 1, half + difference // 2 + 1)
        pair = format.code(False, high), format.code(False, high - difference)
        x, y = pair if k % 2 else pair[::-1]
        name = "beside an index" if difference % (1 << steps) else "equal" if difference == 0 else "an index"
        for signs in ((0, 0), (sign, sign), (0, sign), (sign, 0)):
            yield name, (x | signs[0], y | signs[1])
    for near in range(4):
        last, first = format.code(False, format.top - near), format.code(False, 1 + near)
        for a, b in ((0, 0), (sign, sign), (0, sign), (sign, 0)):
            yield "the greatest", (last | a, format.code(False, format.top) | b)
            yield "the least", (first | a, format.code(False, 1) | b)
            yield "the least", (first | a, format.code(False, 2) | b)
            yield "far apart", (last | a, first | b)
            yield "a zero", (zero | near | a, format.code(False, half + near) | b)
            yield "a zero", (format.code(False, half + near) | a, zero | b)
            yield "two zeros", (zero | a, zero | near | b)


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """The operands, the difference of their logarithms, and the result."""
    x, y = numbers(parameters, values)
    found = [exact_text(n.exact) for n in (x, y, Number(results[0], x.format))]
    a, b = logarithm(x), logarithm(y)
    apart = "" if a.zero or b.zero else f", logarithms {abs(a.steps - b.steps)} steps apart"
    sign = "+" if parameters["operation"] == "add" else "-"
    ends = Flags(results[1]).names()
    return f"{found[0]} {sign} {found[1]}{apart} -> {found[2]}{', ' + ' '.join(ends) if ends else ''}"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The sum, the tables and the ends."""
    first = ("lns/add",) if parameters["operation"] == "add" else ("lns/subtract", "lns/add")
    return (*first, "lns/look-up", "lns/table", "lns/log2", "lns/end", "format/logarithmic")
