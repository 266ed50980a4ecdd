"""The networks of the study: small ones after those of the paper, without dropout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...nn.data import Data
from ...nn.families.parts import Part, chain
from ...nn.families.perceptrons import maxout_mlp
from ...nn.networks import INPUT, Network
from .settings import MAXOUT


def network_of(name: str, sizes: Mapping[str, Any], data: Data) -> Network:
    """The network of a name, for images of the shape that the data have."""
    if name == MAXOUT:
        return maxout_mlp(data.shape, **sizes, classes=len(data.classes), keep_input=1, keep=1)
    return maxout_convolutions(data.shape, **sizes, classes=len(data.classes))


def maxout_convolutions(
    shape: Sequence[int], kernels: Sequence[int], pools: Sequence[int], kernel: int, pieces: int, classes: int
) -> Network:
    """Convolutions that keep rows and columns, each with max pooling and maxout over channels, and a dense layer.

    ``kernels`` are counted behind the maxout; ``pools`` are the sides of the pools.
    """
    parts: list[Part] = []
    for i, (count, pool) in enumerate(zip(kernels, pools, strict=True), start=1):
        options = {"kernels": count * pieces, "kernel": [kernel] * 2, "stride": [1, 1], "padding": [kernel // 2] * 4}
        parts += [
            (f"conv{i}", "conv2d", options),
            (f"pool{i}", "max_pool", {"kernel": [pool] * 2, "stride": [pool] * 2}),
            (f"maxout{i}", "maxout", {"pieces": pieces}),
        ]
    parts += [("flatten", "flatten", {}), ("dense1", "dense", {"outputs": classes})]
    return Network("maxout_convolutions", tuple(shape), tuple(chain(INPUT, parts)))
