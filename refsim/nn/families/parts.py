"""What the families are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..layers.kind import Shape
from ..networks import Layer

Part = tuple[str, str, Mapping[str, Any]]
"""A layer's name, kind and options."""


def chain(source: str, parts: Iterable[Part]) -> list[Layer]:
    """Layers of which each takes the result of the one before, the first that of ``source``."""
    layers: list[Layer] = []
    for name, kind, options in parts:
        layers.append(Layer(name, kind, (layers[-1].name if layers else source,), options))
    return layers


def sample_shape(family: str, given: Sequence[int], axes: int | None = None) -> Shape:
    """The shape of a sample; ``ValueError`` for what is none, or does not have so many axes."""
    whole = [n for n in given if isinstance(n, int) and not isinstance(n, bool) and n > 0]
    if not given or len(whole) != len(given) or len(given) != (axes or len(given)):
        raise ValueError(f"{family} takes an input of {axes or 'some'} axes of whole lengths, not {list(given)!r:.60}")
    return tuple(given)


def conv(name: str, kernels: int, size: int, stride: int = 1, *, padding: int | None = None, bias: bool = True) -> Part:
    """A convolution by square kernels; without a padding the one under which stride 1 keeps rows and columns."""
    around = size // 2 if padding is None else padding
    options = {"kernels": kernels, "kernel": [size, size], "stride": [stride, stride], "padding": [around] * 4}
    return name, "conv2d", options if bias else {**options, "bias": False}


def normalized(name: str, kernels: int, size: int, activation: str, stride: int = 1, *, bias: bool = False) -> list[Part]:
    """A convolution, a batch normalization and an activation. The bias is left out, since the normalization has a shift."""
    return [conv(name, kernels, size, stride, bias=bias), (f"{name}_norm", "batch_norm", {}), (f"{name}_act", activation, {})]


def halved(name: str, kind: str) -> Part:
    """Pooling of two rows and two columns each."""
    return name, kind, {"kernel": [2, 2], "stride": [2, 2]}
