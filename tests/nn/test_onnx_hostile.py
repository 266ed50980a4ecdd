"""ONNX models that are damaged, dangerous or of another kind: each is refused in one line that says what is wrong."""

import numpy as np
import pytest
from onnx import AttributeProto, TensorProto, helper

from refsim.nn.onnx.model import RefusedModel, graph_of, parse
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_models import lenet


def refused(model):
    """The message with which a model is refused."""
    with pytest.raises(RefusedModel) as caught:
        network_of(graph_of(parse(model.SerializeToString())))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(change, made=lenet):
    """A good model after a change."""
    model = made()
    change(model)
    return model


def initializer(model, name="c0"):
    """An initializer of a model."""
    return next(one for one in model.graph.initializer if one.name == name)


def outside(model):
    """The weights in another file."""
    tensor = initializer(model)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    tensor.ClearField("raw_data")


def huge(model):
    """Weights of 2**40 numbers, with no data."""
    tensor = initializer(model)
    del tensor.dims[:]
    tensor.dims.append(1 << 40)


def huge_product(model):
    """Weights of 2**80 numbers by axes that are each possible."""
    tensor = initializer(model)
    del tensor.dims[:]
    tensor.dims.extend([1 << 20] * 4)


def negative(model):
    """Weights of a negative length."""
    initializer(model).dims[0] = -6


def too_few(model):
    """Weights with one byte less."""
    tensor = initializer(model)
    tensor.raw_data = tensor.raw_data[:-1]


def too_few_floats(model):
    """Weights that are written as numbers, too few."""
    tensor = initializer(model)
    tensor.ClearField("raw_data")
    tensor.float_data.extend([1.0, 2.0])


def texts(model):
    """Weights that are texts."""
    tensor = initializer(model)
    tensor.ClearField("raw_data")
    tensor.data_type = TensorProto.STRING
    tensor.string_data.extend([b"a"] * 150)


def not_finite(model):
    """A weight that is infinite."""
    tensor = initializer(model)
    tensor.raw_data = np.float32(np.inf).tobytes() + tensor.raw_data[4:]


def another_type(model):
    """A bias of another type than the weights."""
    model.graph.initializer.append(helper.make_tensor("wide", TensorProto.DOUBLE, [6], [0.0] * 6))
    model.graph.node[0].input[2] = "wide"


def missing(model):
    """Weights that are not there."""
    model.graph.initializer.remove(initializer(model))


def twice(model):
    """Weights that are there twice."""
    model.graph.initializer.append(initializer(model))


def reversed_nodes(model):
    """Nodes in the wrong order."""
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def cycle(model):
    """A node that takes its own result."""
    model.graph.node[1].input[0] = model.graph.node[1].output[0]


def same_result(model):
    """Two nodes that make one value."""
    model.graph.node[1].output[0] = model.graph.node[0].output[0]


def unknown_operator(model):
    """An operator that nobody knows."""
    model.graph.node[1].op_type = "Frobnicate"


def attribute(name, value):
    """A change of the first node's attribute."""

    def change(model):
        node = model.graph.node[0]
        kept = [one for one in node.attribute if one.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])

    return change


def graph_attribute(model):
    """An attribute that is a graph."""
    made = AttributeProto(name="body", type=AttributeProto.GRAPH)
    made.g.name = "inner"
    model.graph.node[0].attribute.append(made)


def domain(model):
    """A node of somebody's own domain."""
    model.graph.node[0].domain = "org.example"
    model.opset_import.append(helper.make_opsetid("org.example", 1))


def no_version(model):
    """A node of a domain without a version."""
    model.graph.node[0].domain = "com.microsoft"
    kept = [one for one in model.opset_import if not one.domain]
    del model.opset_import[:]
    model.opset_import.extend(kept)


def version(number):
    """A version of the operators."""

    def change(model):
        model.opset_import[0].version = number

    return change


def input_shape(*dims):
    """The shape of the input; texts are sizes that are not fixed."""

    def change(model):
        value = helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)
        model.graph.input[0].CopyFrom(value)

    return change


def no_shape(model):
    """An input without a shape."""
    model.graph.input[0].type.tensor_type.ClearField("shape")


def half(model):
    """An input of binary16."""
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16


def sequence(model):
    """An input that is a sequence."""
    value = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, [1])
    model.graph.input[0].CopyFrom(value)


def second_output(model):
    """Two results."""
    model.graph.output.append(helper.make_tensor_value_info("relu1_y", TensorProto.FLOAT, None))


def second_input(model):
    """Two inputs."""
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


def unmade_output(model):
    """A result that no node makes."""
    model.graph.output[0].name = "nowhere"


def declared(model):
    """A result of another shape than it is declared with."""
    name = model.graph.output[0].name
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 11]))


