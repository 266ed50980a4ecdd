"""The suites that the project publishes: which configurations, in which tiers, and who else agreed with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..spec.catalogue import CATALOGUE, get_format, p3109_formats
from ..spec.projection import Projection
from ..version import SPECIFICATION, __version__
from .cells import CLASSES
from .file import Row, write
from .operations import DECODE, Configuration
from .recipes import RECIPE, edge, exhaustive
from .remarks import remark
from .smoke import smoke

SUFFIX = ".rsv"


@dataclass(frozen=True)
class Suite:
    """A configuration in a tier."""

    configuration: Configuration
    tier: str

    @property
    def path(self) -> str:
        """Where the file lies in the folder of vectors; also the suite's name."""
        c = self.configuration
        formats = "-".join(format.name for format in c.operands)
        if c.to is None:
            return f"{c.operation}/{formats}.{self.tier}{SUFFIX}"
        result = "" if all(format is c.to.format for format in c.operands) else f"-to-{c.to.format}"
        modes = f"{c.to.rounding.name.replace(':', '-')}.{c.to.overflow}"
        formats = formats if result else c.to.format.name
        return f"{c.operation}/{formats}{result}/{modes}.{self.tier}{SUFFIX}"

    def text(self) -> str:
        """The text of the vector file, made from the specification."""
        c = self.configuration
        if self.tier == "exhaustive":
            rows, classes = [Row(operands, c.results(operands)) for operands in exhaustive(c)], {}
        else:
            chosen = edge(c) if self.tier == "edge" else smoke(c)
            names = sorted({name for name, _ in chosen}, key=CLASSES.index)
            classes = {CLASSES.index(name) + 1: name for name in names}
            rows = []
            for name, operands in chosen:
                results = c.results(operands)
                rows.append(Row(operands, results, CLASSES.index(name) + 1, remark(c, operands, results)))
        generator = f"refsim {__version__} spec {SPECIFICATION} recipe {self.tier}/{RECIPE}"
        return write(c, self.tier, generator, classes, rows)


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


def suites() -> Iterator[Suite]:
    """Every published suite."""
    yield from _decode_tables()
    yield from _conversions()
    yield from _quantizations()
    yield from _operations()


def _decode_tables() -> Iterator[Suite]:
    named = [entry.format for entry in CATALOGUE if entry.format.width <= 16]
    for format in (*named, *map(get_format, ("int8", "uint8", "q2.5", "uq3.5")), *p3109_formats()):
        yield Suite(Configuration(DECODE, (format,), None), "exhaustive")


def _suite(operation: str, operands: tuple[str, ...], result: str, rounding: str, overflow: str, tier: str) -> Suite:
    formats = tuple(map(get_format, operands))
    return Suite(Configuration(operation, formats, Projection(result, rounding, overflow)), tier)


def _has_nan(name: str) -> bool:
    return name not in NARROWER


def _conversions() -> Iterator[Suite]:
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


def _quantizations() -> Iterator[Suite]:
    for name, rounding, overflow in FIXED:
        yield _suite("convert", ("binary32",), name, rounding, overflow, "edge")


def _operations() -> Iterator[Suite]:
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
    for name in EVERY_RULE:
        yield _suite("subtract", (name, name), name, "ties_to_even", "infinity", "edge")


def matching(patterns: tuple[str, ...]) -> list[Suite]:
    """The published suites whose names match any pattern, with or without the suffix; ``ValueError`` for a pattern that
    matches none."""
    found: dict[str, Suite] = {}
    published = {suite.path: suite for suite in suites()}
    for pattern in patterns:
        hits = {p: s for p, s in published.items() if fnmatchcase(p, pattern) or fnmatchcase(p.removesuffix(SUFFIX), pattern)}
        if not hits:
            raise ValueError(f"no suite is named {pattern!r}; 'refsim vectors list' lists them")
        found |= hits
    return [suite for path, suite in published.items() if path in found]
