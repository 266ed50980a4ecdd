"""Networks of codes, and changes of their runs, for tests of what runs them again and again."""

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import refsim
from refsim import Array
from refsim.campaigns.changes import Changed, Changes, run_plainly
from refsim.engine.array import as_array
from refsim.engine.faults import Masks
from refsim.engine.networks import WITH_PORTS
from refsim.nn.files import CodeNetwork
from refsim.nn.quantization.quantize import quantize
from refsim.nn.traces import read_trace
from refsim.spec.layers import Dense
from refsim.spec.network_names import read_network
from refsim.spec.terms import Port

from ..nn.coded import coded, random_codes, samples_of
from ..nn.quantized_cases import mixed, parameters_of
from ..nn.quantized_cases import samples_of as floats_of
from ..spec.networks import small

GOLDEN = (
    "mlp",
    "mlp_fp8",
    "mlp_log4",
    "mlp_ternary",
    "maxout_mlp",
    "lenet",
    "lenet_int8",
    "vgg",
    "resnet",
    "densenet",
    "unet",
)
SCHEMES = ("int8", "int8-power-of-two", "q2.5", "fp8", "binary16")
TOTAL = "datapath(exact,total(int20/toward_zero/saturate),first,sum)"
WRAPPING = "datapath(exact,sequential(int18/toward_zero/wrap),first,sum)"
MITCHELL = "datapath(mitchell(mitchell,0),total(int12/toward_zero/saturate),first,sum)"
CASES = {
    "total": ("int8", TOTAL),
    "wrapping": ("int8", WRAPPING),
    "refusing": ("int8", "datapath(exact,total(int20/toward_zero/saturate),first,sum,output=int8/ties_to_even/error)"),
    "mitchell": ("int4", MITCHELL),
}
"""Of random networks: the format of operands and the datapath."""


@lru_cache
def golden(name):
    """A network that was trained, and its samples."""
    trace = read_trace(Path(refsim.__file__).parents[1] / "vectors" / "network" / name)
    return trace.found, trace.arrays["input"]


@lru_cache
def quantized(scheme):
    """A network with branches and joins, quantized."""
    network = mixed()
    samples = floats_of(network, 6)
    made, tensors = quantize(network, parameters_of(network), scheme, samples)
    return CodeNetwork(made, tensors), as_array(samples)


@lru_cache
def random_network(case):
    """A small network of small codes: a convolution, a product with a scale by channel, and a dense layer along rows."""
    format, path = CASES[case]
    found = coded(small(format, path, "int12"))
    if case == "refusing":
        tensors = {name: Array(array.codes & 1, array.format) for name, array in found.tensors.items()}
        x = samples_of(found, 5)
        return CodeNetwork(found.network, tensors), Array(x.codes & 1, x.format)
    return found, samples_of(found, 5)


def filled(network, samples, most=255, seed=3):
    """A network with random parameters, and samples. Codes are at most ``most``; scales are binary16 numbers near 2**-6."""
    random = np.random.default_rng(seed)
    tensors = {}
    for name, type in network.parameters.items():
        codes = random_codes(type, random).codes
        tensors[name] = Array(0x2400 + (codes & 0x3FF) if name.startswith("s") else codes & most, type.format)
    return CodeNetwork(network, tensors), Array(
        random_codes(network.input, random, (samples,)).codes & most, network.input.format
    )


def dense(sizes, path, *, scale=None, shared=False):
    """A network of dense layers on int8 with bias, and scales of the shape given; plain data."""
    parameters, layers, last = {}, [], "input"
    for i, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        own = "w" if shared else f"w{i}"
        parameters |= {own: {"shape": [outputs, inputs], "format": "int8"}, f"b{i}": {"shape": [outputs], "format": "int16"}}
        roles = {"weights": own, "bias": f"b{i}"}
        if scale is not None:
            parameters[f"s{i}"] = {"shape": [outputs if scale == "channel" else 1], "format": "binary16"}
            roles["scale"] = f"s{i}"
        rule = {"kind": "dense", "path": path}
        layers.append({"name": f"dense{i}", "rule": rule, "inputs": [last], "parameters": roles})
        last = f"dense{i}"
        if i < len(sizes) - 1:
            rule = {"kind": "elementwise", "operation": "relu", "to": "int8/ties_to_even/saturate"}
            layers.append({"name": f"relu{i}", "rule": rule, "inputs": [last], "parameters": {}})
            last = f"relu{i}"
    return read_network(
        {"name": "dense", "input": {"shape": sizes[:1], "format": "int8"}, "parameters": parameters, "layers": layers}
    )


