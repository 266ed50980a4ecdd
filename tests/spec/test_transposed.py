"""Transposed convolutions against ONNX's published examples, and as the sum of kernels laid over the result."""

import numpy as np
import pytest

from refsim.spec.accumulators import Sequential
from refsim.spec.catalogue import get_format
from refsim.spec.convolutions import Window
from refsim.spec.datapaths import Datapath
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor
from refsim.spec.transposed import ConvTranspose2d, meeting

WIDE = Datapath(ExactProduct(), Sequential(Projection("int32", "toward_zero", "error")), "first", "sum", None)
NONE = (0, 0)
NINE, ONES = np.arange(9).reshape(1, 3, 3), np.ones((1, 2, 3, 3), int)
RANDOM = np.random.default_rng(9)


def codes(array, name="int8"):
    """Integers as a tensor."""
    format = get_format(name)
    return tensor((int(n) % (1 << format.width) for n in np.asarray(array).reshape(-1)), np.shape(array), format)


def integers(found):
    """A tensor of an integer format as integers."""
    return np.array([int(found.format.decode(code)) for code in found.codes]).reshape(found.shape)


def rows(text):
    """Rows of integers that are written between commas."""
    return [[int(n) for n in row.split()] for row in text.split(",")]


EXAMPLES = {
    "plain": (NINE, ONES, Window(), NONE, "0 1 3 3 2,3 8 15 12 7,9 21 36 27 15,9 20 33 24 13,6 13 21 15 8"),
    "pads": (
        *(NINE, ONES, Window((3, 2), (1, 1, 2, 2)), NONE),
        "1 1 3,1 1 3,7 4 9,7 4 9,7 4 9,13 7 15,13 7 15",
    ),
    "output padding": (
        *(NINE, ONES, Window((3, 2)), (1, 1)),
        ",".join(["0 0 1 1 3 2 2 0"] * 3 + ["3 3 7 4 9 5 5 0"] * 3 + ["6 6 13 7 15 8 8 0"] * 3 + ["0 0 0 0 0 0 0 0"]),
    ),
    "dilations": (
        *(np.array([[[3, 8, 1], [9, 5, 7], [3, 2, 6]]]), np.array([[[[7, 2], [1, 9]]]]), Window(dilation=(2, 2)), NONE),
        "21 56 13 16 2,63 35 67 10 14,24 22 76 76 21,9 5 88 45 63,3 2 33 18 54",
    ),
}
"""ONNX's convtranspose, convtranspose_pads, convtranspose_pad and convtranspose_dilations."""


@pytest.mark.clause("transposed/element", "transposed/places", "transposed/meeting")
@pytest.mark.parametrize("name", EXAMPLES)
def test_onnx_examples(name):
    """Every kernel gives what the example says."""
    x, w, window, more, expected = EXAMPLES[name]
    found = integers(ConvTranspose2d(WIDE, window, more, 0)([codes(x)], {"weights": codes(w)}))
    assert found.tolist() == [rows(expected)] * w.shape[1]


def laid(x, w, window, more):
    """Each number of the image, times the kernel, added where the kernel lies; then cut."""
    channels, each, *kernel = w.shape
    depth, (top, bottom, left, right) = channels // window.groups, window.padding
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, window.dilation, strict=True)]
    size = [s * (n - 1) + span + m for s, n, span, m in zip(window.stride, x.shape[1:], spans, more, strict=True)]
    total = np.zeros((each * window.groups, *size), int)
    for c, i, j in np.ndindex(x.shape):
        first = c // depth * each
        at = [
            slice(s * n, s * n + span, d) for s, n, span, d in zip(window.stride, (i, j), spans, window.dilation, strict=True)
        ]
        total[first : first + each, at[0], at[1]] += x[c, i, j] * w[c]
    return total[:, top : size[0] - bottom, left : size[1] - right]


@pytest.mark.clause("transposed/element", "transposed/places")
@pytest.mark.parametrize(
    ("window", "more", "kernel"),
    [
        (Window((2, 2)), NONE, (2, 2)),
        (Window((2, 3), (1, 0, 0, 2)), (1, 2), (3, 2)),
        (Window((3, 2), (2, 3, 1, 1), (2, 3), 2), NONE, (3, 2)),
        (Window((4, 4), groups=4), (3, 1), (2, 3)),
        (Window((6, 4), dilation=(4, 6)), NONE, (3, 2)),
    ],
    ids=str,
)
def test_laid_out(window, more, kernel):
    """With zeros around the image it is what is left where scaled kernels are laid over each other."""
    x, w, bias = (RANDOM.integers(-128, 128, shape) for shape in ((4, 3, 2), (4, 3, *kernel), 3 * window.groups))
    rule = ConvTranspose2d(WIDE, window, more, 0)
    found = integers(rule([codes(x)], {"weights": codes(w), "bias": codes(bias, "int32")}))
    assert (found == laid(x, w, window, more) + bias[:, None, None]).all()


