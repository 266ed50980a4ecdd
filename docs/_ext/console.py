"""``.. command:: refsim ...`` runs the command line when the book is built, and prints the command with what came out."""

import shlex

from click.testing import CliRunner
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from refsim.cli import cli


class Command(SphinxDirective):
    """A command of refsim and its output; ``:exit:`` is the exit code that it must have, 0 where none is given."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"exit": directives.nonnegative_int, "lines": directives.positive_int}  # noqa: RUF012 as docutils has it

    def run(self) -> list[nodes.Node]:
        line = " ".join(self.arguments[0].split())
        result = CliRunner().invoke(cli, shlex.split(line)[1:])
        wanted = self.options.get("exit", 0)
        if result.exit_code != wanted:
            raise self.error(f"{line!r} ended with {result.exit_code} instead of {wanted}: {result.output}")
        lines = result.output.rstrip().splitlines()
        kept = lines[: self.options.get("lines", len(lines))]
        text = "\n".join([f"$ {line}", *kept, *(["..."] if kept != lines else [])])
        return [nodes.literal_block(text, text, language="console")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
