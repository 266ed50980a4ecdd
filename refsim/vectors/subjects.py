"""What a vector file can be about: an operation in a configuration, or a procedure with its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from .catalogue_of_mutants import MUTANTS
from .mutants import Mutant
from .operations import Configuration
from .procedures import PROCEDURES
from .procedures.procedure import Applied

Subject = Configuration | Applied
"""Either has fields, results, clauses, an identity, and a path; what else there is to say of them is said of each."""


@lru_cache(maxsize=256)
def mutants_of(about: Subject) -> tuple[Mutant, ...]:
    """The mutants that apply."""
    known = about.procedure.mutants if isinstance(about, Applied) else MUTANTS
    return tuple(mutant for mutant in known if mutant.applies(about))


def every_mutant() -> Iterator[Mutant]:
    """All known mutants: those of operations, then those of procedures."""
    yield from MUTANTS
    for procedure in PROCEDURES.values():
        yield from procedure.mutants


def get_mutant(name: str) -> Mutant:
    """The mutant of a name; ``ValueError`` with near names for an unknown one."""
    known = {mutant.name: mutant for mutant in every_mutant()}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 3, 0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "'refsim vectors mutants' lists them"
    raise ValueError(f"unknown mutant {name!r}; {hint}")
