"""Tuning between steps of pruning, by any method of training."""

from __future__ import annotations

from dataclasses import replace

from ..layers.kind import Floats, Parameters
from ..networks import Network
from ..training.loop import Data, Place, Plan, Training, train
from ..training.methods import Method, part
from .iterative import Tune


def tuned(method: Method, data: Data, plan: Plan) -> Tune:
    """A tune that trains by the plan after every step, each time from the method's own start and with a seed of its own.

    What goes on to the next step are the parameters that the method trains: those in floating point, where it has shadows.
    """

    def tune(network: Network, parameters: Parameters, step: int) -> dict[str, Floats]:
        training = Training(method.start(network, parameters), Place())
        return part(train(network, training, data, method, replace(plan, seed=plan.seed + step)).state, "parameters")

    return tune
