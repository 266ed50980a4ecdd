"""The suites that the project publishes: which configurations, in which tiers, and who else agreed with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..spec.formats import Unrepresentable
from ..version import SPECIFICATION, __version__
from .cells import CLASSES
from .file import Row, write
from .operations import Configuration
from .procedures import PROCEDURES
from .procedures.procedure import Applied, applied
from .publications import published
from .recipes import RECIPE, edge, exhaustive
from .remarks import remark
from .smoke import smoke
from .subjects import Subject

SUFFIX = ".rsv"


@dataclass(frozen=True)
class Suite:
    """What vectors are about, in a tier; ``stored``: whether its file is published whole, if it is short enough."""

    configuration: Subject
    tier: str
    stored: bool = True

    @property
    def path(self) -> str:
        """Where the file lies in the folder of vectors; also the suite's name."""
        return f"{self.configuration.path}.{self.tier}{SUFFIX}"

    def text(self) -> str:
        """The text of the vector file, made from the specification."""
        about = self.configuration
        if self.tier == "exhaustive":
            rows, classes = [Row(operands, about.results(operands)) for operands in exhaustive(about)], dict[int, str]()
        elif isinstance(about, Applied):
            rows, classes = procedure_rows(about)
        else:
            rows, classes = _rows(about, self.tier)
        generator = f"refsim {__version__} spec {SPECIFICATION} recipe {self.tier}/{RECIPE}"
        return write(about, self.tier, generator, classes, rows)


def _rows(c: Configuration, tier: str) -> tuple[list[Row], dict[int, str]]:
    """The vectors of an operation, and the classes by number."""
    chosen = edge(c) if tier == "edge" else smoke(c)
    names = sorted({name for name, _ in chosen}, key=CLASSES.index)
    rows = []
    for name, operands in chosen:
        results = c.results(operands)
        rows.append(Row(operands, results, CLASSES.index(name) + 1, remark(c, operands, results)))
    return rows, {CLASSES.index(name) + 1: name for name in names}


def procedure_rows(about: Applied) -> tuple[list[Row], dict[int, str]]:
    """The vectors of a procedure, each once and only where there is a result; the classes are numbered as they come."""
    parameters, explain = about.parameters, about.procedure.explain
    numbers: dict[str, int] = {}
    rows: dict[tuple[int, ...], Row] = {}
    for name, operands in about.procedure.candidates(parameters):
        if operands in rows:
            continue
        try:
            results = about.results(operands)
        except Unrepresentable:
            continue
        number = numbers.setdefault(name, len(numbers) + 1)
        rows[operands] = Row(operands, results, number, explain(parameters, operands, results))
    classes = {number: name for name, number in numbers.items()}
    return sorted(rows.values(), key=lambda row: row.row_class), classes


def suites() -> Iterator[Suite]:
    """Every published suite, each once."""
    found: dict[str, Suite] = {}
    for configuration, tier, stored in published():
        suite = Suite(configuration, tier, stored)
        found.setdefault(suite.path, suite)
    for procedure in PROCEDURES.values():
        for parameters in procedure.published:
            suite = Suite(applied(procedure, parameters), "edge")
            found.setdefault(suite.path, suite)
    yield from found.values()


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
