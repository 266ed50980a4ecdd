"""What a kind of layer in floating point is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Floats = NDArray[Any]
"""An array of binary32 or binary64; the layers compute in the type that they are given."""
Parameters = Mapping[str, Floats]
"""The parameters of a layer by role, or those of a network by ``layer.role``."""
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Mode:
    """Whether a pass belongs to training, and then where dropout gets its random numbers."""

    training: bool = False
    random: np.random.Generator | None = None


INFERENCE = Mode()


class Forward(NamedTuple):
    """The result of a layer, what its backward pass needs, and new values of parameters that training does not learn."""

    y: Floats
    cache: Any
    moved: Parameters = MappingProxyType({})


class Backward(NamedTuple):
    """The gradients of the inputs, in order, and of the learned parameters by role."""

    inputs: Sequence[Floats]
    parameters: Parameters


@dataclass(frozen=True)
class Kind:
    """A kind of layer.

    ``options`` are all options with their defaults, ``None`` for one that must be given. ``shape`` gives the shape of a
    sample's result; ``parameters`` the shapes of the parameters by role, those learned by training first; ``fixed`` the roles
    that training does not learn (running statistics). ``initial`` draws their first values. ``forward`` takes inputs with the
    samples along the first axis; ``backward`` takes the gradient of the result and the cache. Shapes are of one sample.
    ``ValueError`` for options and shapes that do not fit.
    """

    name: str
    options: Options
    shape: Callable[[Options, Sequence[Shape]], Shape]
    forward: Callable[[Options, Sequence[Floats], Parameters, Mode], Forward]
    backward: Callable[[Options, Floats, Any], Backward]
    parameters: Callable[[Options, Sequence[Shape]], Mapping[str, Shape]] = lambda options, shapes: {}  # noqa: ARG005 none
    initial: Callable[[Options, Mapping[str, Shape], np.random.Generator], Parameters] = lambda options, shapes, random: {}  # noqa: ARG005
    fixed: tuple[str, ...] = ()
