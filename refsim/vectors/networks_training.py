"""Traces of training steps with low-precision multiplications, from the specification alone: what golden traces are made of.

The network is small: layers of a few maxout units and a softmax. Its parameters and its data follow from integers, so nothing
is drawn at random.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..spec.datapath_names import datapath_name
from ..spec.dynamic import GROUPS, Control, published
from ..spec.formats import Format, Number
from ..spec.projection import Projection
from ..spec.spellings import projection_name
from ..spec.tensors import Tensor, size, tensor
from ..spec.training import Layer, LayerTrace, Learned, Numbers, Training, started, train

BINARY32 = Projection("binary32", "ties_to_even", "infinity")
EPSILON = Fraction(1, 10**7)
RADIX = 1
PERIOD = 2
"""Radices move after every second step of the trace."""
STEPS = 4
"""So many steps hold two moves of the radices."""
SHAPES = ((6, 5, 2), (4, 3, 2), (3, 2, 1))
"""Sums, inputs and pieces of each layer."""
SAMPLES = 4
LABELS = (0, 2, 1, 2)
LIMIT = Fraction(3, 4)
RATE = Fraction(1, 2)
MOMENTUM = Fraction(1, 2)


def dynamic(computation: int = 10, storage: int = 12, period: int = PERIOD, **others: Any) -> Training:
    """The published rules with radices that move after so many batches; widths with the sign."""
    held = [
        Control(published(f"dfxp{width}"), Fraction(1, 100), period, -16, 16, "at_end", "period")
        for width in (computation, storage)
    ]
    return training(*held, **others)


def training(computation: Numbers, storage: Numbers, **others: Any) -> Training:
    """The published rules for numbers that are held in some way."""
    return Training(
        **{"computation": computation, "storage": storage, "sums": None, "ties": "all", "epsilon": EPSILON} | others
    )


def spread(shape: Sequence[int], factor: int, span: Fraction, format: Format) -> Tensor:
    """Numbers all over a range that are not in order: multiples of a factor modulo 101, and no two of them alike for long."""
    to = Projection(format, "ties_to_even", "saturate")
    return tensor((to(span * ((factor * (i + 1)) % 101 - 50) / 50).code for i in range(size(tuple(shape)))), shape, format)


def number(x: Fraction | str, to: Projection = BINARY32) -> Number:
    """A rational as a number of a format."""
    return Number(to(Fraction(x)).code, to.format)


def network(radix: int = RADIX, shapes: Sequence[tuple[int, int, int]] = SHAPES) -> tuple[list[Layer], list[Learned]]:
    """Layers, and what is learned of each before the first step."""
    layers = [Layer(pieces, LIMIT) for _, _, pieces in shapes]
    learned = [
        started(
            spread((sums, inputs), 37 + i, Fraction(5, 8), BINARY32.format),
            spread((sums,), 13 + i, Fraction(1, 8), BINARY32.format),
            radix,
        )
        for i, (sums, inputs, _) in enumerate(shapes)
    ]
    return layers, learned


def batch(step: int) -> tuple[Tensor, list[list[int] | None]]:
    """The samples of a step in q1.7, and the masks of the layers' inputs: in five places of six a one."""
    x = spread((SAMPLES, SHAPES[0][1]), 29 + 2 * step, Fraction(1), of_samples())
    masks: list[list[int] | None] = [
        [int((7 * i + 3 * step + layer) % 6 != 0) for i in range(SAMPLES * inputs)]
        for layer, (_, inputs, _) in enumerate(SHAPES)
    ]
    return x, masks


def of_samples() -> Format:
    """The format of the samples."""
    return Projection("q1.7", "ties_to_even", "saturate").format


def steps(rules: Training, count: int) -> list[list[LayerTrace]]:
    """The traces of so many steps, one after the other."""
    layers, learned = network()
    rates, momentum = [number(RATE)] * len(layers), number(MOMENTUM)
    made = list[list[LayerTrace]]()
    for step in range(count):
        x, masks = batch(step)
        made.append(train(layers, learned, x, LABELS, masks, rates, momentum, rules))
        learned = [layer.after for layer in made[-1]]
    return made


def training_trace(rules: Training, count: int = STEPS) -> dict[str, Any]:
    """Steps of training as plain data: the settings by name, and all numbers as codes.

    Of every layer and step what was stored before and after, the input behind the mask, all ten groups, the weights before
    their norm was limited, the counts, and the state of every controller before and after.
    """
    layers, _ = network()
    made = steps(rules, count)
    return {
        "clauses": ["training/order", "training/format", "training/update", "max-norm/rows", "training/count", "training/move"],
        "settings": {
            "computation": of_numbers(rules.computation),
            "storage": of_numbers(rules.storage),
            "sums": "exact" if rules.sums is None else datapath_name(rules.sums),
            "ties": rules.ties,
            "epsilon": str(rules.epsilon),
            "rate": of_number(number(RATE)),
            "momentum": of_number(number(MOMENTUM)),
            "layers": [{"pieces": layer.pieces, "limit": str(layer.limit)} for layer in layers],
        },
        "steps": [
            {
                "x": of_tensor(batch(step)[0]),
                "labels": list(LABELS),
                "masks": batch(step)[1],
                "layers": [of_layer(layer) for layer in made[step]],
            }
            for step in range(count)
        ],
    }


def of_numbers(numbers: Numbers) -> dict[str, Any]:
    """How numbers are held, by name."""
    if isinstance(numbers, Projection):
        return {"projection": projection_name(numbers)}
    to = numbers.to if isinstance(numbers, Control) else numbers
    found: dict[str, Any] = {"width": to.width, "rounding": to.rounding, "overflow": to.overflow}
    if isinstance(numbers, Control):
        found |= {name: getattr(numbers, name) for name in ("period", "least", "greatest", "counted", "mean")}
        found["rate"] = str(numbers.rate)
    return found


def of_number(x: Number) -> dict[str, str]:
    """Code and format."""
    return {"format": x.format.name, "code": f"{x.code:#x}"}


def of_tensor(x: Tensor) -> dict[str, Any]:
    """Shape, format and codes."""
    return {"shape": list(x.shape), "format": x.format.name, "codes": [f"{code:#x}" for code in x.codes]}


def of_learned(x: Learned) -> dict[str, Any]:
    """What is stored of a layer, and the states of its controllers: radix, place, batches, numbers, overflows, halved."""
    stored = {name: of_tensor(getattr(x, name)) for name in ("weights", "bias", "update_w", "update_b")}
    return {**stored, "states": {group: list(state) for group, state in x.states.items()}}


def of_layer(made: LayerTrace) -> dict[str, Any]:
    """What a step made of a layer."""
    return {
        "before": of_learned(made.before),
        "x": of_tensor(made.x),
        "groups": {group: of_tensor(made.groups[group]) for group in GROUPS},
        "moved": of_tensor(made.moved),
        "counts": {group: list(counts) for group, counts in made.counts.items()},
        "after": of_learned(made.after),
    }


def training_text(rules: Training, count: int = STEPS) -> str:
    """The trace as JSON, the same bytes every time."""
    return json.dumps(training_trace(rules, count), indent=1, sort_keys=True) + "\n"
