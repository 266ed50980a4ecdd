"""Diagnosis: which known bug gives a device's wrong answers, and its right ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .file import Vectors
from .mutants import Mutant
from .subjects import mutants_of

SAMPLE = 400
"""How many wrong answers, and how many right ones, a mutant is held against: evenly spaced ones where there are more."""


@dataclass(frozen=True)
class Suspect:
    """A mutant with the wrong answers that it reproduces and the right answers that it would have got wrong."""

    mutant: Mutant
    reproduced: int
    contradicted: int


@dataclass(frozen=True)
class Diagnosis:
    """The mutants that explain the wrong answers, the best first.

    ``explained``: those that reproduce every wrong answer that was looked at and contradict no right one. ``partial``: the
    best others that reproduce some.
    """

    wrong: int
    right: int
    explained: tuple[Suspect, ...]
    partial: tuple[Suspect, ...]


Same = Callable[[tuple[int, ...], tuple[int, ...]], bool]
"""Whether two answers are the same one, under the policy for NaNs that the verification had."""


def diagnose(
    vectors: Vectors, answers: tuple[NDArray[Any], ...], wrong: NDArray[np.intp], checked: int, same: Same
) -> Diagnosis:
    """Hold every mutant that applies against the device's wrong answers and the right ones among the first ``checked``."""
    wanted = len(answers)
    right = np.setdiff1d(np.arange(checked), wrong, assume_unique=True)
    wrong_rows, right_rows = _spaced(wrong), _spaced(right)
    suspects = []
    for mutant in mutants_of(vectors.configuration):

        def gives(row: int, mutant: Mutant = mutant) -> bool:
            found = mutant.results(vectors.configuration, vectors.row(row)[0])
            return found is not None and same(found[:wanted], tuple(int(column[row]) for column in answers))

        reproduced = sum(gives(row) for row in wrong_rows)
        if reproduced:
            suspects.append(Suspect(mutant, reproduced, sum(not gives(row) for row in right_rows)))
    suspects.sort(key=lambda s: (s.contradicted - s.reproduced, s.contradicted))
    explained = tuple(s for s in suspects if s.reproduced == len(wrong_rows) and not s.contradicted)
    partial = tuple(s for s in suspects if s not in explained)[:3]
    return Diagnosis(len(wrong_rows), len(right_rows), explained, partial)


def _spaced(rows: NDArray[np.intp]) -> list[int]:
    if len(rows) <= SAMPLE:
        return [int(row) for row in rows]
    return [int(rows[i]) for i in np.linspace(0, len(rows) - 1, SAMPLE).astype(np.intp)]
