"""Claims of a paper, each decided by numbers with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .measured import Measured

HOLDS, FAILS, OPEN = "holds", "does not hold", "is open"


class Effect(NamedTuple):
    """A number that is above a bound if the claim is true: what it is, its unit, and the bound."""

    said: str
    found: Measured
    above: float = 0.0
    unit: str = "points"

    @property
    def verdict(self) -> str:
        """It holds where the whole interval lies above the bound, fails where none of it does, and is open otherwise."""
        return HOLDS if self.found.low > self.above else FAILS if self.found.high <= self.above else OPEN


@dataclass(frozen=True)
class Claim:
    """What a paper claims, and the effects that all have to be there. ``tried`` says what was tried where they are not."""

    name: str
    paper: str
    effects: Sequence[Effect]
    tried: str = ""

    @property
    def verdict(self) -> str:
        """It fails with any of its effects, and holds if there are some and all of them do."""
        found = {effect.verdict for effect in self.effects} or {OPEN}
        return next((one for one in (FAILS, OPEN) if one in found), HOLDS)
