"""Verification: a device's answers beside what the specification says, counted, classed and explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN, Special
from .devices import Answers, Device, DeviceFailed
from .diagnosis import Diagnosis, Same, diagnose
from .fields import Field
from .file import Vectors
from .subjects import Subject

CONFORMS, DIFFERS, MISUSE, INCOMPLETE, DAMAGED, DEVICE_FAILED = range(6)
"""The exit codes of verification."""
NAN_POLICIES = ("exact", "any")
"""Whether a NaN must be the canonical code, or may be any code that names a NaN."""


@dataclass(frozen=True)
class Failure:
    """A wrong answer: the row, what it was asked, what was expected and what came."""

    row: int
    line: int | None
    id: str
    class_name: str
    operands: tuple[int, ...]
    expected: tuple[int, ...]
    got: tuple[int, ...]


@dataclass(frozen=True)
class ClassCount:
    """How many vectors of a class were checked, and how many failed."""

    name: str
    checked: int
    failed: int


@dataclass(frozen=True)
class Report:
    """What a verification found. ``trouble`` says what kept vectors from being checked, if anything did."""

    vectors: Vectors
    device: str
    flags: bool
    nan: str
    expected: int
    answered: int
    checked: int
    failed: int
    classes: tuple[ClassCount, ...] = ()
    failures: tuple[Failure, ...] = ()
    diagnosis: Diagnosis | None = None
    trouble: str = ""
    crashed: bool = False
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 differs, 3 incomplete or nothing checked, 5 the device crashed; a difference outweighs the others."""
        if self.failed:
            return DIFFERS
        if self.crashed:
            return DEVICE_FAILED
        if self.trouble or not self.checked or self.answered != self.expected:
            return INCOMPLETE
        return CONFORMS

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        return {CONFORMS: "conforms", DIFFERS: "differs", INCOMPLETE: "incomplete", DEVICE_FAILED: "device failed"}[
            self.exit_code
        ]


def verify(vectors: Vectors, device: Device, name: str, *, flags: bool, nan: str, keep: int) -> Report:
    """Ask the device all vectors and compare; with ``flags`` the status flags too. The first ``keep`` failures are kept.

    A decoded datum is compared in all its fields. ``DeviceMisused`` where the device cannot be asked.
    """
    wanted = vectors.configuration.compared(flags=flags)
    expected = len(vectors)
    try:
        answers = device(vectors, wanted)
    except DeviceFailed as error:
        return Report(vectors, name, flags, nan, expected, 0, 0, 0, trouble=str(error), crashed=True)
    answered = len(answers)
    checked = min(answered, expected)
    trouble = answers.trouble or ("" if answered == expected else f"{expected} vectors, but {answered} answers")
    wrong = np.flatnonzero(_differs(vectors, answers, checked, nan))
    failures = tuple(_failure(vectors, answers, int(i), wanted) for i in wrong[:keep])
    diagnosis = diagnose(vectors, answers.columns, wrong, checked, _same(vectors.configuration, nan)) if len(wrong) else None
    counts = tuple(_class_counts(vectors, wrong, checked))
    return Report(
        vectors, name, flags, nan, expected, answered, checked, len(wrong), counts, failures, diagnosis, trouble, rows=wrong
    )


def _differs(vectors: Vectors, answers: Answers, checked: int, nan: str) -> NDArray[np.bool_]:
    """Which answers are wrong, whatever wrong means under the policy for NaNs."""
    wrong = np.zeros(checked, bool)
    for about, expected, got in zip(vectors.configuration.result_fields, vectors.results, answers.columns, strict=False):
        mine, theirs = expected[:checked], got[:checked]
        if "O" in {mine.dtype.kind, theirs.dtype.kind}:
            unequal = np.array([int(a) != int(b) for a, b in zip(mine, theirs, strict=True)], bool)
        else:
            unequal = (theirs.astype(np.uint64) != mine) | (theirs < 0)
        if nan == "any":
            unequal &= ~(_is_nan(mine, about) & _is_nan(theirs, about))
        wrong |= unequal
    return wrong


def _same(about: Subject, nan: str) -> Same:
    """The comparison of two answers that ``_differs`` makes of columns."""

    def same(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        return a == b or (nan == "any" and all(map(alike, about.result_fields, a, b)))

    def alike(field: Field, a: int, b: int) -> bool:
        return a == b or bool(_is_nan(np.array([a, b], object), field).all())

    return same


def _is_nan(codes: NDArray[Any], field: Field) -> NDArray[np.bool_]:
    """Which of a device's answers are codes of NaNs; what is no code is none."""
    found = np.zeros(len(codes), bool)
    for first, last, datum in field.format.specials if field.format else ():
        if datum in (NAN, Special.SIGNALING_NAN):
            found |= np.array((codes >= first) & (codes <= last), bool)
    return found


def _class_name(vectors: Vectors, row: int) -> str:
    return vectors.classes.get(int(vectors.row_classes[row]), "unclassified")


def _class_counts(vectors: Vectors, wrong: NDArray[np.intp], checked: int) -> Iterator[ClassCount]:
    numbers, counts = np.unique(vectors.row_classes[:checked], return_counts=True)
    failed = np.bincount(vectors.row_classes[wrong], minlength=int(numbers.max(initial=0)) + 1)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        yield ClassCount(vectors.classes.get(number, "unclassified"), count, int(failed[number]))


def _failure(vectors: Vectors, answers: Answers, row: int, wanted: int) -> Failure:
    operands, expected = vectors.row(row)
    name = vectors.ids[row]
    got = tuple(int(column[row]) for column in answers.columns)
    line = int(vectors.lines[row]) if vectors.lines is not None else None
    text = name.decode() if isinstance(name, bytes) else str(name)
    return Failure(row, line, text, _class_name(vectors, row), operands, expected[:wanted], got)
