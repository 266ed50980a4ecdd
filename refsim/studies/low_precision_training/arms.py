"""The arms of the study: how numbers are held in a training, and the sweeps that arms belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

RADIX, OVERFLOWS, WIDE = 5, "1/10000", 20
"""The published radix and greatest rate of overflows, and a width that costs nothing: what a sweep holds fixed."""


class Arm(NamedTuple):
    """How numbers are held: the kind; the bits of what is computed and of what is stored, both with the sign; the radix of
    fixed point, or from which dynamic fixed point starts; and the greatest rate of overflows that the latter puts up with."""

    kind: str
    computation: int
    storage: int
    radix: int = RADIX
    overflows: str = OVERFLOWS

    @property
    def path(self) -> str:
        """The arm as a part of the name of a job."""
        rest = "" if self.radix == RADIX else f"-radix{self.radix}"
        rest += "" if self.overflows == OVERFLOWS else f"-overflows-{self.overflows.replace('/', '-')}"
        return f"{self.kind}-{self.computation}-{self.storage}{rest}"


FLOAT, HALF = Arm("float", 32, 32), Arm("half", 16, 16)
FIXED, DYNAMIC, SAME = Arm("fixed", 20, 20), Arm("dynamic", 10, 12), Arm("fixed", 10, 12)
FORMATS = (FLOAT, HALF, FIXED, DYNAMIC, SAME)
"""The published formats, and fixed point as narrow as dynamic fixed point."""
KINDS = ("fixed", "dynamic")


class Sweeps(NamedTuple):
    """What is swept: widths of what is computed and of what is stored, the one while the other is wide; radices of fixed point
    and its widths; rates of overflows of dynamic fixed point and widths of what is computed."""

    computation: Sequence[int] = ()
    storage: Sequence[int] = ()
    radices: Sequence[int] = ()
    radix_widths: Sequence[int] = ()
    overflows: Sequence[str] = ()
    overflow_widths: Sequence[int] = ()

    def computation_arms(self, kind: str) -> list[Arm]:
        """The arms of the sweep of what is computed."""
        return [Arm(kind, width, WIDE) for width in self.computation]

    def storage_arms(self, kind: str) -> list[Arm]:
        """The arms of the sweep of what is stored."""
        return [Arm(kind, WIDE, width) for width in self.storage]

    def radix_arms(self, width: int) -> list[Arm]:
        """The arms of the sweep of radices, both widths the same."""
        return [Arm("fixed", width, width, radix) for radix in self.radices]

    def overflow_arms(self, width: int) -> list[Arm]:
        """The arms of the sweep of rates of overflows."""
        return [Arm("dynamic", width, WIDE, overflows=rate) for rate in self.overflows]

    def arms(self) -> list[Arm]:
        """All arms, those of the published formats first, each once."""
        found = [*FORMATS]
        for kind in KINDS:
            found += [*self.computation_arms(kind), *self.storage_arms(kind)]
        found += [arm for width in self.radix_widths for arm in self.radix_arms(width)]
        found += [arm for width in self.overflow_widths for arm in self.overflow_arms(width)]
        return list(dict.fromkeys(found))
