"""Retraining: a network of dense layers learns while its weights are integers from few, times a step of each layer.

Every weight has a *shadow* in a finer format. The passes forward and backward see the quantized weights alone; what they find
is taken to the shadows, which are then quantized anew. Sung, Shin and Hwang, arXiv 1511.06488. A batch is a tensor with the
samples along its first axis. The paper's error signals are the negated gradients; here the gradients themselves stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import NamedTuple

from .catalogue import get_format
from .datapaths import Datapath, matmul
from .exact import is_nan, is_negative, is_zero
from .formats import Number
from .levels import check_symmetric, find_step, finite, held_step, method_of, quantize
from .operations import get_operation
from .projection import Projection
from .tensors import Tensor, size, tensor

COUNTS = get_format("uint32")
"""The format in which the samples of a batch are counted."""


class Update(NamedTuple):
    """How gradients change parameters: with a learning rate and a momentum, and where there is a decay, divided by the root of
    the running mean of their squares."""

    rate: Number
    momentum: Number
    decay: Number | None = None
    epsilon: Number | None = None


@dataclass(frozen=True)
class Retraining:
    """What a retraining step computes with.

    ``levels`` quantizes a weight in units of its layer's step, which is held by ``held``. ``method`` finds the step anew after
    every update, ``None`` leaves it as it is. ``forward`` makes the sums of the layers, ``backward`` those of the gradients;
    all other arithmetic, and the shadows, are by ``to``. ``signals`` quantizes the results of the hidden layers, if given.
    ``error`` is a name of ``ERRORS``. ``ValueError`` for levels without a best step, an unknown method or error, and datapaths
    that do not give the format of ``to``.
    """

    levels: Projection
    held: Projection
    method: str | None
    forward: Datapath
    backward: Datapath
    to: Projection
    signals: Projection | None
    error: str
    update: Update

    def __post_init__(self) -> None:
        check_symmetric(self.levels)
        if self.method is not None:
            method_of(self.method)
        for what, made in (("forward", self.forward.to), ("backward", self.backward.to)):
            if made.format != self.to.format:
                raise ValueError(f"{what} gives {made.format}, where retraining computes in {self.to.format}")
        if self.error not in ERRORS:
            raise ValueError(f"there is no error {self.error!r}; there are {', '.join(ERRORS)}")
        if (self.update.decay is None) != (self.update.epsilon is None):
            raise ValueError("an update has both a decay and an epsilon, or none")


class Learned(NamedTuple):
    """A parameter, and what its updates remember: their velocity, and the running mean of the squares of the gradients."""

    value: Tensor
    velocity: Tensor
    squares: Tensor


class Layer(NamedTuple):
    """A dense layer: its shadow weights (outputs, inputs), its bias, which is never quantized, and the step of the weights."""

    weights: Learned
    bias: Learned
    step: Number


class LayerTrace(NamedTuple):
    """What a step made of a layer: the codes of the weights that the passes saw, the input, the sums, the result, the gradients
    of sums, weights and bias, the layer after the update and the codes of its weights."""

    codes: Tensor
    x: Tensor
    net: Tensor
    y: Tensor
    delta: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor
    after: Layer
    codes_after: Tensor


def each(name: str, to: Projection, *operands: Tensor | Number) -> Tensor:
    """An operation of the table on the elements of tensors of one shape; a number stands for all."""
    operation, shapes = get_operation(name), {x.shape for x in operands if isinstance(x, Tensor)}
    if len(shapes) != 1:
        raise ValueError(f"{name} takes tensors of one shape, not of {sorted(shapes)}")
    (shape,) = shapes
    columns = [[x] * size(shape) if isinstance(x, Number) else x.numbers() for x in operands]
    return tensor((operation(*row, to=to).code for row in zip(*columns, strict=True)), shape, to.format)


def constant(x: int, to: Projection) -> Number:
    """An integer as a number of the format."""
    return Number(to(x).code, to.format)


def zeros(like: Tensor, to: Projection) -> Tensor:
    """A tensor of zeros."""
    return tensor([to(0).code] * len(like.codes), like.shape, to.format)


def ones(count: int, to: Projection) -> Tensor:
    """A column of ones."""
    return tensor([to(1).code] * count, (count, 1), to.format)


def widened(x: Tensor, columns: int) -> Tensor:
    """A column in the place of several."""
    return tensor((code for code in x.codes for _ in range(columns)), (x.shape[0], columns), x.format)


def turned(x: Tensor) -> Tensor:
    """Rows as columns."""
    rows, columns = x.shape
    return tensor((x.codes[i * columns + j] for j in range(columns) for i in range(rows)), (columns, rows), x.format)


def product(a: Tensor, b: Tensor, path: Datapath, bias: Tensor | None = None, step: Number | None = None) -> Tensor:
    """A matrix product on a datapath, with a step as the scale of all sums."""
    found = matmul(a.nested(), b.nested(), path, None if bias is None else bias.numbers(), [] if step is None else [[[step]]])
    return tensor((result.code for row in found for result in row), (a.shape[0], b.shape[1]), path.to.format)


def learned(value: Tensor, to: Projection) -> Learned:
    """A parameter of which nothing is remembered yet: its velocity and its squares **must** start from zero.

    [retraining/start]
    """
    return Learned(value, zeros(value, to), zeros(value, to))


def step_of(weights: Tensor, method: str, rules: Retraining) -> Number:
    """The weights of a layer **must** be one group with one step: the one that the method finds for the shadows, projected to
    the format that holds it.

    ``ValueError`` where it is held as what is no positive number. Sung et al., section 3. [retraining/step]
    """
    step = rules.held(find_step([x.exact for x in weights.numbers()], rules.levels, method))
    held_step(step, rules.held)
    return Number(step.code, rules.held.format)


def quantized(weights: Tensor, step: Number, rules: Retraining) -> Tensor:
    """The codes of weights **must** be those of the shadows at the layer's step. [retraining/codes]"""
    d = finite(step.exact)
    return tensor((quantize(w.exact, d, rules.levels).code for w in weights.numbers()), weights.shape, rules.levels.format)


