"""The specification: scalar, exact, standard library only. Each normative sentence is the docstring of what carries it out."""

from . import arithmetic, catalogue, exact, flags, formats, naming, overflow, projection, rounding

__all__ = ["arithmetic", "catalogue", "exact", "flags", "formats", "naming", "overflow", "projection", "rounding"]
