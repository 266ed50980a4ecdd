"""What is published: configurations in tiers, and which of their files are stored whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..spec.catalogue import CATALOGUE, get_format, p3109_formats
from ..spec.formats import Format
from ..spec.operations import OPERATIONS, Kind, Operation
from ..spec.projection import Projection
from . import publications_of_fixed, publications_of_logs, publications_of_posits
from .operations import DECODE, Configuration

Published = tuple[Configuration, str, bool]

EIGHT_BIT = (
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e5m2fnuz",
    "float8_e4m3b11fnuz",
    "float8_e4m3",
    "float8_e3m4",
)
NARROWER = ("float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn")
SIXTEEN_BIT = ("binary16", "bfloat16")
EVERY_RULE = ("float8_e4m3fn", "float8_e5m2", *SIXTEEN_BIT)
"""Formats whose operations are published under the directed rules too."""
DIRECTED = ("toward_zero", "toward_positive", "toward_negative")
FIXED = (
    ("int8", "ties_to_even", "saturate"),
    ("int8", "ties_toward_positive", "saturate"),
    ("int8", "toward_negative", "wrap"),
    ("int8", "ties_to_away", "saturate_symmetric"),
    ("int8", "toward_zero", "saturate_zero"),
    ("int8", "ties_to_even", "wrap_sign_magnitude"),
    ("uint8", "ties_to_even", "saturate"),
    ("int4", "ties_to_even", "saturate"),
    ("q2.5", "ties_to_even", "saturate"),
    ("q2.5", "toward_negative", "wrap"),
    ("q7.8", "ties_to_even", "saturate"),
    ("q7.8", "toward_negative", "wrap"),
    ("int16", "ties_to_even", "saturate"),
)
"""Fixed-point quantizations of binary32: format, rounding, overflow."""


MAIN = ("float8_e4m3fn", "float8_e5m2", "binary16", "bfloat16", "binary32")
"""Formats in which every operation is published."""
FIRST = ("float8_e4m3fn", "float8_e5m2", "binary16")
"""Formats in which every operation that rounds is published under the directed rules too."""
RULES = (
    "ties_to_away",
    "to_odd",
    "ties_to_odd",
    "ties_toward_zero",
    "ties_toward_positive",
    "ties_toward_negative",
    "away_from_zero",
)
"""The other rules, under which what all else is made of is published in two formats."""
BASIC = ("divide", "sqrt", "fma", "round_to_integral")
"""Operations that stand for all others under those rules."""
SMALL = (
    *("divide", "sqrt", "rsqrt", "reciprocal", "fma", "faa", "remainder", "round_to_integral", "minimum", "maximum_number"),
    *("exp", "tanh", "sigmoid", "compare_quiet_less", "total_order", "classify", "next_up"),
)
"""Operations with a smoke tier."""
NARROW_ONLY = ("strict_hypot", "scaled_add", "scaled_multiply", "scaled_fma")
"""Operations that only P3109 has, which are published in the first formats alone."""
P3109 = "binary8p3se"
TERMS = 4
"""The length of the vectors of a dot product."""
INTEGER_RULES = ("integer_saturate", "integer_saturate_high", "integer_indefinite", "integer_modular")


ELSEWHERE = ("posit_", "shift_", "negation", "absolute_value")
"""How the operations begin that have publications of their own."""


def published() -> Iterator[Published]:
    """Everything that is published, an operation's configurations side by side."""
    yield from _decode_tables()
    yield from _conversions()
    yield from _quantizations()
    yield from _operations()
    for operation in OPERATIONS.values():
        if operation.name == "to_integer":
            yield from _integers()
        elif operation.name not in {"convert", "add", "subtract", "multiply"} and not operation.name.startswith(ELSEWHERE):
            yield from _everywhere(operation)
    yield from _mixed()
    yield from _wide()
    yield from _options()
    yield from publications_of_posits.published()
    yield from publications_of_fixed.published()
    yield from publications_of_logs.published()


def _suite(
    operation: str,
    operands: tuple[str, ...],
    result: str,
    rounding: str,
    overflow: str,
    tier: str,
    *,
    stored: bool = True,
    **options: str,
) -> Published:
    formats = tuple(map(get_format, operands))
    return Configuration(operation, formats, Projection(result, rounding, overflow, **options)), tier, stored


def _decode_tables() -> Iterator[Published]:
    named = [entry.format for entry in CATALOGUE if entry.format.width <= 16]
    for format in (*named, *map(get_format, ("int8", "uint8", "q2.5", "uq3.5")), *p3109_formats()):
        yield Configuration(DECODE, (format,), None), "exhaustive", True


def _has_nan(name: str) -> bool:
    return name not in NARROWER


