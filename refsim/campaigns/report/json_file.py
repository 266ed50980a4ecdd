"""The report as JSON: everything, exact counts and shares, with sorted keys."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from .report import Report

SCHEMA = 1
"""The version of the file's form: it grows when a key changes its meaning or goes."""


def report_json(report: Report) -> str:
    """The report as a text that ends in a newline. What is not known is ``null``; there is no NaN in it."""
    head = {"schema": SCHEMA, "kind": "refsim fault campaign report"}
    return json.dumps(head | plain(report), sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def plain(value: Any) -> Any:
    """Records as objects, fractions as texts, everything else as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(one) for name, one in zip(value._fields, value, strict=True)}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value
