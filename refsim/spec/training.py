"""Training with low-precision multiplications: one step of layers of maxout units and a softmax, all numbers of few bits.

Every group of numbers of every layer has a format of its own. Between two groups the arithmetic is exact, or that of a
datapath, and what it makes is projected once. Parameters are stored with more bits than are computed with. Courbariaux, Bengio
and David, Training deep neural networks with low precision multiplications, arXiv 1412.7024; where the paper is silent, the
program that goes with it, deep-learning-multipliers.

Batches are tensors with the samples along their first axis; weights have their outputs along the first, then their inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from .arithmetic import add, exact_product, exact_total
from .catalogue import get_format
from .datapaths import Datapath
from .dynamic import GROUPS, Control, Dynamic, State, at_end, count, settle
from .exact import Exact, floor_log2, negate
from .formats import Number
from .max_norm import check_limits, max_norm
from .operands import Outcome, Setting, perform
from .projection import Projection
from .tensors import Tensor, tensor
from .training_passes import (
    TIES,
    copied,
    error,
    gradients,
    masked,
    maxout,
    passed_back,
    passed_to_pieces,
    product,
    softmax,
)

ZEROS = get_format("uint8")
"""The format of updates before the first step."""
Numbers = Projection | Dynamic | Control
"""How numbers are held: by one projection all of them; as fixed point, at radices that stay; or at radices that move."""


@dataclass(frozen=True)
class Training:
    """How training computes.

    ``computation`` holds all numbers but parameters, which ``storage`` holds. ``sums`` makes the dot products; without it they
    are exact. ``ties`` is a name of ``TIES``; ``epsilon`` is what the norm of weights is increased by where it divides. The
    published ones are ties_to_away and saturate_symmetric of 10 and 12 bits, all and 1e-7. ``ValueError`` where parameters are
    held in another way than other numbers, and for what the program does not count.
    """

    computation: Numbers
    storage: Numbers
    sums: Datapath | None
    ties: str
    epsilon: Fraction

    def __post_init__(self) -> None:
        if type(self.computation) is not type(self.storage):
            raise ValueError(f"parameters are held as {self.storage}, which is not the way of {self.computation}")
        if self.ties not in TIES:
            raise ValueError(f"ties {self.ties!r} of a maxout are none of {', '.join(TIES)}")
        for numbers in (self.computation, self.storage):
            if isinstance(numbers, Control) and numbers.counted != "at_end":
                raise ValueError(f"training counts numbers as they are held, at_end, not {numbers.counted}")
        check_limits(Fraction(1), self.epsilon)

    def held(self, group: str, *, compute: bool = False) -> Numbers:
        """How the numbers of a group are held, or with ``compute`` those that are computed with."""
        return self.storage if GROUPS[group] == "storage" and not compute else self.computation

    def projection(self, group: str, states: Mapping[str, State], *, compute: bool = False) -> Projection:
        """A number of a group **must** be made by the projection of training where that has one, else by that of fixed point at
        the radix that the group of the layer has when the step begins.

        [training/format]
        """
        numbers = self.held(group, compute=compute)
        if isinstance(numbers, Projection):
            return numbers
        return (numbers.to if isinstance(numbers, Control) else numbers).projection(states[group].radix)

    def scaled(self, group: str, states: Mapping[str, State], scale: Fraction) -> Projection:
        """The projection of copies that are multiplied by a scale."""
        if scale <= 0:
            raise ValueError(f"copies of parameters are multiplied by a scale above 0, not by {scale}")
        state = states[group]._replace(radix=states[group].radix + floor_log2(scale))
        return self.projection(group, {group: state}, compute=True)


@dataclass(frozen=True)
class Layer:
    """A dense layer: how many neighbouring sums a maxout takes the greatest of, and the longest that the weights of an output
    may be, ``None`` for any length. ``ValueError`` for what makes no sense."""

    pieces: int
    limit: Fraction | None

    def __post_init__(self) -> None:
        if self.pieces < 1:
            raise ValueError(f"a maxout takes the greatest of one piece or more, not of {self.pieces}")
        check_limits(Fraction(1) if self.limit is None else self.limit, Fraction(0))


class Learned(NamedTuple):
    """What training changes of a layer: weights, bias, the updates of both, which hold momentum, and the state of each group.

    The codes keep the format in which they were made. Before the first step the parameters have any format, and the updates
    are zeros.
    """

    weights: Tensor
    bias: Tensor
    update_w: Tensor
    update_b: Tensor
    states: Mapping[str, State]


class LayerTrace(NamedTuple):
    """What a step made of a layer: the input behind its mask; the codes of all ten groups, those of w and b being the copies
    that are computed with; the weights before their norm was limited; of each group how many numbers were counted, at the
    radix and at the radix less one; and the layer before and after."""

    x: Tensor
    groups: Mapping[str, Tensor]
    moved: Tensor
    counts: Mapping[str, tuple[int, int]]
    before: Learned
    after: Learned


def started(weights: Tensor, bias: Tensor, radix: int) -> Learned:
    """The layer before the first step: its updates **must** be zero, and its parameters be left as they are until their first
    update. All its groups start at one radix.

    The published radix is 5. [training/start]
    """
    zeros = [tensor([0] * len(x.codes), x.shape, ZEROS) for x in (weights, bias)]
    return Learned(weights, bias, zeros[0], zeros[1], {group: State(radix) for group in GROUPS})


def exact_update(setting: Setting, momentum: Exact, update: Exact, rate: Exact, gradient: Exact) -> Outcome:
    """An update **must** become momentum times itself less rate times gradient, exactly, projected once; and then be added to
    its parameter, the sum projected once. [training/update]
    """
    kept, raised = exact_product(momentum, update)
    step, more = exact_product(rate, gradient)
    value, flags = exact_total(setting, kept, negate(step))
    return value, flags | raised | more


def updated(momentum: Number, update: Tensor, rate: Number, gradient: Tensor, to: Projection) -> Tensor:
    """The updates of a parameter."""
    pairs = zip(update.numbers(), gradient.numbers(), strict=True)
    return tensor((perform(exact_update, (momentum, u, rate, g), to).code for u, g in pairs), update.shape, to.format)


def added(parameter: Tensor, update: Tensor, to: Projection) -> Tensor:
    """The parameter after its update."""
    pairs = zip(parameter.numbers(), update.numbers(), strict=True)
    return tensor((add(x, u, to).code for x, u in pairs), parameter.shape, to.format)


def counts_of(rules: Training, states: Mapping[str, State], held: Mapping[str, Tensor]) -> dict[str, tuple[int, int]]:
    """Of every group that moves the codes of the step **must** be counted, at its own width; of weights, biases and their
    updates what was stored when the step began. [training/count]
    """
    found = {}
    for group, numbers in held.items():
        if isinstance(rule := rules.held(group), Control):
            found[group] = at_end(rule.to, states[group].radix, (x.exact for x in numbers.numbers()))
    return found


def moved(
    rules: Training, states: Mapping[str, State], held: Mapping[str, Tensor], counts: Mapping[str, tuple[int, int]]
) -> dict[str, State]:
    """When all parameters are updated, the controllers **must** take in what was counted and move their radices where a period
    ends; the codes that there are keep their numbers. [training/move]
    """
    found = dict(states)
    for group, (overflows, halved) in counts.items():
        if isinstance(rule := rules.held(group), Control):
            found[group] = settle(rule, count(states[group], len(held[group].codes), overflows, halved))
    return found


def train(
    layers: Sequence[Layer],
    learned: Sequence[Learned],
    x: Tensor,
    labels: Sequence[int],
    masks: Sequence[Sequence[int] | None],
    rates: Sequence[Number],
    momentum: Number,
    rules: Training,
) -> list[LayerTrace]:
    """A step **must** go forward through all layers, back through all with the copies that the forward pass used, then update
    all parameters, limit the norms of the weights of those layers that have a limit, also where the weights are short enough,
    count, and move radices. The input is not projected.

    ``masks`` are those of the layers' inputs, ``None`` for no dropout; ``rates`` the learning rates of the layers.
    ``ValueError`` where the layers, what is learned, masks and rates are not as many, or the last layer is a maxout.
    [training/order]
    """
    check_layers(layers, learned, masks, rates)
    made = [dict[str, Tensor]() for _ in layers]
    inputs = list[Tensor]()
    for i, layer in enumerate(layers):
        inputs.append(masked(made[i - 1]["y"] if i else x, masks[i]))
        made[i] = forward(layer, learned[i], inputs[i], rules, last=i == len(layers) - 1)
    for i, layer in reversed(list(enumerate(layers))):
        groups, to = made[i], {group: rules.projection(group, learned[i].states) for group in GROUPS}
        if i == len(layers) - 1:
            groups["dEdy"] = error(groups["y"], labels, to["dEdy"])
        else:
            above = made[i + 1]
            groups["dEdy"] = passed_back(above["dEdz"], above["w"], masks[i + 1], to["dEdy"], rules.sums)
        groups["dEdz"] = passed_to_pieces(groups["dEdy"], groups["z"], layer.pieces, rules.ties, to["dEdz"])
        groups["dEdw"], groups["dEdb"] = gradients(groups["dEdz"], inputs[i], to["dEdw"], to["dEdb"], rules.sums)
    return [finish(*of_layer, momentum, rules) for of_layer in zip(layers, learned, inputs, made, rates, strict=True)]


def check_layers(layers: Sequence[Layer], *others: Sequence[object]) -> None:
    """``ValueError`` for layers without all that belongs to them."""
    if wrong := [len(other) for other in others if len(other) != len(layers)]:
        raise ValueError(f"{len(layers)} layers need as many parameters, masks, scales and rates, not {wrong[0]}")
    if not layers or layers[-1].pieces != 1:
        raise ValueError("the last layer is a softmax, whose sums are in groups of 1")


def forward(
    layer: Layer, learned: Learned, x: Tensor, rules: Training, scale: Fraction = Fraction(1), *, last: bool
) -> dict[str, Tensor]:
    """The groups of the forward pass of a layer, with copies that are scaled."""
    states = learned.states
    w, b = (
        copied(stored, rules.scaled(group, states, scale), scale)
        for group, stored in (("w", learned.weights), ("b", learned.bias))
    )
    z = product(x, w, rules.projection("z", states), rules.sums, b)
    to = rules.projection("y", states)
    return {"z": z, "y": softmax(z, to) if last else maxout(z, layer.pieces, to), "w": w, "b": b}


def finish(
    layer: Layer, before: Learned, x: Tensor, groups: Mapping[str, Tensor], rate: Number, momentum: Number, rules: Training
) -> LayerTrace:
    """The updates of a layer, and its trace."""
    states, to = before.states, {group: rules.projection(group, before.states) for group in GROUPS}
    update_w = updated(momentum, before.update_w, rate, groups["dEdw"], to["update_w"])
    update_b = updated(momentum, before.update_b, rate, groups["dEdb"], to["update_b"])
    longer = added(before.weights, update_w, to["w"])
    weights = longer if layer.limit is None else max_norm(longer, layer.limit, rules.epsilon, to["w"])
    bias = added(before.bias, update_b, to["b"])
    old = {"w": before.weights, "b": before.bias, "update_w": before.update_w, "update_b": before.update_b}
    held = {group: old.get(group) or groups[group] for group in GROUPS}
    counts = counts_of(rules, states, held)
    after = Learned(weights, bias, update_w, update_b, moved(rules, states, held, counts))
    return LayerTrace(x, {**groups, "update_w": update_w, "update_b": update_b}, longer, counts, before, after)


def predict(
    layers: Sequence[Layer], learned: Sequence[Learned], x: Tensor, scales: Sequence[Fraction], rules: Training
) -> Tensor:
    """A prediction **must** be the forward pass without masks, the copies of weights and bias of each layer multiplied by its
    scale. A scaled copy is held at the radix of its group plus the binary logarithm of the scale, rounded down: so nothing is
    lost where the scale is a power of two.

    The program has 1 for the first layer and 1/2 for the others. ``ValueError`` for a scale that is not above zero.
    [training/predict]
    """
    check_layers(layers, learned, scales)
    for i, layer in enumerate(layers):
        x = forward(layer, learned[i], x, rules, scales[i], last=i == len(layers) - 1)["y"]
    return x


def initialized(first: Sequence[Learned], trained: Sequence[Learned]) -> list[Learned]:
    """To find first radices, a network is trained for some epochs with wide numbers. Then it **must** get its first parameters
    back, and keep all else: updates, radices and counts.

    The program trains with 31 bits and a sign. [training/initialization]
    """
    return [after._replace(weights=before.weights, bias=before.bias) for before, after in zip(first, trained, strict=True)]
