"""Quantized ONNX models as networks of codes: which rules they become, both spellings alike, and what is refused."""

import numpy as np
import pytest

from refsim import get_format
from refsim.engine.networks import array_of, run, tensor_of
from refsim.nn.files import load_network, save_network
from refsim.nn.onnx import read
from refsim.nn.onnx.coding import coded
from refsim.nn.onnx.integer_operators import INT32
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from refsim.spec import networks as spec
from refsim.spec.affine_layers import Centre, DequantizeLinear, Requantize
from refsim.spec.convolutions import Window
from refsim.spec.layers import Conv2d, Dense
from refsim.spec.network_names import read_network, write_network
from tests.nn.onnx_cases import answer
from tests.nn.onnx_models import affine, maker, small_conv
from tests.nn.onnx_models import codes_of_weights as weights
from tests.nn.onnx_peer import MICROSOFT, codes, equal, theirs


@pytest.mark.clause("affine-layer/centre", "affine-layer/requantize", "layer/conv2d")
@pytest.mark.parametrize("element", [np.uint8, np.int8])
@pytest.mark.parametrize("per_kernel", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution(element, per_kernel, bias):
    """Three rules; both spellings give the same network, and what ONNX Runtime gives."""
    one, other = (small_conv(spelling, element, per_kernel=per_kernel, bias=bias) for spelling in ("QLinearConv", "QDQ"))
    found, again = equal(one), equal(other)
    wide = Window((1, 2), (1, 0, 0, 1))
    name = np.dtype(element).name
    assert [node.rule for node in found.network.nodes] == [
        Centre(), Conv2d(INT32, wide, 0), Requantize("float_scale", get_format(name)),
    ]  # fmt: skip
    assert [node.rule for node in again.network.nodes] == [node.rule for node in found.network.nodes]
    for a, b in zip(found.tensors.values(), again.tensors.values(), strict=True):
        assert a.format == b.format
        assert (a.codes == b.codes).all()


def test_the_specification_gives_the_same():
    """The network run by the specification, number by number."""
    model = small_conv("QLinearConv")
    found, x = network_of(graph_of(model)), codes(model, count=3)
    tensors = {name: tensor_of(array) for name, array in found.tensors.items()}
    wanted = theirs(model, x)
    for sample, y in zip(x, wanted, strict=True):
        made = spec.trace(found.network, tensors, tensor_of(coded(sample, "x")))[found.network.nodes[-1].name]
        assert list(made.codes) == y.reshape(-1).tolist()
    assert (run(found.network, found.tensors, array_of(tensor_of(coded(x, "x")))).codes == wanted).all()


def test_nothing_is_taken_off_where_the_zero_point_is_zero():
    """A layer less, and weights of 8 bits."""
    m = maker(12)
    names = [
        "x",
        m.constant(np.float32(1)),
        m.constant(np.int8(0)),
        weights(m, 4, 3),
        *affine(m, (0.5, np.int8(0)), (9, np.int8(3))),
    ]
    found = equal(m.model(m.node("QLinearMatMul", *names), [4], np.int8, np.int8))
    assert [node.rule for node in found.network.nodes] == [Dense(INT32), Requantize("float_scale", get_format("int8"))]
    assert found.network.parameters["qlinearmatmul0_sums.weights"].format.name == "int8"


@pytest.mark.parametrize("element", [np.uint8, np.int8])
def test_weights_with_zero_points(element):
    """Weights less their zero points have 9 bits; columns with scales and zero points of their own."""
    m = maker(13)
    scales, zeros = np.array([0.01, 0.02, 0.005], np.float32), np.array([0, 128, 255]).astype(np.uint8)
    names = ["x", *affine(m, (0.1, element(20))), weights(m, 4, 3, element=np.uint8), m.constant(scales), m.constant(zeros)]
    model = m.model(m.node("QLinearMatMul", *names, *affine(m, (0.7, element(100)))), [4], element, element)
    if element is np.uint8:
        found = equal(model)
    else:  # ONNX Runtime has no kernel for signed by unsigned numbers.
        found = network_of(graph_of(model))
        assert answer(found, codes(model)).dtype == element
    assert found.network.parameters["qlinearmatmul0_sums.weights"].format.name == "int9"


def test_sums():
    """ConvInteger and MatMulInteger give 32 bits, which become binary32 and are scaled."""
    m = maker(14)
    y = m.node("MatMulInteger", "x", weights(m, 6, 3), m.constant(np.uint8(9)))
    y = m.node("Add", m.node("Mul", m.node("Cast", y, to=1), m.constant(np.float32(0.013))), m.constant(np.float32([1, 2, 3])))
    found = equal(m.model(y, [6], np.uint8))
    assert [type(node.rule).__name__ for node in found.network.nodes] == ["Centre", "Dense"] + ["Elementwise"] * 3
    m = maker(15)
    y = m.node("ConvInteger", "x", weights(m, 3, 2, 3, 3), m.constant(np.uint8(9)), pads=[1, 1, 1, 1])
    equal(m.model(m.node("Relu", m.node("Cast", y, to=1)), [2, 4, 4], np.uint8))


@pytest.mark.parametrize("transposed", [0, 1])
def test_gemm(transposed):
    """QGemm with codes or numbers as its result."""
    m = maker(16)
    shape = (3, 6) if transposed else (6, 3)
    names = [
        "x",
        *affine(m, (0.1, np.uint8(9))),
        weights(m, *shape),
        m.constant(np.float32([0.1, 0.2, 0.3])),
        m.constant(np.int8([0, 0, 0])),
    ]
    b = m.constant(np.int32([1, 2, 300]))
    wide = m.node("QGemm", *names, b, domain=MICROSOFT, transB=transposed, alpha=1.5)
    found = equal(m.model(wide, [6], np.uint8))
    assert [type(node.rule) for node in found.network.nodes] == [Centre, Dense, DequantizeLinear]
    m.nodes.clear()
    narrow = m.node("QGemm", *names, b, *affine(m, (6.0, np.uint8(99))), domain=MICROSOFT, transB=transposed, alpha=0.5)
    equal(m.model(narrow, [6], np.uint8, np.uint8))


def test_scales_are_combined_in_order():
    """The factor of QGemm comes first, then the scales of input and weights, each product rounded; then the result's."""
    m, factors = maker(16), [np.float32(1.1), np.float32(0.3), np.float32(0.7)]
    names = ["x", m.constant(factors[1]), m.constant(np.uint8(0)), weights(m, 4, 3), m.constant(factors[2])]
    names += [m.constant(np.int8(0)), "", *affine(m, (0.7, np.uint8(0)))]
    model = m.model(m.node("QGemm", *names, domain=MICROSOFT, alpha=float(factors[0])), [4], np.uint8, np.uint8)
    found = network_of(graph_of(model)).tensors["qgemm0.scale"].codes.view(np.float32)
    assert found.tolist() == [factors[0] * factors[1] * factors[2] / np.float32(0.7)]
    assert found.tolist() != [factors[2] * factors[1] * factors[0] / np.float32(0.7)]


def test_a_result_that_is_quantized_twice():
    """What two nodes take is not made part of either."""
    m = maker(29)
    y = m.node("Sigmoid", m.node("DequantizeLinear", "x", *affine(m, (0.03, np.uint8(128)))))
    twice = [m.node("QuantizeLinear", y, *affine(m, (scale, np.uint8(0)))) for scale in (0.01, 0.005)]
    model = m.model(m.node("Concat", *twice, axis=1), [4], np.uint8, np.uint8)
    found, x = network_of(graph_of(model)), codes(model)
    kinds = [type(node.rule).__name__ for node in found.network.nodes]
    assert kinds == ["DequantizeLinear", "Elementwise", "QuantizeLinear", "QuantizeLinear", "Concat"]
    assert np.abs(answer(found, x).astype(int) - theirs(model, x).astype(int)).max() <= 1


@pytest.mark.clause("affine-join/element", "affine-function/element", "affine-pool/element")
@pytest.mark.parametrize("element", [np.uint8, np.int8])
@pytest.mark.parametrize("type", ["Add", "Mul", "Sigmoid", "LeakyRelu", "AveragePool", "GlobalAveragePool", "Concat"])
def test_operators_of_the_runtime(type, element):
    """Both spellings give the same rules, and what ONNX Runtime gives."""
    scales = (0.021, element(33)), (0.032, element(3)), (0.05, element(50))
    two, kept = type in {"Add", "Mul", "Concat"}, {"kernel_shape": [2, 3], "strides": [2, 1]} if type == "AveragePool" else {}
    kept = {"axis": 1} if type == "Concat" else {"alpha": 0.125} if type == "LeakyRelu" else kept
    found = []
    for spelling in ("QLinear", "QDQ"):
        m = maker(17)
        a, b, y = (affine(m, pair) for pair in scales)
        if spelling == "QLinear":
            operands = ["x", *a, *(["x", *b] if two else [])]
            made = m.node(
                f"QLinear{type}", *([*y, *operands] if type == "Concat" else [*operands, *y]), domain=MICROSOFT, **kept
            )
        else:
            inputs = [m.node("DequantizeLinear", "x", *pair) for pair in ([a, b] if two else [a])]
            made = m.node("QuantizeLinear", m.node(type, *inputs, **kept), *y)
        found.append(equal(m.model(made, [2, 4, 5], element, element)))
    assert [node.rule for node in found[0].network.nodes] == [node.rule for node in found[1].network.nodes]


def test_a_constant_operand():
    """A sum and a product with constant codes for each element."""
    for type in ("Add", "Mul"):
        m = maker(18)
        b = weights(m, 1, 5, element=np.uint8)
        names = ["x", *affine(m, (0.02, np.uint8(3))), b, *affine(m, (0.01, np.uint8(100)), (0.03, np.uint8(4)))]
        equal(m.model(m.node(f"QLinear{type}", *names, domain=MICROSOFT), [5], np.uint8, np.uint8))


MOVES = {
    "MaxPool": {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 0, 0], "ceil_mode": 1},
    "Transpose": {"perm": [0, 2, 3, 1]},
    "Flatten": {},
}


