"""The fast evaluator of faulty networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..engine.networks import run
from ..spec.networks import Network
from .changes import Changed, Changes, check_changes, run_plainly


class Evaluator:
    """Simple and right; made fast next."""

    def __init__(self, network: Network, tensors: Mapping[str, Array], x: Array, limit: int = 1 << 30) -> None:
        self.network, self.tensors, self.x, self.limit = network, dict(tensors), x, limit
        self.clean = run(network, tensors, x)

    def run(self, changes: Changes, samples: NDArray[Any] | None = None) -> Changed:
        """The outputs that differ."""
        check_changes(self.network, len(self.x), changes)
        found = run_plainly(self.network, self.tensors, self.x, changes)
        differ = (found.codes != self.clean.codes).reshape(len(self.x), -1).any(axis=1)
        if samples is not None:
            differ &= np.isin(np.arange(len(self.x)), samples)
        places = np.flatnonzero(differ)
        return Changed(places, found[places])

    def run_many(self, changes: Sequence[Changes], samples: NDArray[Any] | None = None) -> list[Changed]:
        """The same for several."""
        return [self.run(one, samples) for one in changes]

    def digest(self) -> str:
        """The SHA-256 of the codes of the clean output."""
        return sha256(self.clean.codes.tobytes()).hexdigest()
