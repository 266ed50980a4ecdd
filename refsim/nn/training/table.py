"""The methods of training by name, each made of options as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import signature
from typing import Any

from .baseline import baseline
from .choices import loss_of, optimizer_of
from .low_precision import low_precision
from .methods import Method
from .projected import in_formats
from .quantized_table import QUANTIZED


def floating(optimizer: str = "sgd", loss: str = "softmax_cross_entropy", **options: Any) -> Method:
    """The baseline; further options are those of the optimizer."""
    return baseline(optimizer_of(optimizer, options), loss_of(loss))


METHODS: Mapping[str, Callable[..., Method]] = {
    "float": floating,
    "low_precision": low_precision,
    "projected": in_formats,
    **QUANTIZED,
}
"""The methods by name. Options are keyword arguments."""


def get_method(name: str, options: Mapping[str, Any]) -> Method:
    """The method of a name with these options, which are part of its name; ``ValueError`` for what there is not."""
    if name not in METHODS:
        raise ValueError(f"there is no method {name!r:.60} of training; there are {', '.join(METHODS)}")
    known = signature(METHODS[name]).parameters
    open_ended = any(one.kind is one.VAR_KEYWORD for one in known.values())
    if unknown := [key for key in options if key not in known and not open_ended]:
        raise ValueError(f"the method {name} has no option {unknown[0]!r:.60}; there are {', '.join(known)}")
    try:
        found = METHODS[name](**options)
    except (TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise ValueError(f"the method {name}: an option is of another type than is needed: {error}") from None
    return replace(found, name=f"{name}{json.dumps(dict(sorted(options.items())), default=str)}")
