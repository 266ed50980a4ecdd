"""Pruning in steps: the weakest channels are taken out, what is left is tuned, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..layers.kind import Floats, Parameters
from ..networks import Network
from ..summary import summary
from .channels import channels
from .ranking import SCOPES, check_ratio, l1_norms, share, weakest
from .removal import without


@dataclass(frozen=True)
class Schedule:
    """How much is taken out, and how fast: after the last of ``steps`` the share ``ratio`` of the channels that can go is gone,
    after step i the share ``ratio * i / steps``.

    ``scope``: of ``ranking.SCOPES``. ``most``: by group the greatest share that it can lose, as ``ranking.bearable`` finds it.
    ``ValueError`` for a ratio that is none, no steps and an unknown scope.
    """

    ratio: float
    steps: int = 1
    scope: str = "local"
    most: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_ratio(self.ratio)
        for ratio in self.most.values():
            check_ratio(ratio)
        if self.steps < 1:
            raise ValueError(f"pruning has at least one step, not {self.steps}")
        if self.scope not in SCOPES:
            raise ValueError(f"the scope of pruning is one of {', '.join(SCOPES)}, not {self.scope!r:.60}")


class Pruned(NamedTuple):
    """A network after a step of pruning, with what it costs: multiplications of one sample, and numbers of parameters."""

    step: int
    network: Network
    parameters: Mapping[str, Floats]
    taken_out: int
    macs: int
    size: int


Tune = Callable[[Network, Parameters, int], Parameters]
"""Given a smaller network, its parameters and the number of the step, better parameters."""


def as_it_is(network: Network, parameters: Parameters, step: int) -> Parameters:  # noqa: ARG001 what a tune is told
    """No tuning."""
    return parameters


def prune(network: Network, parameters: Parameters, schedule: Schedule, tune: Tune = as_it_is) -> Iterator[Pruned]:
    """The network as it is, then after each step of pruning and tuning. Norms are taken anew in every step.

    Gutierrez-Zaballa et al., arXiv 2504.05119, prune in two such steps.
    """
    yield cost(0, network, parameters, 0)
    whole = {name: len(one) for name, one in channels(network).groups().items()}
    for step in range(1, schedule.steps + 1):
        found = channels(network)
        groups, ratio = found.groups(), schedule.ratio * step / schedule.steps
        whole = {name: whole.get(name, len(one)) for name, one in groups.items()}
        gone = {name: whole[name] - len(one) for name, one in groups.items()}
        limits = {name: share(whole[name], most) - gone[name] for name, most in schedule.most.items() if name in groups}
        count: Mapping[str, int] | int = {name: share(whole[name], ratio) - gone[name] for name in groups}
        if schedule.scope == "global":
            count = share(sum(whole.values()), ratio) - sum(gone.values())
        removed = weakest(l1_norms(network, parameters, found), groups, count, limits)
        network, parameters = without(network, parameters, removed)
        parameters = tune(network, parameters, step)
        yield cost(step, network, parameters, len(removed))


def cost(step: int, network: Network, parameters: Parameters, taken_out: int) -> Pruned:
    """A step with the multiplications and parameters of what is left."""
    rows = summary(network)
    return Pruned(
        step, network, dict(parameters), taken_out, sum(row.macs for row in rows), sum(row.parameters for row in rows)
    )
