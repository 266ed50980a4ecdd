"""Comparison, total order and classification on arrays: the names of ``refsim.spec.comparison``."""

from __future__ import annotations

from typing import Any

from ..spec.comparison import POSIT_PREDICATES, PREDICATES
from .apply import apply


def compare(predicate: str, x: Any, y: Any, *, flags: bool = False) -> Any:
    """A comparison predicate, an array of bool; with ``flags`` a pair of it and an array of status flags.

    ``ValueError`` for an unknown predicate.
    """
    if predicate not in PREDICATES:
        raise ValueError(f"unknown predicate {predicate!r}; the predicates are {', '.join(PREDICATES)}")
    return apply(predicate, (x, y), None, flags=flags)


def posit_compare(predicate: str, x: Any, y: Any, *, flags: bool = False) -> Any:
    """A comparison of the Posit Standard, an array of bool; with ``flags`` a pair of it and an array of status flags.

    ``ValueError`` for an unknown predicate.
    """
    if predicate not in POSIT_PREDICATES:
        raise ValueError(f"unknown predicate {predicate!r}; the predicates are {', '.join(POSIT_PREDICATES)}")
    return apply(predicate, (x, y), None, flags=flags)


def total_order(x: Any, y: Any, *, flags: bool = False) -> Any:
    """Whether x does not come behind y in total order, an array of bool."""
    return apply("total_order", (x, y), None, flags=flags)


def total_order_magnitude(x: Any, y: Any, *, flags: bool = False) -> Any:
    """Total order of the operands with their signs made positive, an array of bool."""
    return apply("total_order_magnitude", (x, y), None, flags=flags)


def classify(x: Any, *, flags: bool = False) -> Any:
    """The numbers of ``spec.comparison.NumberClass``, an array of integers."""
    return apply("classify", (x,), None, flags=flags)
