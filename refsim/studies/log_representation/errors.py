"""Errors of quantization: how far the numbers of a trained network are moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...nn.layers.kind import Floats
from ...nn.networks import forward
from ...nn.training.quantizer_names import get_quantizer
from ..running.jobs import Inputs, Outcome
from .floating import activations, folded
from .settings import CALIBRATION

ACTIVATIONS = {"log3": "log:3:unsigned:1", "log4": "log:4:unsigned:1", "lin3": "linear:3:unsigned", "lin4": "linear:4:unsigned"}
WEIGHTS = {
    "linear": "linear:5:signed",
    "base 2": "log:5:signed:1",
    "base sqrt2": "log:5:signed:2",
}
CHOICES = {"maximum": "maximum", "least squares": "sweep"}
"""How a full scale is chosen: so that nothing overflows, or by the squared error."""
DIGITS = 4


def measure_errors(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Errors of activations on test images at full scales that training images choose, and of the weights of convolutions;
    for each layer the mean error relative to the mean magnitude, in percent, and the ratio of signal to noise in dB."""
    network, parameters = folded(options, inputs)
    data = inputs.data
    layers = activations(network)
    first = forward(network, parameters, data.train_x[:CALIBRATION]).results
    second = forward(network, parameters, data.test_x[:CALIBRATION]).results
    seen = [(first[name], second[name]) for name in layers]
    kernels = [parameters[f"{layer.name}.weights"] for layer in network.layers if layer.kind == "conv2d"]
    groups = [("activations", seen, ACTIVATIONS), ("weights", [(w, w) for w in kernels], WEIGHTS)]
    records = []
    for of, pairs, quantizers in groups:
        for name, quantizer in quantizers.items():
            for choice, spelled in CHOICES.items():
                to = get_quantizer(f"{quantizer}:{spelled}")
                errors = [error_of(x, to(x, to.find(known))) for known, x in pairs]
                records.append(
                    {
                        "what": "errors",
                        "network": options["network"],
                        "seed": options["seed"],
                        "of": of,
                        "quantizer": name,
                        "choice": choice,
                        "mean": [one[0] for one in errors],
                        "sqnr": [one[1] for one in errors],
                    }
                )
    return Outcome(records)


def error_of(x: Floats, made: Floats) -> tuple[float | None, float | None]:
    """The mean error in percent of the mean magnitude, and signal to noise in dB; ``None`` where that is no number."""
    wide = x.astype(np.float64)
    error = made.astype(np.float64) - wide
    size, noise = float(np.abs(wide).mean()), float((error**2).sum())
    mean = 100 * float(np.abs(error).mean()) / size if size else None
    ratio = 10 * float(np.log10((wide**2).sum() / noise)) if size and noise else None
    return _short(mean), _short(ratio)


def _short(x: float | None) -> float | None:
    return None if x is None else float(f"{x:.{DIGITS}g}")
