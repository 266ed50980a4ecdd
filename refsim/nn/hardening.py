"""Networks in floating point that are made to suffer less from faults: bounded activations, and weights times a factor that the
result is divided by once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..spec.homogeneity import through
from ..spec.weight_scaling import factor_for
from .files import FloatNetwork
from .layers.kind import Floats
from .layers.kinds import KINDS
from .networks import INPUT, Network, of_layer


def bounded(found: FloatNetwork, kinds: Mapping[str, str]) -> FloatNetwork:
    """The network with other kinds of layers in the place of those named, as ``relu6`` for ``relu``.

    Options that the new kind has too are kept. ``ValueError`` for an unknown kind, for a kind with parameters, and where a
    layer of the new kind needs an option or does not fit.
    """
    for kind in (kind for pair in kinds.items() for kind in pair):
        if kind not in KINDS:
            raise ValueError(f"there is no kind of layer {kind!r:.60} to bound or be bounded; there are {', '.join(KINDS)}")
    network = found.network
    layers = tuple(
        replace(
            layer,
            kind=kinds[layer.kind],
            options={name: value for name, value in layer.options.items() if name in KINDS[kinds[layer.kind]].options},
        )
        if layer.kind in kinds
        else layer
        for layer in network.layers
    )
    made = Network(network.name, network.input, layers)
    if made.parameter_shapes() != network.parameter_shapes():
        raise ValueError(f"a layer with parameters has no bounded kind: {', '.join(f'{a} by {b}' for a, b in kinds.items())}")
    return FloatNetwork(made, found.parameters)


def weight_factors(found: FloatNetwork, target: Fraction, *, power_of_two: bool) -> dict[str, Fraction]:
    """For each layer with weights the factor that brings their greatest magnitude to the target, exactly, or the greatest power
    of two that does not bring it past; 1 where all weights are zero."""
    return {
        layer.name: factor_for(target, Fraction(float(np.abs(parameters["weights"]).max())), power_of_two=power_of_two)
        for layer in found.network.layers
        if (parameters := of_layer(found.parameters, layer.name)).get("weights") is not None
    }


def divide_once(found: FloatNetwork, factors: Mapping[str, Fraction]) -> tuple[FloatNetwork, Fraction]:
    """The network whose layers' weights are multiplied by factors, and the divisor of its result: what it gives, divided by
    that, is what the network gave.

    Other parameters are multiplied so that each layer's result has the product of the factors so far. A parameter times its
    factor is rounded to the parameter's type, so that the equality is exact for powers of two while nothing over- or
    underflows, and else within rounding. ``ValueError``, with the layer's name, for a name of no layer and where a factor does
    not go through a layer.
    """
    network = found.network
    if unknown := [name for name in factors if name not in {layer.name for layer in network.layers}]:
        raise ValueError(f"the network {network.name} has no layer {unknown[0]!r:.60} that a factor could belong to")
    reached, parameters = {INPUT: Fraction(1)}, dict(found.parameters)
    for layer in network.layers:
        own = Fraction(factors.get(layer.name, Fraction(1)))
        try:
            passed = through(layer.kind, [reached[name] for name in layer.inputs], own)
        except ValueError as error:
            raise ValueError(f"layer {layer.name}: {error}") from None
        reached[layer.name] = passed.factor
        for role, factor in passed.parameters.items():
            name = f"{layer.name}.{role}"
            if name in parameters:
                parameters[name] = times(parameters[name], factor)
    return FloatNetwork(network, parameters), reached[network.layers[-1].name]


def times(x: Floats, factor: Fraction) -> Floats:
    """Numbers times a factor, in binary64 and then in their own type; ``ValueError`` where one is not finite any more."""
    with np.errstate(all="ignore"):
        found: Floats = (x.astype(np.float64) * float(factor)).astype(x.dtype)
    if not np.isfinite(found).all():
        raise ValueError(f"parameters times {float(factor):.6g} are past the greatest number of {x.dtype}")
    return found
