"""The version of the package and, separately, of the specification that it states."""

__version__ = "0.1.0"
SPECIFICATION = "2"
"""Changes when, and only when, a normative sentence changes its meaning."""
