"""The clean run of a network, kept: what faulty runs are compared with, and start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array, code_dtype
from ..engine.deltas import Written
from ..engine.kept_layers import KeptLayer, kept_layer
from ..engine.networks import trace
from ..engine.partial_layers import every_code
from ..spec.networks import Network, Node
from ..spec.tensors import TensorType
from .blocks import Codes


@dataclass(frozen=True, eq=False)
class Clean:
    """A run of a network without faults: the codes of the input and of every layer's result, samples first and then at least
    one axis, and the sums of the layers that keep them."""

    network: Network
    types: Mapping[str, TensorType]
    tensors: Mapping[str, Array]
    results: Mapping[str, Codes]
    kept: Mapping[str, KeptLayer]
    sums: Mapping[str, NDArray[Any]]
    written: Mapping[str, Written]
    """What sums are written as, where that is a function of the sum alone."""
    functions: Mapping[str, Array]
    """What layers make of each code, where that is a function of the code alone."""
    passing: frozenset[str]
    """The results that go into such layers only."""

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.results[self.network.nodes[-1].name])

    def inputs(self, node: Node) -> list[TensorType]:
        """The types of what a layer takes."""
        return [self.types[name] for name in node.inputs]

    def parameters(self, node: Node, faulty: Mapping[str, Array]) -> dict[str, Array]:
        """The parameters of a layer by role, some of them faulty."""
        return {role: faulty.get(name, self.tensors[name]) for role, name in node.parameters}

    def digest(self) -> str:
        """The SHA-256 of all that is kept."""
        found = sha256()
        for kind in (self.results, self.sums, {name: array.codes for name, array in self.tensors.items()}):
            for name, codes in kind.items():
                found.update(name.encode())
                found.update(str(codes.tolist()).encode() if codes.dtype == object else np.ascontiguousarray(codes).tobytes())
        return found.hexdigest()


def kept_layers(network: Network, samples: int) -> dict[str, KeptLayer]:
    """The layers whose sums are kept for so many samples."""
    types = network.types()
    found = {}
    for node in network.nodes:
        parameters = {role: network.parameters[name] for role, name in node.parameters}
        layer = kept_layer(node.rule, types[node.inputs[0]], types[node.name], parameters, samples) if node.inputs else None
        if layer is not None:
            found[node.name] = layer
    return found


def size_of_a_sample(network: Network, samples: int) -> int:
    """The bytes that each of so many samples takes in a clean run that is kept."""
    types = network.types()
    size = sum(int(np.prod(type.shape, dtype=np.int64)) * code_dtype(type.format).itemsize for type in types.values())
    for name, layer in kept_layers(network, samples).items():
        size += int(np.prod(types[name].shape, dtype=np.int64)) * layer.how.kind.itemsize
    return size


def clean_run(network: Network, tensors: Mapping[str, Array], x: Array) -> Clean:
    """A run without faults."""
    results = {
        name: array.codes.reshape(*array.shape, *(1,) * (array.codes.ndim == 1))
        for name, array in trace(network, tensors, x).items()
    }
    kept = kept_layers(network, len(x))
    types = network.types()
    sums, written = {}, {}
    for node in network.nodes:
        if node.name in kept:
            layer, parameters = kept[node.name], {role: tensors[name] for role, name in node.parameters}
            sums[node.name] = layer.sums(results[node.inputs[0]], parameters["weights"].codes)
            table = layer.all_written(sums[node.name], parameters)
            if table is not None:
                written[node.name] = table
    functions = {}
    for node in network.nodes:
        parameters = {role: tensors[name] for role, name in node.parameters}
        function = every_code(node.rule, types[node.inputs[0]].format, parameters) if len(node.inputs) == 1 else None
        if function is not None:
            functions[node.name] = function
    for array in (*results.values(), *sums.values()):
        array.setflags(write=False)
    taken = {name for node in network.nodes if node.name not in functions for name in node.inputs}
    passing = frozenset(set(types) - taken - {network.nodes[-1].name})
    return Clean(network, types, tensors, results, kept, sums, written, functions, passing)
