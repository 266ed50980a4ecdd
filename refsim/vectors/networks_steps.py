"""The golden steps of learning in ``vectors/network``: which files there are, and what makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .networks_retraining import retraining_trace, text
from .networks_training import dynamic, training_text

STEPS: Mapping[str, Callable[[], str]] = {
    "training/dynamic_10_12.json": lambda: training_text(dynamic()),
    "retraining/levels3.json": lambda: text(retraining_trace(3, None, None)),
    "retraining/levels7_signals4.json": lambda: text(retraining_trace(7, "uq1.3", None)),
    "retraining/levels3_steps_found_anew.json": lambda: text(retraining_trace(3, "uq1.3", "optimal")),
}
"""By file, the text of a trace: three steps of dynamic fixed point with 10 and 12 bits, in which radices move; and one step of
retraining with 3 levels, with 7 and signals of four bits, and with 3 whose size is found anew."""
