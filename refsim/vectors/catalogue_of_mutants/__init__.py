"""The catalogue of mutants. The names are what a diagnosis prints."""

from __future__ import annotations

from difflib import get_close_matches

from ..mutants import Mutant
from .codes import CODES
from .comparisons import COMPARISONS
from .extrema import EXTREMA
from .functions import FUNCTIONS
from .fused import FUSED
from .integers import INTEGERS
from .policies import POLICIES_AND_FLUSHES
from .projections import PROJECTIONS
from .quotients import QUOTIENTS
from .readings import READINGS

MUTANTS: tuple[Mutant, ...] = (
    *PROJECTIONS,
    *READINGS,
    *QUOTIENTS,
    *FUNCTIONS,
    *FUSED,
    *INTEGERS,
    *EXTREMA,
    *COMPARISONS,
    *CODES,
    *POLICIES_AND_FLUSHES,
)
"""Every known mutant."""


def get_mutant(name: str) -> Mutant:
    """The mutant of a name; ``ValueError`` with near names for an unknown one."""
    for mutant in MUTANTS:
        if mutant.name == name:
            return mutant
    near = get_close_matches(name, [mutant.name for mutant in MUTANTS], 3, 0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "'refsim vectors mutants' lists them"
    raise ValueError(f"unknown mutant {name!r}; {hint}")
