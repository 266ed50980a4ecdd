"""Networks of codes as ONNX models: ONNX Runtime gives what they give, bit by bit, and read back they are the same."""

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

from refsim.engine.array import Array
from refsim.nn.files import CodeNetwork
from refsim.nn.onnx import read
from refsim.nn.onnx.export_codes import RULES, codes_model_of, save_codes_onnx
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from refsim.spec.affine_layers import Requantize
from refsim.spec.datapath_names import get_datapath
from refsim.spec.moves import Upsample
from tests.nn.onnx_cases import answer
from tests.nn.onnx_models import affine, codes_of_weights, maker, small_conv


def theirs(model, x):
    """What ONNX Runtime gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"input": x})[0]


def everything(element=np.uint8):
    """A network with every rule that is exported, but the conversion of an input."""
    m = maker(41)
    least = element(np.iinfo(element).min)
    pair, kept = (0.05, element(7)), {"domain": "com.microsoft"}
    x = m.node("QuantizeLinear", "x", *affine(m, pair))
    w = codes_of_weights(m, 4, 2, 3, 3)
    scales, zeros = m.constant(np.float32([0.003, 0.002, 0.001, 0.004])), m.constant(np.zeros(4, np.int8))
    y = m.node(
        "QLinearConv",
        x,
        *affine(m, pair),
        w,
        scales,
        zeros,
        *affine(m, pair),
        m.constant(np.int32([9, 0, -9, 1])),
        pads=[1, 1, 0, 2],
    )
    y = m.node("Min", m.node("Max", y, m.constant(element(9))), m.constant(element(99)))
    y = m.node("MaxPool", y, kernel_shape=[2, 2], strides=[2, 1], ceil_mode=1)
    a = m.node("QLinearAveragePool", y, *affine(m, pair, pair), kernel_shape=[1, 2], **kept)
    b = m.node("QLinearLeakyRelu", a, *affine(m, pair, (0.03, element(50))), alpha=0.25, **kept)
    y = m.node("QLinearAdd", a, *affine(m, pair), b, *affine(m, (0.03, element(50)), pair), **kept)
    y = m.node("QLinearConcat", *affine(m, pair), y, *affine(m, pair), b, *affine(m, (0.03, element(50))), axis=1, **kept)
    y = m.node(
        "Resize",
        y,
        "",
        m.constant(np.float32([1, 1, 2, 1])),
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    y = m.node("QLinearMul", y, *affine(m, pair), y, *affine(m, pair, (0.1, element(3))), **kept)
    y = m.node(
        "QLinearSigmoid",
        m.node("Transpose", y, perm=[0, 2, 1, 3]),
        *affine(m, (0.1, element(3)), (1 / 256, least)),
        **kept,
    )
    y = m.node("QLinearGlobalAveragePool", y, *affine(m, (1 / 256, least), (1 / 256, least)), **kept)
    y = m.node("Reshape", y, m.constant(np.array([0, -1])))
    w = [codes_of_weights(m, 6, 3, element=np.int8), *affine(m, (0.02, np.int8(0)))]
    y = m.node("QGemm", y, *affine(m, (1 / 256, least)), *w, "", *affine(m, (0.05, element(30))), **kept)
    return m.model(m.node("DequantizeLinear", y, *affine(m, (0.05, element(30)))), [2, 6, 6])


@pytest.mark.parametrize("element", [np.uint8, np.int8])
def test_everything(tmp_path, element):
    """Every rule; ONNX's checker takes the model, ONNX Runtime gives the same, and it is read back as the same rules."""
    found = network_of(graph_of(everything(element)))
    assert {type(node.rule) for node in found.network.nodes} == set(RULES)
    save_codes_onnx(tmp_path / "a.onnx", found)
    model, again = onnx.load(tmp_path / "a.onnx"), read(tmp_path / "a.onnx")
    onnx.checker.check_model(model)
    x = np.random.default_rng(1).normal(0, 2, (20, 2, 6, 6)).astype(np.float32)
    y = answer(found, x)
    assert len(np.unique(y)) > 8
    np.testing.assert_array_equal(theirs(model, x), y)
    np.testing.assert_array_equal(answer(again, x), y)
    assert [node.rule for node in again.network.nodes] == [node.rule for node in found.network.nodes]


def test_weights_of_nine_bits():
    """They get a zero point; where 8 bits do not hold them they are refused."""
    m = maker(42)
    w = [codes_of_weights(m, 4, 3, element=np.uint8), *affine(m, (0.02, np.uint8(100)))]
    made = m.node("QLinearMatMul", "x", *affine(m, (0.1, np.uint8(7))), *w, *affine(m, (0.9, np.uint8(90))))
    found = network_of(graph_of(m.model(made, [4], np.uint8, np.uint8)))
    model, x = codes_model_of(found), np.arange(256, dtype=np.uint8).reshape(64, 4)
    np.testing.assert_array_equal(theirs(model, x), answer(found, x))
    weights = found.tensors["qlinearmatmul0_sums.weights"]
    wide = Array(np.where(np.arange(12).reshape(3, 4) == 0, 0x155, 0x0FF), weights.format)
    with pytest.raises(ValueError, match="layer qlinearmatmul0_sums has weights of int9 that no 8 bits with a zero point hold"):
        codes_model_of(CodeNetwork(found.network, {**found.tensors, "qlinearmatmul0_sums.weights": wide}))


def changed(change):
    """A small network with one node's rule changed."""
    found = network_of(graph_of(small_conv("QLinearConv")))
    nodes = tuple(replace(node, rule=change(node.rule)) for node in found.network.nodes)
    return CodeNetwork(replace(found.network, nodes=nodes), found.tensors)


def test_limits():
    """The limits of a requantization become Max and Min."""
    found = changed(lambda rule: replace(rule, low=100, high=150) if isinstance(rule, Requantize) else rule)
    x = np.random.default_rng(2).integers(0, 256, (20, 2, 5, 6)).astype(np.uint8)
    y = answer(found, x)
    assert (y.min(), y.max()) == (100, 150)
    np.testing.assert_array_equal(theirs(codes_model_of(found), x), y)


def without_last(found):
    """A network without its last layer."""
    nodes = found.network.nodes[:-1]
    return CodeNetwork(replace(found.network, nodes=nodes), found.tensors)


NARROW = get_datapath("datapath(exact,sequential(int16/toward_zero/saturate),first,sum)")


def test_refusals():
    """What ONNX Runtime has no operator for is refused, the layer's name first."""
    small = changed(lambda rule: rule)
    with pytest.raises(
        ValueError, match="layer qlinearconv0_sums has a datapath, a pad or scales that quantized operators do not"
    ):
        codes_model_of(changed(lambda rule: replace(rule, pad=1) if hasattr(rule, "pad") else rule))
    with pytest.raises(ValueError, match="layer qlinearconv0_sums has a datapath, a pad or scales"):
        codes_model_of(changed(lambda rule: replace(rule, path=NARROW) if hasattr(rule, "path") else rule))
    with pytest.raises(ValueError, match="layer qlinearconv0_sums is the last one, but only part of a quantized operator"):
        codes_model_of(without_last(small))
    nodes = (replace(small.network.nodes[0], name="up", rule=Upsample((2, 2)), parameters=(), inputs=("qlinearconv0_centre",)),)
    whole = replace(small.network, nodes=(small.network.nodes[0], *nodes))
    with pytest.raises(ValueError, match="layer up takes qlinearconv0_centre, which ONNX has only within a quantized operator"):
        codes_model_of(CodeNetwork(whole, small.tensors))
