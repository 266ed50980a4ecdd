"""ONNX files: what is none is refused, and nothing in them breaks anything but a line of text."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

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
