"""ONNX files that are damaged, dangerous or of another kind: each is refused in one line that says what is wrong."""

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from refsim.nn.onnx import read
from refsim.nn.onnx.float_import import FLOAT_OPERATORS
from refsim.nn.onnx.integer_import import MICROSOFT, ONNX
from refsim.nn.onnx.model import VERSIONS, RefusedModel, graph_of, load, parse
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_cases import answer
from tests.nn.onnx_models import EXACT, FLOAT, lenet, maker, mlp, small_conv

KNOWN_OPERATORS = sorted({*FLOAT_OPERATORS, *ONNX, *MICROSOFT})


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


def test_a_file_that_is_none(tmp_path):
    """Nothing, text, a folder, a model that is cut off: one line with the path."""
    whole = lenet().SerializeToString()
    for content, said in (
        (b"", "no graph"),
        (b"hello, world\n", "this is no ONNX model"),
        (whole[: len(whole) // 2], "cut off"),
    ):
        (tmp_path / "a.onnx").write_bytes(content)
        with pytest.raises(RefusedModel, match=said) as caught:
            read(tmp_path / "a.onnx")
        assert str(caught.value).startswith(str(tmp_path / "a.onnx"))
    for path in (tmp_path, tmp_path / "none.onnx"):
        with pytest.raises(RefusedModel, match="the file cannot be read"):
            read(path)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    """A file of more bytes than are read is not opened."""
    monkeypatch.setattr("refsim.nn.onnx.model.LARGEST_FILE", 10)
    (tmp_path / "a.onnx").write_bytes(bytes(11))
    with pytest.raises(RefusedModel, match="it has 11 bytes, more than the 10 that are read"):
        load(tmp_path / "a.onnx")


@pytest.mark.parametrize("name", ["lenet", "mobile"])
def test_damaged_anywhere(name):
    """Bytes that are changed at random give a network or a refusal in one line, and nothing else."""
    random, whole = np.random.default_rng(1), FLOAT[name]().SerializeToString()
    head = [*range(2000), *range(len(whole) - 1500, len(whole))]
    kinds = set()
    for _ in range(400):
        content = bytearray(whole)
        for place in random.choice(head, random.integers(1, 4)):
            content[place] = random.integers(256)
        try:
            kinds.add(type(network_of(graph_of(parse(bytes(content))))).__name__)
        except RefusedModel as error:
            assert "\n" not in str(error)
            kinds.add("refused")
    assert "refused" in kinds


QUANTIZED = {
    "quantized operators": lambda: small_conv("QLinearConv"),
    "between quantizations": lambda: small_conv("QDQ"),
}
DISTURBED = {**FLOAT, **EXACT, **QUANTIZED}


def disturb(model, random):
    """A model after one change: an attribute of another value or type, or gone; other inputs; fewer; another operator."""
    graph = model.graph
    nodes, names = list(graph.node), [one.name for one in graph.initializer] + ["", "x"]
    node = nodes[random.integers(len(nodes))]
    values = [0, 1, -1, 2**62, 0.5, "NOTSET", b"\xff", [0], [1, 1], [1, 2, 3, 4], [-1, 9], [2.5], np.zeros((2, 0), np.float32)]
    kind = random.integers(5)
    if kind == 0 and node.attribute:
        index = random.integers(len(node.attribute))
        value = values[random.integers(len(values))]
        name = node.attribute[index].name
        del node.attribute[index]
        made = numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        node.attribute.append(helper.make_attribute(name, made))
    elif kind == 1:
        before = [name for one in nodes[: nodes.index(node)] for name in one.output]
        node.input[random.integers(len(node.input))] = random.choice([*names, *before])
    elif kind == 2:
        del node.input[random.integers(len(node.input)) :]
    elif kind == 3:
        node.op_type = random.choice([*KNOWN_OPERATORS])
    else:
        tensor = graph.initializer[random.integers(len(graph.initializer))]
        value = random.choice([0, 1, 2, 3])
        shape = [(), (1,), (0,), tuple(tensor.dims)[::-1]][value]
        array = np.resize(numpy_helper.to_array(tensor), shape)
        tensor.CopyFrom(numpy_helper.from_array(array.astype(random.choice(["float32", "int8", "int64"])), tensor.name))


@pytest.mark.parametrize("name", DISTURBED)
def test_disturbed(name):
    """A model that is not quite one is refused in one line, or gives a network that can be run."""
    random, refusals = np.random.default_rng(3), 0
    for _ in range(150):
        model = DISTURBED[name]()
        disturb(model, random)
        try:
            graph = graph_of(parse(model.SerializeToString()))
            found = network_of(graph)
        except RefusedModel as error:
            assert "\n" not in str(error)
            refusals += 1
            continue
        x = np.zeros((1, *graph.input.sample), graph.input.element)
        with np.errstate(all="ignore"):
            assert len(answer(found, x)) == 1
    assert refusals > 30


def test_results_that_are_too_large():
    """A network whose layers' results are larger than any that are read is refused before it is run."""
    m = maker(1)
    big = m.constant(np.array([1, 1, 20000, 20000], np.float32))
    x = m.node("Resize", "x", "", big, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
    message = refused(m.model(x, [1, 2, 2]))
    assert "Resize 'resize0' makes samples of [1, 40000, 40000]; supported are 268435456 numbers" in message


def test_constants_that_are_too_large(monkeypatch):
    """Constants that a model computes are no larger than those that it may have."""
    monkeypatch.setattr("refsim.nn.onnx.model.MOST_NUMBERS", 1 << 16)
    m = maker(1)
    x = m.node("Gemm", "x", m.node("ConstantOfShape", m.constant(np.array([1 << 8, 1 << 9]))))
    assert "ConstantOfShape 'constantofshape0' has the shape [256, 512]; supported" in refused(m.model(x, [256]))
    m = maker(1)
    names = [m.constant(np.zeros((1, 1 << 10), np.float32))]
    for _ in range(12):
        names.append(m.node("Concat", names[-1], names[-1], axis=0))
    assert "has the shape [131072]; supported" in refused(m.model(m.node("MatMul", "x", names[-1]), [4096]))
    m = maker(1)
    index = m.constant(np.zeros(1 << 10, np.int64))
    x = m.node("MatMul", "x", m.node("Gather", m.constant(np.zeros((1, 1 << 10), np.float32)), index))
    assert "Gather 'gather0' has the shape [1024, 1024]; supported" in refused(m.model(x, [1024]))


@pytest.mark.parametrize("made", [*FLOAT.values(), *EXACT.values()], ids=[*FLOAT, *(f"exact {name}" for name in EXACT)])
def test_good_models_are_read(made):
    """The models that are changed here are good ones, in any version of the operators from the one that they need."""
    for number in range(14, VERSIONS.stop):
        model = made()
        model.opset_import[0].version = number
        assert network_of(graph_of(model)).network.layers


def test_names_of_other_alphabets():
    """Names that are no words of letters and digits become such, each once."""
    model = mlp()
    for i, node in enumerate(model.graph.node):
        node.name = ["/a/b", "/a.b", "a b", "input", "", "ü", "a_b"][i % 7]
    names = [layer.name for layer in network_of(graph_of(model)).network.layers]
    assert names == ["a_b", "a_b_2", "a_b_3", "Sigmoid_5", "layer", "a_b_4"]


def test_only_onnx_is_needed(tmp_path, monkeypatch):
    """Without the package onnx there is a message that says how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    (tmp_path / "a.onnx").write_bytes(b"x")
    with pytest.raises(RefusedModel, match=r"needs the package onnx: pip install refsim\[onnx\]"):
        read(tmp_path / "a.onnx")


def test_a_model_that_onnx_checks():
    """The models of the tests are what the package's own checker takes."""
    for made in (*FLOAT.values(), *EXACT.values()):
        model = made()
        onnx.checker.check_model(onnx.shape_inference.infer_shapes(model, strict_mode=True))
