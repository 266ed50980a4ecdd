"""Optimizers and losses by name, with options as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from ..losses import LOSSES, LossFunction
from .optimizers import OPTIMIZERS, Optimizer


def optimizer_of(name: str, options: Mapping[str, Any]) -> Optimizer:
    """An optimizer by its name; ``ValueError`` for an unknown one and for options that it does not have."""
    if name not in OPTIMIZERS:
        raise ValueError(f"there is no optimizer {name!r:.60}; there are {', '.join(OPTIMIZERS)}")
    known = signature(OPTIMIZERS[name]).parameters
    if unknown := [key for key in options if key not in known]:
        raise ValueError(f"the optimizer {name} has no option {unknown[0]!r:.60}; there are {', '.join(known)}")
    for key, value in options.items():
        switch = isinstance(known[key].default, bool)
        if isinstance(value, bool) != switch or not isinstance(value, int | float):
            what = "true or false" if switch else "a number"
            raise ValueError(f"the option {key} of the optimizer {name} is {what}, not {value!r:.60}")
    return OPTIMIZERS[name](**options)


def loss_of(name: str) -> LossFunction:
    """A loss by its name; ``ValueError`` for an unknown one."""
    if name not in LOSSES:
        raise ValueError(f"there is no loss {name!r:.60}; there are {', '.join(LOSSES)}")
    return LOSSES[name]
