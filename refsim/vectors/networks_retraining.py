"""The golden trace of one retraining step of a small network: everything that a device would hold, before and after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..spec.accumulators import Sequential
from ..spec.catalogue import get_format
from ..spec.datapath_names import datapath_name
from ..spec.datapaths import Datapath
from ..spec.formats import Format, Number
from ..spec.levels import published
from ..spec.products import RoundedProduct
from ..spec.projection import Projection
from ..spec.retraining import Layer, LayerTrace, Learned, Retraining, Update, direct, retrain
from ..spec.spellings import projection_name
from ..spec.tensors import Tensor, size, tensor
from ..spec.text import parse_exact

BINARY32 = Projection("binary32", "ties_to_even", "infinity")
CHAIN = Datapath(RoundedProduct(BINARY32), Sequential(BINARY32), "output", "sum", None)
"""Products and sums in binary32, one after the other, then the step, then the bias: what a plain loop over floats computes."""
SHAPES = ((5, 6), (4, 5), (3, 4))
SAMPLES = 4


def rules(levels: int, signals: str | None = "uq1.3", method: str | None = None) -> Retraining:
    """The settings of the trace: weights of so many levels, signals in four bits, RMSProp with momentum."""
    to = None if signals is None else Projection(signals, "ties_to_away", "saturate")
    update = Update(*(number(x, "binary32") for x in ("0.05", "0.9", "0.9", "1e-8")))
    return Retraining(published(levels), BINARY32, method, CHAIN, CHAIN, BINARY32, to, "softmax", update)


def number(text: str, format: str) -> Number:
    """The number of a format that is nearest to a text."""
    return Number(Projection(format, "ties_to_even", "infinity")(parse_exact(text)).code, get_format(format))


def spread(shape: Sequence[int], start: int, format: Format) -> Tensor:
    """Numbers between -1 and 1, in sixty-fourths, by a congruence: they look drawn, and nothing has to be kept."""
    to, state, codes = Projection(format, "ties_to_even", "infinity"), start, []
    for _ in range(size(tuple(shape))):
        state = (state * 1103515245 + 12345) % (1 << 31)
        codes.append(to(parse_exact(f"{(state >> 16) % 127 - 63}/64")).code)
    return tensor(codes, shape, format)


def network(settings: Retraining) -> list[Layer]:
    """The layers before the step, quantized directly."""
    format = settings.to.format
    return [
        direct(spread(shape, 2 * i + 1, format), spread(shape[:1], 2 * i + 2, format), "optimal", settings)
        for i, shape in enumerate(SHAPES)
    ]


def batch(format: Format) -> tuple[Tensor, Tensor]:
    """Samples, and for each of them one for its class and zeros for the others."""
    outputs, to = SHAPES[-1][0], Projection(format, "ties_to_even", "infinity")
    targets = (to(int(o == i % outputs)).code for i in range(SAMPLES) for o in range(outputs))
    return spread((SAMPLES, SHAPES[0][1]), 9, format), tensor(targets, (SAMPLES, outputs), format)


def retraining_trace(levels: int = 7, signals: str | None = "uq1.3", method: str | None = None) -> dict[str, Any]:
    """A retraining step as plain data: the settings by name, and all tensors as codes.

    ``levels`` of the weights, the format of the hidden ``signals`` or ``None``, and the ``method`` that finds steps anew or
    ``None``.
    """
    settings = rules(levels, signals, method)
    layers, (x, targets) = network(settings), batch(settings.to.format)
    made = retrain(layers, x, targets, settings)
    return {
        "clauses": ["retraining/order", "retraining/backward", "retraining/update", "retraining/codes"],
        "settings": described(settings),
        "targets": of_tensor(targets),
        "layers": [of_layer(before, trace) for before, trace in zip(layers, made, strict=True)],
    }


def text(trace: dict[str, Any]) -> str:
    """A trace as JSON in ASCII, the same bytes for the same trace."""
    return json.dumps(trace, indent=1, ensure_ascii=True) + "\n"


def described(settings: Retraining) -> dict[str, Any]:
    """Settings by name; the numbers of the update as codes."""
    update = {name: None if x is None else of_number(x) for name, x in settings.update._asdict().items()}
    return {
        "levels": projection_name(settings.levels),
        "held": projection_name(settings.held),
        "method": settings.method,
        "forward": datapath_name(settings.forward),
        "backward": datapath_name(settings.backward),
        "to": projection_name(settings.to),
        "signals": None if settings.signals is None else projection_name(settings.signals),
        "error": settings.error,
        "update": update,
    }


def of_number(x: Number) -> dict[str, str]:
    """Code and format."""
    return {"format": x.format.name, "code": f"{x.code:#x}"}


def of_tensor(x: Tensor) -> dict[str, Any]:
    """Shape, format and codes."""
    return {"shape": list(x.shape), "format": x.format.name, "codes": [f"{code:#x}" for code in x.codes]}


def of_learned(x: Learned) -> dict[str, Any]:
    """A parameter with what its updates remember."""
    return {name: of_tensor(one) for name, one in x._asdict().items()}


def of_parameters(layer: Layer) -> dict[str, Any]:
    """The parameters of a layer and its step."""
    return {"weights": of_learned(layer.weights), "bias": of_learned(layer.bias), "step": of_number(layer.step)}


def of_layer(before: Layer, made: LayerTrace) -> dict[str, Any]:
    """A layer before the step, what the step made of it, and the layer after."""
    between = {name: of_tensor(x) for name, x in made._asdict().items() if isinstance(x, Tensor)}
    return {"before": of_parameters(before), **between, "after": of_parameters(made.after)}
