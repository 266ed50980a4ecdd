"""Networks: layers in order, each taking results of those before it, and the trace of what they made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .layers import Rule
from .tensors import Tensor, TensorType

LONGEST_NAME = 200
INPUT = "input"
"""The name under which layers take the network's input."""


def check_name(name: str) -> None:
    """``ValueError`` for a name that is not one to 200 printable characters."""
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters, not {name[:60]!r}")


@dataclass(frozen=True)
class Node:
    """A layer: its name, its rule, the names of the layers whose results it takes, and by role the names of its parameters."""

    name: str
    rule: Rule
    inputs: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Network:
    """Layers **must** stand in an order in which each takes results of earlier ones, or the network's input; the last one's
    result is the network's. Parameters can be shared.

    ``ValueError`` for a name that is used twice, unknown or none, and where a rule refuses its inputs. [network/order]
    """

    name: str
    input: TensorType
    nodes: tuple[Node, ...]
    parameters: Mapping[str, TensorType]

    def __post_init__(self) -> None:
        self.types()

    def types(self) -> dict[str, TensorType]:
        """The type of the input and of every layer's result."""
        for name in (self.name, *(node.name for node in self.nodes), *self.parameters):
            check_name(name)
        if not self.nodes:
            raise ValueError(f"the network {self.name} has no layers")
        found = {INPUT: self.input}
        for node in self.nodes:
            if node.name in found:
                raise ValueError(f"two layers of the network {self.name} have the name {node.name!r}")
            for what, names, known in (
                ("a layer", node.inputs, found),
                ("a parameter", [name for _, name in node.parameters], self.parameters),
            ):
                if unknown := [name for name in names if name not in known]:
                    raise ValueError(f"layer {node.name} takes {what} {unknown[0]!r}, which is not there before it")
            try:
                parameters = {role: self.parameters[name] for role, name in node.parameters}
                found[node.name] = node.rule.infer([found[name] for name in node.inputs], parameters)
            except ValueError as error:
                raise ValueError(f"layer {node.name}: {error}") from None
        return found

    @property
    def output(self) -> TensorType:
        """The type of the network's result."""
        return self.types()[self.nodes[-1].name]


def as_it_is(name: str, made: Tensor) -> Tensor:  # noqa: ARG001 what a hook is told
    """What leaves a result alone."""
    return made


def trace(
    network: Network,
    tensors: Mapping[str, Tensor],
    x: Tensor,
    hold: Callable[[str, Tensor], Tensor] = as_it_is,
) -> dict[str, Tensor]:
    """Each layer **must** be computed once, in order, from the tensors that ``hold`` left of earlier results; the trace has the
    input and what was left of every result, by name.

    ``hold`` is told of every tensor, the input first: a trace writes it down, a fault changes it. ``ValueError`` for input and
    parameters of other types than the network's. [network/trace]
    """
    check_types(network, {name: tensor.type for name, tensor in tensors.items()}, x.type)
    held = {INPUT: hold(INPUT, x)}
    for node in network.nodes:
        parameters = {role: tensors[name] for role, name in node.parameters}
        try:
            made = node.rule([held[name] for name in node.inputs], parameters)
        except ValueError as error:
            raise ValueError(f"layer {node.name}: {error}") from error
        held[node.name] = hold(node.name, made)
    return held


def check_types(network: Network, tensors: Mapping[str, TensorType], x: TensorType) -> None:
    """``ValueError`` where an input or parameters are not of the types that the network says."""
    if x != network.input:
        raise ValueError(f"the network {network.name} takes {network.input}, not {x}")
    for name, wanted in network.parameters.items():
        if name not in tensors:
            raise ValueError(f"the parameter {name} of the network {network.name} is missing")
        if tensors[name] != wanted:
            raise ValueError(f"the parameter {name} of the network {network.name} is {wanted}, not {tensors[name]}")
