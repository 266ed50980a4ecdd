"""Networks of codes while they are made: nodes so far, their parameters, and what each gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...engine.array import Array
from ...engine.encode import encode
from ...spec.formats import Format
from ...spec.layers import Elementwise, Rule
from ...spec.moves import Reshape
from ...spec.networks import INPUT, Network, Node
from ...spec.pooling import keeping
from ...spec.projection import Projection
from ...spec.tensors import TensorType
from ..layers.kind import Floats, Shape
from .affine_parameters import Affine

CODES = "input/codes"
"""The node that makes codes of the network's input."""
REAL_OUTPUT = "output/real"
"""The node that makes real numbers of the codes of the result."""


@dataclass
class Making:
    """A network of codes in the making.

    ``sums`` are the layers whose results are accumulators still to be requantized, with what input and weights stand for.
    """

    nodes: list[Node] = field(default_factory=list)
    types: dict[str, TensorType] = field(default_factory=dict)
    tensors: dict[str, Array] = field(default_factory=dict)
    sums: dict[str, tuple[Affine, list[Affine]]] = field(default_factory=dict)

    def put(
        self, name: str, rule: Rule, inputs: Sequence[str], parameters: Mapping[str, Array] = {}, owner: str | None = None
    ) -> TensorType:
        """A node more, whose parameters are named after it or after their owner; ``ValueError`` where its rule refuses."""
        known = [self.node(source) for source in inputs]
        given = {role: TensorType(array.shape, array.format) for role, array in parameters.items()}
        self.types[name] = rule.infer([self.types[source] for source in known], given)
        names = {role: f"{owner or name}.{role}" for role in parameters}
        self.tensors |= {names[role]: array for role, array in parameters.items()}
        self.nodes.append(Node(name, rule, tuple(known), tuple(names.items())))
        return self.types[name]

    def node(self, source: str) -> str:
        """The node that has the result of a layer; that of the input is the one that makes codes of it."""
        return CODES if source == INPUT and CODES in self.types else source

    def format(self, source: str) -> Format:
        """The format of a result."""
        return self.types[self.node(source)].format

    def shape(self, source: str) -> Shape:
        """The shape of a result."""
        return self.types[self.node(source)].shape

    def convert(self, name: str, source: str, to: Projection) -> None:
        """A node that brings numbers into another format."""
        self.put(name, Elementwise("convert", to), [source])

    def same(self, name: str, source: str) -> None:
        """A node that gives what it takes."""
        self.put(name, Reshape(self.shape(source)), [source])

    def network(self, name: str) -> Network:
        """The network."""
        parameters = {key: TensorType(array.shape, array.format) for key, array in self.tensors.items()}
        return Network(name, self.types[INPUT], tuple(self.nodes), parameters)


def begin(shape: Shape, format: Format) -> Making:
    """A network of codes that has nothing but its input."""
    return Making(types={INPUT: TensorType(shape, format)})


def encoded(values: Floats, to: Projection) -> Array:
    """The codes of numbers."""
    found = encode(np.asarray(values), to)
    assert isinstance(found, Array), "no flags were asked for"
    return found


def zero_code(format: Format) -> int:
    """The code of zero, which lies around images; ``ValueError`` for a format that has none."""
    code = keeping(format)(0).code
    if format.decode(code) != 0:
        raise ValueError(f"{format.name} has no zero, which would lie around the image")
    return code
