"""The procedures of which there are golden vectors, by name."""

from __future__ import annotations

from difflib import get_close_matches

from .procedure import Procedure
from .requantize import REQUANTIZE

_ALL: tuple[Procedure, ...] = (REQUANTIZE,)
PROCEDURES: dict[str, Procedure] = {procedure.name: procedure for procedure in _ALL}


def get_procedure(name: str) -> Procedure:
    """The procedure of a name; ``ValueError`` with near names for an unknown one."""
    if name in PROCEDURES:
        return PROCEDURES[name]
    near = get_close_matches(name, PROCEDURES, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the procedures are {', '.join(PROCEDURES)}"
    raise ValueError(f"unknown procedure {name!r}; {hint}")
