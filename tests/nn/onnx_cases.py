"""The cases of the ONNX package as networks: the first input is what a network takes, the others are made constants."""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.loader import load_model_tests

from refsim.engine.networks import run
from refsim.nn.files import FloatNetwork
from refsim.nn.networks import predict
from refsim.nn.onnx.coding import coded


class Case(NamedTuple):
    """A model, its first input, and what it must give, with tolerances."""

    name: str
    model: onnx.ModelProto
    x: np.ndarray
    wanted: np.ndarray
    rtol: float
    atol: float


def as_tensor(value, name):
    """A tensor with a name."""
    if isinstance(value, TensorProto):
        made = TensorProto()
        made.CopyFrom(value)
        made.name = name
        return made
    return numpy_helper.from_array(np.asarray(value), name)


def with_constants(model, inputs):
    """The model with all free inputs but the first as constants."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    given = {one.name for one in made.graph.initializer}
    free = [one for one in made.graph.input if one.name not in given]
    for one, value in list(zip(free, inputs, strict=False))[1:]:
        if not isinstance(value, list):
            made.graph.initializer.append(as_tensor(value, one.name))
    return made


def files(kind):
    """The cases that stand in files of the package."""
    for case in load_model_tests(kind=kind):
        folder = Path(case.model_dir)
        data = {
            role: [
                numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))
                for path in sorted((folder / "test_data_set_0").glob(f"{role}_*.pb"))
            ]
            for role in ("input", "output")
        }
        yield from one_case(case, onnx.load(folder / "model.onnx"), data["input"], data["output"])


def nodes():
    """The cases that the package makes for each operator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Some of its cases overflow on purpose.
        for case in collect_testcases():
            yield from one_case(case, case.model, *case.data_sets[0])


ARITHMETIC = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Clip"}
BY_ELEMENT = {*ARITHMETIC, "HardSigmoid", "LeakyRelu", "Relu", "Sigmoid", "Tanh", "DequantizeLinear", "QuantizeLinear"}
"""Operators that do the same to numbers of any shape."""


def one_case(case, model, inputs, outputs):
    """The case, if it has an input; a vector of numbers on which an operator works one by one becomes one sample."""
    if inputs and outputs:
        if (
            all(getattr(one, "ndim", 0) == 1 for one in (inputs[0], outputs[0]))
            and {node.op_type for node in model.graph.node} <= BY_ELEMENT
        ):
            for value in (model.graph.input[0], model.graph.output[0]):
                value.type.tensor_type.shape.dim.insert(0, onnx.TensorShapeProto.Dimension(dim_value=1))
            inputs, outputs = [inputs[0][None], *inputs[1:]], [outputs[0][None]]
        yield Case(case.name, with_constants(model, inputs), inputs[0], outputs[0], case.rtol, case.atol)


def answer(network, x):
    """What a network gives for samples: numbers, of a network of codes too."""
    if isinstance(network, FloatNetwork):
        return predict(network.network, network.parameters, x)
    found = run(network.network, network.tensors, coded(x, "the input"))
    name = found.format.name
    return found.codes.view({"binary32": "float32"}.get(name, name))