def _conversions() -> Iterator[Published]:
    source = ("binary32",)
    for name in (*EIGHT_BIT, *NARROWER, *SIXTEEN_BIT, "float8_e8m0fnu"):
        yield _suite("convert", source, name, "ties_to_even", "saturate", "smoke")
        yield _suite("convert", source, name, "ties_to_even", "saturate", "edge")
        if _has_nan(name):
            yield _suite("convert", source, name, "ties_to_even", "infinity", "edge")
    for name in EVERY_RULE:
        for rounding in (*DIRECTED, "ties_to_away", "to_odd"):
            yield _suite("convert", source, name, rounding, "infinity", "edge")
    for rounding in ("ties_to_odd", "ties_toward_zero", "ties_toward_positive", "ties_toward_negative", "away_from_zero"):
        yield _suite("convert", source, "float8_e4m3fn", rounding, "infinity", "edge")
    yield _suite("convert", source, "float8_e5m2", "ties_to_even", "saturate_propagate", "edge")
    for rounding in ("stochastic_a:3", "stochastic_b:3", "stochastic_c:3"):
        yield _suite("convert", ("bfloat16",), "float6_e2m3fn", rounding, "saturate", "edge")
    for wide in ("binary64", "binary16", "bfloat16"):
        for name in ("float8_e4m3fn", "float8_e5m2"):
            yield _suite("convert", (wide,), name, "ties_to_even", "infinity", "edge")
    yield _suite("convert", ("binary64",), "bfloat16", "ties_to_even", "infinity", "edge")


def _quantizations() -> Iterator[Published]:
    for name, rounding, overflow in FIXED:
        yield _suite("convert", ("binary32",), name, rounding, overflow, "edge")


def _operations() -> Iterator[Published]:
    for operation in ("add", "multiply"):
        for name in (*EIGHT_BIT, *NARROWER, *SIXTEEN_BIT, "binary8p3se", "binary8p4se"):
            pair = (name, name)
            yield _suite(operation, pair, name, "ties_to_even", "saturate", "smoke")
            yield _suite(operation, pair, name, "ties_to_even", "saturate", "edge")
            if _has_nan(name):
                yield _suite(operation, pair, name, "ties_to_even", "infinity", "edge")
            if get_format(name).width <= 8:
                yield _suite(operation, pair, name, "ties_to_even", "infinity" if _has_nan(name) else "saturate", "exhaustive")
        for name in EVERY_RULE:
            for rounding in DIRECTED:
                yield _suite(operation, (name, name), name, rounding, "infinity", "edge")
    for operation, name, rounding in product(("add", "multiply"), ("float8_e5m2", "binary16"), RULES):
        yield _suite(operation, (name, name), name, rounding, "infinity", "edge", stored=False)
    for name in EVERY_RULE:
        yield _suite("subtract", (name, name), name, "ties_to_even", "infinity", "edge")


def _operands(operation: Operation, format: Format) -> tuple[Format, ...]:
    """Operands of one format, and scales of an integer format that covers its exponents."""
    if not operation.roles:
        return (format,) * (2 * TERMS)
    scale = get_format("int8" if format.width <= 8 else "int16")
    return tuple(scale if role in operation.exponents else format for role in operation.roles)


def _everywhere(operation: Operation) -> Iterator[Published]:
    """An operation in all main formats; one that rounds in the directed rules too, and its tables where they are small."""
    elementary = operation.clauses[0].startswith(("function/", "activation/"))
    for name in (*(FIRST if operation.name in NARROW_ONLY else MAIN), P3109):
        format = get_format(name)
        operands = _operands(operation, format)
        table = len(operands) == 1 and format.width <= 8
        tier = "exhaustive" if table and elementary else "edge"

        def made(rounding: str, overflow: str, tier: str = tier, *, stored: bool = True) -> Published:
            return Configuration(operation.name, operands, Projection(format, rounding, overflow)), tier, stored  # noqa: B023

        if operation.kind is not Kind.NUMBER:
            yield Configuration(operation.name, operands, None), "edge", name != P3109
            if operation.name in SMALL and name == "binary16":
                yield Configuration(operation.name, operands, None), "smoke", True
            continue
        if name == P3109:
            yield made("ties_to_even", "saturate_propagate")
            continue
        if operation.name in SMALL and tier == "edge" and name in FIRST:
            yield made("ties_to_even", "infinity", "smoke")
        yield made("ties_to_even", "infinity")
        exact = Configuration(operation.name, operands, Projection(format, "ties_to_even", "infinity")).is_exact
        if exact and operation.name not in BASIC:
            # Nothing is rounded: only what is past the end, and the zero of a format, can depend on the rules.
            if name == "float8_e5m2":
                yield made("ties_to_even", "saturate")
                yield made("toward_negative", "infinity")
            continue
        yield made("ties_to_even", "saturate", stored=format.width <= 8)
        if name in FIRST and not (elementary and name == "float8_e5m2"):
            for rounding in DIRECTED:
                yield made(rounding, "infinity", stored=name != "float8_e5m2" and rounding != "toward_positive")
        if operation.name in BASIC and name in {"float8_e5m2", "binary16"}:
            for rounding in RULES:
                yield made(rounding, "infinity", stored=False)


