"""Tables that are read off the specification's data when the book is built."""

import tomllib
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from refsim.spec.catalogue import CATALOGUE, GRAMMAR, get_format
from refsim.spec.exact import Exact, Special, power_of_two
from refsim.spec.formats import Format
from refsim.spec.naming import FORMAT_ALIASES, OVERFLOW_ALIASES, ROUNDING_ALIASES, overflow_names, rounding_names

Row = tuple[str, ...]
LEDGER = Path(__file__).parents[2] / "tests" / "oracles" / "ledger.toml"
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


def deviations() -> Iterable[Row]:
    """The ledger of the tests: where a peer's answer differs from the specification's, and why."""
    yield "Peer", "Asked for", "It gives", "The rule gives", "Clause and reason"
    for entry in tomllib.loads(LEDGER.read_text(encoding="utf-8"))["deviation"]:
        modes = " ".join(entry[key] for key in ("format", "rounding", "overflow") if key in entry)
        yield (
            f"{entry['peer']} {entry['version']}",
            f"{entry['operation']} ``{entry['input']}`` ({entry['source']})" + (f": {modes}" if modes else ""),
            f"``{entry['peer_gives']}``",
            f"``{entry['specification_gives']}``",
            f":clause:`{entry['clause']}`. {entry['why']}",
        )


TABLES: dict[str, Callable[[], Iterable[Row]]] = {
    "formats": formats,
    "published": published,
    "parametric": parametric,
    "rounding-aliases": lambda: aliases(rounding_names(), ROUNDING_ALIASES),
    "overflow-aliases": lambda: aliases(overflow_names(), OVERFLOW_ALIASES),
    "format-aliases": format_aliases,
    "deviations": deviations,
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
