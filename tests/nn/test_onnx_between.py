"""Floating-point operators of quantized ONNX models: activations before a quantization, and what stays in binary32."""

import numpy as np
import pytest

from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from refsim.spec.affine_layers import DequantizeLinear, QuantizeLinear
from refsim.spec.layers import Elementwise
from tests.nn.onnx_cases import answer
from tests.nn.onnx_models import affine, maker
from tests.nn.onnx_models import codes_of_weights as weights
from tests.nn.onnx_peer import codes, equal, theirs

ACTIVATIONS = {"Relu": [], "Clip": [np.float32(0), np.float32(6)]}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("zero", [0, 128])
def test_activations_are_limits_of_codes(name, zero):
    """An activation before a quantization is a maximum, and a minimum, of the codes behind it: it gives what quantized numbers
    give, since quantizing never turns an order around."""
    m = maker(22)
    x = m.node("DequantizeLinear", "x", *affine(m, (0.1, np.uint8(7))))
    w = m.node("DequantizeLinear", weights(m, 3, 2, 1, 1), *affine(m, (0.02, np.int8(0))))
    y = m.node(name, m.node("Conv", x, w), *(m.constant(n) for n in ACTIVATIONS[name]))
    model = m.model(m.node("QuantizeLinear", y, *affine(m, (0.05, np.uint8(zero)))), [2, 3, 3], np.uint8, np.uint8)
    found, x = network_of(graph_of(model)), codes(model)
    rules = [node.rule for node in found.network.nodes]
    operations = [rule.operation for rule in rules if isinstance(rule, Elementwise)]
    assert operations == (["maximum"] if name == "Relu" else ["maximum", "minimum"])
    y = answer(found, x).astype(int)
    assert y.min() == zero
    assert y.max() == (255 if name == "Relu" else min(zero + 120, 255))
    # Where the zero point is not the least code ONNX Runtime computes in binary32, at most one code away.
    assert np.abs(y - theirs(model, x).astype(int)).max() <= (zero > 0)


def test_numbers_between_codes():
    """Operators on binary32 that round once are the same everywhere."""
    m = maker(23)
    x = m.node("DequantizeLinear", "x", *affine(m, (0.1, np.uint8(7))))
    x = m.node(
        "Div",
        m.node("Sub", m.node("Mul", x, m.constant(np.float32([[[3]], [[0.7]]]))), m.constant(np.float32(0.3))),
        m.constant(np.float32(0.7)),
    )
    x = m.node("Clip", m.node("Relu", m.node("Add", x, x)), m.constant(np.float32(0.5)), m.constant(np.float32(20)))
    found = equal(m.model(m.node("QuantizeLinear", x, *affine(m, (0.1, np.uint8(3)))), [2, 3, 3], np.uint8, np.uint8))
    assert {type(node.rule) for node in found.network.nodes} == {DequantizeLinear, Elementwise, QuantizeLinear}


def test_functions_of_numbers_are_rounded_correctly():
    """Sigmoid, Tanh, HardSigmoid, Softmax of binary32: ONNX Runtime's are approximations, a few units away."""
    for type, given in (
        ("Sigmoid", {}),
        ("Tanh", {}),
        ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
        ("Softmax", {"axis": 1}),
    ):
        m = maker(24)
        x = m.node("DequantizeLinear", "x", *affine(m, (0.03, np.uint8(128))))
        model = m.model(m.node(type, x, **given), [4], np.uint8)
        x, found = codes(model, count=20), network_of(graph_of(model))
        np.testing.assert_allclose(answer(found, x), theirs(model, x), rtol=2e-6, atol=2**-24)


def test_scales_for_each_channel():
    """Quantized and dequantized for each channel; constants that are dequantized are numbers."""
    m = maker(25)
    scales, zeros = m.constant(np.float32([0.1, 0.3])), m.constant(np.uint8([3, 200]))
    x = m.node("DequantizeLinear", "x", scales, zeros, axis=1)
    shift = m.node(
        "DequantizeLinear",
        m.constant(np.int8([[[[3]], [[-3]]]])),
        m.constant(np.float32([0.5, 0.25])),
        m.constant(np.int8([1, 0])),
        axis=1,
    )
    y = m.node(
        "QuantizeLinear", m.node("Sub", x, shift), m.constant(np.float32([0.2, 0.1])), m.constant(np.int8([3, -20])), axis=1
    )
    equal(m.model(y, [2, 3, 3], np.uint8, np.int8))
