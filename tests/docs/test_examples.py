"""The worked examples of the book give what they print."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
CHAPTERS = [path for path in sorted(DOCS.rglob("*.rst")) if "_build" not in path.parts]
PARSED = {
    path: doctest.DocTestParser().get_doctest(path.read_text(encoding="utf-8"), {}, path.name, str(path), 0)
    for path in CHAPTERS
}
WITH_EXAMPLES = [path for path in CHAPTERS if PARSED[path].examples]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(DOCS)))
def test_examples_of_a_chapter(path):
    """Each example prints what the chapter says."""
    report: list[str] = []
    results = doctest.DocTestRunner().run(PARSED[path], out=report.append)
    assert results.failed == 0, "".join(report)


def test_every_chapter_of_the_specification_has_examples():
    """There is a chapter for each module of the specification, of the same name, and it has worked examples."""
    modules = {path.stem for path in (DOCS.parent / "refsim" / "spec").glob("*.py")} - {"__init__"}
    assert {path.stem for path in WITH_EXAMPLES if path.parent.name == "spec"} == modules
