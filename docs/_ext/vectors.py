"""``.. vector-file:: NAME`` prints a published vector file, made from the specification when the book is built."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from refsim.vectors.suites import matching


class VectorFile(SphinxDirective):
    """The text of a suite of vectors."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        (suite,) = matching((self.arguments[0],))
        text = suite.text()
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("vector-file", VectorFile)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
