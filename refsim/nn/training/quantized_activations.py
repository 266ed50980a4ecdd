"""Training of any network with activations of few codes, each by a straight-through estimate."""

from __future__ import annotations

from collections.abc import Sequence

from ..losses import LossFunction
from .methods import Method
from .optimizers import Optimizer
from .quantized import Scheme
from .quantized_methods import quantized
from .quantizers import Quantizer


def scheme(
    activations: Quantizer,
    weights: Quantizer | None = None,
    at: Sequence[str] | None = None,
    but: Sequence[str] = (),
    every: int = 0,
    *,
    clip: bool = True,
) -> Scheme:
    """Results of activation functions, or those of the layers ``at``, in the numbers of a quantizer.

    Their ranges are those of the first batch, of a calibration, or with ``every`` of a batch every so many steps. With ``clip``
    no gradient passes where an activation was past its range (Hubara et al., arXiv 1609.07061).
    """
    return Scheme(weights, activations, None, None if at is None else tuple(at), tuple(but), every, clip)


def quantized_activations(optimizer: Optimizer, loss: LossFunction, rules: Scheme) -> Method:
    """Training under such a scheme."""
    return quantized("quantized", rules, optimizer, loss)
