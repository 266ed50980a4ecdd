"""Layers whose sums are kept: which they are, and that terms are gathered as the layer meets them."""

import numpy as np
import pytest

from refsim import Array, get_format
from refsim.engine.convolutions import conv2d
from refsim.engine.kept_layers import kept_layer, padded
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.formats import Number
from refsim.spec.layers import Conv2d, Dense
from refsim.spec.moves import Reshape
from refsim.spec.tensors import TensorType

INT8 = get_format("int8")
PATH = get_datapath("datapath(exact,total(int20/toward_zero/saturate),first,sum)")
WINDOWS = {
    "plain": Window(),
    "padded": Window(padding=(1, 0, 2, 1)),
    "strides": Window(stride=(2, 3), padding=(0, 1, 1, 2)),
    "dilation": Window(dilation=(2, 1), padding=(1, 1, 0, 0)),
    "channels-last": Window(padding=(1, 1, 1, 1), order="channels_last"),
}


def type_of(*shape):
    """A type of int8."""
    return TensorType(shape, INT8)


def codes(shape, seed):
    """Any codes."""
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("name", WINDOWS)
def test_convolutions(name):
    """Sums, and what they grow by where inputs in two channels and weights of one kernel change, are those of a convolution."""
    window, pad = WINDOWS[name], Number(0x93, INT8)
    rule = Conv2d(PATH, window, pad.code)
    x, w = codes((2, 3, 6, 7), 1), codes((4, 3, 2, 3), 2)
    y, v = x.copy(), w.copy()
    y[1, 0] ^= 0x35
    y[:, 2, 3] ^= 0x84
    v[2, 1, 0, 2] ^= 0x80
    v[2, 2, 1, 0] ^= 0x7F
    made = rule.infer([type_of(3, 6, 7)], {"weights": type_of(4, 3, 2, 3)})
    layer = kept_layer(rule, type_of(3, 6, 7), made, {"weights": type_of(4, 3, 2, 3)}, 2)

    def wanted(images, kernels):
        found = conv2d(Array(images, INT8), Array(kernels, INT8), PATH, window, pad)
        return (found.codes.astype(np.int64) ^ 1 << 19) - (1 << 19)

    total = layer.sums(x, w)
    np.testing.assert_array_equal(total, wanted(x, w))
    total = total + layer.by_inputs(x[:, [0, 2]], y[:, [0, 2]], w[:, [0, 2]])
    np.testing.assert_array_equal(total, wanted(y, w))
    total[:, [2]] += layer.by_weights(y[:, [1, 2]], w[[2]][:, [1, 2]], v[[2]][:, [1, 2]])
    np.testing.assert_array_equal(total, wanted(y, v))


def test_which_layers_keep_their_sums():
    """Dense layers of vectors and convolutions in one group."""
    weights, image = {"weights": type_of(4, 2, 3, 3)}, type_of(4, 5, 5)
    assert kept_layer(Dense(PATH), type_of(6), type_of(3), {"weights": type_of(3, 6)}, 2) is not None
    assert kept_layer(Dense(PATH), type_of(2, 6), type_of(2, 3), {"weights": type_of(3, 6)}, 2) is None
    assert kept_layer(Conv2d(PATH, Window(groups=2), 0), image, type_of(4, 3, 3), weights, 2) is None
    assert kept_layer(Reshape((6,)), type_of(6), type_of(6), {}, 2) is None


def test_what_lies_around_images():
    """Rows above and below, columns left and right."""
    found = padded(np.ones((1, 1, 2, 1), np.uint8), Window(padding=(1, 0, 2, 1)), 7)
    assert found.tolist() == [[[[7, 7, 7, 7], [7, 7, 1, 7], [7, 7, 1, 7]]]]
