"""The book's extensions are imported from ``docs``, as Sphinx does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
