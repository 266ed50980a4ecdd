"""The clauses of the specification: every docstring in ``refsim.spec`` that ends a paragraph with a named tag."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

TAG = re.compile(r"\s*\[([a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*)\]\s*$")
"""A tag as it stands at the end of a paragraph: ``[family/name]``."""
EMPHASIS = re.compile(r"\*\*([a-z]+(?: [a-z]+)*)\*\*")
"""A word that is emphasized, as ``must`` is."""


class Clause(NamedTuple):
    """A normative sentence: its tag, its text, and where in the specification it stands."""

    tag: str
    text: str
    module: str
    name: str

    @property
    def plain(self) -> str:
        """The text without marks of emphasis and of code; two stars between numbers are a power."""
        return EMPHASIS.sub(r"\1", self.text).replace("``", "")


def of_docstring(docstring: str) -> Iterator[tuple[str, str]]:
    """The tags of a docstring, each with the text of the paragraphs before it."""
    text: list[str] = []
    for paragraph in docstring.split("\n\n"):
        match = TAG.search(paragraph)
        text.append(" ".join(TAG.sub("", paragraph).split()))
        if match:
            yield match[1], " ".join(part for part in text if part)
            text = []


def stated() -> Iterator[Clause]:
    """Every clause as it is stated, in the order of the source; one that is stated twice comes twice."""
    for path in sorted(files("refsim.spec").iterdir(), key=lambda entry: entry.name):
        if not path.name.endswith(".py"):
            continue
        module = "refsim.spec." + path.name.removesuffix(".py")
        for node, name in _definitions(ast.parse(path.read_text(encoding="utf-8")), ""):
            for tag, text in of_docstring(ast.get_docstring(node) or ""):
                yield Clause(tag, text, module, name)


def _definitions(tree: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[ast.FunctionDef | ast.ClassDef, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node, prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node, f"{prefix}{node.name}.")


@cache
def clauses() -> dict[str, Clause]:
    """The clauses by tag."""
    return {clause.tag: clause for clause in stated()}
