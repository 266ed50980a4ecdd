"""Retraining on arrays: the names of ``refsim.spec.retraining``, with the arithmetic of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np

from ..spec.datapaths import Datapath
from ..spec.formats import Number
from ..spec.levels import finite, held_step
from ..spec.projection import Projection
from ..spec.retraining import COUNTS, Retraining
from .apply import apply
from .array import Array
from .datapaths import matmul
from .decode import decode, fits
from .levels import find_step, quantize


class Learned(NamedTuple):
    """A parameter, its velocity, and the running mean of its squared gradients."""

    value: Array
    velocity: Array
    squares: Array


class Layer(NamedTuple):
    """Shadow weights (outputs, inputs), bias, and the step of the weights."""

    weights: Learned
    bias: Learned
    step: Number


class LayerTrace(NamedTuple):
    """What a step made of a layer: the fields of ``spec.retraining.LayerTrace``."""

    codes: Array
    x: Array
    net: Array
    y: Array
    delta: Array
    weight_gradient: Array
    bias_gradient: Array
    after: Layer
    codes_after: Array


def each(name: str, to: Projection | None, *operands: Array | Number) -> Any:
    """An operation of the table on arrays and numbers, broadcast."""
    return apply(name, tuple(x if isinstance(x, Array) else constant(x) for x in operands), to)


def constant(x: Number) -> Array:
    """A number for all elements."""
    return Array(np.array(x.code), x.format)


def filled(x: int, shape: tuple[int, ...], to: Projection) -> Array:
    """An integer in every place."""
    return Array(np.full(shape, to(x).code), to.format)


def turned(x: Array) -> Array:
    """Rows as columns."""
    return Array(np.ascontiguousarray(x.codes.T), x.format)


def product(a: Array, b: Array, path: Datapath, bias: Array | None = None, step: Number | None = None) -> Array:
    """A matrix product on a datapath, with a step as the scale of all sums."""
    found: Array = matmul(a, b, path, bias, [] if step is None else [constant(step)])
    return found


def learned(value: Array, to: Projection) -> Learned:
    """A parameter of which nothing is remembered yet."""
    return Learned(value, filled(0, value.shape, to), filled(0, value.shape, to))


def numbers(x: Array) -> Any:
    """The numbers of codes, in binary64 where that holds them all."""
    return decode(x) if fits(x.format, np.dtype(np.float64)) else x.exact()


def step_of(weights: Array, method: str, rules: Retraining) -> Number:
    """The step of the weights of a layer, as it is held."""
    step = rules.held(find_step(numbers(weights), rules.levels, method))
    held_step(step, rules.held)
    return Number(step.code, rules.held.format)


def quantized(weights: Array, step: Number, rules: Retraining) -> Array:
    """The codes of weights at the layer's step."""
    found: Array = quantize(numbers(weights), finite(step.exact), rules.levels)
    return found


def direct(weights: Array, bias: Array, method: str, rules: Retraining) -> Layer:
    """A layer before its first update."""
    return Layer(learned(weights, rules.to), learned(bias, rules.to), step_of(weights, method, rules))


def activation(net: Array, rules: Retraining, *, last: bool) -> Array:
    """The result of a layer from its sums."""
    if last:
        return net
    y: Array = each("relu", rules.to, net)
    return y if rules.signals is None else each("convert", rules.signals, y)


def squared_error(y: Array, targets: Array, rules: Retraining) -> Array:
    """Results less targets."""
    found: Array = each("subtract", rules.to, y, targets)
    return found


def softmax_error(y: Array, targets: Array, rules: Retraining) -> Array:
    """Softmax of the results less targets."""
    to = rules.to
    greatest = reduce(partial(each, "maximum", to), (y[:, o : o + 1] for o in range(y.shape[1])))
    powers = each("exp", to, each("subtract", to, y, greatest))
    total = product(powers, filled(1, (y.shape[1], 1), to), rules.backward)
    found: Array = each("subtract", to, each("divide", to, powers, total), targets)
    return found


ERRORS: dict[str, Callable[[Array, Array, Retraining], Array]] = {"squared": squared_error, "softmax": softmax_error}
"""By name, the gradients of the sums of the last layer."""


def passed_back(delta: Array, codes: Array, step: Number, net_below: Array, rules: Retraining) -> Array:
    """The gradients of the sums of the layer below."""
    found, zero = product(delta, codes, rules.backward, step=step), Number(rules.to(0).code, net_below.format)
    kept = each("compare_quiet_greater", None, net_below, zero)
    return Array(np.where(kept, found.codes, found.codes.dtype.type(zero.code)), found.format)


def gradients(delta: Array, x: Array, rules: Retraining) -> tuple[Array, Array]:
    """The gradients of weights and bias, averaged over the batch."""
    count, turned_delta = Number(delta.shape[0], COUNTS), turned(delta)
    bias = product(turned_delta, filled(1, (delta.shape[0], 1), rules.to), rules.backward)[:, 0]
    weights = product(turned_delta, x, rules.backward)
    return each("divide", rules.to, weights, count), each("divide", rules.to, bias, count)


def updated(parameter: Learned, gradient: Array, rules: Retraining) -> Learned:
    """A parameter after its update."""
    to, rule, squares, slope = rules.to, rules.update, parameter.squares, gradient
    if rule.decay is not None and rule.epsilon is not None:
        rest = each("subtract", to, filled(1, (), to), rule.decay)
        squared = each("multiply", to, rest, each("multiply", to, gradient, gradient))
        squares = each("add", to, each("multiply", to, rule.decay, squares), squared)
        slope = each("divide", to, gradient, each("add", to, each("sqrt", to, squares), rule.epsilon))
    moved = each("multiply", to, rule.momentum, parameter.velocity)
    velocity = each("subtract", to, moved, each("multiply", to, rule.rate, slope))
    return Learned(each("add", to, parameter.value, velocity), velocity, squares)


def retrain(layers: Sequence[Layer], x: Array, targets: Array, rules: Retraining) -> list[LayerTrace]:
    """One step: forward, backward, updates, and the codes of the new shadows."""
    codes = [quantized(layer.weights.value, layer.step, rules) for layer in layers]
    inputs, nets = [x], list[Array]()
    for i, layer in enumerate(layers):
        nets.append(product(inputs[-1], turned(codes[i]), rules.forward, layer.bias.value, layer.step))
        inputs.append(activation(nets[-1], rules, last=i == len(layers) - 1))
    delta, made = ERRORS[rules.error](inputs[-1], targets, rules), list[LayerTrace]()
    for i, layer in reversed(list(enumerate(layers))):
        weight_gradient, bias_gradient = gradients(delta, inputs[i], rules)
        weights, bias = updated(layer.weights, weight_gradient, rules), updated(layer.bias, bias_gradient, rules)
        step = layer.step if rules.method is None else step_of(weights.value, rules.method, rules)
        after, codes_after = Layer(weights, bias, step), quantized(weights.value, step, rules)
        made.append(
            LayerTrace(codes[i], inputs[i], nets[i], inputs[i + 1], delta, weight_gradient, bias_gradient, after, codes_after)
        )
        if i:
            delta = passed_back(delta, codes[i], layer.step, nets[i - 1], rules)
    return made[::-1]