def direct(weights: Tensor, bias: Tensor, method: str, rules: Retraining) -> Layer:
    """A layer before its first update, from the parameters of a network that was trained without quantization: the step
    **must** be found from the weights as they are then, and the bias be left as it is. [retraining/direct]
    """
    return Layer(learned(weights, rules.to), learned(bias, rules.to), step_of(weights, method, rules))


def activation(net: Tensor, rules: Retraining, *, last: bool) -> Tensor:
    """The result of a hidden layer **must** be relu of its sums, then projected by ``signals`` if that is given; the result of
    the last layer is its sums. [retraining/activation]
    """
    if last:
        return net
    y = each("relu", rules.to, net)
    return y if rules.signals is None else each("convert", rules.signals, y)


def squared_error(y: Tensor, targets: Tensor, rules: Retraining) -> Tensor:
    """The gradient of half the sum of squared differences **must** be the result less the target. [retraining/squared-error]"""
    return each("subtract", rules.to, y, targets)


def softmax_error(y: Tensor, targets: Tensor, rules: Retraining) -> Tensor:
    """The gradient of the cross-entropy of a softmax **must** be the softmax less the target. Of each sample the softmax is
    computed in steps, each of them projected: every result less the greatest of the sample, the exponential of that, the dot
    product of the exponentials and as many ones on the datapath ``backward``, and the quotients by it.
    [retraining/softmax-error]
    """
    to, samples, outputs = rules.to, *y.shape
    columns = [tensor(y.codes[o::outputs], (samples, 1), y.format) for o in range(outputs)]
    greatest = reduce(partial(each, "maximum", to), columns)
    powers = each("exp", to, each("subtract", to, y, widened(greatest, outputs)))
    total = product(powers, ones(outputs, to), rules.backward)
    return each("subtract", to, each("divide", to, powers, widened(total, outputs)), targets)


ERRORS: dict[str, Callable[[Tensor, Tensor, Retraining], Tensor]] = {"squared": squared_error, "softmax": softmax_error}
"""By name, the gradients of the sums of the last layer."""


