"""Quantized ONNX models that have no rules: each is refused with the node and what is supported."""

import numpy as np
import pytest

from refsim.nn.onnx.model import RefusedModel, graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_models import affine, maker
from tests.nn.onnx_models import codes_of_weights as weights

MICROSOFT = "com.microsoft"


def qlinear(change, type="QLinearMatMul"):
    """A matrix product of codes after a change of its inputs."""
    m = maker(26)
    inputs = ["x", *affine(m, (0.1, np.uint8(7))), weights(m, 4, 3), *affine(m, (0.1, np.int8(0)), (0.1, np.uint8(0)))]
    change(m, inputs)
    return m.model(m.node(type, *inputs), [4], np.uint8, np.uint8)


def replaced(place, value):
    """A change of one input."""

    def change(m, inputs):
        inputs[place] = value if isinstance(value, str) else m.constant(value)

    return change


def enclosed(type, *constants, **attributes):
    """A node between dequantizations of its input and of constants, and a quantization."""
    m = maker(27)
    x = m.node("DequantizeLinear", "x", *affine(m, (0.1, np.uint8(7))))
    y = m.node(type, x, *(m.node("DequantizeLinear", m.constant(c), *affine(m, (s, z))) for c, s, z in constants), **attributes)
    return m.model(m.node("QuantizeLinear", y, *affine(m, (0.1, np.uint8(0)))), [4], np.uint8, np.uint8)


SQUARE = (np.ones((4, 4), np.int8), 0.1, np.int8(0))
ONE = (1, np.uint8(0))


def single(type, *names, shape=(4,), result=np.uint8, **attributes):
    """A node on codes, with constants where no names are."""
    m = maker(28)
    inputs = [name if isinstance(name, str) else m.constant(name) for name in names]
    return m.model(m.node(type, *inputs, **attributes), list(shape), np.uint8, result)


PAIR = (np.float32(1), np.uint8(0))
REFUSED = {
    "a scale of zero": (
        lambda: qlinear(replaced(1, np.float32(0))),
        "QLinearMatMul 'qlinearmatmul0' takes 1 positive finite scales, not those of",
    ),
    "too many scales": (
        lambda: qlinear(replaced(4, np.ones(2, np.float32))),
        "QLinearMatMul 'qlinearmatmul0' takes 1 or 3 positive finite scales, not those of",
    ),
    "a zero point of another type": (
        lambda: qlinear(replaced(2, np.int8(1))),
        "QLinearMatMul 'qlinearmatmul0' takes 1 zero points of uint8, not",
    ),
    "weights that are no constant": (
        lambda: qlinear(replaced(3, "x")),
        "QLinearMatMul 'qlinearmatmul0' takes weights 'x' that is no constant",
    ),
    "weights of numbers": (
        lambda: qlinear(replaced(3, np.ones((4, 3), np.float32))),
        "of float32; supported are int8, uint8",
    ),
    "weights that do not fit": (
        lambda: qlinear(replaced(3, np.ones((5, 3), np.int8))),
        "QLinearMatMul 'qlinearmatmul0': dense needs weights (outputs, inputs) for its input (4,), not of shape (3, 5)",
    ),
    "a scale that is computed": (
        lambda: (m := maker(1)).model(m.node("DynamicQuantizeLinear", "x"), [4], np.float32, np.uint8),
        "DynamicQuantizeLinear 'dynamicquantizelinear0' is an operator that quantized networks do not have",
    ),
    "nothing that encloses": (
        lambda: (m := maker(1)).model(
            m.node("Gemm", m.node("DequantizeLinear", "x", *affine(m, ONE)), m.weights(4, 4)), [4], np.uint8
        ),
        "Gemm 'gemm1' is an operator that quantized networks do not have, or not where no quantization encloses it",
    ),
    "a bias of another scale": (
        lambda: enclosed("Gemm", SQUARE, (np.ones(4, np.int32), 0.5, np.int32(0))),
        "Gemm 'gemm3' is an operator that quantized networks do not have, or not where no quantization encloses it",
    ),
    "scales of rows": (
        lambda: single("DequantizeLinear", "x", np.float32([1, 2]), np.uint8([0, 1]), axis=2, shape=(3, 2), result=np.float32),
        "DequantizeLinear 'dequantizelinear0' has scales along axis 2; supported are those of the channels, axis 1",
    ),
    "blocks": (
        lambda: single("DequantizeLinear", "x", *PAIR, block_size=2, result=np.float32),
        "DequantizeLinear 'dequantizelinear0' has block_size 2; supported is 0",
    ),
    "channels last": (
        lambda: single("QLinearGlobalAveragePool", "x", *PAIR, *PAIR, shape=(2, 3, 4), domain=MICROSOFT, channels_last=1),
        "QLinearGlobalAveragePool 'qlinearglobalaveragepool0' has channels_last 1; supported is 0",
    ),
    "a constant on the left": (
        lambda: single("QLinearAdd", np.ones(4, np.uint8), *PAIR, "x", *PAIR, *PAIR, domain=MICROSOFT),
        "QLinearAdd 'qlinearadd0' has a constant on the left; supported is one on the right",
    ),
    "a constant of samples": (
        lambda: single("QLinearAdd", "x", *PAIR, np.ones((2, 4), np.uint8), *PAIR, *PAIR, domain=MICROSOFT),
        "QLinearAdd 'qlinearadd0' has a constant of [2, 4] for samples of 1 axes; supported is one for all",
    ),
    "samples joined": (
        lambda: single("Concat", "x", "x", axis=0),
        "Concat 'concat0' is along axis 0, which is that of the samples",
    ),
    "codes added as they are": (lambda: single("Add", "x", "x"), "Add 'add0' takes 'x' of uint8; supported are binary32"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    """What has no rule is refused, with the node, what it has, and what is supported."""
    make, said = REFUSED[case]
    with pytest.raises(RefusedModel) as caught:
        network_of(graph_of(make()))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
