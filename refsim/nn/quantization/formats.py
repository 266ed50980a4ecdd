"""Layers whose numbers are those of formats: fixed point, floats, posits, logarithms, and levels times a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...engine.array import Array
from ...spec.convolutions import Window
from ...spec.datapath_names import get_accumulator
from ...spec.datapaths import Datapath
from ...spec.formats import Format
from ...spec.layers import Conv2d, Dense, Elementwise, Rule
from ...spec.moves import Concat, Reshape, Upsample
from ...spec.pooling import AveragePool, Maxout, MaxPool
from ...spec.projection import Projection
from ...spec.softmax import RealSoftmax, Softmax
from ...spec.terms import Accumulator
from ...spec.transposed import ConvTranspose2d
from ..calibration import Numbers, numbers_of
from ..layers.activations import FUNCTIONS
from ..layers.kind import Floats, Options
from ..layers.options import pair, window
from ..networks import Layer
from .building import Making, encoded, zero_code
from .datapaths import datapath_for, filled
from .outputs import by_output, from_outputs
from .patterns import projection_for
from .schemes import FormatChoice
from .steps import quantized_levels

LINEAR = ("dense", "conv2d", "conv_transpose2d")
ACTIVATIONS = (*FUNCTIONS, "leaky_relu")


@dataclass(frozen=True)
class Site:
    """A layer of the network in floating point, what is chosen for it, its parameters by role in binary64, the numbers of its
    result where they are known, and the kinds of the layers that take it."""

    layer: Layer
    choice: FormatChoice
    parameters: Mapping[str, Floats]
    numbers: Numbers | None
    takers: tuple[str, ...] = ()

    @property
    def to(self) -> Projection:
        """The projection of the layer's results."""
        return projection_for(self.choice.projection("activations"), self.numbers, self.choice.calibration)

    @property
    def options(self) -> Options:
        """All options of the layer."""
        return self.layer.all_options

    def held(self, what: str, values: Floats) -> Array:
        """The codes of parameters."""
        to = projection_for(self.choice.projection(what), numbers_of(f"{what}", values), self.choice.weights_calibration)
        return encoded(values, to)


def rule_of(layer: Layer, path: Datapath, format: Format) -> Rule:
    """The rule of a dense layer or a convolution; zeros lie around the image."""
    if layer.kind == "dense":
        return Dense(path)
    options = layer.all_options
    moved = window(options)
    pad = zero_code(format) if any(moved.padding) or layer.kind == "conv_transpose2d" else 0
    if layer.kind == "conv2d":
        return Conv2d(path, moved, pad)
    return ConvTranspose2d(path, moved, pair(options, "output_padding", 0), pad)


def linear(making: Making, site: Site) -> None:
    """Sums of products; where the datapath gives another format than that of the activations, and it is not kept, a node
    more."""
    layer, choice, to = site.layer, site.choice, site.to
    parameters = weights_of(site)
    x = making.format(layer.inputs[0])
    path = datapath_for(choice.datapath, to, (x, parameters["weights"].format))
    if "bias" in site.parameters:
        if "scale" in parameters and path.bias != "output":
            raise ValueError(f"a bias beside a step is added to the output, not {path.bias}; the datapath says where")
        own = path.accumulator.to if choice.bias == "register" else None
        bias = site.parameters["bias"]
        parameters["bias"] = encoded(bias, own) if own else site.held("bias", bias)
    fused = choice.sums == "fused" and site.takers and all(kind in (*ACTIVATIONS, "batch_norm") for kind in site.takers)
    if choice.sums == "kept" or fused or path.to.format == to.format:
        making.put(layer.name, rule_of(layer, path, x), layer.inputs, parameters)
        return
    sums = f"{layer.name}/sum"
    making.put(sums, rule_of(layer, path, x), layer.inputs, parameters, owner=layer.name)
    making.convert(layer.name, sums, to)


def weights_of(site: Site) -> dict[str, Array]:
    """The codes of weights and, with levels, the steps."""
    weights, choice = site.parameters["weights"], site.choice
    if not choice.levels:
        return {"weights": site.held("weights", weights)}
    groups = site.options.get("groups", 1)
    rows = by_output(site.layer.kind, weights, groups)
    to = projection_for(choice.projection("weights"), None, choice.weights_calibration)
    codes, steps = quantized_levels(rows, to, choice.method, choice.step, choice.per)
    return {"weights": Array(from_outputs(site.layer.kind, codes.codes, weights.shape, groups), codes.format), "scale": steps}


