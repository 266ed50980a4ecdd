"""What is published of posits: those of the Posit Standard, by its rules, and their quires."""

from __future__ import annotations

from collections.abc import Iterator

from ..spec.catalogue import get_format
from ..spec.comparison import POSIT_PREDICATES
from ..spec.projection import Projection
from .operations import Configuration

RULES = ("ties_to_even", "saturate_finite")
"""The standard's rounding and overflow."""
OPERATIONS = {"add": 2, "subtract": 2, "multiply": 2, "divide": 2, "sqrt": 1, "fma": 3, "rsqrt": 1, "round_to_integral": 1}
"""Arithmetic with the number of its operands."""
ELEMENTARY = ("exp", "exp2", "log", "log2", "tanh", "sigmoid")
DIRECTED = ("toward_zero", "toward_positive", "toward_negative", "to_odd")
TERMS = 4
Published = tuple[Configuration, str, bool]


def published() -> Iterator[Published]:
    """Everything that is published of posits."""
    for name, stored in (("posit8", True), ("posit16", True), ("posit32", False)):
        for operation, count in OPERATIONS.items():
            single = count == 1 and name == "posit8"
            yield _made(operation, (name,) * count, name, "exhaustive" if single else "edge", stored=stored)
    for operation in ("add", "multiply", "divide"):
        yield _made(operation, ("posit8", "posit8"), "posit8", "exhaustive", stored=False)
        yield _made(operation, ("posit8", "posit8"), "posit8", "smoke")
    for operation in ELEMENTARY:
        yield _made(operation, ("posit8",), "posit8", "exhaustive")
    for name in ("posit8", "posit16"):
        yield _made("convert", ("binary32",), name, "edge")
        yield _made("dot_product", (name,) * (2 * TERMS), name, "edge", stored=name == "posit8")
    yield _made("convert", ("binary64",), "posit32", "edge", stored=False)
    yield _made("convert", ("binary32",), "posit8", "smoke")
    for source, result in (("posit16", "posit8"), ("posit32", "posit16"), ("int16", "posit16")):
        yield _made("convert", (source,), result, "edge")
    for rounding in DIRECTED:
        yield _made("convert", ("binary32",), "posit8", "edge", rounding, stored=rounding == "toward_zero")
        yield _made("multiply", ("posit8", "posit8"), "posit8", "edge", rounding, stored=False)
    yield _made("convert", ("posit16",), "binary32", "edge", overflow="infinity")
    for rule in ("integer_saturate", "integer_indefinite"):
        yield _made("to_integer", ("posit16",), "int8", "edge", overflow=rule)
    yield from _quires()
    yield from _on_codes()


def _made(
    operation: str,
    operands: tuple[str, ...],
    result: str,
    tier: str,
    rounding: str = RULES[0],
    overflow: str = RULES[1],
    *,
    stored: bool = True,
) -> Published:
    return Configuration(operation, tuple(map(get_format, operands)), Projection(result, rounding, overflow)), tier, stored


def _quires() -> Iterator[Published]:
    """Products added to the quire, and the quire's sum rounded to a posit."""
    yield _made("fma", ("posit8", "posit8", "quire8"), "quire8", "edge", RULES[0], "saturate_finite")
    yield _made("convert", ("quire8",), "posit8", "edge")


def _on_codes() -> Iterator[Published]:
    """Operations of the standard on codes."""
    for operation in POSIT_PREDICATES:
        yield Configuration(operation, (get_format("posit8"),) * 2, None), "edge", True
    for operation in ("posit_next", "posit_prior", "negate", "absolute"):
        for name in ("posit8", "posit16"):
            yield Configuration(operation, (get_format(name),), None), "edge", name == "posit8"
