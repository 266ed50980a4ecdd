"""The verification row: a million vectors and a device's answers to them, read and compared."""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from records import Goal, Row, Way

from refsim import Array, Projection, engine
from refsim.vectors.devices import device
from refsim.vectors.file import Row as Vector
from refsim.vectors.file import read, write
from refsim.vectors.operations import Configuration
from refsim.vectors.verify import Report, verify

TO = Projection("binary10p4se", "ties_to_even", "infinity")
MOST = 1 << 20
"""Pairs of 10-bit codes."""


@dataclass(frozen=True)
class Files:
    """A vector file and the file of the answers to it."""

    vectors: Path
    answers: Path


def operands(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """That many different pairs of codes."""
    pair = np.arange(size)
    return pair >> TO.format.width, pair & (1 << TO.format.width) - 1


def files(x: NDArray[np.int64], y: NDArray[np.int64]) -> tuple[Files]:
    """Both files, in a folder that goes when the record goes.

    The results are the engine's: what is timed here is reading and comparing, and these are no golden vectors.
    """
    codes, flags = engine.multiply(Array(x, TO.format), Array(y, TO.format), TO, flags=True)
    results = list(zip(codes.codes.tolist(), flags.tolist(), strict=True))
    operands = zip(x.tolist(), y.tolist(), strict=True)
    vectors = [Vector(pair, result) for pair, result in zip(operands, results, strict=True)]
    configuration = Configuration("multiply", (TO.format, TO.format), TO)
    folder = Path(mkdtemp(prefix="refsim-benchmark-"))
    found = Files(folder / "vectors.rsv", folder / "answers.txt")
    weakref.finalize(found, shutil.rmtree, folder)
    found.vectors.write_text(write(configuration, "exhaustive", "benchmark", {}, vectors), "ascii")
    found.answers.write_text("".join(f"{code:03x} {raised:02x}\n" for code, raised in results), "ascii")
    return (found,)


def verified(found: Files) -> Report:
    """What ``refsim verify`` does with a device's file of answers; ``RuntimeError`` where they do not all conform."""
    report = verify(read(found.vectors), device(f"file:{found.answers}", 0), "answers", flags=True, nan="exact", keep=1)
    if report.exit_code:
        raise RuntimeError(f"{report.verdict}: {report.checked} of {report.expected} checked, {report.failed} failed")
    return report


def verification(goal: Goal) -> Row:
    """Vectors read and checked against the answers of a device."""
    work: Any = Way("refsim", files, verified, goal=goal)
    return Row("verify", operands, work, (), MOST)
