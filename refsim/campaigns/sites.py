"""The sites of a network of codes: what is stored, what layers give, and what accumulators hold.

A parameter is one site for each part of its memory, named as ``refsim.spec.memories.site_names`` says. The input and each
layer's result are a site whose elements are those of all samples, the first sample's first. The register of the sums of a
``Dense`` or ``Conv2d`` layer is the site ``layer@sum``: its elements are the writes of each sum, sums in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..engine.parts import Part
from ..spec.datapaths import Datapath, trace
from ..spec.formats import Format, Number
from ..spec.layers import Conv2d, Dense
from ..spec.layouts import ONE_ROW_PER_WORD
from ..spec.memories import site_names
from ..spec.networks import INPUT, Network, Node
from ..spec.sites import Site
from ..spec.tensors import Shape, TensorType, size
from .plan import Laid

ROLES: Mapping[str, str] = {
    "weights": "weight",
    "bias": "bias",
    "multiplier": "multiplier",
    "shift": "shift",
    "low": "threshold",
    "high": "threshold",
}
"""The kinds of parameters by their roles, beside scales and zero points, which end with their names."""
SUM = "sum"
"""The register of an accumulator that faults can hit; others, of parts and products, are named in the trace only."""


def kind_of(role: str) -> str:
    """The kind of the parameter that a layer takes in a role."""
    if role in ROLES:
        return ROLES[role]
    if role.endswith("zero_point"):
        return "zero_point"
    return "scale" if role.rstrip("2").endswith("scale") else "parameter"


def kinds_of_tensors(network: Network) -> dict[str, str]:
    """The kind of each parameter, which is that of the first layer that takes it."""
    found: dict[str, str] = {}
    for node in network.nodes:
        for role, name in node.parameters:
            found.setdefault(name, kind_of(role))
    return found


class Stored(NamedTuple):
    """The place of a site of a parameter: the parameter and the part of its memory."""

    tensor: str
    part: str


class Held(NamedTuple):
    """The place of a site of results: the layer, or ``input``."""

    layer: str


class Register(NamedTuple):
    """The place of a site of registers: the layer, the shape of its sums over all samples, and the writes of each sum."""

    layer: str
    sums: Shape
    steps: tuple[int, ...]


Where = Stored | Held | Register


def stored_sites(name: str, parts: Mapping[str, Part], layouts: Sequence[Laid]) -> Iterator[tuple[Site, Where]]:
    """The sites of a parameter, each in the first layout that it matches."""
    for part, site in site_names(name, list(parts)).items():
        given = parts[part]
        chosen = (one.layout for one in layouts if given.kind in one.kinds and matches(site, one.names))
        layout = next(chosen, ONE_ROW_PER_WORD)
        yield Site(site, given.kind, given.array.format, given.array.codes.size, layout), Stored(name, part)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is like one of some patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def result_sites(network: Network, samples: int) -> Iterator[tuple[Site, Where]]:
    """The sites of the input and of all layers' results."""
    for name, type in network.types().items():
        kind = "input" if name == INPUT else "activation"
        yield Site(name, kind, type.format, samples * size(type.shape)), Held(name)


def register_sites(network: Network, samples: int) -> Iterator[tuple[Site, Where]]:
    """The sites of the accumulators of ``Dense`` and ``Conv2d`` layers."""
    types = network.types()
    for node in network.nodes:
        if not isinstance(node.rule, Dense | Conv2d):
            continue
        found = _register(node, node.rule.path, types, network.parameters, samples)
        writes = size(found.sums) * len(found.steps)
        yield Site(f"{node.name}@{SUM}", "accumulator", node.rule.path.accumulator.to.format, writes), found


def _register(
    node: Node, path: Datapath, types: Mapping[str, TensorType], parameters: Mapping[str, TensorType], samples: int
) -> Register:
    made, roles = types[node.name], dict(node.parameters)
    weights = parameters[roles["weights"]]
    bias = parameters[roles["bias"]].format if "bias" in roles else None
    x = types[node.inputs[0]].format
    rows = (samples * size(made.shape[:-1]), made.shape[-1]) if isinstance(node.rule, Dense) else (samples, *made.shape)
    return Register(node.name, rows, steps_of(path, (x, weights.format), bias, size(weights.shape[1:])))


def steps_of(path: Datapath, formats: tuple[Format, Format], bias: Format | None, length: int) -> tuple[int, ...]:
    """The numbers of the writes to the register of sums that a dot product of so many terms makes."""
    xs, ys = ([Number(0, format)] * length for format in formats)
    writes = trace(xs, ys, path, None if bias is None else Number(0, bias))
    return tuple(write.step for write in writes if write.register == SUM)
