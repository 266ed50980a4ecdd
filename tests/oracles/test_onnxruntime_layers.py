"""ONNX Runtime against the layers in floating point, for all kinds that have an operator in ONNX, forward."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from refsim.nn.layers.kind import INFERENCE
from refsim.nn.layers.kinds import KINDS
from tests.nn.layer_cases import CASES, numbers

EPSILON = np.finfo(np.float32).eps


def around(options):
    """Padding in ONNX's order: above, left, below, right."""
    top, bottom, left, right = options["padding"]
    return [top, left, bottom, right]


def moved(options):
    """The attributes of a convolution."""
    names = {"kernel": "kernel_shape", "stride": "strides", "dilation": "dilations", "groups": "group"}
    return {theirs: options[ours] for ours, theirs in names.items()} | {"pads": around(options)}


def pool(options):
    """The attributes of a pooling."""
    return {"kernel_shape": options["kernel"], "strides": options["stride"], "pads": around(options)}


def upsample(options):
    """The scales of all four axes."""
    factor = options["factor"]
    return [1, 1, *([factor, factor] if isinstance(factor, int) else factor)]


NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
OPERATORS = {
    "dense": ("MatMul", {}),
    "conv2d": ("Conv", moved),
    "conv_transpose2d": ("ConvTranspose", lambda o: moved(o) | {"output_padding": o["output_padding"]}),
    "max_pool": ("MaxPool", pool),
    "average_pool": ("AveragePool", lambda o: pool(o) | {"count_include_pad": int(o["count_padding"])}),
    "global_average_pool": ("GlobalAveragePool", {}),
    "batch_norm": ("BatchNormalization", lambda o: {"epsilon": o["epsilon"]}),
    "add": ("Sum", {}),
    "concat": ("Concat", {"axis": 1}),
    "upsample": ("Resize", NEAREST),
    "flatten": ("Flatten", {"axis": 1}),
    "softmax": ("Softmax", {"axis": 1}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", lambda o: {"alpha": o["slope"]}),
    "sigmoid": ("Sigmoid", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "tanh": ("Tanh", {}),
    "relu6": ("Clip", {}),
    "hard_tanh": ("Clip", {}),
}
"""ONNX's operator for a kind, and its attributes or how they follow from the options."""
WITHOUT = {"dropout", "maxout", "hard_sigmoid_dpu"}
"""What ONNX has no operator for that computes so outside training; the plain loops stand for these."""
LIMITS = {"relu6": (0, 6), "hard_tanh": (-1, 1)}


def theirs(found, xs, parameters):
    """What ONNX Runtime computes in binary32."""
    operator, attributes = OPERATORS[found.kind]
    attributes = attributes(found.all_options) if callable(attributes) else attributes
    roles = ("scale", "shift", "mean", "variance") if found.kind == "batch_norm" else ("weights", "bias")
    constants = {role: parameters[role] for role in roles if role in parameters}
    if found.kind == "dense":
        constants["weights"] = constants["weights"].T.copy()
    if found.kind == "upsample":
        constants = {"": None, "scales": np.float32(upsample(found.all_options))}
    if found.kind in LIMITS:
        constants = dict(zip(("least", "most"), map(np.float32, LIMITS[found.kind]), strict=True))
    names = [f"x{i}" for i in range(len(xs))]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape) for name, x in zip(names, xs, strict=True)]
    bias = constants.pop("bias", None) if found.kind == "dense" else None
    nodes = [helper.make_node(operator, [*names, *constants], ["y"], **attributes)]
    if bias is not None:
        constants["bias"] = bias
        nodes.append(helper.make_node("Add", ["y", "bias"], ["z"]))
    held = [numpy_helper.from_array(value, name) for name, value in constants.items() if value is not None]
    result = helper.make_tensor_value_info("y" if bias is None else "z", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "layer", inputs, [result], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip(names, xs, strict=True)))[0]


def test_every_kind_is_compared():
    """There is no kind beside those with an operator and those said to have none."""
    assert set(OPERATORS) | WITHOUT == set(KINDS)


@pytest.mark.parametrize("found", [found for found in CASES if found.kind in OPERATORS], ids=str)
def test_layers(found):
    """Within a few roundings of binary32, in units of the greatest number that is added or of the result."""
    xs, parameters = numbers(found, np.float32)
    made = KINDS[found.kind].forward(found.all_options, xs, parameters, INFERENCE).y
    wanted = theirs(found, xs, parameters)
    assert made.shape == wanted.shape
    assert np.abs(made - wanted).max() <= 16 * EPSILON * max(1, np.abs(wanted).max())