def flipped(array, places, bits):
    """An array with bits inverted."""
    codes = array.codes.copy()
    for place, bit in zip(places, bits, strict=True):
        codes.reshape(-1)[place] ^= codes.dtype.type(1 << int(bit))
    return Array(codes, array.format)


def random_masks(type, count, samples, random, most):
    """A few masks of a result; bits are inverted, cleared and set."""
    size = samples * int(np.prod(type.shape, dtype=int))
    elements = np.unique(random.integers(0, size, random.integers(1, count + 1)))
    dtype = np.dtype(f"uint{max(8, 1 << (type.format.width - 1).bit_length())}")
    parts = [random.integers(0, 1 << min(most, type.format.width), len(elements), np.uint64).astype(dtype) for _ in range(3)]
    return Masks(elements, *(part & random.choice(np.array([0, 1], dtype), len(elements)) * part for part in parts))


def changed_code(register, step, result):  # noqa: ARG001 what a port tells
    """What a register with a fault holds: its last bit is inverted in every write but the first."""
    return result.code ^ 1 if step > 0 else result.code


def random_ports(network, samples, random, count):
    """Ports of a few elements of a layer that has accumulators."""
    nodes, types = [node for node in network.nodes if type(node.rule) in WITH_PORTS], network.types()
    node = nodes[random.integers(len(nodes))]
    shape = (samples, *types[node.name].shape)
    if isinstance(node.rule, Dense):
        shape = (int(np.prod(shape[:-1])), shape[-1])
    return {node.name: {tuple(int(random.integers(n)) for n in shape): Port(hold=changed_code) for _ in range(count)}}


def random_changes(found, samples, random, kinds=("tensors", "results", "registers")):
    """Changes of any of the kinds, few or many."""
    network, tensors = found.network, found.tensors
    faulty, results, registers = {}, {}, {}
    if "tensors" in kinds:
        for name in random.permutation(list(tensors))[: random.integers(1, 4)]:
            array, count = tensors[name], int(random.integers(1, 4))
            faulty[name] = flipped(
                array, random.integers(0, array.codes.size, count), random.integers(0, array.format.width, count)
            )
    if "results" in kinds:
        types = network.types()
        for name in random.permutation(list(types))[: random.integers(1, 3)]:
            results[name] = random_masks(types[name], int(random.choice([1, 3, 40])), samples, random, 60)
    if "registers" in kinds:
        registers = random_ports(network, samples, random, 2)
    return Changes(faulty, results, registers)


def check(evaluator, found, x, changes, got=None):
    """What the evaluator finds is what a run of the whole network finds, refusals of numbers too. What it finds; ``None`` for a
    refusal."""
    try:
        wanted = run_plainly(found.network, found.tensors, x, changes)
    except ValueError as refused:
        with pytest.raises(ValueError, match=f"^{re.escape(str(refused))}$"):
            evaluator.run(changes)
        return None
    got = evaluator.run(changes) if got is None else got
    differs = (wanted.codes != evaluator.clean.codes).reshape(len(x), -1).any(axis=1)
    same(got, Changed(np.flatnonzero(differs), wanted[differs]))
    return got


def same(got, wanted):
    """Both found the same samples and codes."""
    np.testing.assert_array_equal(got.samples, wanted.samples)
    np.testing.assert_array_equal(got.outputs.codes, wanted.outputs.codes)
    assert got.samples.dtype == np.int64
    assert got.outputs.format == wanted.outputs.format


def of_samples(changed, samples):
    """What was found, of some samples only."""
    inside = np.isin(changed.samples, samples)
    return Changed(changed.samples[inside], changed.outputs[inside])
