"""The rules of the book are the code that runs: below each docstring of ``refsim.spec`` stands the source that it describes."""

import ast
import inspect
import textwrap
from functools import partial
from typing import Any

from sphinx.application import Sphinx


def source_of(thing: Any) -> list[str]:
    """The source lines of a function, a method or a property, without its docstring."""
    function = thing.fget if isinstance(thing, property) else getattr(thing, "func", thing)
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    docstring = definition.body[0]
    return lines[definition.lineno - 1 : docstring.lineno - 1] + lines[docstring.end_lineno :]


def print_source(_: Sphinx, what: str, name: str, thing: Any, __: Any, lines: list[str]) -> None:
    """Add the source to the docstring of a function of the specification."""
    whole = what in {"function", "method", "property"} and not isinstance(thing, partial) and not inspect.isbuiltin(thing)
    if name.startswith("refsim.spec.") and whole:
        source = source_of(thing)
        if len(source) > 1:  # the methods of a protocol have nothing to print
            lines += ["", ".. code-block:: python", "", *(f"    {line}" for line in source), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.connect("autodoc-process-docstring", print_source, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
