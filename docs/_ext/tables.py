"""Tables that are read off the specification's data when the book is built."""

import tomllib
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from refsim.clauses import clauses
from refsim.spec.catalogue import CATALOGUE, GRAMMAR, get_format
from refsim.spec.comparison import PREDICATES
from refsim.spec.exact import Exact, Special, power_of_two
from refsim.spec.formats import Format
from refsim.spec.naming import FORMAT_ALIASES, OVERFLOW_ALIASES, ROUNDING_ALIASES, overflow_names, rounding_names
from refsim.spec.operations import OPERATIONS, Kind

from .block_tables import BLOCK_TABLES

Row = tuple[str, ...]
LEDGERS = Path(__file__).parents[2] / "tests" / "oracles"
LONGEST = 10**6
"""Greater integers are written with a power of two."""
SMALL = 16
"""Fractions with a greater denominator are written with a power of two."""
LONG = 16
"""Significands of more bits that are all ones are written with a power of two."""
COLUMNS = 8
"""Codes in a row of a table of values."""


def written(x: Exact) -> str:
    """A datum as the catalogue writes it: ``448``, ``7/8``, ``2**-9``, ``nan``."""
    if isinstance(x, Special):
        return x.value
    if abs(x) < LONGEST and x.denominator <= SMALL:
        return str(x)
    numerator = abs(x.numerator)
    e = (numerator & -numerator).bit_length() - x.denominator.bit_length()
    significand = x / power_of_two(e)
    if abs(significand) == 1:
        return f"{'-' if x < 0 else ''}2**{e}"
    bits = significand.numerator.bit_length()
    return f"(2**{bits}-1)*2**{e}" if bits > LONG and significand == 2**bits - 1 else f"{significand}*2**{e}"


def formats() -> Iterable[Row]:
    """The catalogue: name, width, the ends of the range, and what else has codes."""
    yield "Format", "Bits", "Greatest", "Least normal", "Least positive", "Besides"
    for format, _, _ in CATALOGUE:
        magnitudes = (format.top, format.least_normal, 1)
        specials = dict.fromkeys(block.datum.value for block in format.specials)
        zero = ["-0"] if format.has_negative_zero else []
        yield (
            f"``{format.name}``",
            str(format.width),
            *("none" if n is None else f"``{written(format.grid.magnitude(n))}``" for n in magnitudes),
            ", ".join([*zero, *specials]) or "none",
        )


def published() -> Iterable[Row]:
    """The values that others publish, which every entry of the catalogue is checked against."""
    yield "Format", "Codes and their values", "Source"
    for format, values, source in CATALOGUE:
        shown = ", ".join(f"``{code(format, number)}`` = ``{value}``" for number, value in values)
        yield f"``{format.name}``", shown, source


def code(format: Format, number: int) -> str:
    """A code in hexadecimal, or as a number where that is long."""
    return f"{number:#0{2 + -(-format.width // 4)}x}" if format.width <= 64 else written(Fraction(number))


def parametric() -> Iterable[Row]:
    """The grammar of parametric names, by example."""
    yield "Names", "Pattern"
    for pattern, examples, _ in GRAMMAR:
        yield ", ".join(f"``{name}``" for name in examples.split(", ")), f"``{pattern}``"


def aliases(names: Iterable[str], elsewhere: dict[str, dict[str, str]]) -> Iterable[Row]:
    """Our names of rules, and the names that others give them."""
    yield "Rule", "Names elsewhere"
    for name in names:
        found = [
            f"{origin} ``{alias}``" for origin, table in elsewhere.items() for alias, ours in table.items() if ours == name
        ]
        yield f"``{name}``", ", ".join(found) or "none"


def format_aliases() -> Iterable[Row]:
    """Other names of catalogued formats."""
    yield "Format", "Other names"
    for name in dict.fromkeys(FORMAT_ALIASES.values()):
        yield f"``{name}``", ", ".join(f"``{alias}``" for alias, ours in FORMAT_ALIASES.items() if ours == name)


