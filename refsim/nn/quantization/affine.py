"""Layers whose numbers are integers with scales and zero points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace

import numpy as np

from ...engine.array import Array
from ...spec.affine_functions import AffineFunction
from ...spec.affine_joins import AffineJoin
from ...spec.affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize, centred_format
from ...spec.affine_pools import AffineAveragePool
from ...spec.catalogue import get_format
from ...spec.convolutions import Window
from ...spec.formats import Format
from ...spec.moves import Concat
from ...spec.networks import INPUT
from ...spec.operands import rational
from ...spec.projection import Projection
from ..calibration import Numbers, numbers_of
from ..layers.kind import Floats
from ..layers.options import pair, window
from ..networks import Layer
from . import formats
from .affine_parameters import (
    Affine,
    biases,
    find_affine,
    number32,
    numbers32,
    quantized,
    requantization,
)
from .building import CODES, REAL_OUTPUT, Making
from .datapaths import datapath_for
from .outputs import by_output, from_outputs
from .schemes import AffineChoice, FormatChoice

ACCUMULATED = ("relu", "relu6")
"""The activations that are limits of requantization, where sums are fused."""
REAL = FormatChoice(
    weights="binary32",
    bias="binary32",
    activations="binary32",
    rounding="ties_to_even",
    overflow="infinity",
    datapath="datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum)",
)
"""How layers are computed that affine codes have no rule for: in binary32, between DequantizeLinear and QuantizeLinear."""


@dataclass(frozen=True)
class Site:
    """A layer of the network in floating point, what is chosen for it, its parameters by role in binary64, the numbers of its
    result, the kinds of the layers that take it, and what the codes of earlier results stand for."""

    layer: Layer
    choice: AffineChoice
    parameters: Mapping[str, Floats]
    numbers: Numbers
    takers: tuple[str, ...]
    of: MutableMapping[str, Affine]

    @property
    def result(self) -> Affine:
        """The scale and the zero point of the layer's results, by calibration."""
        return _activations(self.choice, self.numbers)

    @property
    def to(self) -> Projection:
        """The projection to the layer's codes."""
        return Projection(self.choice.activations, "ties_to_even", "saturate")


def _activations(choice: AffineChoice, numbers: Numbers) -> Affine:
    return find_affine(
        numbers,
        choice.calibration,
        choice.quantization,
        get_format(choice.activations),
        symmetric=choice.symmetric_activations,
        power_of_two_scale=choice.power_of_two,
    )


def begin(making: Making, of: MutableMapping[str, Affine], choice: AffineChoice, numbers: Numbers) -> None:
    """The input's codes."""
    of[INPUT] = found = _activations(choice, numbers)
    quantize(making, CODES, INPUT, choice, found, owner=INPUT)


def end(making: Making, of: Affine, last: str, choice: AffineChoice) -> None:
    """Real numbers of the result's codes, where they are wanted."""
    if choice.output == "real":
        making.put(REAL_OUTPUT, DequantizeLinear("onnx"), [last], {"scale": of.scales(), "zero_point": of.points()})


def quantize(making: Making, name: str, source: str, choice: AffineChoice, of: Affine, owner: str | None = None) -> None:
    """Codes of binary32 numbers."""
    parameters = {"scale": of.scales(), "zero_point": of.points()}
    making.put(name, QuantizeLinear(choice.quantization, of.format), [source], parameters, owner)


