"""The methods of training under quantizers, each made of options as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import logarithmic, quantized_activations, retraining
from .baseline import baseline
from .choices import loss_of, optimizer_of
from .methods import Method
from .quantizer_names import get_quantizer, optional
from .sparse import sparse

LOSS = "softmax_cross_entropy"
Names = Sequence[str] | str
"""Names of layers; a text is one name."""


def names(given: Names) -> tuple[str, ...]:
    """The names of layers."""
    return (given,) if isinstance(given, str) else tuple(given)


def sung(
    levels: int = 3,
    step: str = "optimal",
    signals: str = "none",
    every: int = 0,
    but: Names = (),
    optimizer: str = "rmsprop",
    loss: str = LOSS,
    **options: Any,
) -> Method:
    """Retraining with weights of so many ``levels``; ``step`` is a method of ``spec.levels``, ``signals`` a quantizer by name.

    Further options are those of the optimizer.
    """
    rules = retraining.scheme(levels, step, optional(signals), every, names(but))
    return retraining.retraining(optimizer_of(optimizer, options), loss_of(loss), rules)


def miyashita(
    base: str = "2",
    activations: int = 4,
    weights: int = 5,
    gradients: int = 5,
    choice: str = "maximum",
    every: int = 1,
    at: Names | None = None,
    but: Names = (),
    optimizer: str = "sgd",
    loss: str = LOSS,
    **options: Any,
) -> Method:
    """Logarithmic training, or with ``base="linear"`` its linear counterpart, with so many bits of each.

    Further options are those of the optimizer.
    """
    rules = logarithmic.scheme(
        str(base), activations, weights, gradients, choice, every, None if at is None else names(at), names(but)
    )
    return logarithmic.logarithmic_training(optimizer_of(optimizer, options), loss_of(loss), rules)


def quantized(
    activations: str,
    weights: str = "none",
    at: Names | None = None,
    but: Names = (),
    every: int = 0,
    clip: bool = True,  # noqa: FBT002 an option among others
    optimizer: str = "sgd",
    loss: str = LOSS,
    **options: Any,
) -> Method:
    """Training with quantized activations, and weights if wanted, by the names of quantizers.

    Further options are those of the optimizer.
    """
    rules = quantized_activations.scheme(
        get_quantizer(activations), optional(weights), None if at is None else names(at), names(but), every, clip=clip
    )
    return quantized_activations.quantized_activations(optimizer_of(optimizer, options), loss_of(loss), rules)


def pruned(ratio: float = 0.5, scope: str = "local", optimizer: str = "sgd", loss: str = LOSS, **options: Any) -> Method:
    """Training in floating point with a share of the weights at zero; further options are those of the optimizer."""
    return sparse(baseline(optimizer_of(optimizer, options), loss_of(loss)), ratio, scope)


QUANTIZED: Mapping[str, Callable[..., Method]] = {
    "sung": sung,
    "miyashita": miyashita,
    "quantized": quantized,
    "sparse": pruned,
}
"""The methods by name."""
