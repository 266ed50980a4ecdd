"""Training with low-precision multiplications as a method: fixed point, dynamic fixed point, binary16 and binary32.

The rules are those of ``refsim.spec.training``, after Courbariaux et al., arXiv 1412.7024. A state has parameters and momenta
in binary64, which holds them exactly, and of each layer ``controllers/layer``: a row for each group of
``refsim.spec.dynamic.GROUPS``, which is the ``State`` of its controller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.array import Array
from ...engine.encode import encode
from ...engine.training import Learned, Stored, started
from ...engine.training_passes import numbers
from ...spec.accumulators import Sequential
from ...spec.datapath_names import get_datapath
from ...spec.datapaths import Datapath
from ...spec.dynamic import GROUPS, Control, Dynamic, State, restart
from ...spec.formats import Number
from ...spec.products import ExactProduct
from ...spec.projection import Projection
from ...spec.spellings import get_projection
from ...spec.training import Numbers, Training
from ..layers.kind import Floats, Parameters
from ..networks import Network
from .low_precision_layers import Block, blocks_of
from .low_precision_steps import masks_of, predict, train
from .methods import At, Batch, Method

BINARY32 = Projection("binary32", "ties_to_even", "infinity")
BINARY16 = Projection("binary16", "ties_to_even", "infinity")
EPSILON = Fraction(1, 10**7)
LIMIT = Fraction(19365, 10000)
"""The program's limit of norms."""
WIDE = 32
"""The bits, sign included, with which first radices are found."""
LEAST_SHARE = 2.0**-24
"""A share of zero counts as this much where a loss is reported."""
PARAMETERS = ("weights", "bias")


@dataclass(frozen=True)
class Recipe:
    """What is trained and how: the rules; the rules of the epochs in which first radices are found, and how many epochs; the
    radix from which all groups start; how inputs are encoded; and of the layers limits, learning rates and scales, as
    ``blocks_of`` takes them."""

    rules: Training
    wide: Training
    initialization: int
    radix: int
    inputs: Projection
    limits: Mapping[str, Fraction | None]
    rates: Mapping[str, float]
    scales: Mapping[str, Fraction]

    def blocks(self, network: Network) -> list[Block]:
        """The layers of the training of a network."""
        return blocks_of(network, self.limits, self.rates, self.scales)


def start(recipe: Recipe, network: Network, parameters: Parameters) -> dict[str, NDArray[Any]]:
    """The state before the first step."""
    state: dict[str, NDArray[Any]] = {}
    for block in recipe.blocks(network):
        values = [np.asarray(parameters[f"{block.name}.{role}"], np.float64) for role in PARAMETERS]
        state |= of_learned(block.name, started(values[0], values[1], recipe.radix), values[0].shape)
        if recipe.initialization:
            state |= {f"first/{block.name}.{role}": value for role, value in zip(PARAMETERS, values, strict=True)}
    return state


