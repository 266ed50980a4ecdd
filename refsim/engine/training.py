"""Training with low-precision multiplications on arrays: the names of ``refsim.spec.training``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..spec.dynamic import GROUPS, Control, State, count, settle
from ..spec.formats import Number
from ..spec.training import ZEROS, Layer, Training, check_layers
from .array import Array
from .dynamic import at_end
from .max_norm import max_norm
from .training_passes import (
    Floats,
    Mask,
    added,
    copied,
    error,
    gradients,
    masked,
    maxout,
    numbers,
    passed_back,
    passed_to_pieces,
    product,
    softmax,
    updated,
)

Stored = Array | Floats
"""What is stored of a parameter or an update: codes, or the numbers that they are in binary64."""


class Learned(NamedTuple):
    """What training changes of a layer: the fields of ``spec.training.Learned``."""

    weights: Stored
    bias: Stored
    update_w: Stored
    update_b: Stored
    states: Mapping[str, State]


class LayerTrace(NamedTuple):
    """What a step made of a layer: the fields of ``spec.training.LayerTrace``."""

    x: Array
    groups: Mapping[str, Array]
    moved: Array
    counts: Mapping[str, tuple[int, int]]
    before: Learned
    after: Learned


def started(weights: Stored, bias: Stored, radix: int) -> Learned:
    """The layer before the first step."""
    update_w, update_b = (Array(np.zeros(numbers(x).shape, np.uint8), ZEROS) for x in (weights, bias))
    return Learned(weights, bias, update_w, update_b, {group: State(radix) for group in GROUPS})


def counts_of(rules: Training, states: Mapping[str, State], held: Mapping[str, Stored]) -> dict[str, tuple[int, int]]:
    """How many numbers of every group that moves are counted."""
    return {
        group: at_end(rule.to, states[group].radix, x)
        for group, x in held.items()
        if isinstance(rule := rules.held(group), Control)
    }


def moved(
    rules: Training, states: Mapping[str, State], held: Mapping[str, Stored], counts: Mapping[str, tuple[int, int]]
) -> dict[str, State]:
    """The states after the step."""
    found = dict(states)
    for group, (overflows, halved) in counts.items():
        if isinstance(rule := rules.held(group), Control):
            found[group] = settle(rule, count(states[group], numbers(held[group]).size, overflows, halved))
    return found


def train(
    layers: Sequence[Layer],
    learned: Sequence[Learned],
    x: Array,
    labels: Any,
    masks: Sequence[Mask],
    rates: Sequence[Number],
    momentum: Number,
    rules: Training,
) -> list[LayerTrace]:
    """One step; ``ValueError`` where the layers, what is learned, masks and rates are not as many, or the last is a maxout."""
    check_layers(layers, learned, masks, rates)
    made = [dict[str, Array]() for _ in layers]
    inputs = list[Array]()
    for i, layer in enumerate(layers):
        inputs.append(masked(made[i - 1]["y"] if i else x, masks[i]))
        made[i] = forward(layer, learned[i], inputs[i], rules, last=i == len(layers) - 1)
    for i, layer in reversed(list(enumerate(layers))):
        to = rules.projection("dEdy", learned[i].states)
        if i == len(layers) - 1:
            made[i]["dEdy"] = error(made[i]["y"], labels, to)
        else:
            made[i]["dEdy"] = passed_back(made[i + 1]["dEdz"], made[i + 1]["w"], masks[i + 1], to, rules.sums)
        made[i] |= backward(layer, learned[i], inputs[i], made[i], rules)
    return [finish(*of_layer, momentum, rules) for of_layer in zip(layers, learned, inputs, made, rates, strict=True)]


def forward(
    layer: Layer, learned: Learned, x: Array, rules: Training, scale: Fraction = Fraction(1), *, last: bool
) -> dict[str, Array]:
    """The groups of the forward pass of a layer, with copies that are scaled."""
    states = learned.states
    w, b = (
        copied(stored, rules.scaled(group, states, scale), scale)
        for group, stored in (("w", learned.weights), ("b", learned.bias))
    )
    z = product(x, w, rules.projection("z", states), rules.sums, b)
    to = rules.projection("y", states)
    return {"z": z, "y": softmax(z, to) if last else maxout(z, layer.pieces, to), "w": w, "b": b}


def backward(layer: Layer, learned: Learned, x: Array, groups: Mapping[str, Array], rules: Training) -> dict[str, Array]:
    """The gradients of sums, weights and bias of a layer from those of its results."""
    to = {group: rules.projection(group, learned.states) for group in ("dEdz", "dEdw", "dEdb")}
    delta = passed_to_pieces(groups["dEdy"], groups["z"], layer.pieces, rules.ties, to["dEdz"])
    of_weights, of_bias = gradients(delta, x, to["dEdw"], to["dEdb"], rules.sums)
    return {"dEdz": delta, "dEdw": of_weights, "dEdb": of_bias}


def finish(
    layer: Layer, before: Learned, x: Array, groups: Mapping[str, Array], rate: Number, momentum: Number, rules: Training
) -> LayerTrace:
    """The updates of a layer, and its trace."""
    states, to = before.states, {group: rules.projection(group, before.states) for group in GROUPS}
    update_w = updated(momentum, before.update_w, rate, groups["dEdw"], to["update_w"])
    update_b = updated(momentum, before.update_b, rate, groups["dEdb"], to["update_b"])
    longer = added(before.weights, update_w, to["w"])
    weights = longer if layer.limit is None else max_norm(longer, layer.limit, rules.epsilon, to["w"])
    bias = added(before.bias, update_b, to["b"])
    old: dict[str, Stored] = {
        "w": before.weights,
        "b": before.bias,
        "update_w": before.update_w,
        "update_b": before.update_b,
    }
    held = {group: old[group] if group in old else groups[group] for group in GROUPS}
    counts = counts_of(rules, states, held)
    after = Learned(weights, bias, update_w, update_b, moved(rules, states, held, counts))
    return LayerTrace(x, {**groups, "update_w": update_w, "update_b": update_b}, longer, counts, before, after)


def predict(
    layers: Sequence[Layer], learned: Sequence[Learned], x: Array, scales: Sequence[Fraction], rules: Training
) -> Array:
    """The shares of a forward pass without masks, with scaled copies; ``ValueError`` for a scale that is not above zero."""
    check_layers(layers, learned, scales)
    for i, layer in enumerate(layers):
        x = forward(layer, learned[i], x, rules, scales[i], last=i == len(layers) - 1)["y"]
    return x


def initialized(first: Sequence[Learned], trained: Sequence[Learned]) -> list[Learned]:
    """The first parameters, with all else as the wide training left it."""
    return [after._replace(weights=before.weights, bias=before.bias) for before, after in zip(first, trained, strict=True)]
