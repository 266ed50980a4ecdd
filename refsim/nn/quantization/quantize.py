"""From a network in floating point to a network of codes, under a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from ...engine.array import Array
from ...spec.catalogue import get_format
from ...spec.networks import INPUT
from ...spec.networks import Network as CodeNetwork
from ..calibration import Calibration, Numbers, Progress, observe
from ..layers.kind import Floats, Parameters
from ..networks import Layer, Network, of_layer
from . import affine, formats
from .affine_parameters import Affine
from .building import CODES, Making, begin
from .patterns import is_chosen, projection_for
from .presets import PRESETS
from .schemes import AffineChoice, FormatChoice, Scheme, read_scheme

BINARY32 = get_format("binary32")


def scheme_of(given: str | Mapping[str, Any] | Scheme) -> Scheme:
    """A scheme, by the name of a preset or from plain data; ``ValueError`` for an unknown name and for data that are none."""
    if isinstance(given, str):
        if given not in PRESETS:
            near = get_close_matches(given, PRESETS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(PRESETS)}"
            raise ValueError(f"there is no scheme {given!r:.60}; {hint}")
        return read_scheme(PRESETS[given])
    return given if isinstance(given, Scheme) else read_scheme(given)


def quantize(
    network: Network,
    parameters: Parameters,
    scheme: str | Mapping[str, Any] | Scheme,
    samples: Floats | None = None,
    progress: Progress | None = None,
) -> tuple[CodeNetwork, dict[str, Array]]:
    """The network of codes of a network in floating point, which takes binary32 numbers, and its parameters.

    ``samples``, with the samples along the first axis, are what formats and scales are chosen by; a scheme that chooses none
    needs none. ``progress`` is told of the samples done. A layer's result is the node of the layer's name; what comes before it
    within the layer has a slash in its name. ``ValueError`` that names the layer where it cannot be quantized so.
    """
    found = scheme_of(scheme)
    _check_names(network, found)
    if missing := [name for name in network.parameter_shapes() if name not in parameters]:
        raise ValueError(f"the parameter {missing[0]} of the network {network.name} is missing")
    how = {name: found.choice(name).calibration for name in (INPUT, *(layer.name for layer in network.layers))}
    names = [name for name in how if _is_calibrated(found.choice(name))]
    numbers = _numbers(network, parameters, {name: how[name] for name in names}, samples, progress)
    making = begin(network.input, BINARY32)
    if found.numbers == "affine":
        _make_affine(making, network, parameters, found, numbers)
    else:
        _make_formats(making, network, parameters, found, numbers)
    return making.network(network.name), making.tensors


def _check_names(network: Network, scheme: Scheme) -> None:
    names = [INPUT, *(layer.name for layer in network.layers)]
    for pattern, _ in scheme.layers:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(f"no layer of the network {network.name} matches {pattern!r:.60}; there are {', '.join(names)}")
    if wrong := [name for name in names if "/" in name]:
        raise ValueError(f"the layer {wrong[0]} has a slash in its name, which parts of layers have")


def _is_calibrated(choice: FormatChoice | AffineChoice) -> bool:
    return isinstance(choice, AffineChoice) or is_chosen(choice.projection("activations"))


def _numbers(
    network: Network, parameters: Parameters, how: Mapping[str, Calibration], samples: Floats | None, progress: Progress | None
) -> Mapping[str, Numbers]:
    if not how:
        return {}
    if samples is None or not len(samples):
        raise ValueError(f"the scheme chooses formats or scales by samples, as for {next(iter(how))}, and there are none")
    return observe(network, parameters, np.asarray(samples, np.float32), how, progress=progress)


def wide(parameters: Parameters, layer: Layer) -> dict[str, Floats]:
    """The parameters of a layer by role, in binary64."""
    return {role: value.astype(np.float64) for role, value in of_layer(parameters, layer.name).items()}


def _takers(network: Network, name: str) -> tuple[str, ...]:
    return tuple(layer.kind for layer in network.layers if name in layer.inputs)


def _make_formats(
    making: Making, network: Network, parameters: Parameters, scheme: Scheme, numbers: Mapping[str, Numbers]
) -> None:
    own = scheme.choice(INPUT)
    assert isinstance(own, FormatChoice), "the scheme's numbers say which choices it has"
    making.convert(CODES, INPUT, projection_for(own.projection("activations"), numbers.get(INPUT), own.calibration))
    for layer in network.layers:
        choice = scheme.choice(layer.name)
        assert isinstance(choice, FormatChoice), "the scheme's numbers say which choices it has"
        site = formats.Site(layer, choice, wide(parameters, layer), numbers.get(layer.name), _takers(network, layer.name))
        try:
            formats.LAYERS[layer.kind](making, site)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"layer {layer.name}: {error}") from None


def _make_affine(
    making: Making, network: Network, parameters: Parameters, scheme: Scheme, numbers: Mapping[str, Numbers]
) -> None:
    of: dict[str, Affine] = {}
    own = scheme.choice(INPUT)
    assert isinstance(own, AffineChoice), "the scheme's numbers say which choices it has"
    affine.begin(making, of, own, numbers[INPUT])
    for layer in network.layers:
        choice = scheme.choice(layer.name)
        assert isinstance(choice, AffineChoice), "the scheme's numbers say which choices it has"
        taken = _takers(network, layer.name)
        site = affine.Site(layer, choice, wide(parameters, layer), numbers[layer.name], taken, of)
        try:
            affine.LAYERS[layer.kind](making, site)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"layer {layer.name}: {error}") from None
    last = network.layers[-1].name
    affine.end(making, of[last], last, own)
