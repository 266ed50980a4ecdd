"""The catalogue of mutants. The names are what a diagnosis prints."""

from __future__ import annotations

from ..mutants import Mutant
from .codes import CODES
from .comparisons import COMPARISONS
from .extrema import EXTREMA
from .fixed import FIXED
from .functions import FUNCTIONS
from .fused import FUSED
from .integers import INTEGERS
from .logarithms import LOGARITHMS
from .policies import POLICIES_AND_FLUSHES
from .posits import POSITS
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
    *POSITS,
    *FIXED,
    *LOGARITHMS,
)
"""Every known mutant."""