def of_learned(name: str, learned: Learned, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    """What is learned of a layer, as entries of a state."""
    weights, bias, update_w, update_b = (numbers(x) for x in learned[:4])
    return {
        f"parameters/{name}.weights": weights.reshape(shape),
        f"parameters/{name}.bias": bias,
        f"momentum/{name}.weights": update_w.reshape(shape),
        f"momentum/{name}.bias": update_b,
        f"controllers/{name}": np.array([learned.states[group] for group in GROUPS], np.int64),
    }


def learned_of(name: str, state: Mapping[str, NDArray[Any]]) -> Learned:
    """What is learned of a layer, from entries of a state; weights are a matrix with a row for each output or kernel."""
    weights, bias = (state[f"parameters/{name}.{role}"] for role in PARAMETERS)
    updates: tuple[Stored, Stored] = state[f"momentum/{name}.weights"].reshape(len(weights), -1), state[f"momentum/{name}.bias"]
    rows = state[f"controllers/{name}"].tolist()
    return Learned(
        weights.reshape(len(weights), -1), bias, *updates, {group: State(*row) for group, row in zip(GROUPS, rows, strict=True)}
    )


def begin(recipe: Recipe, state: Mapping[str, NDArray[Any]], at: At) -> dict[str, NDArray[Any]]:
    """The state with which an epoch begins: a period that was cut short starts anew, its counts stay; and when first radices
    have been found, the first parameters are back."""
    found = dict(state)
    for key, value in state.items():
        if key.startswith("controllers/"):
            found[key] = np.array([restart(State(*row)) for row in value.tolist()], np.int64)
        if key.startswith("first/") and at.epoch == recipe.initialization:
            found[key.replace("first/", "parameters/", 1)] = value
    return found


def number(x: float) -> Number:
    """A learning rate or a momentum, in binary32."""
    return Number(BINARY32(Fraction(x)).code, BINARY32.format)


def step(
    recipe: Recipe, network: Network, state: Mapping[str, NDArray[Any]], batch: Batch, at: At, random: np.random.Generator
) -> tuple[dict[str, NDArray[Any]], float]:
    """The state after a step, and the cross-entropy of the shares that the step began with."""
    found = begin(recipe, state, at) if at.iteration == 0 else dict(state)
    blocks = recipe.blocks(network)
    learned = [learned_of(block.name, found) for block in blocks]
    rates = [number(float(np.float32(at.rate) * np.float32(block.rate))) for block in blocks]
    rules = recipe.wide if at.epoch < recipe.initialization else recipe.rules
    masks = masks_of(blocks, len(batch.x), random)
    made = train(blocks, learned, encoded(batch.x, recipe), batch.t, masks, rates, number(at.momentum), rules)
    for block, one in zip(blocks, made, strict=True):
        found |= of_learned(block.name, one.after, found[f"parameters/{block.name}.weights"].shape)
    shares = made[-1].groups["y"].values()[np.arange(len(batch.t)), batch.t]
    return found, float(-np.log(np.maximum(shares, LEAST_SHARE)).mean())


def encoded(x: Floats, recipe: Recipe) -> Array:
    """Inputs as codes."""
    found: Array = encode(np.asarray(x), recipe.inputs)
    return found


def predicted(recipe: Recipe, network: Network, state: Mapping[str, NDArray[Any]], x: Floats) -> Floats:
    """The shares of classes, without dropout and with scaled copies of the parameters."""
    blocks = recipe.blocks(network)
    learned = [learned_of(block.name, state) for block in blocks]
    return predict(blocks, learned, encoded(x, recipe), recipe.rules).values()


def network_parameters(network: Network, state: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """The stored parameters in binary32."""
    return {name: state[f"parameters/{name}"].astype(np.float32) for name in network.parameter_shapes()}


def method(name: str, recipe: Recipe) -> Method:
    """The method of a recipe."""
    return Method(name, partial(start, recipe), partial(step, recipe), partial(predicted, recipe), network_parameters)


def held(kind: str, width: int, rounding: str, control: Mapping[str, Any]) -> Numbers:
    """How numbers are held; ``ValueError`` for an unknown way."""
    if kind in {"float", "half"}:
        return BINARY32 if kind == "float" else BINARY16
    to = Dynamic(width, rounding, "saturate_symmetric")
    if kind == "fixed":
        return to
    if kind == "dynamic":
        return Control(to, **control)
    raise ValueError(f"numbers are held as float, half, fixed or dynamic, not {kind!r:.60}")


def low_precision(
    kind: str = "dynamic",
    *,
    computation: int = 10,
    storage: int = 12,
    radix: int = 5,
    rate: Fraction | str = "1/10000",
    period: int = 100,
    initialization: int = 2,
    rounding: str = "ties_to_away",
    ties: str = "all",
    sums: Datapath | str | None = None,
    inputs: Projection | str = BINARY32,
    limits: Mapping[str, Fraction | str | None] | None = None,
    rates: Mapping[str, float] | None = None,
    scales: Mapping[str, Fraction | str] | None = None,
) -> Method:
    """The published method: numbers held as float, half, fixed or dynamic, with the published widths (sign included), rate of
    overflows and period for dynamic fixed point. Rationals, datapaths and projections may be given by name.

    ``rate`` and ``period`` move the radices. ``sums`` is the datapath of the dot products; without it they are exact in fixed
    point, and in binary32 one after the other elsewhere. ``initialization``: the epochs in which first radices are found, after
    which training starts from the first parameters: a schedule of learning rates has to wait so long. ``limits``, ``rates`` and
    ``scales``: of norms, learning rates and predictions, by the name of a layer or ``""`` for all others. ``ValueError`` for an
    unknown way of holding numbers, and for names that mean nothing.
    """
    control = {
        "rate": Fraction(rate),
        "period": period,
        "least": -64,
        "greatest": 64,
        "counted": "at_end",
        "mean": "period",
    }
    pair = [held(kind, width, rounding, control) for width in (computation, storage)]
    if sums is None and kind in {"float", "half"}:
        sums = Datapath(ExactProduct(), Sequential(BINARY32), "last", "sum", None)
    path = get_datapath(sums) if isinstance(sums, str) else sums
    rules, wide = Training(pair[0], pair[1], path, ties, EPSILON), held(kind, WIDE, rounding, control)
    most = {"": LIMIT} if limits is None else limits
    return method(
        kind,
        Recipe(
            rules,
            replace(rules, computation=wide, storage=wide),
            initialization if kind == "dynamic" else 0,
            radix,
            get_projection(inputs) if isinstance(inputs, str) else inputs,
            {name: None if one is None else Fraction(one) for name, one in most.items()},
            rates or {},
            {name: Fraction(one) for name, one in (scales or {}).items()},
        ),
    )
