"""Which channels go first: those whose weights are small, as many of each group as it bears."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..layers.kind import Floats, Parameters
from ..networks import Network
from .channels import Channels, Maker, channels
from .removal import without

SCOPES = ("local", "global")
"""Whether each group gives the same share of its channels, or the weakest channels of the whole network go."""


def l1_norms(network: Network, parameters: Parameters, found: Channels) -> dict[int, float]:
    """Of every channel that can be taken out, the mean magnitude of the weights that make it: the L1 norm of its kernels by the
    number of their weights, so that layers can be compared.

    Li et al., arXiv 1608.08710, rank kernels by their L1 norm.
    """
    kinds = {layer.name: layer.kind for layer in network.layers}
    return {channel: _mean(kinds, parameters, makers) for channel, makers in found.makers.items()}


def _mean(kinds: Mapping[str, str], parameters: Parameters, makers: Sequence[Maker]) -> float:
    own = [_kernel(kinds[maker.layer], parameters[f"{maker.layer}.weights"], maker.place) for maker in makers]
    return sum(float(np.abs(kernel).sum(dtype=np.float64)) for kernel in own) / sum(kernel.size for kernel in own)


def _kernel(kind: str, weights: Floats, place: int) -> Floats:
    return weights[:, place] if kind == "conv_transpose2d" else weights[place]


def weakest(
    norms: Mapping[int, float],
    groups: Mapping[str, Sequence[int]],
    count: Mapping[str, int] | int,
    limits: Mapping[str, int],
) -> list[int]:
    """The channels to take out: by group as many as ``count`` says, the weakest first, or if it is one number as many of all
    groups together. ``limits`` is how many a group can give at most; of equals the first goes.

    A group that is left out of ``limits`` can give all but one.
    """
    most = {name: min(len(one) - 1, limits.get(name, len(one) - 1)) for name, one in groups.items()}
    in_order = {name: sorted(one, key=lambda channel: (norms[channel], channel)) for name, one in groups.items()}
    allowed = {name: one[: most[name]] for name, one in in_order.items()}
    if not isinstance(count, int):
        return [channel for name, one in allowed.items() for channel in one[: count.get(name, 0)]]
    together = sorted((channel for one in allowed.values() for channel in one), key=lambda channel: (norms[channel], channel))
    return together[:count]


def share(whole: int, ratio: float) -> int:
    """How many are a share of a number, cut to an integer; what is an integer but for the last bits is one."""
    return int(np.floor(whole * ratio + 1e-9))


def check_ratio(ratio: float) -> float:
    """The ratio itself; ``ValueError`` for one below 0, or 1 and more."""
    if not 0 <= ratio < 1:
        raise ValueError(f"the share of channels to take out is at least 0 and less than 1, not {ratio}")
    return ratio


def sensitivity(
    network: Network, parameters: Parameters, ratios: Sequence[float], evaluate: Callable[[Network, Parameters], float]
) -> dict[str, list[float]]:
    """By group, what ``evaluate`` says of the network without each share of that group's weakest channels."""
    found = channels(network)
    norms, groups = l1_norms(network, parameters, found), found.groups()
    return {
        name: [
            evaluate(*without(network, parameters, weakest(norms, {name: one}, {name: share(len(one), check_ratio(r))}, {})))
            for r in ratios
        ]
        for name, one in groups.items()
    }


def bearable(found: Mapping[str, Sequence[float]], ratios: Sequence[float], least: float) -> dict[str, float]:
    """By group the greatest share, up to which no share brings the evaluation below ``least``; 0 where every one does."""
    made = {}
    for name, scores in found.items():
        made[name] = 0.0
        for ratio, score in sorted(zip(ratios, scores, strict=True)):
            if score < least:
                break
            made[name] = ratio
    return made
