"""The rows of fault campaigns: trials of a network of three layers, counted by their images.

Beside the evaluator stands the best that runs the whole network in every trial. Both give the outputs of all trials, which are
compared. Parameters have single bits inverted at a rate of 1e-5: everywhere, or behind the first layer only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

from refsim import Array, Projection, encode
from refsim.campaigns.changes import Changes, run_plainly
from refsim.campaigns.evaluator import Evaluator
from refsim.spec.formats import Format
from refsim.spec.network_names import read_network
from refsim.spec.networks import Network

SIZES = (784, 256, 128, 10)
TRIALS, IMAGES = 32, 2000
RATE = 1e-5
SEED = 53
SUMS = {
    "exact": "total(int32/toward_zero/saturate)",
    "wrapping": "sequential(int32/toward_zero/wrap)",
}
PLAINLY = "plainly"
"""The whole network in every trial, by the engine: refsim too, another way."""
Trials = Sequence[Changes]


def campaign_rows() -> Iterator[Row]:
    """Sums of int8 that are exact, and such that wrap."""
    for name in ("exact", "wrapping"):
        yield _row(name, "all-layers", Goal("ratio", 5))
        yield _row(name, "later-layers", Goal("ratio", 50))


def perceptron(sums: str) -> Network:
    """Dense layers on int8, with one scale for each layer's sums."""
    to = "int8/ties_to_even/saturate"
    path = f"datapath(exact,{sums},first,sum,output={to})"
    parameters: dict[str, Any] = {}
    layers: list[dict[str, Any]] = []
    last = "input"
    for i, (inputs, outputs) in enumerate(pairwise(SIZES), start=1):
        name = f"dense{i}"
        shapes = {"weights": ([outputs, inputs], "int8"), "bias": ([outputs], "int16"), "scale": ([1], "binary32")}
        parameters |= {f"{name}.{role}": {"shape": shape, "format": format} for role, (shape, format) in shapes.items()}
        roles = {role: f"{name}.{role}" for role in shapes}
        layers.append({"name": name, "rule": {"kind": "dense", "path": path}, "inputs": [last], "parameters": roles})
        last = name
        if i < len(SIZES) - 1:
            rule = {"kind": "elementwise", "operation": "relu", "to": to}
            layers.append({"name": f"relu{i}", "rule": rule, "inputs": [last], "parameters": {}})
            last = f"relu{i}"
    found: Network = read_network(
        {"name": "mlp", "input": {"shape": [SIZES[0]], "format": "int8"}, "parameters": parameters, "layers": layers}
    )
    return found


def parameters_of(network: Network, random: np.random.Generator) -> dict[str, Array]:
    """Numbers of both signs; scales that leave sums on the range of int8."""
    found = {}
    for name, type in network.parameters.items():
        numbers = random.normal(0, {"weights": 20, "bias": 300, "scale": 0}[name.partition(".")[2]], type.shape)
        found[name] = _codes(numbers + (0.004 if name.endswith("scale") else 0), type.format)
    return found


def flipped(tensors: Mapping[str, Array], names: Sequence[str], random: np.random.Generator) -> Changes:
    """Parameters with bits inverted, each at the rate and by itself."""
    found = {}
    for name in names:
        array = tensors[name]
        width = array.format.width
        places = random.choice(array.codes.size * width, random.binomial(array.codes.size * width, RATE), replace=False)
        if len(places):
            codes = array.codes.copy()
            np.bitwise_xor.at(codes.reshape(-1), places // width, (1 << places % width).astype(codes.dtype))
            found[name] = Array(codes, array.format)
    return Changes(found)


def fast(evaluator: Evaluator, trials: Trials) -> NDArray[Any]:
    """The outputs of all trials by the evaluator."""
    found = np.repeat(evaluator.clean.codes[None], len(trials), axis=0)
    for codes, changed in zip(found, evaluator.run_many(trials), strict=True):
        codes[changed.samples] = changed.outputs.codes
    return found


def plain(evaluator: Evaluator, trials: Trials) -> NDArray[Any]:
    """The same by runs of the whole network."""
    runs = (run_plainly(evaluator.network, evaluator.tensors, evaluator.x, changes) for changes in trials)
    return np.stack([run.codes for run in runs])


def _row(name: str, where: str, goal: Goal) -> Row:
    network = perceptron(SUMS[name])
    tensors = parameters_of(network, np.random.default_rng(SEED))
    names = [key for key in tensors if where == "all-layers" or not key.startswith("dense1.")]

    def data(size: int) -> tuple[Evaluator, Trials]:
        random = np.random.default_rng(SEED + 1)
        images = np.maximum(random.normal(0, 40, (max(size // TRIALS, 1), SIZES[0])), 0)
        trials = [flipped(tensors, names, random) for _ in range(TRIALS)]
        return Evaluator(network, tensors, _codes(images, network.input.format)), trials

    ours = Way("refsim", _as_they_are, fast, _numbers)
    theirs = Way(PLAINLY, _as_they_are, plain, _numbers, Claim.SAME, "", goal)
    return Row(f"campaign/mlp/{name}/{where}", data, ours, (theirs,), TRIALS * IMAGES)


def _as_they_are(*data: Any) -> tuple[Any, ...]:
    return data


def _numbers(codes: NDArray[Any]) -> NDArray[np.float64]:
    return codes.reshape(-1).astype(np.float64)


def _codes(numbers: NDArray[np.float64], format: Format) -> Array:
    found = encode(numbers, Projection(format, "ties_to_even", "saturate"))
    assert isinstance(found, Array), "no flags were asked for"
    return found
