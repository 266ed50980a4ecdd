"""Printing: the table as text and as records."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import Line, Measured
from peers import MISSING

NAME, LIBRARY = 46, 9
LIBRARIES = ("refsim", "numpy", "ml_dtypes", "gfloat", "apytypes", "verifloat")


def context(size: int, rounds: int) -> dict[str, str]:
    """What the figures depend on."""
    libraries = [f"no {name}" if name in MISSING else f"{name} {version(name)}" for name in LIBRARIES]
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": ", ".join([f"Python {platform.python_version()}", *libraries]),
        "arrays": f"{size} elements, {rounds} rounds",
    }


def processor() -> str:
    """The processor's name for itself, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def header() -> str:
    """The head of the table and what its columns mean."""
    return "\n".join(
        [
            "best, median: elements a second; ratio: refsim's rate over the peer's, the median of paired rounds",
            f"{'row':{NAME}} {'library':{LIBRARY}} {'best':>7} {'median':>7} {'ratio':>7}  goal",
        ]
    )


def text(measured: Measured) -> str:
    """A row of the table: a line for each library, refsim's with the time of its first call, which makes its tables."""
    first = f"first call {1000 * measured.first_call:.3g} ms"
    lines = [
        f"{measured.row.name if number == 0 else '':{NAME}} {_line(line, first if number == 0 else line.way.note)}".rstrip()
        for number, line in enumerate(measured.lines)
    ]
    return "\n".join([*lines, *(f"{'':{NAME}} {way.library:{LIBRARY}} not installed" for way in measured.missing)])


def _line(line: Line, note: str) -> str:
    ratio = "" if line.ratio is None else f"{line.ratio:.3g}"
    words = [promise(line), note]
    return (
        f"{line.way.library:{LIBRARY}} {quantity(line.best):>7} {quantity(line.median):>7} {ratio:>7}  "
        f"{'; '.join(filter(None, words))}"
    )


def promise(line: Line) -> str:
    """The goal and whether it was met."""
    goal = line.way.goal
    if goal is None or line.reached is None:
        return ""
    said = {
        "ratio": f">= {goal.bound:g}",
        "rate": f">= {quantity(goal.bound)} a second",
        "extra": f"< {goal.bound:g} s more, {line.reached:.2f} s",
    }[goal.kind]
    return f"{said}: {'met' if line.met else 'MISSED'}"


def quantity(x: float) -> str:
    """Three digits and the prefix of a thousand, a million or a thousand millions."""
    size, prefix = next(((size, prefix) for size, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if x >= size), (1, ""))
    return f"{x / size:.3g} {prefix}".strip()


def footer(done: Iterable[Measured]) -> str:
    """How many goals were met, and which were not."""
    goals = [(measured.row.name, line) for measured in done for line in measured.lines if line.met is not None]
    missed = [f"missed: {name}, {line.way.library}: {promise(line)}" for name, line in goals if not line.met]
    return "\n".join(["", f"{len(goals) - len(missed)} of {len(goals)} goals met", *missed])


def record(measured: Measured) -> dict[str, Any]:
    """A row for a machine to read."""
    return {
        "name": measured.row.name,
        "elements": measured.elements,
        "first_call_seconds": measured.first_call,
        "missing": [way.library for way in measured.missing],
        "lines": [
            {
                "library": line.way.library,
                "note": line.way.note,
                "best": line.best,
                "median": line.median,
                "ratio": line.ratio,
                "goal": line.way.goal._asdict() if line.way.goal else None,
                "reached": line.reached,
                "met": line.met,
            }
            for line in measured.lines
        ],
    }