@pytest.mark.parametrize("element", [np.uint8, np.int8])
@pytest.mark.parametrize("type", MOVES)
def test_moves(type, element):
    """What moves or chooses codes does so between a dequantization and a quantization that are alike, too."""
    m = maker(19)
    direct = equal(m.model(m.node(type, "x", **MOVES[type]), [2, 5, 5], element, element))
    m = maker(19)
    alike = affine(m, (0.02, element(3)))
    y = m.node("QuantizeLinear", m.node(type, m.node("DequantizeLinear", "x", *alike), **MOVES[type]), *alike)
    assert [node.rule for node in equal(m.model(y, [2, 5, 5], element, element)).network.nodes] == [
        node.rule for node in direct.network.nodes
    ]


def test_moves_to_another_scale_are_of_numbers():
    """Where the scale changes the numbers are dequantized, moved and quantized."""
    m = maker(20)
    y = m.node("MaxPool", m.node("DequantizeLinear", "x", *affine(m, (0.02, np.uint8(3)))), kernel_shape=[2, 2])
    found = equal(m.model(m.node("QuantizeLinear", y, *affine(m, (0.03, np.uint8(9)))), [1, 4, 4], np.uint8, np.uint8))
    assert [type(node.rule).__name__ for node in found.network.nodes] == ["DequantizeLinear", "MaxPool", "QuantizeLinear"]


