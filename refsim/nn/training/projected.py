"""Training of any network with operands of few bits: each is brought into a format before it is multiplied.

Weights and activations have formats going forward, gradients one going back, and what the optimizer moves, the masters, one of
their own. The products are added up in the type of the network, as they are without formats. With float8_e4m3fn forward,
float8_e5m2 back and masters as they are it is the recipe of Micikevicius et al., FP8 formats for deep learning, arXiv
2209.05433, without scales but that of the loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.encode import encode
from ...spec.projection import Projection
from ...spec.spellings import get_projection, projection_name
from ..layers.kind import INFERENCE, Floats, Mode, Parameters
from ..losses import LossFunction
from ..networks import Network, backward, forward
from .choices import loss_of, optimizer_of
from .methods import At, Batch, Method, State, grouped, part
from .optimizers import Optimizer
from .quantized import MULTIPLY


@dataclass(frozen=True)
class Formats:
    """Projections, ``None`` for what stays as it is: of weights; of activations, which are the inputs of layers with weights;
    of the gradients of those layers' results; and of masters. ``scale`` multiplies the loss, so that gradients do not vanish.
    """

    weights: Projection | None
    activations: Projection | None
    gradients: Projection | None
    masters: Projection | None
    scale: float


def project(x: Floats, to: Projection | None) -> Floats:
    """The numbers that stand for those of ``x`` in a format, in its type."""
    return x if to is None else encode(x, to).values().astype(x.dtype)


def multiplied(network: Network) -> tuple[frozenset[str], frozenset[str]]:
    """The layers that multiply by weights, and the results that are multiplied there."""
    layers = [layer for layer in network.layers if layer.kind in MULTIPLY]
    return frozenset(layer.name for layer in layers), frozenset(name for layer in layers for name in layer.inputs)


def copies(network: Network, parameters: Parameters, formats: Formats) -> dict[str, Floats]:
    """The parameters with the weights of layers that multiply by them in their format."""
    layers, _ = multiplied(network)
    weights = {f"{name}.weights" for name in layers}
    return {name: project(x, formats.weights) if name in weights else x for name, x in parameters.items()}


def start(formats: Formats, optimizer: Optimizer, network: Network, parameters: Parameters) -> dict[str, NDArray[Any]]:
    """The masters, and the slots of those that are learned."""
    masters = {name: project(x, formats.masters) for name, x in parameters.items()}
    learned = {name: masters[name] for name in network.learned()}
    return {**grouped("parameters", masters), **grouped("slots", optimizer.start(learned))}


def step(
    formats: Formats,
    optimizer: Optimizer,
    loss: LossFunction,
    network: Network,
    state: State,
    batch: Batch,
    at: At,
    random: np.random.Generator,
) -> tuple[dict[str, NDArray[Any]], float]:
    """One step along the gradients of a batch; projections are passed back as if they did nothing."""
    masters, (layers, operands) = part(state, "parameters"), multiplied(network)
    done = forward(
        network,
        copies(network, masters, formats),
        batch.x,
        Mode(training=True, random=random),
        lambda name, y: project(y, formats.activations) if name in operands else y,
    )
    found = loss(done.results[network.layers[-1].name], batch.t)
    gradients, _ = backward(
        network,
        done,
        found.gradient * found.gradient.dtype.type(formats.scale),
        lambda name, g: project(g, formats.gradients) if name in layers else g,
    )
    gradients = {name: g / g.dtype.type(formats.scale) for name, g in gradients.items()}
    learned = {name: masters[name] for name in network.learned()}
    updated = optimizer.update(learned, gradients, part(state, "slots"), at)
    moved = {name: project(x, formats.masters) for name, x in updated.parameters.items()}
    return {**grouped("parameters", {**masters, **done.moved, **moved}), **grouped("slots", updated.slots)}, found.value


def predict(formats: Formats, network: Network, state: State, x: Floats) -> Floats:
    """The network's results with weights and activations in their formats."""
    _, operands = multiplied(network)
    parameters = copies(network, part(state, "parameters"), formats)
    return forward(
        network,
        parameters,
        x,
        INFERENCE,
        lambda name, y: project(y, formats.activations) if name in operands else y,
    ).results[network.layers[-1].name]


def masters_of(network: Network, state: State) -> dict[str, Floats]:  # noqa: ARG001 what a method is asked
    """The masters of a state."""
    return part(state, "parameters")


def named(to: Projection | None) -> str:
    """The name of a projection, or none."""
    return "none" if to is None else projection_name(to)


def projected(formats: Formats, optimizer: Optimizer, loss: LossFunction) -> Method:
    """A method with operands in formats. ``ValueError`` for a scale that is no positive number."""
    if not 0 < formats.scale < float("inf"):
        raise ValueError(f"a loss is multiplied by a positive number, not by {formats.scale}")
    names = (formats.weights, formats.activations, formats.gradients, formats.masters)
    return Method(
        f"projected({','.join(map(named, names))},{formats.scale},{optimizer.name},{loss.__name__})",
        partial(start, formats, optimizer),
        partial(step, formats, optimizer, loss),
        partial(predict, formats),
        masters_of,
    )


def in_formats(
    weights: str = "float8_e4m3fn/ties_to_even/saturate",
    activations: str = "float8_e4m3fn/ties_to_even/saturate",
    gradients: str = "float8_e5m2/ties_to_even/saturate",
    masters: str = "none",
    scale: float = 1.0,
    optimizer: str = "sgd",
    loss: str = "softmax_cross_entropy",
    **options: Any,
) -> Method:
    """The method by the names of projections, ``none`` for what stays as it is; further options are those of the optimizer."""
    found = [None if name == "none" else get_projection(name) for name in (weights, activations, gradients, masters)]
    formats = Formats(found[0], found[1], found[2], found[3], float(scale))
    return projected(formats, optimizer_of(optimizer, options), loss_of(loss))
