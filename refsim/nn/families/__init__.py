"""Families of networks: each a function from sizes to a network in floating point. Results are logits: no softmax is last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from ..networks import Network
from .convolutional import lenet, vgg
from .perceptrons import maxout_mlp, mlp
from .skipping import densenet, resnet, unet

FAMILIES: Mapping[str, Callable[..., Network]] = {
    "mlp": mlp,
    "maxout_mlp": maxout_mlp,
    "lenet": lenet,
    "vgg": vgg,
    "resnet": resnet,
    "densenet": densenet,
    "unet": unet,
}
"""The families by name. All sizes have defaults, with which a network runs in seconds."""


MOST_SIZES, LARGEST_SIZE = 64, 1 << 20
"""What an option of a family may have."""


def build(family: str, options: Mapping[str, Any]) -> Network:
    """The network of a family with these options.

    ``ValueError`` for an unknown family or option, and for a value that means nothing.
    """
    if family not in FAMILIES:
        raise ValueError(f"there is no family {family!r:.60}; there are {', '.join(FAMILIES)}")
    known = signature(FAMILIES[family]).parameters
    if unknown := [name for name in options if name not in known]:
        raise ValueError(f"{family} has no option {unknown[0]!r:.60}; there are {', '.join(known)}")
    for name, value in options.items():
        sizes = value if isinstance(value, list | tuple) else [value]
        if len(sizes) > MOST_SIZES or any(isinstance(size, int) and abs(size) > LARGEST_SIZE for size in sizes):
            raise ValueError(f"{family}: {name} has at most {MOST_SIZES} sizes of at most {LARGEST_SIZE}, not {value!r:.60}")
    try:
        return FAMILIES[family](**options)
    except (TypeError, AttributeError, LookupError) as error:
        raise ValueError(f"{family}: an option is of another type than {signature(FAMILIES[family])} says: {error}") from None
