"""Layers of which a part is computed: some channels of the result, from what these depend on.

The channels of a result are its elements along the first axis behind the samples. Two facts make a part the same codes as that
part of the whole, for every rule named here:

* A channel of a dense layer, a convolution or a transposed one takes all inputs, but of the parameters only its own kernel, or
  row, and its own elements of bias and scales.
* A channel of a rule that works on each channel by itself takes that channel of the inputs, and of the parameters its own
  element, or the one for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine_functions, affine_layers, affine_pools, layers, pooling, range_guards, transposed
from ..spec.formats import Format
from ..spec.layers import Rule
from ..spec.tensors import TensorType
from .array import Array
from .datapaths import NO_PORTS, Ports
from .networks import RULES, WITH_PORTS

Channels = NDArray[np.int64]
Parameters = Mapping[str, Array]
BY_CHANNEL = (
    layers.Elementwise,
    pooling.MaxPool,
    pooling.AveragePool,
    affine_layers.QuantizeLinear,
    affine_layers.DequantizeLinear,
    affine_layers.Centre,
    affine_layers.Requantize,
    affine_functions.AffineFunction,
    affine_pools.AffineAveragePool,
    range_guards.RangeGuard,
)
"""The rules that may work on each channel by itself."""
OF_ONE = (
    layers.Elementwise,
    affine_layers.QuantizeLinear,
    affine_layers.DequantizeLinear,
    affine_layers.Centre,
    affine_layers.Requantize,
    affine_functions.AffineFunction,
    range_guards.RangeGuard,
)
"""The rules that may make each code of the result of one code of an input."""
NARROW = 12
"""The most bits of codes that are all tried."""
AXES: Mapping[type, int] = {layers.Dense: 0, layers.Conv2d: 0, transposed.ConvTranspose2d: 1}
"""By rule that has weights, the axis of the weights along which the channels of the result stand."""


def is_by_channel(rule: Rule, xs: Sequence[TensorType], made: TensorType) -> bool:
    """Whether a channel of the result needs that channel of the inputs only."""
    return isinstance(rule, BY_CHANNEL) and all(x.shape and made.shape and x.shape[0] == made.shape[0] for x in xs)


def has_kernels(rule: Rule, xs: Sequence[TensorType]) -> bool:
    """Whether a channel of the result needs a part of the weights only."""
    if isinstance(rule, layers.Dense):
        return len(xs[0].shape) == 1
    return isinstance(rule, layers.Conv2d) or (isinstance(rule, transposed.ConvTranspose2d) and rule.window.groups == 1)


def every_code(rule: Any, x: Format, parameters: Parameters) -> Array | None:
    """What an elementwise rule of one input makes of each code of a format, where that is a function of the code alone and the
    codes are few; ``None`` where it is not, or refuses one."""
    if not isinstance(rule, OF_ONE) or x.width > NARROW or any(one.codes.size != 1 for one in parameters.values()):
        return None
    if isinstance(rule, layers.Elementwise) and len(parameters) + 1 != len(rule.known().roles):
        return None
    try:
        made: Array = RULES[type(rule)](rule, [Array(np.arange(1 << x.width)[:, None], x)], parameters)
    except ValueError:
        return None
    return made[:, 0]


def touched(rule: Rule, xs: Sequence[TensorType], made: TensorType, before: Parameters, after: Parameters) -> Channels:
    """The channels of the result that take a parameter that is not the same; all where that is not known."""
    count = made.shape[0] if made.shape else 1
    kernels = has_kernels(rule, xs)
    found = np.zeros(count, bool)
    for role, old in before.items():
        new = after[role]
        if new.codes is old.codes:
            continue
        differs = new.codes != old.codes
        if role == "weights" and kernels:
            axis = AXES[type(rule)]
            found |= differs.any(axis=tuple(i for i in range(differs.ndim) if i != axis))
        elif (kernels or is_by_channel(rule, xs, made)) and differs.shape == (count,):
            found |= differs
        elif differs.any():
            found[:] = True
    return np.flatnonzero(found)


def of_channels(rule: Rule, parameters: Parameters, channels: Channels, count: int) -> dict[str, Array]:
    """What some of the channels, of so many, take of the parameters."""
    found = {}
    for role, given in parameters.items():
        axis = AXES[type(rule)] if role == "weights" else 0
        several = role == "weights" or given.shape == (count,)
        found[role] = Array(np.take(given.codes, channels, axis), given.format) if several else given
    return found


def part(
    rule: Any, xs: Sequence[Array], parameters: Parameters, channels: Channels, count: int, ports: Ports = NO_PORTS
) -> Array:
    """Some of the channels, of so many, of a result. Of a rule that works by channel the inputs have these channels only, of
    another one all. The ports are those of the whole."""
    numbers = {int(channel): i for i, channel in enumerate(channels)}
    inner: Ports = {(index[0], numbers[index[1]], *index[2:]): port for index, port in ports.items() if index[1] in numbers}
    if isinstance(rule, layers.Conv2d) and rule.window.groups > 1:
        return of_groups(rule, xs[0], parameters, channels, count, ports)
    own = of_channels(rule, parameters, channels, count)
    kind = type(rule)
    return WITH_PORTS[kind](rule, xs, own, ports=inner) if kind in WITH_PORTS else RULES[kind](rule, xs, own)


def of_groups(rule: layers.Conv2d, x: Array, parameters: Parameters, channels: Channels, count: int, ports: Ports) -> Array:
    """Some of the kernels of a convolution in groups, each by the channels of its group."""
    each, depth = count // rule.window.groups, parameters["weights"].shape[1]
    alone = replace(rule, window=replace(rule.window, groups=1))
    parts = []
    for group in np.unique(channels // each).tolist():
        own = channels[channels // each == group]
        inside = x[:, group * depth : (group + 1) * depth]
        parts.append(part(alone, [inside], parameters, own, count, ports).codes)
    return Array(np.concatenate(parts, axis=1), rule.path.to.format)
