"""Training with numbers that are powers of two, forward and backward: Miyashita, Lee and Murmann, arXiv 1603.01025.

Algorithm 1 has activations of 4 bits without a sign, and weights and gradients of 5 bits with one. Its linear counterpart
learns with gradients in floating point only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..losses import LossFunction
from .methods import Method
from .optimizers import Optimizer
from .quantized import Scheme
from .quantized_methods import quantized
from .quantizers import Quantizer, linear, logarithmic

BASES: Mapping[str, Callable[..., Quantizer]] = {
    "2": logarithmic,
    "sqrt2": partial(logarithmic, steps=2),
    "linear": linear,
}
"""How numbers are spaced: powers of two, powers of its root, or evenly."""


def scheme(
    base: str = "2",
    activations: int = 4,
    weights: int = 5,
    gradients: int = 5,
    choice: str = "maximum",
    every: int = 1,
    at: Sequence[str] | None = None,
    but: Sequence[str] = (),
) -> Scheme:
    """Algorithm 1 with so many bits; 0 bits leave activations, weights or gradients in floating point.

    ``base``: a name of ``BASES``. ``choice``: how each full scale is found, the greatest magnitude by default; ``every``: after
    how many steps. ``at``: the results that are quantized, those of the activation functions by default. ``but``: layers that
    are left as they are. ``ValueError`` for an unknown base.
    """
    if base not in BASES:
        raise ValueError(f"the base of training is one of {', '.join(BASES)}, not {base!r:.60}")
    make = BASES[base]
    return Scheme(
        make(weights, signed=True, choice=choice) if weights else None,
        make(activations, choice=choice) if activations else None,
        make(gradients, signed=True, choice=choice) if gradients else None,
        None if at is None else tuple(at),
        tuple(but),
        every,
    )


def logarithmic_training(optimizer: Optimizer, loss: LossFunction, rules: Scheme) -> Method:
    """Algorithm 1: master weights in floating point, updated by SGD with momentum or Adam."""
    return quantized("miyashita", rules, optimizer, loss)
