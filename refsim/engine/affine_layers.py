"""Affine layers on arrays: the rules of ``refsim.spec.affine_layers``, for many samples at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine_layers as spec
from ..spec.requantization import BINARY32
from .affine import dequantize_as, quantize_as
from .apply import apply
from .array import Array, code_dtype
from .layers import Compute, Parameters, by_channel
from .requantization import WIDEST, requantize
from .requantization import integers as integers_of
from .tensors import specified


def or_specified(compute: Compute) -> Compute:
    """A function that leaves it to the specification to say what it refuses first, in the order of the samples."""

    def tried(rule: Any, xs: Sequence[Array], parameters: Parameters) -> Array:
        try:
            return compute(rule, xs, parameters)
        except ValueError:
            return specified(rule, xs, parameters)

    return tried


def integers(x: Array) -> NDArray[Any]:
    """The integers of codes of an integer format, those of 64 bits too."""
    if x.format.width <= WIDEST:
        return integers_of(x)
    return x.codes.view(np.int64) if x.format.signed else x.codes.astype(object)


def small_integers(x: Array) -> NDArray[np.int32]:
    """The integers of codes of few bits, in 32."""
    sign = 1 << x.format.width - 1 if x.format.signed else 0
    return (x.codes.astype(np.int32) ^ sign) - sign


def by_role(parameters: Parameters, x: Array) -> dict[str, Array]:
    """The parameters in shapes that are broadcast to samples, with an element for each channel."""
    return {role: by_channel(parameter, x.codes.ndim - 1) for role, parameter in parameters.items()}


def combined_scale(factors: Sequence[Array], divisor: Array) -> Array:
    """The products of scales, the first two first, divided by a scale; broadcast."""
    product = reduce(lambda a, b: apply("multiply", (a, b), BINARY32), factors)
    found: Array = apply("divide", (product, divisor), BINARY32)
    return found


def quantize_linear(rule: spec.QuantizeLinear, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The codes of binary32 numbers."""
    own = by_role(parameters, xs[0])
    return quantize_as(rule.model, xs[0], own["scale"], integers(own["zero_point"]), rule.to)


def dequantize_linear(rule: spec.DequantizeLinear, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The binary32 numbers of codes."""
    own = by_role(parameters, xs[0])
    return dequantize_as(rule.model, xs[0], own["scale"], integers(own["zero_point"]))


def centre(rule: spec.Centre, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The integers less the zero points."""
    del rule
    to = spec.centred_format(xs[0].format)
    difference = small_integers(xs[0]) - small_integers(by_role(parameters, xs[0])["zero_point"])
    return Array((difference & (1 << to.width) - 1).astype(code_dtype(to)), to)


def requantize_layer(rule: spec.Requantize, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The codes of accumulators."""
    own = by_role(parameters, xs[0])
    multiplier = own["scale"].codes if "scale" in own else integers(own["multiplier"]) if "multiplier" in own else 1
    shift = integers(own["shift"]) if "shift" in own else 0
    return requantize(rule.model, integers(xs[0]), multiplier, shift, integers(own["zero_point"]), rule.to, rule.low, rule.high)


COMPUTED: Mapping[type, Callable[..., Array]] = {
    spec.QuantizeLinear: quantize_linear,
    spec.DequantizeLinear: dequantize_linear,
    spec.Centre: centre,
    spec.Requantize: requantize_layer,
}
RULES: Mapping[type, Compute] = {rule: or_specified(compute) for rule, compute in COMPUTED.items()}
"""By rule."""
