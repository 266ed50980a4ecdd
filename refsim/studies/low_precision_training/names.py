"""What networks, kinds of numbers and arms are called on the page."""

from __future__ import annotations

from .arms import FLOAT, HALF, Arm
from .settings import CONVOLUTIONAL, MAXOUT

NETWORKS = {MAXOUT: "maxout network", CONVOLUTIONAL: "convolutional network"}
KINDS = {"float": "float", "half": "half", "fixed": "fixed point", "dynamic": "dynamic fixed point"}
COLOURS = {"fixed": 1, "dynamic": 0}


def called(arm: Arm) -> str:
    """An arm with the widths of what is computed and what is stored."""
    if arm in {FLOAT, HALF}:
        return {FLOAT: "float (binary32)", HALF: "half (binary16)"}[arm]
    return f"{KINDS[arm.kind]}, {arm.computation}/{arm.storage} bits"


def rate_name(overflows: str) -> str:
    """A rate of overflows in percent, in few digits."""
    top, _, bottom = overflows.partition("/")
    return f"{100 * int(top) / int(bottom or 1):g} %"
