"""The rows of networks: images through a LeNet-like network bit by bit, counted by their multiply-accumulates.

``--size 4165200000`` is ten thousand images. Beside it stands the same network in binary32 by NumPy's matrix products, which
is another function: how much slower than floating point the exact one is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import peers
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

from refsim import Array, Projection, encode
from refsim.engine import networks as engine
from refsim.nn.families import build
from refsim.nn.networks import initial_parameters, predict
from refsim.spec.formats import Format
from refsim.spec.network_names import read_network
from refsim.spec.networks import Network

MACS = 416_520
"""The multiply-accumulates of one image of 28 x 28."""
MINUTE, FIVE_MINUTES = (Goal("rate", 10_000 * MACS / seconds) for seconds in (60, 300))
SEED, BATCH = 21, 500
LOSSY = "binary32, by matrix products"


def network_rows() -> Iterator[Row]:
    """A saturating 24-bit register, one that must be summed in order, and floating-point registers."""
    integer = "sequential(q{}.10/toward_zero/saturate)"
    yield _row("q2.5-to-24-bits", "q2.5", integer.format(13), MINUTE)
    yield _row("q2.5-to-18-bits", "q2.5", integer.format(7), None)
    yield _row("int8-to-binary16", "int8", "sequential(binary16/ties_to_even/infinity)", FIVE_MINUTES)
    yield _row("float8_e4m3fn-to-binary16", "float8_e4m3fn", "sequential(binary16/ties_to_even/infinity)", FIVE_MINUTES)
    yield _row("bfloat16-to-binary32", "bfloat16", "sequential(binary32/ties_to_even/infinity)", None)


def lenet(operands: str, accumulator: str) -> Network:
    """The network of codes: operands of one format, sums in a register, results brought back to the format."""
    to = f"{operands}/ties_to_even/saturate"
    path = f"datapath(exact,{accumulator},first,sum,output={to})"
    parameters: dict[str, Any] = {}
    layers: list[dict[str, Any]] = []

    def add(name: str, source: str, rule: dict[str, Any], weights: list[int]) -> str:
        if weights:
            parameters[f"{name}.weights"] = {"shape": weights, "format": operands}
            parameters[f"{name}.bias"] = {"shape": weights[:1], "format": operands}
        roles = {role: f"{name}.{role}" for role in ("weights", "bias")} if weights else {}
        layers.append({"name": name, "rule": rule, "inputs": [source], "parameters": roles})
        return name

    relu = {"kind": "elementwise", "operation": "relu", "to": to}
    pool = {"kind": "max_pool", "operation": "maximum", "kernel": [2, 2], "window": {"stride": [2, 2]}, "ceil": False}
    last = "input"
    for i, (shape, padding) in enumerate((([6, 1, 5, 5], [2, 2, 2, 2]), ([16, 6, 5, 5], [0, 0, 0, 0])), start=1):
        rule = {"kind": "conv2d", "path": path, "window": {"padding": padding}, "pad": 0}
        last = add(f"conv{i}", last, rule, shape)
        last = add(f"pool{i}", add(f"relu{i}", last, relu, []), pool, [])
    last = add("flat", last, {"kind": "reshape", "shape": [-1]}, [])
    for i, (inputs, outputs) in enumerate(((400, 120), (120, 84), (84, 10)), start=1):
        last = add(f"dense{i}", last, {"kind": "dense", "path": path}, [outputs, inputs])
        if i < 3:
            last = add(f"relu{i + 2}", last, relu, [])
    return read_network(
        {"name": "lenet", "input": {"shape": [1, 28, 28], "format": operands}, "parameters": parameters, "layers": layers}
    )


def _row(name: str, operands: str, accumulator: str, goal: Goal | None) -> Row:
    network = lenet(operands, accumulator)
    random = np.random.default_rng(SEED)
    tensors = {key: _codes(type.shape, type.format, random) for key, type in network.parameters.items()}

    def data(size: int) -> tuple[Array]:
        return (_codes((max(size // MACS, 1), 1, 28, 28), network.input.format, np.random.default_rng(SEED + 1)),)

    def work(x: Array) -> NDArray[Any]:
        parts = [x[i : i + BATCH] for i in range(0, len(x), BATCH)]
        return np.concatenate([engine.run(network, tensors, part).codes for part in parts])

    floats = build("lenet", {})
    parameters = initial_parameters(floats, SEED)
    prepare, product = (lambda x: (x.values().astype(np.float32),)), partial(predict, floats, parameters)
    plain = Way("numpy", prepare, product, None, Claim.OTHER, LOSSY)
    return Row(f"network/lenet/{name}", data, Way("refsim", peers.as_they_are, work, None, goal=goal), (plain,))


def _codes(shape: tuple[int, ...], format: Format, random: np.random.Generator) -> Array:
    """Small numbers of both signs, as trained networks have them."""
    found = encode(
        random.normal(0, 30 if format.name == "int8" else 0.5, shape), Projection(format, "ties_to_even", "saturate")
    )
    assert isinstance(found, Array), "no flags were asked for"
    return found
