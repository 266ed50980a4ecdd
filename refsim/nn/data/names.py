"""Data sets by their names, and by the files that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .digits import digits
from .record import Data

NAMED: Mapping[str, Callable[..., Data]] = MappingProxyType({"digits": digits})
"""The data sets that have names."""


def get_data(text: str, **options: Any) -> Data:
    """The data set of a name."""
    if text in NAMED:
        return NAMED[text](**options)
    raise ValueError(f"there is no data set {text!r:.200}; known are {', '.join(NAMED)}")
