"""Small networks in floating point and schemes, for tests of quantization."""

import numpy as np

from refsim.engine.array import as_array
from refsim.engine.networks import run, trace
from refsim.engine.tensors import array_of, tensor_of
from refsim.nn.networks import INPUT, Layer, Network, initial_parameters, predict
from refsim.nn.quantization.patterns import nearest
from refsim.nn.quantization.quantize import quantize
from refsim.spec import networks as spec

INT32 = "datapath(exact,total(int32/toward_zero/saturate),first,sum)"
AFFINE = {
    "numbers": "affine",
    "weights": "int8",
    "bias": "int32",
    "activations": "int8",
    "datapath": INT32,
    "quantization": "onnx",
    "requantization": "float_scale",
    "way": "exact",
}
FIXED = {
    "numbers": "format",
    "weights": "q2.5",
    "bias": "register",
    "activations": "q2.5",
    "rounding": "ties_to_even",
    "overflow": "saturate",
    "datapath": "datapath(exact,total({32}/toward_zero/saturate),first,sum,output={to})",
}
FLOATS = {**FIXED, "datapath": "datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum,output={to})"}


def fixed(format, **changed):
    """A scheme with one format for weights and activations."""
    return {**FIXED, "weights": format, "activations": format, **changed}


def floats(format, overflow="infinity", **changed):
    """The same for floats, with sums in binary32."""
    return {**FLOATS, "weights": format, "activations": format, "overflow": overflow, **changed}


def affine(**changed):
    """Integers of 8 bits."""
    return {**AFFINE, **changed}


def parameters_of(network, seed=1):
    """Parameters none of which are special, like those of a trained network."""
    random = np.random.default_rng(seed)
    found = initial_parameters(network, seed)
    for name, value in found.items():
        role = name.rpartition(".")[2]
        if role in {"bias", "shift", "mean"}:
            found[name] = random.normal(0, 0.2, value.shape).astype(np.float32)
        if role in {"scale", "variance"}:
            found[name] = random.uniform(0.5, 1.5, value.shape).astype(np.float32)
    return found


def samples_of(network, count=12, seed=2):
    """Inputs of a network, of both signs."""
    return np.random.default_rng(seed).normal(0, 0.8, (count, *network.input)).astype(np.float32)


def branches(shapes):
    """Layers of which each gives one of the shapes, from an input that they all take; their names, and the input's shape."""
    input = (2, *shapes[0][1:])
    made = []
    for i, shape in enumerate(shapes, start=1):
        kind, size = (
            ("conv2d", {"kernels": shape[0], "kernel": [1, 1]}) if len(shape) == 3 else ("dense", {"outputs": shape[0]})
        )
        made.append(Layer(f"branch{i}", kind, (INPUT,), size))
    return made, input


def of_case(case):
    """A network of one layer; one that takes several results gets them from branches."""
    made, input = branches(case.shapes) if len(case.shapes) > 1 else ([], case.shapes[0])
    sources = tuple(layer.name for layer in made) or (INPUT,)
    return Network(case.kind, input, (*made, Layer("layer", case.kind, sources, case.options)))


def mixed():
    """A network with a branch, a sum, a concatenation, pools and a normalization that cannot be folded."""
    conv = {"kernels": 3, "kernel": [3, 3], "padding": [1, 1, 1, 1]}
    layers = (
        Layer("conv1", "conv2d", (INPUT,), conv),
        Layer("act1", "relu", ("conv1",)),
        Layer("depth", "conv2d", ("act1",), {**conv, "groups": 3, "bias": False}),
        Layer("sum", "add", ("depth", "act1")),
        Layer("norm", "batch_norm", ("sum",)),
        Layer("act2", "leaky_relu", ("norm",), {"slope": 0.125}),
        Layer("both", "concat", ("act2", "act1")),
        Layer("pool", "max_pool", ("both",), {"kernel": [2, 2], "stride": [2, 2]}),
        Layer("up", "conv_transpose2d", ("pool",), {"kernels": 2, "kernel": [2, 2], "stride": [2, 2]}),
        Layer("mean", "average_pool", ("up",), {"kernel": [2, 2], "stride": [2, 2]}),
        Layer("flat", "flatten", ("mean",)),
        Layer("dense", "dense", ("flat",), {"outputs": 4}),
    )
    return Network("mixed", (2, 4, 4), layers)


def error_of(network, parameters, scheme, samples):
    """How far the network of codes is from the one in floating point: the root of the mean square, by the deviation."""
    made, tensors = quantize(network, parameters, scheme, samples)
    wanted = predict(network, {name: p.astype(np.float64) for name, p in parameters.items()}, samples.astype(np.float64))
    found = nearest(run(made, tensors, as_array(samples)))
    return float(np.sqrt(((found - wanted) ** 2).mean()) / wanted.std())


def check_against_the_specification(made, tensors, samples):
    """Every code of every layer is that of the specification, for each sample."""
    found = trace(made, tensors, as_array(samples))
    held = {name: tensor_of(array) for name, array in tensors.items()}
    for i in range(len(samples)):
        wanted = spec.trace(made, held, tensor_of(as_array(samples[i])))
        for name, one in wanted.items():
            np.testing.assert_array_equal(found[name].codes[i], array_of(one).codes, err_msg=name)