def values(format: Format) -> Iterable[Row]:
    """The datum of every code: the row gives the upper bits, the column the lower ones."""
    yield "", *(f"+{column}" for column in range(COLUMNS))
    for first in range(0, 1 << format.width, COLUMNS):
        data = (format.decode(first + column) for column in range(COLUMNS))
        yield f"**{first:#04x}**", *(written(datum) for datum in data)


def operations() -> Iterable[Row]:
    """The operations, in the order of the chapters, with the chapter where each is told."""
    yield "Chapter", "Operation", "Written", "Result", "Clauses"
    modules = {name: clauses()[operation.clauses[0]].module.rpartition(".")[2] for name, operation in OPERATIONS.items()}
    for name in sorted(OPERATIONS, key=lambda name: list(dict.fromkeys(modules.values())).index(modules[name])):
        operation = OPERATIONS[name]
        form = operation.template.format(*operation.roles) if operation.roles else "(a0, a1, ...) . (b0, b1, ...)"
        result = "" if operation.kind is Kind.NUMBER else operation.kind.value
        tags = ", ".join(f":clause:`{tag}`" for tag in operation.clauses)
        yield f":doc:`/spec/{modules[name]}`", f"``{name}``", f"``{form}``", result, tags


def operation_names() -> Iterable[Row]:
    """The operations' names in IEEE 754 and in P3109."""
    yield "Operation", "IEEE 754", "P3109"
    for name in OPERATIONS:
        ieee, p3109 = OPERATION_NAMES.get(name, ("", ""))
        if name in PREDICATES:
            ieee = camel(name)
        if ieee or p3109:
            yield f"``{name}``", *(f"``{other}``" if other else "" for other in (ieee, p3109))