def activation(making: Making, site: Site) -> None:
    """A function of every element, rounded once."""
    options = site.options
    constants = {"b": options["slope"]} if site.layer.kind == "leaky_relu" else {}
    elementwise(making, site, site.layer.kind, constants)


def elementwise(making: Making, site: Site, operation: str, constants: Mapping[str, Any]) -> None:
    """An operation with constants, by the roles that they have in it."""
    held = {role: site.held("constants", np.atleast_1d(np.asarray(value))) for role, value in constants.items()}
    making.put(site.layer.name, Elementwise(operation, site.to), site.layer.inputs, held)


def batch_norm(making: Making, site: Site) -> None:
    """A product and a sum, rounded once; their constants are made in binary64."""
    by, shift = normalization(site.parameters, site.options)
    elementwise(making, site, "fma", {"b": by, "c": shift})


def normalization(parameters: Mapping[str, Floats], options: Options) -> tuple[Floats, Floats]:
    """The factor and the shift of each channel."""
    by = parameters["scale"] / np.sqrt(parameters["variance"] + options["epsilon"])
    return by, parameters["shift"] - parameters["mean"] * by


def add(making: Making, site: Site) -> None:
    """Sums of two, one after the other, each rounded."""
    first, *others = site.layer.inputs
    for i, other in enumerate(others, start=2):
        name = site.layer.name if i == len(site.layer.inputs) else f"{site.layer.name}/{i}"
        making.put(name, Elementwise("add", site.to), [first, other])
        first = name


def concat(making: Making, site: Site) -> None:
    """Codes one behind the other; those of different formats are converted before."""
    sources = list(site.layer.inputs)
    if len({making.format(source) for source in sources}) > 1:
        to = site.to
        for i, source in enumerate(sources):
            if making.format(source) != to.format:
                sources[i] = f"{site.layer.name}/{i + 1}"
                making.convert(sources[i], source, to)
    making.put(site.layer.name, Concat(0), sources)


def accumulator_of(site: Site, format: Format) -> Accumulator:
    """The accumulator of averages and shares."""
    choice = site.choice
    if choice.pool is None:
        return datapath_for(choice.datapath, site.to, (format,)).accumulator
    return get_accumulator(filled(choice.pool, site.to, (format,)))


def average_pool(making: Making, site: Site) -> None:
    """The sum in an accumulator, then the quotient."""
    held = accumulator_of(site, making.format(site.layer.inputs[0]))
    if site.layer.kind == "global_average_pool":
        rule = AveragePool(held, site.to, None, Window(), count_padding=False, ceil=False)
    else:
        options = site.options
        rule = AveragePool(held, site.to, pair(options, "kernel"), window(options), options["count_padding"], ceil=False)
    making.put(site.layer.name, rule, site.layer.inputs)


def softmax(making: Making, site: Site) -> None:
    """Shares in steps, or exact ones that are rounded once."""
    to = site.to
    rule: Rule = RealSoftmax(0, to)
    if site.choice.softmax == "steps":
        rule = Softmax(0, to, to, accumulator_of(site, to.format), to)
    making.put(site.layer.name, rule, site.layer.inputs)


def dropout(making: Making, site: Site) -> None:
    """What it is outside training: nothing, or a product."""
    if site.options["inverted"]:
        making.same(site.layer.name, site.layer.inputs[0])
    else:
        elementwise(making, site, "multiply", {"b": site.options["keep"]})


def move(making: Making, layer: Layer) -> None:
    """A layer that chooses codes or moves them, whatever they stand for."""
    options = layer.all_options
    source = layer.inputs[0]
    if layer.kind == "max_pool":
        rule: Rule = MaxPool("maximum", pair(options, "kernel"), window(options), ceil=False)
    elif layer.kind == "maxout":
        rule = Maxout("maximum", options["pieces"])
    elif layer.kind == "upsample":
        factor = options["factor"]
        rule = Upsample((factor, factor) if isinstance(factor, int) else pair(options, "factor"))
    else:
        rule = Reshape((int(np.prod(making.shape(source))),))
    making.put(layer.name, rule, [source])


MOVES = ("max_pool", "maxout", "upsample", "flatten")
LAYERS: Mapping[str, Callable[[Making, Site], None]] = {
    **dict.fromkeys(LINEAR, linear),
    **dict.fromkeys(ACTIVATIONS, activation),
    **dict.fromkeys(MOVES, lambda making, site: move(making, site.layer)),
    **dict.fromkeys(("average_pool", "global_average_pool"), average_pool),
    "batch_norm": batch_norm,
    "add": add,
    "concat": concat,
    "softmax": softmax,
    "dropout": dropout,
}
"""By kind, what makes the nodes of a layer."""
