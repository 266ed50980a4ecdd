"""Which channels of a network belong together: a channel can only be taken out of all layers that have it at once.

A channel is made by one kernel or output of every layer that makes it, passes through layers that keep channels apart, and ends
in layers whose weights sum over channels. A sum of results ties their channels to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..layers.kind import Shape
from ..networks import INPUT, Layer, Network

MAKERS = ("dense", "conv2d", "conv_transpose2d")
"""The kinds whose weights make new channels from all of their input."""
KEEPERS = frozenset(
    {
        "batch_norm",
        "max_pool",
        "average_pool",
        "global_average_pool",
        "upsample",
        "dropout",
        "relu",
        "relu6",
        "leaky_relu",
        "sigmoid",
        "hard_sigmoid",
        "hard_sigmoid_dpu",
        "tanh",
        "hard_tanh",
    }
)
"""The kinds that make every channel of their result from the same channel of their input."""


class Maker(NamedTuple):
    """A kernel of a convolution, or an output of a dense layer."""

    layer: str
    place: int


@dataclass(frozen=True)
class Channels:
    """``of`` has by layer, the input included, which channel each element of the first axis of a sample's result belongs to;
    ``makers`` by channel what makes it, for the channels that can be taken out."""

    of: Mapping[str, tuple[int, ...]]
    makers: Mapping[int, tuple[Maker, ...]]

    def groups(self) -> dict[str, list[int]]:
        """The channels that can be taken out by the names of the layers that make them: those tied by sums together."""
        found: dict[str, list[int]] = {}
        for channel, makers in self.makers.items():
            found.setdefault("+".join(dict.fromkeys(maker.layer for maker in makers)), []).append(channel)
        return found


class _Ties:
    """Channels as they are found: which are one, and which must stay."""

    def __init__(self) -> None:
        self.parents: list[int] = []
        self.stays: set[int] = set()
        self.makers: dict[int, list[Maker]] = {}

    def fresh(self, count: int, layer: str | None) -> list[int]:
        """New channels, made by a layer or, without one, not to be taken out."""
        first = len(self.parents)
        found = list(range(first, first + count))
        self.parents += found
        for i, channel in enumerate(found):
            self.makers[channel] = [] if layer is None else [Maker(layer, i)]
            if layer is None:
                self.stays.add(channel)
        return found

    def root(self, channel: int) -> int:
        """The channel that stands for all that are one with it."""
        while self.parents[channel] != channel:
            channel = self.parents[channel]
        return channel

    def tie(self, one: int, other: int) -> int:
        """Make two channels one."""
        a, b = sorted((self.root(one), self.root(other)))
        if a != b:
            self.parents[b] = a
            self.makers[a] += self.makers.pop(b)
        return a

    def keep(self, channels: Sequence[int]) -> None:
        """Channels that must stay, with all that become one with them."""
        self.stays.update(channels)


def is_depthwise(layer: Layer, shape: Shape) -> bool:
    """Whether a convolution has one kernel of one channel for each channel of its input."""
    options = layer.all_options
    return layer.kind in {"conv2d", "conv_transpose2d"} and options["groups"] == options["kernels"] == shape[0] > 1


def channels(network: Network) -> Channels:
    """The channels of a network. Those of the input and of the result stay, and those that meet in a way not known here."""
    shapes, ties = network.shapes(), _Ties()
    of: dict[str, list[int]] = {INPUT: ties.fresh(shapes[INPUT][0] if shapes[INPUT] else 0, None)}
    for layer in network.layers:
        of[layer.name] = _through(layer, [of[name] for name in layer.inputs], shapes, ties)
    ties.keep(of[network.layers[-1].name])
    found = {name: tuple(map(ties.root, one)) for name, one in of.items()}
    seen = dict.fromkeys(channel for one in found.values() for channel in one)
    stay = set(map(ties.root, ties.stays))
    return Channels(found, {channel: tuple(ties.makers[channel]) for channel in seen if channel not in stay})


def _through(layer: Layer, inputs: list[list[int]], shapes: Mapping[str, Shape], ties: _Ties) -> list[int]:
    """The channels of a layer's result."""
    given, made = [shapes[name] for name in layer.inputs], shapes[layer.name]
    special: Mapping[str, Callable[[], list[int]]] = {
        "add": lambda: [_all_tied(row, ties) for row in zip(*inputs, strict=True)],
        "concat": lambda: [channel for one in inputs for channel in one],
        "flatten": lambda: [channel for channel in inputs[0] for _ in range(made[0] // max(1, len(inputs[0])))],
        "maxout": lambda: _pooled(inputs[0], layer.all_options["pieces"], ties),
    }
    if layer.kind in special:
        return special[layer.kind]()
    if layer.kind in KEEPERS:
        return inputs[0]
    if layer.kind in MAKERS and (layer.kind != "dense" or len(given[0]) == 1):
        if is_depthwise(layer, given[0]):
            return inputs[0]
        if layer.all_options.get("groups", 1) == 1:
            return ties.fresh(made[0], layer.name)
    for one in inputs:
        ties.keep(one)
    return ties.fresh(made[0] if made else 0, None)


def _all_tied(row: Sequence[int], ties: _Ties) -> int:
    first = row[0]
    for other in row[1:]:
        first = ties.tie(first, other)
    return first


def _pooled(given: Sequence[int], pieces: int, ties: _Ties) -> list[int]:
    """Of neighbouring pieces the greatest is taken: they are one channel."""
    return [_all_tied(given[i : i + pieces], ties) for i in range(0, len(given), pieces)]


def options_of(layer: Layer, count: int, given: int) -> dict[str, Any]:
    """The options of a layer with so many channels of its result and of its input."""
    options = dict(layer.options)
    if layer.kind in {"conv2d", "conv_transpose2d"}:
        depthwise = layer.all_options["groups"] > 1
        options |= {"kernels": count} | ({"groups": given} if depthwise else {})
    if layer.kind == "dense":
        options["outputs"] = count
    return options
