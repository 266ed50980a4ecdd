"""The generated parts of the book say what the data say."""

from fractions import Fraction
from pathlib import Path

import pytest
from _ext import changelog, console, tables
from docutils.core import publish_doctree
from docutils.parsers.rst import directives

from refsim.spec.catalogue import CATALOGUE, get_format
from refsim.spec.exact import Special
from refsim.spec.operations import OPERATIONS

DOCS = Path(__file__).parents[2] / "docs"


def read(text):
    """A number as the tables write it, read by Python's own arithmetic."""
    return eval(text.replace("/", "* one /"), {"one": Fraction(1)})


@pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE if entry.format.width <= 8], ids=lambda entry: entry.format.name
)
def test_written_numbers_are_exact(entry):
    """Every number of a small format is written so that it can be read back, and every special datum by its name."""
    for code in range(1 << entry.format.width):
        datum = entry.format.decode(code)
        text = tables.written(datum)
        assert text == datum.value if isinstance(datum, Special) else read(text) == datum


def test_values_stand_at_their_codes():
    """Row and column of a table of values add up to the code: 448 at 0x7e of float8_e4m3fn, its least number at 0x01."""
    heading, *rows = tables.values(get_format("float8_e4m3fn"))
    place = {row[0]: dict(zip(heading[1:], row[1:], strict=True)) for row in rows}
    assert (place["**0x78**"]["+6"], place["**0x00**"]["+1"]) == ("448", "2**-9")


def test_every_rule_has_a_row():
    """Each rule appears once in its table of aliases, and each alias in the row of its rule."""
    rows = dict(list(tables.TABLES["rounding-aliases"]())[1:])
    assert "IEEE 754 ``roundTiesToAway``" in rows["``ties_to_away``"]
    assert "ap_fixed ``AP_RND_INF``" in rows["``ties_to_away``"]
    assert len(rows) == len(list(tables.rounding_names()))
    assert sum("roundTiesToAway" in names for names in rows.values()) == 1


def test_every_operation_has_a_row():
    """The table of operations has each once, in its chapter and with links to its clauses."""
    rows = {row[1].strip("`"): row for row in list(tables.TABLES["operations"]())[1:]}
    assert set(rows) == set(OPERATIONS)
    assert len(list(tables.TABLES["operations"]())) == len(OPERATIONS) + 1
    assert rows["fma"][:4] == (":doc:`/spec/arithmetic`", "``fma``", "``a * b + c``", "")
    assert rows["classify"][3:] == ("class", ":clause:`comparison/class`")
    assert all((DOCS / "spec" / f"{row[0].split('/')[-1].strip('`')}.rst").exists() for row in rows.values())


def test_names_of_operations_elsewhere():
    """Every name of IEEE 754 or P3109 stands at an operation that there is; predicates are spelled as in table 5.3."""
    rows = {row[0].strip("`"): row[1:] for row in list(tables.TABLES["operation-names"]())[1:]}
    assert set(tables.OPERATION_NAMES) <= set(rows) <= set(OPERATIONS)
    assert rows["fma"] == ("``fusedMultiplyAdd``", "``FMA``")
    assert rows["compare_signaling_less_unordered"] == ("``compareSignalingLessUnordered``", "")


def test_changelog_becomes_sections():
    """Headings of the second and third level become sections, the title goes, and code words stay code."""
    text = changelog.restructured("# Changelog\n\nText.\n\n## 1.0\n\n### Vectors\n\n- A `word`.")
    assert text == "\nText.\n\n1.0\n===\n\nVectors\n-------\n\n- A ``word``."


def test_commands_are_run():
    """A command is printed with its output; one that ends with another exit code than it should is an error of the book."""
    directives.register_directive("command", console.Command)
    page = ".. command:: refsim decode float8_e4m3fn 7e"
    quiet = {"report_level": 5, "halt_level": 5}
    assert publish_doctree(page, settings_overrides=quiet).astext().startswith("$ refsim decode float8_e4m3fn 7e\n")
    assert "448" in publish_doctree(page, settings_overrides=quiet).astext()
    assert "ended with 0 instead of 1" in publish_doctree(page + "\n   :exit: 1", settings_overrides=quiet).astext()