def linear(making: Making, site: Site) -> None:
    """Sums of exact integers, the zero points taken off before; then requantization, unless an activation does it."""
    layer, choice = site.layer, site.choice
    source, x = _centred(making, site)
    # Requantization goes by the first axis, which outputs of a dense layer along several axes are not.
    weights, of_weights = weights_of(site, "tensor" if layer.kind == "dense" and len(making.shape(source)) > 1 else choice.per)
    path = datapath_for(choice.datapath)
    parameters = {"weights": weights}
    if "bias" in site.parameters:
        outputs = len(site.parameters["bias"])
        of_outputs = of_weights if len(of_weights) == outputs else of_weights * outputs
        parameters["bias"] = biases(site.parameters["bias"], x, of_outputs, get_format(choice.bias))
    fused = choice.sums == "fused" and len(site.takers) == 1 and site.takers[0] in ACCUMULATED
    sums = layer.name if fused else f"{layer.name}/sum"
    making.put(sums, formats.rule_of(layer, path, making.format(source)), [source], parameters, owner=layer.name)
    if fused:
        making.sums[layer.name] = (x, of_weights)
    else:
        site.of[layer.name] = site.result
        requantize(making, site, sums, x, of_weights)


def _centred(making: Making, site: Site) -> tuple[str, Affine]:
    """The node with the input's codes less the zero point, and what they stand for."""
    source = site.layer.inputs[0]
    x = site.of[source]
    if not x.zero_point:
        return source, x
    name = f"{site.layer.name}/centred"
    making.put(name, Centre(), [source], {"zero_point": x.points()})
    return name, x


def requantize(making: Making, site: Site, sums: str, x: Affine, weights: list[Affine], most: int | None = None) -> None:
    """Codes of sums; an activation's limits are those of the codes."""
    y = site.of[site.layer.name]
    limited = site.layer.kind in ACCUMULATED
    low = max(y.zero_point, -y.format.top_negative) if limited else None
    rule = Requantize(site.choice.requantization, y.format, low, most)
    parameters = requantization(site.choice.requantization, x, weights, y)
    making.put(site.layer.name, rule, [sums], parameters)


def weights_of(site: Site, per: str) -> tuple[Array, list[Affine]]:
    """The codes of weights, their zero points taken off, and what they stand for: for all, or for each output."""
    choice, kind, weights = site.choice, site.layer.kind, site.parameters["weights"]
    groups, format = site.layer.all_options.get("groups", 1), get_format(choice.weights)
    rows = by_output(kind, weights, groups)
    parts = list(rows) if per == "channel" else [rows]
    found = [
        find_affine(
            numbers_of("weights", part),
            choice.weights_calibration,
            choice.quantization,
            format,
            symmetric=choice.symmetric_weights,
            power_of_two_scale=choice.power_of_two,
        )
        for part in parts
    ]
    codes = np.concatenate(
        [quantized(choice.quantization, part, of).codes.reshape(-1) for part, of in zip(parts, found, strict=True)]
    ).reshape(rows.shape)
    made = _centred_weights(codes, found, format)
    return Array(from_outputs(kind, made.codes, weights.shape, groups), made.format), found


def _centred_weights(codes: Floats, found: list[Affine], format: Format) -> Array:
    points = np.array([of.zero_point for of in found]).reshape(-1, 1)
    if not points.any():
        return Array(codes, format)
    sign = 1 << format.width - 1 if format.signed else 0
    whole = (codes.astype(np.int64) ^ sign) - sign - points
    to = centred_format(format)
    return Array(whole & (1 << to.width) - 1, to)


def activation(making: Making, site: Site) -> None:
    """A function of codes; or limits of the requantization of sums that were left to it."""
    source, kind, choice = site.layer.inputs[0], site.layer.kind, site.choice
    site.of[site.layer.name] = y = site.result
    if source in making.sums:
        six = int(quantized(choice.quantization, np.array(6.0), y).codes) if kind == "relu6" else None
        sign = 1 << y.format.width - 1 if y.format.signed else 0
        requantize(making, site, source, *making.sums[source], None if six is None else (six ^ sign) - sign)
        return
    slope = {"b": numbers32([number32(site.layer.all_options["slope"])])} if kind == "leaky_relu" else {}
    function(making, site, site.layer.name, source, kind, slope)


def function(making: Making, site: Site, name: str, source: str, operation: str, others: Mapping[str, Array] = {}) -> None:
    """A function of the codes of a result, to codes of the layer's own scale."""
    way = "exact" if site.choice.way == "exact" else "binary32"
    parameters = {**site.of[source].roles("x"), **site.of[site.layer.name].roles("y"), **others}
    making.put(name, AffineFunction(operation, way, site.to), [source], parameters)


