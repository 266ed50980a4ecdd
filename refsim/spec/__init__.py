"""The specification: scalar, exact, standard library only. Each normative sentence is the docstring of what carries it out."""

from . import arithmetic, catalogue, exact, families, flags, formats, naming, overflow, projection, rounding, text

__all__ = [
    "arithmetic",
    "catalogue",
    "exact",
    "families",
    "flags",
    "formats",
    "naming",
    "overflow",
    "projection",
    "rounding",
    "text",
]
