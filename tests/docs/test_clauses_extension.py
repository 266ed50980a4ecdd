"""The Sphinx extension that turns clauses into anchors, on a specification of its own."""

import json

import pytest
from _ext import clauses
from sphinx.application import Sphinx

TESTS = '''
import pytest

CASES = [pytest.param(n, marks=pytest.mark.clause("fruit/apple")) for n in (1, 2)] + [
    pytest.param(3, marks=pytest.mark.clause("fruit/apple")),
]


@pytest.mark.clause("fruit/apple", "fruit/pear")
def test_one():
    """One."""


class TestMore:
    @pytest.mark.clause("fruit/pear")
    @pytest.mark.slow
    def test_two(self):
        """Two."""


@pytest.mark.parametrize("n", CASES)
def test_three(n):
    """Three."""
'''


@pytest.fixture
def repository(tmp_path):
    """A repository with one test file and a manifest."""
    (tmp_path / "tests" / "deep").mkdir(parents=True)
    (tmp_path / "tests" / "deep" / "test_fruit.py").write_text(TESTS)
    files = [{"file": "pome.hex", "clauses": ["fruit/apple", "fruit/pear"]}, {"file": "pear.hex", "clauses": ["fruit/pear"]}]
    (tmp_path / "manifest.json").write_text(json.dumps({"files": files}))
    return tmp_path


def test_marks_are_found_by_clause(repository):
    """A mark counts on a function, in a class, and on a parameter; other marks do not."""
    where = "tests/deep/test_fruit.py"
    assert clauses.tests_by_clause(repository) == {
        "fruit/apple": [where, f"{where}::test_one"],
        "fruit/pear": [f"{where}::test_one", f"{where}::TestMore"],
    }


def test_vectors_are_found_by_clause(repository):
    """A manifest names the files of each clause; without a manifest there are none."""
    assert clauses.vectors_by_clause(repository / "manifest.json") == {
        "fruit/apple": ["pome.hex"],
        "fruit/pear": ["pome.hex", "pear.hex"],
    }
    assert clauses.vectors_by_clause(repository / "nothing.json") == {}


def test_a_tag_becomes_an_anchor_and_fields():
    """The anchor stands before the clause, its fields behind it, and text without a tag stays as it is."""
    text = "An apple **must** fall.\n\nNewton. [fruit/apple]\n\nNo clause."
    assert clauses.annotate(text, {"fruit/apple": ["t.py::one", "t.py::two", "u.py"]}, {}) == (
        ".. _fruit/apple:\n\nAn apple **must** fall.\n\nNewton.\n\n"
        ":Clause: :clause:`fruit/apple`\n:Tested by: ``t.py``: ``one``, ``two``; ``u.py``\n:Vectors: **none**\n\nNo clause."
    )


def test_many_vector_files_are_counted():
    """A few files are named, many are counted by folder."""
    few, many = ["add/a.rsv", "add/b.rsv"], ["add/a.rsv", "add/b.rsv", "multiply/c.rsv", "multiply/d/e.rsv", "multiply/d/f.rsv"]
    assert clauses.listed_files({"x/y": few}, "x/y") == "``add/a.rsv``, ``add/b.rsv``"
    assert clauses.listed_files({"x/y": many}, "x/y") == "2 in ``add/``, 3 in ``multiply/``"
    assert clauses.listed_files({"x/y": many}, "x/z") == "**none**"


def test_the_book_links_clauses(tmp_path):
    """In a built page the role leads to the anchor of the clause, and the index lists every clause."""
    (tmp_path / "conf.py").write_text("extensions = ['sphinx.ext.autodoc', '_ext.clauses']\nnitpicky = True\n")
    page = "Book\n====\n\nSee :clause:`round/to-odd`.\n\n.. clause-index::\n\n" + "".join(
        f".. automodule:: {module}\n   :members:\n   :special-members: __call__, __lt__, __floordiv__\n\n"
        for module in modules()
    )
    (tmp_path / "index.rst").write_text(page)
    app = Sphinx(tmp_path, tmp_path, tmp_path / "out", tmp_path / "doctrees", "html", status=None, warning=None)
    app.build()
    html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert html.index('href="#round-to-odd"') < html.index("<table")
    assert all(html.count(f'id="{tag.replace("/", "-")}"') == 1 for tag in clauses.clauses())
    index = html[html.index("<table") : html.index("</table")]
    assert all(f'href="#{tag.replace("/", "-")}"' in index for tag in clauses.clauses())


def modules():
    """The modules that state clauses."""
    return sorted({clause.module for clause in clauses.clauses().values()})
