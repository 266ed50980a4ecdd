"""Layers on arrays: the rules of ``refsim.spec.layers``, for many samples at once.

Every array has the samples along its first axis; parameters have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..spec import layers as spec
from ..spec.formats import Number
from .apply import apply
from .array import Array
from .convolutions import conv2d as convolve
from .datapaths import NO_PORTS, Ports, Progress, matmul

Parameters = Mapping[str, Array]
Compute = Callable[..., Array]
"""Called with the rule, the inputs, the parameters, and by name the ports of elements and what is told of progress."""


def scales_of(parameters: Parameters) -> list[Array]:
    """The scales of an output stage, in order."""
    return [parameters[role] for role in spec.SCALES if role in parameters]


def dense(
    rule: spec.Dense, xs: Sequence[Array], parameters: Parameters, ports: Ports = NO_PORTS, progress: Progress | None = None
) -> Array:
    """Dot products of the last axis and the rows of the weights. Ports are by sample and output, over all rows of samples."""
    x, weights = xs[0], parameters["weights"]
    rows = Array(x.codes.reshape(-1, x.shape[-1]), x.format)
    columns = Array(weights.codes.T, weights.format)
    found = matmul(rows, columns, rule.path, parameters.get("bias"), scales_of(parameters), ports, progress=progress)
    assert isinstance(found, Array), "no flags were asked for"
    return Array(found.codes.reshape(*x.shape[:-1], weights.shape[0]), found.format)


def conv2d(
    rule: spec.Conv2d, xs: Sequence[Array], parameters: Parameters, ports: Ports = NO_PORTS, progress: Progress | None = None
) -> Array:
    """Convolutions of all samples. Ports are by sample, kernel, row and column."""
    found = convolve(
        xs[0],
        parameters["weights"],
        rule.path,
        rule.window,
        Number(rule.pad, xs[0].format),
        parameters.get("bias"),
        scales_of(parameters),
        ports,
        progress=progress,
    )
    assert isinstance(found, Array), "no flags were asked for"
    return found


def elementwise(rule: spec.Elementwise, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The operation on all elements."""
    axes = xs[0].codes.ndim - 1
    inputs = iter(xs)
    operands = [by_channel(parameters[role], axes) if role in parameters else next(inputs) for role in rule.known().roles]
    found: Any = apply(rule.operation, tuple(operands), rule.to)
    assert isinstance(found, Array), "operations of other kinds are no layers"
    return found


def by_channel(parameter: Array, axes: int) -> Array:
    """A parameter in a shape that is broadcast to samples of so many axes, with an element for each channel."""
    if parameter.codes.size == 1:
        return Array(parameter.codes.reshape(()), parameter.format)
    return Array(parameter.codes.reshape(-1, *(1,) * (axes - 1)), parameter.format)


def empty(shape: tuple[int, ...], like: Array) -> Array:
    """Codes of zero in the shape."""
    return Array(np.zeros(shape, like.codes.dtype), like.format)


WITH_PORTS: Mapping[type, Compute] = {spec.Dense: dense, spec.Conv2d: conv2d}
"""The rules with accumulators: they take ports and tell of progress."""
RULES: Mapping[type, Compute] = {spec.Elementwise: elementwise}
"""The others."""
