"""Networks in floating point that are made to suffer less from faults: bounded activations, and weights times a factor that the
result is divided by once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from fractions import Fraction

import numpy as np

from ..spec.exact import floor_log2
from ..spec.homogeneity import through
from ..spec.weight_scaling import factor_for
from .files import FloatNetwork
from .layers.kind import Floats
from .layers.kinds import KINDS
from .networks import INPUT, Network, of_layer


def bounded(found: FloatNetwork, kinds: Mapping[str, str]) -> FloatNetwork:
    """The network with other kinds of layers in the place of those named, as ``relu6`` for ``relu``.

    Options that the new kind has too are kept. Whether the new kind bounds anything is for the caller to know. ``ValueError``
    for an unknown kind, for one that no layer has, for a kind with parameters, and where a layer of the new kind needs an
    option or does not fit.
    """
    for kind in (kind for pair in kinds.items() for kind in pair):
        if kind not in KINDS:
            raise ValueError(f"there is no kind of layer {kind!r:.60} to bound or be bounded; there are {', '.join(KINDS)}")
    network = found.network
    if idle := [kind for kind in kinds if all(layer.kind != kind for layer in network.layers)]:
        raise ValueError(f"the network {network.name} has no layer of the kind {idle[0]} to be bounded")
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


def weight_factors(
    found: FloatNetwork, target: Fraction, *, power_of_two: bool, layers: Sequence[str] = ("*",)
) -> dict[str, Fraction]:
    """For each layer with weights whose name matches a pattern, the factor that brings their greatest magnitude to the target,
    exactly, or the greatest power of two that does not bring it past; 1 where all weights are zero.

    ``ValueError`` for a target that is not positive, for a pattern that no such layer's name matches, and, with the layer's
    name, for weights that are not finite.
    """
    if target <= 0:
        raise ValueError(f"the target of weights is above 0, not {target}")
    held = {layer.name: of_layer(found.parameters, layer.name).get("weights") for layer in found.network.layers}
    weights = {name: value for name, value in held.items() if value is not None}
    for pattern in layers:
        if not any(fnmatchcase(name, pattern) for name in weights):
            raise ValueError(f"no layer with weights of the network {found.network.name} has a name like {pattern!r:.60}")
    chosen = {name: value for name, value in weights.items() if any(fnmatchcase(name, pattern) for pattern in layers)}
    if wrong := [name for name, value in chosen.items() if not np.isfinite(value).all()]:
        raise ValueError(f"layer {wrong[0]}: weights that are scaled are finite numbers")
    return {
        name: factor_for(target, Fraction(float(np.abs(value).max())), power_of_two=power_of_two)
        for name, value in chosen.items()
    }


def divide_once(found: FloatNetwork, factors: Mapping[str, Fraction]) -> tuple[FloatNetwork, Fraction]:
    """The network whose layers' weights are multiplied by factors, and the divisor of its result: what it gives, divided by
    that, is what the network gave.

    Other parameters are multiplied so that each layer's result has the product of the factors so far. A parameter times its
    factor is rounded to the parameter's type, so that the equality is exact for powers of two while nothing over- or
    underflows, and else within rounding. ``ValueError`` for a name of no layer, and, with the layer's name, where a factor does
    not go through a layer, or makes infinities or zeros of its parameters.
    """
    network = found.network
    if unknown := [name for name in factors if name not in {layer.name for layer in network.layers}]:
        raise ValueError(f"the network {network.name} has no layer {unknown[0]!r:.60} that a factor could belong to")
    reached, parameters = {INPUT: Fraction(1)}, dict(found.parameters)
    for layer in network.layers:
        own = Fraction(factors.get(layer.name, Fraction(1)))
        try:
            passed = through(layer.kind, [reached[name] for name in layer.inputs], own)
            for role, factor in passed.parameters.items():
                name = f"{layer.name}.{role}"
                if name in parameters:
                    parameters[name] = times(parameters[name], factor)
        except ValueError as error:
            raise ValueError(f"layer {layer.name}: {error}") from None
        reached[layer.name] = passed.factor
    return FloatNetwork(network, parameters), reached[network.layers[-1].name]


def times(x: Floats, factor: Fraction) -> Floats:
    """Numbers times a factor, in binary64 and then in their own type; ``ValueError`` for a factor past binary64, and where one
    is not finite any more, or zero now.
    """
    try:
        by = float(factor)
    except OverflowError:
        raise ValueError(f"the factor 2**{floor_log2(factor)} of parameters is past the greatest binary64 number") from None
    with np.errstate(all="ignore"):
        found: Floats = (x.astype(np.float64) * by).astype(x.dtype)
    if not np.isfinite(found).all():
        raise ValueError(f"parameters times {by:.6g} are past the greatest number of {x.dtype}")
    if ((found == 0) & (x != 0)).any():
        raise ValueError(f"parameters times 2**{floor_log2(factor)} are below the least number of {x.dtype}")
    return found