def add(making: Making, site: Site) -> None:
    """The sum of two; that of more has no rule of its own."""
    if len(site.layer.inputs) > 2:
        in_binary32(making, site)
        return
    a, b = site.layer.inputs
    site.of[site.layer.name] = y = site.result
    parameters = {**site.of[a].roles("a"), **site.of[b].roles("b"), **y.roles("y")}
    making.put(site.layer.name, AffineJoin("add", site.choice.way, site.to), [a, b], parameters)


def concat(making: Making, site: Site) -> None:
    """Codes one behind the other; those that stand for something else are brought to the result's scale before."""
    name = site.layer.name
    sources, known = list(site.layer.inputs), [site.of[source] for source in site.layer.inputs]
    site.of[name] = y = known[0] if len(set(known)) == 1 else site.result
    for i, source in enumerate(sources):
        if site.of[source] != y:
            sources[i] = f"{name}/{i + 1}"
            function(making, site, sources[i], source, "convert")
    making.put(name, Concat(0), sources)


def average_pool(making: Making, site: Site) -> None:
    """Averages of codes, or of real numbers in binary32."""
    if site.choice.way == "binary32":
        in_binary32(making, site)
        return
    options, kernel, moved = site.layer.all_options, None, Window()
    if site.layer.kind == "average_pool":
        kernel, moved = pair(options, "kernel"), window(options)
    site.of[site.layer.name] = y = site.result
    counted = bool(options.get("count_padding", False))
    rule = AffineAveragePool(site.choice.way, site.to, kernel, moved, counted, ceil=False)
    source = site.layer.inputs[0]
    making.put(site.layer.name, rule, [source], {**site.of[source].roles("x"), **y.roles("y")})


def move(making: Making, site: Site) -> None:
    """Codes that are chosen or moved stand for what they stood for."""
    formats.move(making, site.layer)
    site.of[site.layer.name] = site.of[site.layer.inputs[0]]


def dropout(making: Making, site: Site) -> None:
    """The same codes, which without inversion stand for ``keep`` times as much; a product where scales are powers of two."""
    name, source, options = site.layer.name, site.layer.inputs[0], site.layer.all_options
    x, keep = site.of[source], number32(options["keep"])
    if not options["inverted"] and site.choice.power_of_two:
        site.of[name] = site.result
        function(making, site, name, source, "multiply", {"b": numbers32([keep])})
        return
    making.same(name, source)
    site.of[name] = x if options["inverted"] else x._replace(scale=number32(x.value * rational(keep.exact)))


def in_binary32(making: Making, site: Site) -> None:
    """Real numbers of the codes, the layer in binary32, and codes again: what a model with QuantizeLinear and DequantizeLinear
    around the layer says."""
    layer = site.layer
    sources = []
    for i, source in enumerate(layer.inputs, start=1):
        of, name = site.of[source], f"{layer.name}/{i}"
        making.put(name, DequantizeLinear("onnx"), [source], {"scale": of.scales(), "zero_point": of.points()})
        sources.append(name)
    inner = replace(layer, name=f"{layer.name}/result", inputs=tuple(sources))
    formats.LAYERS[layer.kind](making, formats.Site(inner, REAL, site.parameters, None))
    site.of[layer.name] = y = site.result
    quantize(making, layer.name, inner.name, site.choice, y)


LAYERS: Mapping[str, Callable[[Making, Site], None]] = {
    **dict.fromkeys(formats.LINEAR, linear),
    **dict.fromkeys(formats.ACTIVATIONS, activation),
    **dict.fromkeys(formats.MOVES, move),
    **dict.fromkeys(("average_pool", "global_average_pool"), average_pool),
    **dict.fromkeys(("batch_norm", "softmax"), in_binary32),
    "add": add,
    "concat": concat,
    "dropout": dropout,
}
"""By kind, what makes the nodes of a layer."""
