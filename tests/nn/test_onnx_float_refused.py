"""ONNX models of floating-point numbers that have no layers: each is refused with the node and what is supported."""

import numpy as np
import onnxruntime
import pytest
from onnx import helper

from refsim.nn.networks import predict
from refsim.nn.onnx.model import RefusedModel, graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_models import maker


def layers(model):
    """The kinds of a model's layers with the options that are given."""
    return [(layer.kind, dict(layer.options)) for layer in network_of(graph_of(model)).network.layers]


def theirs(model, x):
    """What ONNX Runtime gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]


def one(type, *constants, shape=(2, 6, 6), **attributes):
    """A model of one node on images."""
    m = maker(1)
    names = ["" if value is None else m.constant(value) for value in constants]
    return m.model(m.node(type, "x", *names, **attributes), list(shape))


def refused(model):
    """The message with which a model is refused."""
    with pytest.raises(RefusedModel) as caught:
        network_of(graph_of(model))
    return str(caught.value)


def padded(type, **attributes):
    """A node behind a pad."""
    m = maker(1)
    return m.model(m.node(type, m.node("Pad", "x", m.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1]))), **attributes), [2, 6, 6])


def shifted(model, number):
    """A model of another version of the operators."""
    model.opset_import[0].version = number
    return model


REFUSED = {
    "a pad before a maximum": (
        lambda: padded("MaxPool", kernel_shape=[2, 2]),
        "MaxPool 'maxpool1' takes a padded value; supported is Pad before a convolution or an average pool",
    ),
    "two paddings": (
        lambda: padded("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 1, 1]),
        "AveragePool 'averagepool1' has padding that is not counted around padding that is; supported is one of both",
    ),
    "a pad by ones": (
        lambda: one("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.float32(1)),
        "Pad 'pad0' has a value [1.0]; supported is [0.0]",
    ),
    "dilated pools": (
        lambda: one("MaxPool", kernel_shape=[2, 2], dilations=[2, 1]),
        "MaxPool 'maxpool0' has dilations [2, 1]; supported is [1, 1]",
    ),
    "ceil_mode that counts": (
        lambda: one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, count_include_pad=1),
        "AveragePool 'averagepool0' has ceil_mode and counts the padding; supported is one of both",
    ),
    "another slope": (
        lambda: one("HardSigmoid", alpha=0.2, beta=0.5),
        "HardSigmoid 'hardsigmoid0' has alpha 0.2 and beta 0.5; supported are the binary32 number nearest 1/6 and 0.5",
    ),
    "clipped elsewhere": (
        lambda: one("Clip", np.float32(0), np.float32(1)),
        "Clip 'clip0' clips from 0.0 to 1.0; supported are relu6 (0.0 to 6.0), hard_tanh (-1.0 to 1.0), relu (0.0 to None)",
    ),
    "softmax of rows": (
        lambda: one("Softmax", axis=-1),
        "Softmax 'softmax0' is along axis -1 of 4; supported are the elements of vectors or the channels, axis 1",
    ),
    "softmax of everything": (
        lambda: shifted(one("Softmax", axis=1), 12),
        "Softmax 'softmax0' is along axis 1 of 4; supported are the elements of vectors or the channels, axis 1",
    ),
    "mixed samples": (
        lambda: one("Reshape", np.array([2, -1])),
        "Reshape 'reshape0' has the shape [2, -1]; supported is one that keeps the axis of samples",
    ),
    "another shape": (
        lambda: one("Reshape", np.array([0, 3, 4, 6])),
        "takes a reshaped or transposed value of [3, 4, 6]; supported are those that become flat before a matrix",
    ),
    "no such shape": (
        lambda: one("Reshape", np.array([0, 7, -1])),
        "Reshape 'reshape0' makes [0, 7, -1] of samples of [2, 6, 6], which have other numbers of elements",
    ),
    "transposed samples": (
        lambda: one("Transpose", perm=[1, 0, 2, 3]),
        "Transpose 'transpose0' has perm [1, 0, 2, 3]; supported is one that leaves the axis of samples first",
    ),
    "a constant for each column": (
        lambda: one("Mul", np.ones(6, np.float32)),
        "Mul 'mul0' has a constant of [6] for samples of [2, 6, 6]; supported is one for all or for each channel",
    ),
    "a constant on the left": (
        lambda: (m := maker(1)).model(m.node("Sub", m.constant(np.float32(1)), "x"), [3]),
        "Sub 'sub0' has a constant on the left; supported is one on the right",
    ),
    "division by zero": (lambda: one("Div", np.float32(0)), "Div 'div0' divides by zero"),
    "a product of results": (
        lambda: (m := maker(1)).model(m.node("Mul", "x", "x"), [3]),
        "Mul 'mul0' is on two results; supported is Add",
    ),
    "sums of other shapes": (
        lambda: (m := maker(1)).model(m.node("Add", "x", m.node("GlobalAveragePool", "x")), [2, 3, 3]),
        "Add 'add1' adds samples of [2, 3, 3] and [2, 1, 1]; supported are equal ones",
    ),
    "a matrix that does not fit": (
        lambda: one("MatMul", np.ones((5, 2), np.float32)),
        "MatMul 'matmul0' multiplies samples of [2, 6, 6] by a matrix of [5, 2]",
    ),
    "a bias of rows": (
        lambda: one("Gemm", np.ones((3, 2), np.float32), np.ones((4, 2), np.float32), shape=(3,)),
        "Gemm 'gemm0' has a bias of [4, 2]; supported is one number for each of 2 outputs",
    ),
    "a negative variance": (
        lambda: one("BatchNormalization", *[np.array([1, -1], np.float32)] * 4),
        "BatchNormalization 'batchnormalization0' has a negative variance",
    ),
    "training": (
        lambda: one("Dropout", np.float32(0.5), np.bool_(True)),
        "Dropout 'dropout0' is in training mode; supported is a trained network",
    ),
    "no layers": (lambda: one("Identity"), "the output 'identity0_y' is the input: there are no layers"),
    "too many inputs": (lambda: one("Relu", np.float32(1)), "Relu 'relu0' takes 1 inputs, not 2"),
    "too few inputs": (lambda: one("Gemm"), "Gemm 'gemm0' takes 2 to 3 inputs, not 1"),
    "parts of rows": (
        lambda: one("Resize", None, np.array([1, 1, 1.5, 2], np.float32), mode="nearest"),
        "Resize 'resize0' has other factors than whole ones for the rows and columns of images",
    ),
    "other neighbours": (
        lambda: one("Resize", None, np.array([1, 1, 3, 3], np.float32), mode="nearest", nearest_mode="ceil"),
        "Resize 'resize0' takes other neighbours (half_pixel, ceil) than each element 3 times",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    """What has no layer is refused, with the node, what it has, and what is supported."""
    make, said = REFUSED[case]
    assert said in refused(make())


def test_a_mask_that_is_taken():
    """The second result of Dropout is refused where somebody takes it."""
    m = maker(1)
    m.nodes.append(helper.make_node("Dropout", ["x"], ["kept", "mask"], name="drop"))
    assert layers(m.model(m.node("Relu", "kept"), [3])) == [("relu", {})]
    m.nodes[-1].input[0] = "mask"
    assert "Dropout 'drop' gives a mask that is taken" in refused(m.model("relu1_y", [3]))


def test_the_nearest_neighbour_of_all_spellings():
    """Every rule of coordinates and rounding that repeats each element is taken, and gives what ONNX Runtime gives."""
    taken = 0
    for coordinates in ("half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners"):
        for rounding in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
            for factor in (1, 2, 3, 4):
                given = {"coordinate_transformation_mode": coordinates, "nearest_mode": rounding, "mode": "nearest"}
                model = one("Resize", None, np.array([1, 1, factor, 1], np.float32), shape=(1, 5, 3), **given)
                x = np.arange(15, dtype=np.float32).reshape(1, 1, 5, 3)
                repeated = np.repeat(x, factor, axis=2)
                if (theirs(model, x) == repeated).all():
                    found = network_of(graph_of(model))
                    assert (predict(found.network, found.parameters, x) == repeated).all()
                    taken += 1
                else:
                    assert "takes other neighbours" in refused(model)
    assert taken > 16
