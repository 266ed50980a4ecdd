"""What a network has, layer by layer: shapes, formats, multiplications, bits of parameters and of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..spec import layers as rules
from ..spec import networks as spec
from ..spec.datapath_names import datapath_name
from ..spec.rule_names import write_rule
from ..spec.tensors import Shape, TensorType, size
from ..spec.transposed import ConvTranspose2d
from .networks import Network


class Row(NamedTuple):
    """One layer. Bits are those of the codes that it holds: its parameters, those shared counted once, and its result for one
    sample. A network in floating point has 32 bits a number."""

    name: str
    kind: str
    detail: str
    inputs: tuple[str, ...]
    shape: Shape
    format: str
    macs: int
    parameters: int
    parameter_bits: int
    result_bits: int


class Total(NamedTuple):
    """All layers together; the greatest bits of results that are alive at once, the input among them."""

    macs: int
    parameters: int
    parameter_bits: int
    result_bits: int
    alive_bits: int


Macs = Callable[[Shape, Shape, Shape], int]
"""From the shapes of the input, the weights and the result to the products that are made."""


def _by_outputs(x: Shape, weights: Shape, y: Shape) -> int:  # noqa: ARG001 one signature
    """Every element of the result is a sum of as many products as a row or kernel of the weights has elements."""
    return size(y) * size(weights[1:])


def _by_inputs(x: Shape, weights: Shape, y: Shape) -> int:  # noqa: ARG001 one signature
    """Every element of the input meets all elements of its kernels; what falls outside the result is counted too."""
    return size(x) * size(weights[1:])


MACS: Mapping[type, Macs] = {rules.Dense: _by_outputs, rules.Conv2d: _by_outputs, ConvTranspose2d: _by_inputs}
"""The rules that multiply by weights."""
FLOAT_MACS: Mapping[str, Macs] = {"dense": _by_outputs, "conv2d": _by_outputs, "conv_transpose2d": _by_inputs}
FLOAT_BITS = 32


def summary(network: spec.Network | Network) -> list[Row]:
    """The rows of a network, in order."""
    return _of_floats(network) if isinstance(network, Network) else _of_codes(network)


def _of_codes(network: spec.Network) -> list[Row]:
    types, seen, rows = network.types(), set[str](), []
    for node in network.nodes:
        own = {role: network.parameters[name] for role, name in node.parameters}
        fresh = [network.parameters[name] for name in dict.fromkeys(name for _, name in node.parameters) if name not in seen]
        seen.update(name for _, name in node.parameters)
        kind, made = type(node.rule), types[node.name]
        macs = MACS[kind](types[node.inputs[0]].shape, own["weights"].shape, made.shape) if kind in MACS else 0
        rows.append(
            Row(
                node.name,
                *_told(node.rule),
                node.inputs,
                made.shape,
                made.format.name,
                macs,
                sum(size(t.shape) for t in fresh),
                sum(map(bits, fresh)),
                bits(made),
            )
        )
    return rows


def bits(type: TensorType) -> int:
    """The bits of all codes of a tensor."""
    return size(type.shape) * type.format.width


def _told(rule: rules.Rule) -> tuple[str, str]:
    """The kind of a rule, and what there is to say about how it computes."""
    data: dict[str, Any] = write_rule(rule)
    kind = data.pop("kind")
    path = getattr(rule, "path", None)
    if path is not None:
        return kind, datapath_name(path)
    return kind, " ".join(str(value) for value in data.values() if isinstance(value, str | int) and value is not None)


def _of_floats(network: Network) -> list[Row]:
    shapes, parameters = network.shapes(), network.parameter_shapes()
    rows = []
    for layer in network.layers:
        own = {
            key.removeprefix(f"{layer.name}."): shape for key, shape in parameters.items() if key.startswith(f"{layer.name}.")
        }
        y, count = shapes[layer.name], sum(map(size, own.values()))
        known = layer.kind in FLOAT_MACS
        macs = FLOAT_MACS[layer.kind](shapes[layer.inputs[0]], own["weights"], y) if known else 0
        detail = " ".join(f"{key}={value}".replace(" ", "") for key, value in layer.options.items())
        row = Row(
            layer.name, layer.kind, detail, layer.inputs, y, "float", macs, count, count * FLOAT_BITS, size(y) * FLOAT_BITS
        )
        rows.append(row)
    return rows


def total(rows: list[Row], input_bits: int) -> Total:
    """The sums over all layers, and the most bits of results that are needed at once when each is let go after its last use."""
    last = {name: i for i, row in enumerate(rows) for name in row.inputs}
    alive, most = {spec.INPUT: input_bits}, input_bits
    for i, row in enumerate(rows):
        alive[row.name] = row.result_bits
        most = max(most, sum(alive.values()))
        alive = {name: held for name, held in alive.items() if last.get(name, -1) > i}
    return Total(
        sum(row.macs for row in rows),
        sum(row.parameters for row in rows),
        sum(row.parameter_bits for row in rows),
        sum(row.result_bits for row in rows),
        most,
    )
