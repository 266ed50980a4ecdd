"""Networks of dropout, sums, pooling and maxout, as training with low-precision multiplications takes them: layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from ...spec.training import Layer
from ..layers.kind import Shape
from ..layers.options import pair, window
from ..networks import INPUT, Network
from ..networks import Layer as NetworkLayer
from .low_precision_convolutions import Convolution

CHAIN = ("dropout", "flatten", "dense", "conv2d", "max_pool", "maxout", "softmax")
"""The kinds of such a network, in the order in which they follow one another, but for flatten, which may stand anywhere."""


@dataclass(frozen=True)
class Block:
    """A layer of the training: the name of the network's layer that has its parameters, the share of the inputs that dropout
    keeps, the convolution where it is one, pieces and limit, by what the learning rate and in predictions the copies are
    multiplied, and the shape of the input of a sample."""

    name: str
    keep: float
    conv: Convolution | None
    layer: Layer
    rate: float
    scale: Fraction
    shape: Shape

    @property
    def unlimited(self) -> Layer:
        """The layer without a limit."""
        return Layer(self.layer.pieces, None)


def check_chain(network: Network) -> None:
    """``ValueError`` for a network that is no chain of those kinds, or whose sums have no bias."""
    before = INPUT
    for layer in network.layers:
        if layer.kind not in CHAIN:
            raise ValueError(f"low-precision training knows {', '.join(CHAIN)}, not {layer.kind}, the kind of {layer.name}")
        if layer.inputs != (before,):
            raise ValueError(f"low-precision training takes layers in a chain; {layer.name} takes {', '.join(layer.inputs)}")
        if not layer.all_options.get("bias", True):
            raise ValueError(f"low-precision training takes sums with a bias, which {layer.name} does not have")
        before = layer.name


def blocks_of(
    network: Network,
    limit: Mapping[str, Fraction | None],
    rates: Mapping[str, float],
    scales: Mapping[str, Fraction],
) -> list[Block]:
    """The layers of the training.

    ``limit``, ``rates`` and ``scales`` are by the names of the network's layers with parameters, that of ``""`` for all others;
    without a scale it is 1/2 where dropout keeps one half, and 1 elsewhere, as in the program. ``ValueError`` for a network
    that is trained in another way, and for names that it does not have.
    """
    check_chain(network)
    weighted = [layer.name for layer in network.layers if layer.kind in {"dense", "conv2d"}]
    for name in (*limit, *rates, *scales):
        if name and name not in weighted:
            raise ValueError(f"{network.name} has no layer {name!r:.60} with weights; it has {', '.join(weighted)}")
    found, group = list[Block](), list[NetworkLayer]()
    for layer in network.layers:
        kind = CHAIN.index(layer.kind)
        if layer.kind == "flatten":
            continue
        if group and kind <= CHAIN.index(group[-1].kind):
            found.append(block_of(network, group, limit, rates, scales))
            group = []
        group.append(layer)
    found.append(block_of(network, group, limit, rates, scales))
    if found[-1].conv is not None or found[-1].layer.pieces != 1:
        raise ValueError(f"the last layer of {network.name} is a dense one, behind it at most a softmax")
    return found


def block_of(
    network: Network,
    group: list[NetworkLayer],
    limit: Mapping[str, Fraction | None],
    rates: Mapping[str, float],
    scales: Mapping[str, Fraction],
) -> Block:
    """One layer of the training, from those of the network that it is made of."""
    parts = {layer.kind: layer for layer in group}
    weighted = [layer for kind, layer in parts.items() if kind in {"dense", "conv2d"}]
    if len(weighted) != 1 or ("max_pool" in parts and "conv2d" not in parts):
        raise ValueError(f"{', '.join(layer.name for layer in group)} are no layer of one dense or conv2d")
    name = weighted[0].name
    keep = float(parts["dropout"].all_options["keep"]) if "dropout" in parts else 1.0
    pieces = int(parts["maxout"].all_options["pieces"]) if "maxout" in parts else 1
    shape = network.shapes()[weighted[0].inputs[0]]
    usual = Fraction(1, 2) if keep == 0.5 else Fraction(1)
    return Block(
        name,
        keep,
        convolution_of(parts) if "conv2d" in parts else None,
        Layer(pieces, limit.get(name, limit.get(""))),
        rates.get(name, rates.get("", 1.0)),
        scales.get(name, scales.get("", usual)),
        shape if "conv2d" in parts else (prod(shape),),
    )


def convolution_of(parts: Mapping[str, NetworkLayer]) -> Convolution:
    """The convolution of a layer; ``ValueError`` for one that does not move place by place, or has more padding than kernel."""
    options = parts["conv2d"].all_options
    moved, kernel = window(options), pair(options, "kernel")
    if (moved.stride, moved.dilation, moved.groups) != ((1, 1), (1, 1), 1):
        raise ValueError(f"{parts['conv2d'].name} has stride, dilation or groups, which low-precision training does not know")
    if max(moved.padding[:2]) >= kernel[0] or max(moved.padding[2:]) >= kernel[1]:
        raise ValueError(f"the padding {moved.padding} of {parts['conv2d'].name} is not less than its kernel {kernel}")
    if "max_pool" not in parts:
        return Convolution(kernel, moved, None, None)
    pool = parts["max_pool"].all_options
    return Convolution(kernel, moved, pair(pool, "kernel"), window(pool))
