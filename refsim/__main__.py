"""``python -m refsim``."""

from .cli import main

main()
