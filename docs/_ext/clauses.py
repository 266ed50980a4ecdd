"""Clauses in the book: every ``[family/name]`` tag becomes an anchor, with the tests and the golden vectors that show it."""

import ast
import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from refsim.clauses import TAG, clauses

from .tables import list_table

ROOT = Path(__file__).parents[2]
Evidence = dict[str, list[str]]
"""By clause, what shows it."""
MANY = 3
"""More vector files than this are counted, not named."""


def tests_by_clause(root: Path) -> Evidence:
    """The tests under ``root/tests`` that carry ``pytest.mark.clause``, by clause, named as pytest names them."""
    found: Evidence = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = "::".join([path.relative_to(root).as_posix(), *([node.name] if hasattr(node, "name") else [])])
            for tag in marks(node):
                if name not in found.setdefault(tag, []):
                    found[tag].append(name)
    return found


def marks(node: ast.AST) -> Iterator[str]:
    """The clauses of every ``pytest.mark.clause(...)`` in a statement, decorators and parameters included."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.clause":
            yield from (part.value for part in call.args if isinstance(part, ast.Constant))


def vectors_by_clause(manifest: Path) -> Evidence:
    """The vector files that a manifest lists, by clause; nothing where there is no manifest."""
    found: Evidence = {}
    for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"] if manifest.exists() else []:
        for tag in entry["clauses"]:
            found.setdefault(tag, []).append(entry["file"])
    return found


def annotate(docstring: str, tests: Evidence, vectors: Evidence) -> str:
    """The docstring with an anchor before, and the fields of the clause behind, each text that ends with a tag."""
    done: list[str] = []
    text: list[str] = []
    for paragraph in docstring.split("\n\n"):
        text.append(TAG.sub("", paragraph))
        if match := TAG.search(paragraph):
            tag = match[1]
            fields = f":Clause: :clause:`{tag}`\n:Tested by: {listed_tests(tests, tag)}\n:Vectors: {listed_files(vectors, tag)}"
            done += [f".. _{tag}:", *text, fields]
            text = []
    return "\n\n".join(part for part in done + text if part)


def listed_tests(evidence: Evidence, tag: str) -> str:
    """The tests of a clause as reStructuredText: their names behind the file that holds them."""
    files: dict[str, list[str]] = {}
    for name in evidence.get(tag, []):
        path, _, test = name.partition("::")
        files.setdefault(path, []).extend([f"``{test}``"] if test else [])
    return "; ".join(f"``{path}``{': ' if names else ''}{', '.join(names)}" for path, names in files.items()) or "**none**"


def listed_files(evidence: Evidence, tag: str) -> str:
    """The vector files of a clause as reStructuredText: their names, or where they are many the number in each folder."""
    files = evidence.get(tag, [])
    if len(files) <= MANY:
        return ", ".join(f"``{name}``" for name in files) or "**none**"
    return ", ".join(f"{count} in ``{folder}/``" for folder, count in Counter(name.split("/")[0] for name in files).items())


class ClauseRole(SphinxRole):
    """A link to a clause: the role's text is its tag."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        target = addnodes.pending_xref(
            "",
            nodes.literal(text=self.text),
            refdomain="std",
            reftype="ref",
            reftarget=self.text,
            refexplicit=True,
            refwarn=True,
        )
        target["refdoc"] = self.env.current_document.docname
        return [target], []


class ClauseIndex(SphinxDirective):
    """A table of all clauses, with what they say and what shows them."""

    def run(self) -> list[nodes.Node]:
        rows = [("Clause", "It says", "Tests", "Vectors")]
        for tag, clause in sorted(clauses().items()):
            tests, files = listed_tests(self.config.clause_tests, tag), listed_files(self.config.clause_vectors, tag)
            rows.append((f":clause:`{tag}`", clause.text, tests, files))
        return self.parse_text_to_nodes(list_table(rows, ":class: clause-index", ":widths: 18 34 34 14"))


def process(app: Sphinx, _: str, __: str, thing: Any, ___: Any, lines: list[str]) -> None:
    """Annotate the docstrings that autodoc reads. A partial function has that of the whole one, which states its clauses."""
    if isinstance(thing, partial):
        given = [f"``{argument.__name__}``" for argument in thing.args]
        lines[:] = [f"``{thing.func.__name__}`` with {', '.join(given)}.", ""]
        return
    docstring = "\n".join(lines)
    lines[:] = [*annotate(docstring, app.config.clause_tests, app.config.clause_vectors).splitlines(), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point. The evidence is configuration, so that a change of it rebuilds the book."""
    app.add_config_value("clause_tests", tests_by_clause(ROOT), "env")
    app.add_config_value("clause_vectors", vectors_by_clause(ROOT / "vectors" / "manifest.json"), "env")
    app.add_role("clause", ClauseRole())
    app.add_directive("clause-index", ClauseIndex)
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
