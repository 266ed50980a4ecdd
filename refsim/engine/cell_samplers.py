"""Samplers on arrays of the models of cells, by model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SAMPLERS: Mapping[type, Callable[..., Any]] = {}
