"""``.. changelog:: ../CHANGELOG.md`` brings the changelog, which is plain Markdown, into the book."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

UNDERLINES = {2: "=", 3: "-"}


def restructured(markdown: str) -> str:
    """Markdown of headings, paragraphs, flat lists and code words as reStructuredText; the title is left out."""
    lines: list[str] = []
    for line in markdown.splitlines():
        if heading := re.match(r"(#+) (.*)", line):
            level = len(heading[1])
            lines += [heading[2], UNDERLINES[level] * len(heading[2])] if level in UNDERLINES else []
        else:
            lines.append(re.sub(r"`([^`]+)`", r"``\1``", line))
    return "\n".join(lines)


class Changelog(SphinxDirective):
    """The sections of a Markdown changelog."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        return self.parse_text_to_nodes(restructured(Path(path).read_text(encoding="utf-8")), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("changelog", Changelog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