def _integers() -> Iterator[Published]:
    """Conversions to integers: the rules of the architectures, the modes, and the widths."""
    for source, result in (("binary32", "int32"), ("binary32", "uint8"), ("binary16", "int8"), ("float8_e5m2", "int8")):
        for rule in INTEGER_RULES:
            yield _suite("to_integer", (source,), result, "ties_to_even", rule, "edge")
        yield _suite("to_integer", (source,), result, "toward_zero", "integer_saturate", "smoke")
        for rounding in (*DIRECTED, "ties_to_away"):
            yield _suite(
                "to_integer", (source,), result, rounding, "integer_saturate", "edge", stored=rounding == "toward_zero"
            )
    for source in ("binary16", "bfloat16", "binary32"):
        for result in ("int8", "uint8", "int16", "int32", "uint32"):
            for rule in ("integer_saturate", "integer_indefinite"):
                yield _suite("to_integer", (source,), result, "toward_zero", rule, "edge", stored=source == "binary32")
    for result in ("int32", "uint8"):
        yield _suite("convert", ("binary32",), result, "ties_to_even", "integer_saturate", "edge")


def _mixed() -> Iterator[Published]:
    """Operands of one format and results of another."""
    for narrow in ("float8_e4m3fn", "float8_e5m2"):
        yield _suite("multiply", (narrow, narrow), "binary32", "ties_to_even", "infinity", "edge")
        yield _suite("fma", (narrow, narrow, "binary32"), "binary32", "ties_to_even", "infinity", "edge")
        yield _suite("fma", (narrow, narrow, "binary16"), "binary16", "ties_to_even", "infinity", "edge")
        yield _suite("dot_product", (narrow,) * (2 * TERMS), "binary32", "ties_to_even", "infinity", "edge")
    yield _suite("fma", ("float8_e4m3fn", "float8_e5m2", "binary32"), "binary32", "ties_to_even", "infinity", "edge")
    for half in ("binary16", "bfloat16"):
        yield _suite("convert", (half,), "binary32", "ties_to_even", "infinity", "edge")
        yield _suite("fma", (half, half, "binary32"), "binary32", "ties_to_even", "infinity", "edge")
        yield _suite("dot_product", (half,) * (2 * TERMS), "binary32", "ties_to_even", "infinity", "edge")
        yield _suite("add", ("binary32", "binary32"), half, "ties_to_even", "infinity", "edge")
    yield _suite("convert", ("binary64",), "binary32", "ties_to_even", "infinity", "edge")


def _wide() -> Iterator[Published]:
    """The basic operations in binary32 and binary64."""
    for name in ("binary32", "binary64"):
        for operation, count in (("add", 2), ("subtract", 2), ("multiply", 2), ("divide", 2), ("sqrt", 1), ("fma", 3)):
            for rounding, overflow in (
                ("ties_to_even", "infinity"),
                ("toward_negative", "infinity"),
                ("ties_to_even", "saturate"),
            ):
                if name == "binary32" or overflow == "infinity":
                    stored = rounding == "ties_to_even" and overflow == "infinity"
                    yield _suite(operation, (name,) * count, name, rounding, overflow, "edge", stored=stored)


def _options() -> Iterator[Published]:
    """Tininess before rounding, flushed subnormal numbers, and the NaN policies of the architectures."""
    for name in ("binary16", "binary32"):
        for operation, count in (("add", 2), ("multiply", 2), ("fma", 3)):
            for subnormals in ("flush_inputs", "flush_outputs", "flush"):
                yield _suite(
                    operation,
                    (name,) * count,
                    name,
                    "ties_to_even",
                    "infinity",
                    "edge",
                    stored=name == "binary16" or subnormals == "flush",
                    subnormals=subnormals,
                )
            for nan in ("x86", "arm"):
                stored = name == "binary16" or operation == "fma"
                yield _suite(operation, (name,) * count, name, "ties_to_even", "infinity", "edge", stored=stored, nan=nan)
    for operation, count in (("multiply", 2), ("divide", 2), ("fma", 3)):
        yield _suite(operation, ("binary16",) * count, "binary16", "ties_to_even", "infinity", "edge", tininess="before")
    yield _suite("sqrt", ("binary16",), "binary16", "ties_to_even", "infinity", "edge", nan="x86")
    yield _suite("divide", ("binary16", "binary16"), "binary16", "ties_to_even", "infinity", "edge", nan="arm")