@pytest.mark.clause("transposed/element")
def test_pads_take_part():
    """Outside the image lies a number: with 3 there every number of a row is met by 2 elements of 3, whatever is inside."""
    window = Window((2, 1))
    x, w = codes(np.zeros((1, 1, 2), int)), codes(np.ones((1, 1, 1, 3), int))
    found = integers(ConvTranspose2d(WIDE, window, NONE, 3)([x], {"weights": w}))
    assert found.tolist() == [[[6, 3, 3, 6]]]


SATURATING = Datapath(ExactProduct(), Sequential(Projection("int8", "toward_zero", "saturate")), "first", "sum", None)


@pytest.mark.clause("transposed/element", "transposed/meeting")
def test_the_kernel_is_turned_over():
    """The terms come as the image's elements stand: 100 + 50 stops at 127, and -100 comes after. Else it were 50."""
    given = {"weights": codes([[[[1, 1]]]]), "bias": codes([100])}
    found = ConvTranspose2d(SATURATING, Window(), NONE, 0)([codes([[[50, -100]]])], given)
    assert integers(found).tolist() == [[[127, 27, 0]]]


@pytest.mark.clause("transposed/element")
@pytest.mark.parametrize(("order", "expected"), [("channels_first", 100), ("channels_last", 27)])
def test_order_of_channels(order, expected):
    """In the middle 100 and -100 of the first channel meet 100 and 0 of the second, channel by channel or place by place."""
    x, w = codes([[[100, -100]], [[100, 0]]]), codes([[[[1, 1]]], [[[1, 1]]]])
    found = ConvTranspose2d(SATURATING, Window(order=order), NONE, 0)([x], {"weights": w})
    assert integers(found)[0, 0, 1] == expected


@pytest.mark.clause("transposed/meeting")
def test_meeting():
    """The pairs of kernel element and image place, by hand: stride 2, three elements, padding 1."""
    window = Window((2, 1), (1, 0, 0, 0))
    assert meeting(0, 3, 0, window) == [(1, 0)]
    assert meeting(1, 3, 0, window) == [(2, 0), (0, 1)]
    assert meeting(2, 3, 0, window) == [(1, 1)]
    assert meeting(0, 3, 0, Window((2, 1))) == [(2, -1), (0, 0)]


@pytest.mark.clause("transposed/element")
def test_nothing_meets():
    """Where the stride is greater than the kernel some elements are sums of no terms: zero, or the bias."""
    x, w = codes([[[1, 2]]]), codes([[[[5]]]])
    rule = ConvTranspose2d(WIDE, Window((1, 3)), (0, 1), 7)
    assert integers(rule([x], {"weights": w})).tolist() == [[[5, 0, 0, 10, 0]]]
    assert integers(rule([x], {"weights": w, "bias": codes([4], "int32")})).tolist() == [[[9, 4, 4, 14, 4]]]


REFUSED = [
    (Window(), (1, 0), None, "an output padding is 2 integers from 0 to below the strides (1, 1), not (1, 0)"),
    (Window(), (0,), None, "an output padding is 2 integers"),
    (Window(), NONE, ((2, 2), (1, 1, 2, 2)), "conv_transpose2d needs an input of 3 axes and weights of 4, none of 0"),
    (Window(), NONE, ((1, 2, 2), (1, 0, 2, 2)), "conv_transpose2d needs an input of 3 axes and weights of 4, none of 0"),
    (Window(groups=2), NONE, ((3, 2, 2), (3, 1, 2, 2)), "kernels of 3 channels in 2 groups do not fit 3 channels"),
    (Window(), NONE, ((3, 2, 2), (2, 1, 2, 2)), "kernels of 2 channels in 1 groups do not fit 3 channels"),
    (
        Window(padding=(2, 1, 0, 0)),
        NONE,
        ((1, 2, 2), (1, 1, 2, 2)),
        "a transposed convolution of an image (1, 2, 2) by 2 x 2 has nothing left",
    ),
]


@pytest.mark.parametrize(("window", "more", "shapes", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(window, more, shapes, message):
    """What does not fit is refused, by the rule or by the types alone."""
    with pytest.raises(ValueError, match=r".") as caught:
        rule = ConvTranspose2d(WIDE, window, more, 0)
        rule.infer([codes(np.zeros(shapes[0], int)).type], {"weights": codes(np.zeros(shapes[1], int)).type})
    assert message in str(caught.value)


def test_more_refusals():
    """A pad that is no code, a bias of another length, and parameters that are not there."""
    x, w = codes(np.zeros((2, 2, 2), int)).type, codes(np.zeros((2, 3, 1, 1), int)).type
    with pytest.raises(ValueError, match=r"code 0x100 is not in 0..0xff of int8"):
        ConvTranspose2d(WIDE, Window(), NONE, 256).infer([x], {"weights": w})
    with pytest.raises(ValueError, match=r"the bias of conv_transpose2d has 3 elements, not the shape \(2,\)"):
        ConvTranspose2d(WIDE, Window(), NONE, 0).infer([x], {"weights": w, "bias": x._replace(shape=(2,))})
    with pytest.raises(ValueError, match="weights is missing"):
        ConvTranspose2d(WIDE, Window(), NONE, 0).infer([x], {})
