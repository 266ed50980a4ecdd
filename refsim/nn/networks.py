"""Networks in floating point: layers in order, their parameters, and passes forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import prod
from typing import Any

import numpy as np

from ..spec.networks import check_name
from .layers.kind import INFERENCE, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .layers.kinds import KINDS

INPUT = "input"
MOST_NUMBERS, MOST_RESULTS = 1 << 28, 1 << 26
"""The most numbers of a parameter, and of all results of a sample together, of a network that is read."""


@dataclass(frozen=True)
class Layer:
    """A layer: its name, its kind, the names of the layers whose results it takes, and options that are not as by default."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    options: Options = field(default_factory=dict)

    @property
    def known(self) -> Kind:
        """The kind of that name; ``ValueError`` for an unknown one."""
        if self.kind not in KINDS:
            near = get_close_matches(self.kind, KINDS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
            raise ValueError(f"layer {self.name}: there is no kind {self.kind!r:.60}; {hint}")
        return KINDS[self.kind]

    @property
    def all_options(self) -> dict[str, Any]:
        """All options, those left out as by default; ``ValueError`` for one that is unknown or missing."""
        known = self.known.options
        for name in self.options:
            if name not in known:
                raise ValueError(
                    f"layer {self.name}: {self.kind} has no option {name!r}; there are {', '.join(known) or 'none'}"
                )
        found = {**known, **self.options}
        if missing := [name for name, value in found.items() if value is None]:
            raise ValueError(f"layer {self.name}: {self.kind} needs the option {missing[0]!r}")
        return found


@dataclass(frozen=True)
class Network:
    """Layers in an order in which each takes results of earlier ones, or the input; the last one's result is the network's.

    ``input`` is the shape of a sample. ``ValueError`` for names that are used twice or unknown, and where a layer refuses its
    inputs.
    """

    name: str
    input: Shape
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        self.shapes()

    def shapes(self) -> dict[str, Shape]:
        """The shape of the input and of every layer's result, for one sample."""
        for name in (self.name, *(layer.name for layer in self.layers)):
            check_name(name)
        if not self.layers:
            raise ValueError(f"the network {self.name} has no layers")
        found = {INPUT: self.input}
        for layer in self.layers:
            if layer.name in found:
                raise ValueError(f"two layers of the network {self.name} have the name {layer.name!r}")
            if unknown := [name for name in layer.inputs if name not in found]:
                raise ValueError(f"layer {layer.name} takes {unknown[0]!r}, which is not there before it")
            options, kind = layer.all_options, layer.known
            try:
                found[layer.name] = tuple(kind.shape(options, [found[name] for name in layer.inputs]))
            except (ValueError, TypeError, IndexError) as error:
                raise ValueError(f"layer {layer.name}: {error}") from None
        return found

    def parameter_shapes(self) -> dict[str, Shape]:
        """The shapes of all parameters, by ``layer.role``."""
        shapes = self.shapes()
        return {
            f"{layer.name}.{role}": tuple(shape)
            for layer in self.layers
            for role, shape in layer.known.parameters(layer.all_options, [shapes[name] for name in layer.inputs]).items()
        }

    def learned(self) -> list[str]:
        """The names of the parameters that training learns."""
        fixed = {f"{layer.name}.{role}" for layer in self.layers for role in layer.known.fixed}
        return [name for name in self.parameter_shapes() if name not in fixed]


def of_layer(parameters: Parameters, name: str) -> dict[str, Floats]:
    """The parameters of a layer by role."""
    return {key.rpartition(".")[2]: value for key, value in parameters.items() if key.rpartition(".")[0] == name}


def initial_parameters(network: Network, seed: int, dtype: Any = np.float32) -> dict[str, Floats]:
    """First values of all parameters, from a seed; ``ValueError`` for a parameter of more than ``MOST_NUMBERS`` numbers."""
    shapes, random = network.parameter_shapes(), np.random.Generator(np.random.Philox(seed))
    for name, shape in shapes.items():
        if prod(shape) > MOST_NUMBERS:
            raise ValueError(f"parameter {name} has the shape {list(shape)!s:.60}; there are at most {MOST_NUMBERS} numbers")
    found: dict[str, Floats] = {}
    for layer in network.layers:
        roles = {key.rpartition(".")[2]: shape for key, shape in shapes.items() if key.rpartition(".")[0] == layer.name}
        for role, value in layer.known.initial(layer.all_options, roles, random).items():
            found[f"{layer.name}.{role}"] = np.asarray(value, dtype)
    return found


Watch = Callable[[str, Floats], Floats]
"""Told of every result by name, the input first; gives what is passed on: quantized activations need nothing else."""


@dataclass(frozen=True)
class Pass:
    """What a forward pass left: every layer's result, and what the backward pass needs."""

    results: Mapping[str, Floats]
    caches: Mapping[str, Any]
    moved: Parameters
    """New values of parameters that are not learned, by ``layer.role``."""


def forward(
    network: Network,
    parameters: Parameters,
    x: Floats,
    mode: Mode = INFERENCE,
    watch: Watch = lambda name, y: y,  # noqa: ARG005 nobody looks
) -> Pass:
    """All layers in order, for samples along the first axis; ``ValueError`` for samples of another shape."""
    if x.shape[1:] != network.input:
        raise ValueError(f"the network {network.name} takes samples of shape {network.input}, not {x.shape[1:]}")
    results, caches, moved = {INPUT: watch(INPUT, x)}, {}, {}
    for layer in network.layers:
        made: Forward = layer.known.forward(
            layer.all_options, [results[name] for name in layer.inputs], of_layer(parameters, layer.name), mode
        )
        results[layer.name], caches[layer.name] = watch(layer.name, made.y), made.cache
        moved.update({f"{layer.name}.{role}": value for role, value in made.moved.items()})
    return Pass(results, caches, moved)


def predict(network: Network, parameters: Parameters, x: Floats) -> Floats:
    """The network's result."""
    return forward(network, parameters, x).results[network.layers[-1].name]


def backward(
    network: Network,
    done: Pass,
    gradient: Floats,
    watch: Watch = lambda name, g: g,  # noqa: ARG005 nobody looks
) -> tuple[dict[str, Floats], Floats]:
    """The gradients of all learned parameters, by ``layer.role``, and of the input, from that of the network's result.

    ``watch`` is told of the gradient of every layer's result and gives what is passed back: straight-through estimates and
    quantized gradients need nothing else.
    """
    flowing: dict[str, Floats] = {network.layers[-1].name: gradient}
    found: dict[str, Floats] = {}
    for layer in reversed(network.layers):
        if layer.name not in flowing:
            continue  # Nothing that counts takes its result.
        made = layer.known.backward(layer.all_options, watch(layer.name, flowing.pop(layer.name)), done.caches[layer.name])
        found.update({f"{layer.name}.{role}": value for role, value in made.parameters.items()})
        for name, value in zip(layer.inputs, made.inputs, strict=True):
            flowing[name] = flowing[name] + value if name in flowing else value
    return found, flowing[INPUT]
