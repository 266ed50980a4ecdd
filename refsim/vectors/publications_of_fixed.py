"""What is published of fixed point: arithmetic, quantization, signs, scalings, shifts and comparisons."""

from __future__ import annotations

from collections.abc import Iterator

from ..spec.catalogue import get_format
from ..spec.projection import Projection
from ..spec.rounding import DETERMINISTIC
from .operations import Configuration

FORMATS = ("int8", "uint8", "q2.5", "q7.8", "int16")
RULES = (("ties_to_even", "saturate"), ("toward_negative", "wrap"), ("ties_toward_positive", "saturate"))
"""Rounding and overflow: of quantizers, of languages, of accelerators."""
OVERFLOWS = (
    *("wrap", "wrap:1", "wrap:2", "wrap_sign_magnitude", "wrap_sign_magnitude:1", "wrap_sign_magnitude:2"),
    *("saturate_symmetric", "saturate_zero"),
)
STORED = ("ties_toward_positive", "ties_to_away", "toward_negative", "toward_zero", "wrap", "wrap:1", "wrap_sign_magnitude")
"""The rules whose requantizations are stored whole."""
COMPARISONS = ("compare_quiet_equal", "compare_quiet_less", "compare_quiet_less_equal")
SHIFTS = ("shift_left", "shift_right_logical", "shift_right_arithmetic")
MIXED = (
    ("multiply", ("int8", "int8"), "int16"),
    ("multiply", ("uint8", "int8"), "int8"),
    ("multiply", ("q7.8", "q7.8"), "q2.5"),
    ("multiply", ("q7.8", "q2.5"), "uq3.5"),
    ("add", ("q2.5", "uq3.5"), "q2.5"),
    ("add", ("q7.8", "q2.5"), "int8"),
    ("subtract", ("uint8", "uint8"), "int8"),
    ("fma", ("int8", "int8", "int16"), "int16"),
    ("fma", ("q2.5", "q2.5", "q7.8"), "q7.8"),
)
"""Operands of several formats, and results of another."""
Published = tuple[Configuration, str, bool]


def published() -> Iterator[Published]:
    """Everything that is published of fixed point."""
    yield from _arithmetic()
    yield from _quantizations()
    yield from _signs()
    yield from _on_codes()


def _made(
    operation: str, operands: tuple[str, ...], result: str, rules: tuple[str, str], tier: str = "edge", *, stored: bool = True
) -> Published:
    return Configuration(operation, tuple(map(get_format, operands)), Projection(result, *rules)), tier, stored


def _arithmetic() -> Iterator[Published]:
    """Sums, which are exact, by two rules; products and quotients, of which most are rounded, by three."""
    for name in FORMATS:
        for rules in RULES[:2]:
            for operation in ("add", "subtract"):
                yield _made(operation, (name, name), name, rules)
        for rules in RULES:
            for operation in ("multiply", "divide"):
                yield _made(operation, (name, name), name, rules, stored=rules != RULES[2] or name in {"int8", "q7.8"})
            yield _made("scale_b", (name, "int8"), name, rules, stored=rules != RULES[2] or name in {"int8", "q7.8"})
    for operation in ("add", "multiply"):
        yield _made(operation, ("q2.5", "q2.5"), "q2.5", RULES[0], "smoke")
        yield _made(operation, ("int8", "int8"), "int8", ("toward_negative", "wrap:1"))
        yield _made(operation, ("int8", "int8"), "int8", ("toward_negative", "wrap_sign_magnitude"))
        yield _made(operation, ("int8", "int8"), "int8", ("toward_negative", "wrap"), "exhaustive", stored=False)
    for operation, operands, result in MIXED:
        yield _made(operation, operands, result, ("ties_to_even", "saturate"))
        yield _made(operation, operands, result, ("ties_to_away", "saturate"), stored=False)


def _quantizations() -> Iterator[Published]:
    """Requantizations by every rounding rule and by every overflow rule."""
    for source, result in (("q7.8", "q2.5"), ("int16", "int8"), ("q15.16", "q7.8"), ("q2.5", "uq3.5")):
        yield _made("convert", (source,), result, RULES[0])
    for rounding in DETERMINISTIC:
        if rounding != "ties_to_even":
            yield _made("convert", ("q7.8",), "q2.5", (rounding, "saturate"), stored=rounding in STORED)
    for overflow in OVERFLOWS:
        yield _made("convert", ("q7.8",), "q2.5", ("ties_to_even", overflow), stored=overflow in STORED)
        yield _made("convert", ("int16",), "int8", ("toward_negative", overflow), stored=False)
    for overflow in ("wrap:1", "wrap:2"):
        yield _made("convert", ("binary32",), "uint8", ("ties_to_even", overflow), stored=False)
    yield _made("convert", ("q7.8",), "q2.5", RULES[0], "smoke")


def _signs() -> Iterator[Published]:
    for operation in ("negation", "absolute_value"):
        for name in FORMATS:
            tier = "exhaustive" if get_format(name).width == 8 else "edge"
            for rules in RULES[:2]:
                yield _made(operation, (name,), name, rules, tier)
        yield _made(operation, ("int8",), "uint8", RULES[0], "exhaustive")
        yield _made(operation, ("q7.8",), "q2.5", ("ties_to_away", "saturate"))


def _on_codes() -> Iterator[Published]:
    """Shifts by counts of 8 bits, and comparisons."""
    for name in FORMATS:
        for operation in SHIFTS:
            yield Configuration(operation, (get_format(name), get_format("uint8")), None), "edge", True
        for operation in COMPARISONS:
            yield Configuration(operation, (get_format(name),) * 2, None), "edge", name != "int16"
    for operation in SHIFTS:
        yield Configuration(operation, (get_format("int8"), get_format("uint4")), None), "exhaustive", False