def passed_back(delta: Tensor, codes: Tensor, step: Number, net_below: Tensor, rules: Retraining) -> Tensor:
    """The gradient of a sum below **must** be the product of the gradients of the sums above and the quantized weights between,
    with the step as its scale, the first output above first; and zero where the sum below is not above zero. What ``signals``
    does to results **must** be passed as if it did nothing.

    Sung et al., section 3; the slope of relu at zero is 0. [retraining/backward]
    """
    found, zero = product(delta, codes, rules.backward, step=step), rules.to(0).code
    kept = (code if is_above_zero(net) else zero for code, net in zip(found.codes, net_below.numbers(), strict=True))
    return tensor(kept, found.shape, found.format)


def is_above_zero(x: Number) -> bool:
    """Whether a number is greater than zero, which a NaN is not."""
    datum = x.exact
    return not (is_nan(datum) or is_negative(datum) or is_zero(datum))


def mean(total: Tensor, count: int, rules: Retraining) -> Tensor:
    """A gradient of a parameter **must** be the sum over the samples of the batch, in their order, divided by their number.

    [retraining/mean]
    """
    return each("divide", rules.to, total, Number(count, COUNTS))


def gradients(delta: Tensor, x: Tensor, rules: Retraining) -> tuple[Tensor, Tensor]:
    """Of a weight, the sum of the products of the gradients of its layer's sum and of the layer's input **must** be taken: the
    gradient of the quantized weight stands for that of its shadow. Of a bias the input is one. [retraining/gradient]
    """
    samples, turned_delta = delta.shape[0], turned(delta)
    bias = product(turned_delta, ones(samples, rules.to), rules.backward)
    return (
        mean(product(turned_delta, x, rules.backward), samples, rules),
        mean(tensor(bias.codes, delta.shape[1:], bias.format), samples, rules),
    )


def updated(parameter: Learned, gradient: Tensor, rules: Retraining) -> Learned:
    """The velocity **must** become momentum times itself less rate times gradient, and be added to the parameter. With a decay
    the gradient is first divided by the root of the running mean of its squares, to which epsilon is added: the mean **must**
    become decay times itself plus 1 - decay times the squared gradient. Each of these is an operation with a projection.

    RMSProp as Tieleman and Hinton, Coursera lecture 6.5, give it. [retraining/update]
    """
    to, rule, squares, slope = rules.to, rules.update, parameter.squares, gradient
    if rule.decay is not None and rule.epsilon is not None:
        rest = Number(get_operation("subtract")(constant(1, to), rule.decay, to=to).code, to.format)
        squared = each("multiply", to, rest, each("multiply", to, gradient, gradient))
        squares = each("add", to, each("multiply", to, rule.decay, squares), squared)
        slope = each("divide", to, gradient, each("add", to, each("sqrt", to, squares), rule.epsilon))
    moved = each("multiply", to, rule.momentum, parameter.velocity)
    velocity = each("subtract", to, moved, each("multiply", to, rule.rate, slope))
    return Learned(each("add", to, parameter.value, velocity), velocity, squares)


def retrain(layers: Sequence[Layer], x: Tensor, targets: Tensor, rules: Retraining) -> list[LayerTrace]:
    """One step: all layers forward, all gradients backward with the weights that the forward pass saw, then all updates. After
    them the weights **must** be quantized anew, at the step that the method finds for the new shadows, or without a method at
    the one that the layer has. [retraining/order]
    """
    codes = [quantized(layer.weights.value, layer.step, rules) for layer in layers]
    inputs, nets = [x], []
    for i, layer in enumerate(layers):
        nets.append(product(inputs[-1], turned(codes[i]), rules.forward, layer.bias.value, layer.step))
        inputs.append(activation(nets[-1], rules, last=i == len(layers) - 1))
    delta, made = ERRORS[rules.error](inputs[-1], targets, rules), list[LayerTrace]()
    for i, layer in reversed(list(enumerate(layers))):
        weight_gradient, bias_gradient = gradients(delta, inputs[i], rules)
        weights, bias = updated(layer.weights, weight_gradient, rules), updated(layer.bias, bias_gradient, rules)
        step = layer.step if rules.method is None else step_of(weights.value, rules.method, rules)
        made.append(
            LayerTrace(
                codes[i],
                inputs[i],
                nets[i],
                inputs[i + 1],
                delta,
                weight_gradient,
                bias_gradient,
                Layer(weights, bias, step),
                quantized(weights.value, step, rules),
            )
        )
        if i:
            delta = passed_back(delta, codes[i], layer.step, nets[i - 1], rules)
    return made[::-1]
