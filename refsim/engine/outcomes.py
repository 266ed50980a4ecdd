"""What the specification makes of the cases that all elements of an array share, asked once a projection."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Exact
from ..spec.formats import Unrepresentable
from ..spec.nans import POLICIES, canonical
from ..spec.projection import Projection
from ..spec.rounding import Gap


@dataclass(frozen=True)
class Outcomes:
    """What the specification makes of the data outside a format's range: a code, or ``None`` where it refuses or where the
    answer depends on more than the datum."""

    nan: int | None
    infinite: tuple[int | None, int | None]
    past_end: tuple[int | None, int | None]
    near_zero: int | None
    truth: NDArray[np.bool_]
    """Whether the magnitude goes up, by the quarter of the gap, the parity and the sign; empty for stochastic rules."""


@lru_cache(maxsize=1024)
def outcomes(to: Projection) -> Outcomes:
    """The codes of the special cases, asked of the specification once."""
    draw = 0 if to.rounding.bits else None

    def code(x: Exact) -> int | None:
        try:
            return to(x, draw).code
        except Unrepresentable:
            return None

    def past(negative: bool) -> int | None:
        # Past the end and not tiny: of an unsigned format all negative numbers are past the end.
        beyond = to.format.grid.magnitude(max(to.overflow.limit(to.format, negative), to.format.least_normal or 0) + 2)
        return code(-beyond if negative else beyond)

    places = [Fraction(quarter, 4) for quarter in range(4)]
    up = [to.rounding.goes_up(Gap(t, odd, negative)) for negative in (0, 1) for odd in (0, 1) for t in places]
    return Outcomes(
        code(NAN) if POLICIES[to.nan] is canonical else None,
        (code(POSITIVE_INFINITY), code(NEGATIVE_INFINITY)),
        (past(False), past(True)),
        code(Fraction(0)) if to.format.first else 0,
        np.array([] if to.rounding.bits else up, dtype=bool),
    )