def empty(model):
    """No nodes."""
    del model.graph.node[:]


def function(model):
    """A function of the model's own."""
    made = helper.make_function("org.example", "F", ["a"], ["b"], [], [helper.make_opsetid("", 17)])
    model.functions.append(made)


def sparse(model):
    """A sparse initializer."""
    model.graph.sparse_initializer.add()


HOSTILE = {
    outside: "initializer 'c0' has its data in another file, which is not read",
    huge: "initializer 'c0' has the shape [1099511627776]; supported are 8 axes of in all 268435456 numbers",
    huge_product: "initializer 'c0' has the shape [1048576, 1048576, 1048576, 1048576]; supported",
    negative: "initializer 'c0' has the shape [-6, 1, 5, 5]; supported",
    too_few: "initializer 'c0' has 599 bytes, not the 600 of its shape [6, 1, 5, 5]",
    too_few_floats: "initializer 'c0' is damaged: ",
    texts: "initializer 'c0' has elements string; supported are float, double,",
    not_finite: "Conv 'conv0' takes weights 'c0' that are no finite floating-point numbers",
    another_type: "the parameters of a network are of one type, not of float32 and float64",
    missing: "Conv 'conv0' takes 'c0', which no node before it makes and no initializer has",
    twice: "two initializers have the name 'c0', or it is empty",
    reversed_nodes: "Gemm 'gemm9' takes 'relu8_y', which no node before it makes",
    cycle: "Relu 'relu1' takes 'relu1_y', which no node before it makes",
    same_result: "makes 'conv0_y', which is there already",
    unknown_operator: "Frobnicate 'relu1' is an operator that is not supported in floating point; supported are Add, ",
    attribute("kernel_size", [5, 5]): "Conv 'conv0' has the attribute 'kernel_size', which is not supported; supported are",
    attribute("auto_pad", "SOMEHOW"): "Conv 'conv0' has auto_pad 'SOMEHOW'; supported are 'NOTSET', 'VALID', 'SAME_UPPER'",
    attribute("strides", [0, 1]): "Conv 'conv0' has strides [0, 1]; supported are 2 numbers, rows and columns, from 1",
    attribute("pads", [2, -2, 2, 2]): "Conv 'conv0' has pads [2, -2, 2, 2]; supported are 4 numbers that are not negative",
    attribute("kernel_shape", [3, 3]): "Conv 'conv0' has kernel_shape [3, 3], but weights of [5, 5]",
    attribute("group", 4): "Conv 'conv0': conv2d cannot deal out 1 channels and 6 kernels to 4 groups",
    attribute("dilations", [9, 9]): "Conv 'conv0': a kernel of 37 x 37 has no place on an image of 20 x 20",
    graph_attribute: "attribute 'body' of node 'conv0' is a graph, which is not supported",
    domain: "node 'conv0' is of the domain 'org.example'; known are ONNX's own and com.microsoft",
    no_version: "node 'conv0' is of the domain 'com.microsoft', of which the model states no version",
    version(5): "the versions of ONNX's operators that are read are 6 to 28, not 5",
    version(1000): "not 1000",
    input_shape("N", 1, "rows", "columns"): "needs an axis of samples and then fixed sizes, but has the shape [?, 1, ?, ?]",
    input_shape("N"): "the input 'x' needs an axis of samples and then fixed sizes, but has the shape [?]",
    input_shape("N", 1, 1 << 20, 1 << 20): "the input 'x' has the shape [1, 1, 1048576, 1048576]; supported",
    input_shape("N", 2, 16, 16): "Conv 'conv0' has weights of shape [6, 1, 5, 5], not [6, 2, 5, 5]",
    input_shape("N", 256): "Conv 'conv0' is on samples of [256]; supported are images: channels, rows, columns",
    no_shape: "the input 'x' needs an axis of samples and then fixed sizes, but has no shape",
    half: "the input 'x' has elements float16; supported are float, double,",
    sequence: "the input 'x' is no tensor",
    second_output: "a network has one output, not 2: 'gemm9_y', 'relu1_y'",
    second_input: "a network has one input, not 2: 'x', 'more'",
    unmade_output: "the output 'nowhere' is made by no node",
    declared: "the output 'gemm9_y' is declared as [?, 11], but its samples are [10]",
    empty: "this is no ONNX model: there is no graph with nodes in it",
    function: "functions are not supported",
    sparse: "sparse initializers are not supported",
}  # fmt: skip
"""Changes of a good model, and what is said then."""


@pytest.mark.parametrize(
    "change", HOSTILE, ids=lambda change: (change.__doc__ or change.__qualname__.split(".")[0]).split(".")[0]
)
def test_hostile(change):
    """The message says who, what was needed and what came, in one line."""
    assert HOSTILE[change] in refused(changed(change))
