"""How clauses are found in the docstrings of the specification."""

import re
from importlib.resources import files

import pytest

from refsim.clauses import Clause, clauses, of_docstring, stated
from refsim.spec import rounding
from refsim.spec.exact import root
from refsim.spec.projection import Projection


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        ("", []),
        ("No tag.", []),
        ("A rule. [round/up]", [("round/up", "A rule.")]),
        ("A rule\n    in two lines.\n    [round/up-2]", [("round/up-2", "A rule in two lines.")]),
        ("First.\n\nSecond. [a/b]", [("a/b", "First. Second.")]),
        ("First. [a/b]\n\nSecond. [a/c]\n\nMore.", [("a/b", "First."), ("a/c", "Second.")]),
        ("Text.\n\n[a/b]", [("a/b", "Text.")]),
        ("In the middle [a/b] of a sentence.", []),
        ("An interval [0/1]\n\nand more.", [("0/1", "An interval")]),
        ("Upper case [A/b]", []),
        ("Three parts [a/b/c]", []),
        ("A dash at the end [a/b-]", []),
        ("No slash [ab]", []),
    ],
)
def test_tags_of_a_docstring(docstring, found):
    """A tag ends a paragraph, and its text is that of the paragraphs before it back to the tag before."""
    assert list(of_docstring(docstring)) == found


@pytest.mark.parametrize(
    ("tag", "module", "name", "docstring"),
    [
        ("round/ties-to-even", "refsim.spec.rounding", "ties_to_even", rounding.ties_to_even.__doc__),
        ("exact/root", "refsim.spec.exact", "root", root.__doc__),
        ("project/irrational", "refsim.spec.projection", "Projection.place", Projection.place.__doc__),
    ],
)
def test_a_clause_says_where_it_stands(tag, module, name, docstring):
    """A clause names the module and the function or method whose docstring holds it, and its text without the tag."""
    clause = clauses()[tag]
    assert (clause.tag, clause.module, clause.name) == (tag, module, name)
    assert clause.text in " ".join(docstring.split())
    assert "[" + tag not in clause.text
    assert clause.text.startswith(docstring.split(maxsplit=1)[0])


def test_every_tag_of_the_source_is_found():
    """Every line of the specification that ends with a tag is one of the clauses, in the order of the source."""
    sources = sorted((path for path in files("refsim.spec").iterdir() if path.name.endswith(".py")), key=lambda path: path.name)
    written = [tag for path in sources for tag in re.findall(r'\[([a-z0-9-]+/[a-z0-9-]+)\](?:""")?\n', path.read_text("utf-8"))]
    assert [clause.tag for clause in stated()] == written
    assert list(clauses()) == list(dict.fromkeys(written))


def test_plain_text_keeps_powers():
    """Emphasis goes, the two stars of a power in code stay."""
    clause = Clause("a/b", "The number **must** be ``2**n`` and **may not** be ``x`` or 2**-n or 2**e.", "", "")
    assert clause.plain == "The number must be 2**n and may not be x or 2**-n or 2**e."
