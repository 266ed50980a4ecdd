"""The suites that the project publishes: which configurations, in which tiers, and who else agreed with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..version import SPECIFICATION, __version__
from .cells import CLASSES
from .file import Row, write
from .operations import Configuration, options
from .publications import published
from .recipes import RECIPE, edge, exhaustive
from .remarks import remark
from .smoke import smoke

SUFFIX = ".rsv"


@dataclass(frozen=True)
class Suite:
    """A configuration in a tier; ``stored``: whether its file is published whole, if it is short enough."""

    configuration: Configuration
    tier: str
    stored: bool = True

    @property
    def path(self) -> str:
        """Where the file lies in the folder of vectors; also the suite's name."""
        c = self.configuration
        names = [format.name for format in c.operands]
        same = len(set(names)) == 1
        if c.described is not None and not c.roles_named:
            names = [*dict.fromkeys(names), str(len(names) // 2)]
        elif same and (c.to is None or c.to.format.name == names[0]):
            names = names[:1]
        formats = "-".join(names)
        if c.to is None:
            return f"{c.operation}/{formats}.{self.tier}{SUFFIX}"
        result = "" if same and c.to.format == c.operands[0] else f"-to-{c.to.format}"
        said = [c.to.rounding.name.replace(":", "-"), c.to.overflow.name]
        said += ["before"] if c.to.tininess == "before" else []
        modes = ".".join([*said, *options(c.to).values()])
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


def suites() -> Iterator[Suite]:
    """Every published suite, each once."""
    found: dict[str, Suite] = {}
    for configuration, tier, stored in published():
        suite = Suite(configuration, tier, stored)
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
