"""Homogeneity: which layers let a positive factor on their input through to their result.

Where all layers behind a factor do, the numbers of a network need not be divided one by one: the network's result is divided
once, or not at all where only its greatest element matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Through:
    """How a kind of layer takes a factor: which of its parameters are multiplied by the factor of the layer itself, which by
    that of its input, and which by both."""

    own: tuple[str, ...] = ()
    input: tuple[str, ...] = ()
    both: tuple[str, ...] = ()


LINEAR = Through(own=("weights",), both=("bias",))
KINDS: Mapping[str, Through] = {
    **dict.fromkeys(("dense", "conv2d", "conv_transpose2d"), LINEAR),
    "batch_norm": Through(own=("scale",), input=("mean",), both=("shift",)),
    **dict.fromkeys(("max_pool", "average_pool", "global_average_pool"), Through()),
    **dict.fromkeys(("add", "concat", "flatten", "upsample", "dropout", "maxout"), Through()),
    **dict.fromkeys(("relu", "leaky_relu"), Through()),
}
"""The kinds of layers that a factor goes through: those for which f(c * x) is c * f(x) for every positive c, once their
parameters are multiplied as it says. Dropout is meant outside training, and a batch normalization with running statistics."""


@dataclass(frozen=True)
class Passed:
    """The factor of a layer's result, and by role those that its parameters are multiplied by."""

    factor: Fraction
    parameters: Mapping[str, Fraction] = field(default_factory=dict)


def through(kind: str, inputs: Sequence[Fraction], own: Fraction = Fraction(1)) -> Passed:
    """A layer whose inputs all have the factor 1, and that has none itself, **must** keep its parameters and give the factor 1,
    whatever its kind is. Else its kind must be one that a factor goes through, and its inputs must have one factor: then the
    result's factor **must** be the product of the layer's own and that of its inputs, and each parameter be multiplied by the
    layer's own factor, by that of the inputs, or by their product, as the kind says.

    A linear layer thus has its weights multiplied by its own factor and its bias by the product; a batch normalization its
    scale by its own, its mean by that of its input and its shift by the product. ``ValueError`` for a factor that is not
    positive, for other kinds, for inputs with different factors, and for an own factor of a kind without parameters.
    [homogeneity/through]
    """
    if wrong := [c for c in (*inputs, own) if c <= 0]:
        raise ValueError(f"a factor must be positive, not {wrong[0]}")
    if all(c == 1 for c in (*inputs, own)):
        return Passed(Fraction(1))
    if kind not in KINDS:
        raise ValueError(f"no factor goes through {kind}; it goes through {', '.join(KINDS)}")
    if other := [c for c in inputs if c != inputs[0]]:
        raise ValueError(f"{kind} takes inputs of one factor, not of {inputs[0]} and {other[0]}")
    how, given = KINDS[kind], inputs[0] if inputs else Fraction(1)
    if own != 1 and not how.own:
        raise ValueError(f"{kind} has no parameters that the factor {own} could belong to")
    roles = {
        **dict.fromkeys(how.own, own),
        **dict.fromkeys(how.input, given),
        **dict.fromkeys(how.both, own * given),
    }
    return Passed(own * given, roles)
