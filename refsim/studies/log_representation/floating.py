"""Networks trained in floating point, and what all steps do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nn.data import Data
from ...nn.folding import fold
from ...nn.layers.kind import Floats, Parameters
from ...nn.metrics import predicted
from ...nn.networks import Network, forward, predict
from ...nn.training.quantized import Scheme
from ...nn.training.quantized import predict as quantized_predict
from ...nn.training.quantizers import Quantizer, Scale
from ..running.jobs import Inputs, Outcome
from ..training import trained
from .networks import network_of
from .settings import CALIBRATION

AT_ONCE = 500
"""Images that are predicted at once."""


def train_float(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """Train a network by Adam; its parameters, and which test images are right."""
    data = inputs.data
    network = network_of(options["network"], data)
    done = trained(network, data, ("float", {"optimizer": "adam"}), options["plan"], options["seed"])
    right = is_right(network, done.parameters, data.test_x, data.test_t)
    record = {
        "what": "float",
        "network": options["network"],
        "seed": options["seed"],
        **found(right),
        "parameters": sum(value.size for value in done.parameters.values()),
    }
    return Outcome([record], done.parameters)


def folded(options: Mapping[str, Any], inputs: Inputs) -> tuple[Network, dict[str, Floats]]:
    """The network that the first outcome needed is of, as it predicts: without dropouts and batch normalizations."""
    network = network_of(options["network"], inputs.data)
    return fold(network, inputs.needs[0].arrays)


def activations(network: Network) -> list[str]:
    """The layers whose results are quantized."""
    return [layer.name for layer in network.layers if layer.kind == "relu"]


def is_right(network: Network, parameters: Parameters, x: Floats, t: NDArray[Any]) -> NDArray[np.bool_]:
    """Which images are classified rightly in floating point."""
    return hits(lambda part: predict(network, parameters, part), x, t)


def is_right_quantized(
    network: Network, parameters: Parameters, quantizer: Quantizer, scales: Mapping[str, int], x: Floats, t: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which images are classified rightly with quantized activations, each layer's at its full scale."""
    known: dict[str, Scale] = {f"activations/{name}": np.array([float(scale)]) for name, scale in scales.items()}
    scheme = Scheme(activations=quantizer)
    return hits(lambda part: quantized_predict(network, parameters, scheme, known, part), x, t)


def hits(results: Callable[[Floats], Floats], x: Floats, t: NDArray[Any]) -> NDArray[np.bool_]:
    """Which images are classified rightly by a function from images to results."""
    parts = [predicted(results(x[i : i + AT_ONCE])) for i in range(0, len(x), AT_ONCE)]
    return np.asarray(np.concatenate(parts) == t)


def counted(right: NDArray[np.bool_]) -> dict[str, Any]:
    """What a record says of test images: how many there are, and how many are right."""
    return {"images": len(right), "right": int(right.sum())}


def found(right: NDArray[np.bool_]) -> dict[str, Any]:
    """The same, and which are right, as bits in hexadecimal."""
    return {**counted(right), "which": np.packbits(right).tobytes().hex()}


def offsets(network: Network, parameters: Parameters, data: Data) -> dict[str, int]:
    """By layer, the least exponent of a power of two above all of its activations on images to calibrate with."""
    results = forward(network, parameters, data.train_x[:CALIBRATION]).results
    return {name: int(np.frexp(results[name].max())[1]) for name in activations(network)}
