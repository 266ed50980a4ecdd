"""The kinds of layers in floating point by name."""

from __future__ import annotations

from collections.abc import Mapping

from .kind import Kind

KINDS: Mapping[str, Kind] = {}
