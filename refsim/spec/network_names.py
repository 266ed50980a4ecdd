"""How networks are spelled as plain data: the types of tensors, and layers in order."""

from __future__ import annotations

from typing import Any

from .catalogue import get_format
from .networks import Network, Node
from .plain_data import mapping, text, texts, whole_numbers
from .rule_names import read_rule, write_rule
from .tensors import TensorType

MOST_NUMBERS = 1 << 31
"""The numbers that a tensor of a network file may have."""


def read_type(data: Any) -> TensorType:
    """A tensor's type **must** be spelled as its ``shape`` and its ``format``. [network-file/type]"""
    given = mapping(data, ["shape", "format"])
    shape = whole_numbers(given["shape"])
    count = 1
    for length in shape:
        if length < 0 or (count := count * length) > MOST_NUMBERS:
            raise ValueError(f"a tensor has no shape {list(shape)}: at most {MOST_NUMBERS} numbers, no axis negative")
    return TensorType(shape, get_format(text(given["format"])))


def write_type(type: TensorType) -> dict[str, Any]:
    """The plain data of a type."""
    return {"shape": list(type.shape), "format": type.format.name}


def read_network(data: Any) -> Network:
    """A network **must** be spelled as its ``name``, the type of its ``input``, the types of its ``parameters`` by name and its
    ``layers`` in order, each with its ``name``, its ``rule``, the names of its ``inputs`` and those of its ``parameters`` by
    role.

    ``ValueError`` for anything else, and for what is no network. [network-file/network]
    """
    given = mapping(data, ["name", "input", "parameters", "layers"])
    if not isinstance(given["layers"], list):
        raise ValueError("the layers of a network are a list")
    parameters = {}
    for name, one in mapping(given["parameters"], [], None).items():
        try:
            parameters[name] = read_type(one)
        except ValueError as error:
            raise ValueError(f"parameter {name!r:.60}: {error}") from None
    nodes = tuple(_read_node(i, node) for i, node in enumerate(given["layers"], start=1))
    return Network(text(given["name"]), read_type(given["input"]), nodes, parameters)


def _read_node(number: int, data: Any) -> Node:
    try:
        given = mapping(data, ["name", "rule", "inputs"], ["parameters"])
        name = text(given["name"])
    except ValueError as error:
        raise ValueError(f"layer {number}: {error}") from None
    try:
        roles = mapping(given.get("parameters", {}), [], None)
        names = tuple((role, text(name)) for role, name in roles.items())
        return Node(name, read_rule(given["rule"]), texts(given["inputs"]), names)
    except ValueError as error:
        raise ValueError(f"layer {name!r:.60}: {error}") from None


def write_network(network: Network) -> dict[str, Any]:
    """The plain data of a network."""
    return {
        "name": network.name,
        "input": write_type(network.input),
        "parameters": {name: write_type(type) for name, type in network.parameters.items()},
        "layers": [
            {"name": node.name, "rule": write_rule(node.rule), "inputs": list(node.inputs), "parameters": dict(node.parameters)}
            for node in network.nodes
        ],
    }
