"""Training with numbers of few bits, forward and backward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...nn.training.loop import Diverged
from ..running.jobs import Inputs, Outcome
from ..training import trained
from .networks import network_of
from .settings import METHODS


def learn(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Train a network by a method; the accuracy after every epoch, ``None`` for all of them where training diverges."""
    data = inputs.data
    method, given = METHODS[options["method"]]
    accuracies: list[float] | None = None
    said = ""
    try:
        done = trained(network_of(options["network"], data), data, (method, given), options["plan"], options["seed"])
        accuracies = [100 * epoch.accuracy for epoch in done.history]
    except Diverged as error:
        said = str(error)
    return Outcome(
        [
            {
                "what": "learning",
                "network": options["network"],
                "seed": options["seed"],
                "method": options["method"],
                "accuracies": accuracies,
                "said": said,
                "images": len(data.test_t),
            }
        ]
    )
