"""The book. It is built without a network: ``python -m sphinx -W -n -b html docs docs/_build/html``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from refsim.version import SPECIFICATION, __version__

project = "refsim"
author = "the refsim authors"
release = version = __version__
html_title = f"refsim {release}, specification {SPECIFICATION}"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "_ext.running_code",
    "_ext.clauses",
    "_ext.tables",
    "_ext.pictures",
    "_ext.study_figures",
    "_ext.vectors",
    "_ext.console",
    "_ext.changelog",
]
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "no-value": True}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False

# Networks of codes and networks in floating point are both Network, each in its place.
suppress_warnings = ["ref.python"]
nitpicky = True
nitpick_ignore_regex = [
    # The standard library and NumPy: links to them would need their inventories, and the book is built offline.
    (r"py:.*", r"(collections|enum|fractions|functools|multiprocessing|numbers|numpy|pathlib|sqlite3|typing|np)\..*"),
    # Names of types that stand for others.
    (r"py:.*", r"(Floats|Grain|Labels|LossFunction|Parts|Shape|Scale|Scales|State|Watch)"),
    (r"py:.*", r"refsim\.spec\.(stored_formats\.T|plain_data\.K)"),
    (r"py:.*", r"(Any|Callable|Enum|Fraction|IntFlag|Iterator|Mapping|NDArray|NamedTuple|Protocol|np\.\w+)"),
]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_copyright = False
html_show_sourcelink = False
pygments_style = "friendly"


def setup(app):
    # Fields of named tuples that say nothing of themselves.
    def forget(*event):
        lines = event[-1]
        lines[:] = [line for line in lines if not line.startswith("Alias for field number")]

    app.connect("autodoc-process-docstring", forget)
