"""Clauses, tests and golden vectors belong together: what the specification states, something shows."""

import ast
import functools
import json
from collections import Counter
from pathlib import Path

from refsim.clauses import clauses, of_docstring, stated

TESTS = Path(__file__).parent
VECTORS = TESTS.parent / "vectors"


def cited_in(path):
    """The tags of every ``pytest.mark.clause(...)`` of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.clause":
            # The tag of an entry of a ledger is read where the ledger is.
            written = [argument for argument in node.args if not isinstance(argument, ast.Subscript)]
            leaves = [leaf for argument in written for leaf in ast.walk(argument)]
            yield from (leaf.value for leaf in leaves if isinstance(leaf, ast.Constant))


@functools.cache
def cited_by_tests():
    """The tags that the files under ``tests`` cite, with the file."""
    return [(tag, path.relative_to(TESTS).as_posix()) for path in sorted(TESTS.rglob("*.py")) for tag in cited_in(path)]


def cited_by_vectors():
    """The tags in the headers of committed vector files and in the manifest, with the file."""
    for path in sorted(VECTORS.rglob("*.rsv")):
        with path.open(encoding="ascii") as lines:
            for line in lines:
                if not line.startswith("//!"):
                    break
                if line.startswith("//! clauses "):
                    yield from ((tag, path.name) for tag in line.split()[2:])
    manifest = VECTORS / "manifest.json"
    for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"] if manifest.exists() else []:
        yield from ((tag, entry["file"]) for tag in entry["clauses"])


def test_a_clause_is_stated_once():
    """No tag stands twice in the specification."""
    counts = Counter(clause.tag for clause in stated())
    assert [tag for tag, count in counts.items() if count > 1] == []
    assert len(counts) == len(clauses()) > 0


def test_what_is_cited_is_stated():
    """Every tag that a test or a vector file cites is a clause of the specification."""
    cited = [*cited_by_tests(), *cited_by_vectors()]
    assert cited
    assert sorted({(tag, file) for tag, file in cited if tag not in clauses()}) == []


def test_marks_cite_clauses(request):
    """The marks of the collected tests, computed ones too, cite clauses."""
    marks = [mark for item in request.session.items for mark in item.iter_markers("clause")]
    assert {tag for mark in marks for tag in mark.args} <= set(clauses())


def test_every_clause_is_shown():
    """Every clause is shown by a test."""
    assert set(clauses()) - {tag for tag, _ in cited_by_tests()} == set()


def test_a_clause_is_normative():
    """A clause says what must be."""
    assert [clause.tag for clause in stated() if "**must**" not in clause.text] == []


def test_what_must_be_is_a_clause():
    """A docstring of the specification that says **must** ends the paragraphs that say it with a tag."""
    spec = TESTS.parent / "refsim" / "spec"
    untagged = []
    for path in sorted(spec.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                tagged = sum(sentence.count("**must**") for _, sentence in of_docstring(text))
                if text.count("**must**") != tagged:
                    untagged.append((path.name, getattr(node, "name", "")))
    assert untagged == []
