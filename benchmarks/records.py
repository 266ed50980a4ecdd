"""What a row of the table is: its data, how refsim does the work, how the peers do it, and what was promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Claim(Enum):
    """How a peer's function compares with refsim's in the row."""

    SAME = "the same function"
    IN_RANGE = "the same function, but a number past the end becomes infinite or NaN, not the last one"
    ANY_ZERO = "the same function, but of two zeros of unequal signs it may choose either"
    OTHER = "another function, as its note says"


class Goal(NamedTuple):
    """What was promised: a least ratio of rates, a least rate of refsim, or a most of seconds over the peer."""

    kind: str
    bound: float


@dataclass(frozen=True)
class Way:
    """How one library does the work of a row.

    ``prepare`` makes its operands of the row's data and is not timed, ``work`` is timed, ``numbers`` gives the numbers that
    its result stands for.
    """

    library: str
    prepare: Callable[..., tuple[Any, ...]]
    work: Callable[..., Any]
    numbers: Callable[[Any], NDArray[np.float64]] | None = None
    claim: Claim = Claim.SAME
    note: str = ""
    goal: Goal | None = None


@dataclass(frozen=True)
class Row:
    """One kind of work: ``data`` gives as many elements of it as it is asked for, never asked for more than ``most``."""

    name: str
    data: Callable[[int], tuple[Any, ...]]
    refsim: Way
    peers: tuple[Way, ...] = ()
    most: int = 1 << 30
