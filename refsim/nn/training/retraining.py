"""Retraining with weights of few levels: Sung, Shin and Hwang, arXiv 1511.06488.

A network that was trained in floating point is quantized directly, then learns on: passes see the quantized weights, updates
change their shadows. ``refsim.spec.retraining`` states a step of it exactly; this is any network, in the host's floating point.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..losses import LossFunction
from .methods import Method
from .optimizers import Optimizer
from .quantized import Scheme
from .quantized_methods import quantized
from .quantizers import Quantizer, levels


def scheme(
    count: int = 3, method: str = "optimal", signals: Quantizer | None = None, every: int = 0, but: Sequence[str] = ()
) -> Scheme:
    """Weights of ``count`` levels, a step a layer, biases as they are.

    The step of direct quantization, found by ``method``, stays; with ``every`` it is found anew after so many steps.
    ``signals``: a quantizer of the results of activations, which the paper leaves in floating point. ``but``: layers that are
    left as they are.
    """
    return Scheme(weights=levels(count, method), activations=signals, every=every, but=tuple(but))


def retraining(optimizer: Optimizer, loss: LossFunction, rules: Scheme) -> Method:
    """Retraining; the paper has RMSProp with momentum, and rates that fall by a hundred or more."""
    return quantized("sung", rules, optimizer, loss)