def camel(name: str) -> str:
    """A name as IEEE 754 spells it: ``compareQuietLess``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


OPERATION_NAMES: dict[str, tuple[str, str]] = {
    "convert": ("convertFormat, convertToIntegerExact...", "Convert"),
    "add": ("addition", "Add"),
    "subtract": ("subtraction", "Subtract"),
    "multiply": ("multiplication", "Multiply"),
    "divide": ("division", "Divide"),
    "reciprocal": ("", "Recip"),
    "sqrt": ("squareRoot", "Sqrt"),
    "rsqrt": ("rSqrt", "Rsqrt"),
    "fma": ("fusedMultiplyAdd", "FMA"),
    "faa": ("", "FAA"),
    "dot_product": ("", "BlockDotProduct with scales of one"),
    "hypot": ("hypot", ""),
    "strict_hypot": ("", "Hypot"),
    "remainder": ("remainder", ""),
    "round_to_integral": ("roundToIntegralTiesToEven, ...", ""),
    "round_to_integral_exact": ("roundToIntegralExact", ""),
    "to_integer": ("convertToIntegerTiesToEven, ...", ""),
    "scale_b": ("scaleB", ""),
    "log_b": ("logB", ""),
    "scaled_add": ("", "AddScaled"),
    "scaled_multiply": ("", "MultiplyScaled"),
    "scaled_fma": ("", "FMAScaled"),
    "minimum": ("minimum", "Minimum"),
    "maximum": ("maximum", "Maximum"),
    "minimum_number": ("minimumNumber", "MinimumNumber"),
    "maximum_number": ("maximumNumber", "MaximumNumber"),
    "minimum_magnitude": ("minimumMagnitude", "MinimumMagnitude"),
    "maximum_magnitude": ("maximumMagnitude", "MaximumMagnitude"),
    "minimum_magnitude_number": ("minimumMagnitudeNumber", "MinimumMagnitudeNumber"),
    "maximum_magnitude_number": ("maximumMagnitudeNumber", "MaximumMagnitudeNumber"),
    "min_num": ("minNum, of 2008", ""),
    "max_num": ("maxNum, of 2008", ""),
    "min_num_mag": ("minNumMag, of 2008", ""),
    "max_num_mag": ("maxNumMag, of 2008", ""),
    "minimum_finite": ("", "MinimumFinite"),
    "maximum_finite": ("", "MaximumFinite"),
    "clamp": ("", "Clamp"),
    "exp": ("exp", "Exp"),
    "exp2": ("exp2", "Exp2"),
    "expm1": ("expm1", "ExpMinusOne"),
    "log": ("log", "Log"),
    "log2": ("log2", "Log2"),
    "log1p": ("logp1", "LogOnePlus"),
    "softplus": ("", "Softplus"),
    "sin": ("sin", ""),
    "cos": ("cos", ""),
    "tanh": ("tanh", ""),
    "negate": ("negate", "Negate"),
    "absolute": ("abs", "Abs"),
    "copy_sign": ("copySign", "CopySign"),
    "next_up": ("nextUp", "NextGreaterThan"),
    "next_down": ("nextDown", "NextLessThan"),
    "total_order": ("totalOrder", "TotalOrder"),
    "total_order_magnitude": ("totalOrderMag", ""),
    "classify": ("class", ""),
}
"""Names of operations elsewhere: in IEEE 754, and in P3109."""


def deviations() -> Iterable[Row]:
    """The ledgers of the tests: where a peer's answer differs from the specification's, and why."""
    yield "Peer", "Asked for", "It gives", "The rule gives", "Clause and reason"
    for ledger in sorted(LEDGERS.glob("ledger*.toml"), key=lambda path: path.stem):
        for entry in tomllib.loads(ledger.read_text(encoding="utf-8"))["deviation"]:
            yield (
                " ".join([entry["name"].partition("/")[0], entry.get("version", "")]).strip(),
                _asked(entry),
                _parts(entry, "peer_"),
                _parts(entry, "specification_"),
                f":clause:`{entry['clause']}`. {entry['why']}",
            )


ABOUT = ("name", "peer", "version", "clause", "why", "when", "covers", "shown_by")
"""What an entry of a ledger holds besides what was asked for and what came."""


def _asked(entry: dict[str, Any]) -> str:
    asked = (
        (key, value) for key, value in entry.items() if key not in ABOUT and not key.startswith(("peer_", "specification_"))
    )
    return ", ".join(f"{key.replace('_', ' ')} ``{_text(value)}``" for key, value in asked)


def _parts(entry: dict[str, Any], prefix: str) -> str:
    found = {key.removeprefix(prefix): value for key, value in entry.items() if key.startswith(prefix)}
    return ", ".join(("" if key == "gives" else f"{key} ") + f"``{_text(value)}``" for key, value in found.items())


def _text(value: Any) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


TABLES: dict[str, Callable[[], Iterable[Row]]] = {
    "formats": formats,
    "published": published,
    "parametric": parametric,
    "rounding-aliases": lambda: aliases(rounding_names(), ROUNDING_ALIASES),
    "overflow-aliases": lambda: aliases(overflow_names(), OVERFLOW_ALIASES),
    "format-aliases": format_aliases,
    "operations": operations,
    "operation-names": operation_names,
    "deviations": deviations,
    **BLOCK_TABLES,
}


def list_table(rows: Iterable[Row], *options: str) -> str:
    """Rows, the first of them the heading, as a reStructuredText table."""
    lines = [".. list-table::", "   :header-rows: 1", *(f"   {option}" for option in options), ""]
    for row in rows:
        lines += [f"   {'  ' if column else '* '}- {cell}" for column, cell in enumerate(row)]
    return "\n".join(lines)


class DataTable(SphinxDirective):
    """``.. data-table:: formats``: a table by name; ``.. data-table:: values float4_e2m1fn``: the values of a format."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        name, *parameters = self.arguments
        rows = values(get_format(*parameters)) if name == "values" else TABLES[name]()
        return self.parse_text_to_nodes(list_table(rows))


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("data-table", DataTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