@pytest.mark.parametrize("element", [np.uint8, np.int8])
def test_more_on_codes(element):
    """Pad, Concat, Reshape, Unsqueeze, Squeeze, Max, Min, Clip, Resize of integers."""
    m = maker(21)
    x = m.node("Pad", "x", m.constant(np.array([0, 0, 1, 0, 0, 0, 0, 2])), m.constant(element(9)))
    x = m.node("Max", m.node("Min", m.node("Concat", x, x, axis=3), m.constant(element(100))), m.constant(element(20)))
    x = m.node(
        "Resize",
        x,
        "",
        m.constant(np.float32([1, 1, 2, 1])),
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    x = m.node("Squeeze", m.node("Unsqueeze", x, m.constant(np.array([2]))), m.constant(np.array([2])))
    x = m.node("Clip", m.node("Reshape", x, m.constant(np.array([0, 4, -1]))), m.constant(element(25)), m.constant(element(90)))
    found = equal(m.model(x, [2, 3, 4], element, element))
    assert found.network.types()[found.network.nodes[-1].name].shape == (4, 48)


def test_files(tmp_path):
    """A network of codes can be written as JSON and arrays, and read as the same."""
    (tmp_path / "a.onnx").write_bytes(small_conv("QDQ").SerializeToString())
    found = read(tmp_path / "a.onnx")
    assert read_network(write_network(found.network)) == found.network
    save_network(tmp_path / "a.json", found)
    again = load_network(tmp_path / "a.json")
    assert again.network == found.network
    x = codes(small_conv("QDQ"))
    assert (answer(again, x) == answer(found, x)).all()


def test_what_nobody_takes_is_left_out():
    """Nodes that the result does not need are not even looked at."""
    m = maker(30)
    y = m.node("Max", "x", m.constant(np.uint8(9)))
    m.node("Frobnicate", m.node("Min", "x", m.constant(np.uint8(9))))
    found = network_of(graph_of(m.model(y, [4], np.uint8, np.uint8)))
    assert [node.name for node in found.network.nodes] == ["max0"]
