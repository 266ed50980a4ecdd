"""Convolutions against a direct loop of NumPy's, and against places counted by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Sequential
from refsim.spec.convolutions import Window, conv2d
from refsim.spec.datapaths import Datapath
from refsim.spec.products import ExactProduct
from refsim.spec.terms import Port, flips

from .sums import floating, host, integer, register

WIDE = Datapath(ExactProduct(), Sequential(register(32, "wrap")), "first", "sum", None)


def image(x):
    """Integers as an image of numbers."""
    return [[[integer(int(n)) for n in row] for row in channel] for channel in x]


def decoded(results, to):
    """The numbers of results."""
    return [[[to.format.decode(result.code) for result in row] for row in channel] for channel in results]


def direct(x, w, window, pad):
    """The convolution as a loop over the elements of a padded image."""
    top, bottom, left, right = window.padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right)), constant_values=pad)
    (outputs, depth, k, m), (s, t), (d, e) = w.shape, window.stride, window.dilation
    rows = len(range(0, padded.shape[1] - (k - 1) * d, s))
    columns = len(range(0, padded.shape[2] - (m - 1) * e, t))
    y = np.zeros((outputs, rows, columns), int)
    for o, i, j in product(range(outputs), range(rows), range(columns)):
        first = o // (outputs // window.groups) * depth
        part = padded[first : first + depth, i * s : i * s + (k - 1) * d + 1 : d, j * t : j * t + (m - 1) * e + 1 : e]
        y[o, i, j] = np.sum(part * w[o])
    return y


@st.composite
def cases(draw):
    """An image, kernels and a window that fit each other."""
    groups, depth, each = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    size, kernel = (tuple(draw(st.integers(1, n)) for _ in "hw") for n in (5, 3))
    stride, dilation = (tuple(draw(st.integers(1, 2)) for _ in "hw") for _ in "sd")
    padding = tuple(draw(st.integers(0, 2)) for _ in "tblr")
    window = Window(stride, padding, dilation, groups, draw(st.sampled_from(["channels_first", "channels_last"])))
    seeds = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    x = seeds.integers(-128, 128, (groups * depth, *size))
    w = seeds.integers(-128, 128, (groups * each, depth, *kernel))
    return x, w, window, draw(st.integers(-5, 5))


def fits(x, w, window):
    """Whether the kernel has a place."""
    top, bottom, left, right = window.padding
    spans = [(k - 1) * d for k, d in zip(w.shape[2:], window.dilation, strict=True)]
    return x.shape[1] + top + bottom > spans[0] and x.shape[2] + left + right > spans[1]


@pytest.mark.clause("convolution/element", "convolution/places", "convolution/order")
@given(cases(), st.booleans())
def test_convolutions(case, scaled):
    """Strides, paddings with any number, dilations and groups, with a bias and scales, or a clear refusal."""
    x, w, window, pad = case
    if not fits(x, w, window):
        with pytest.raises(ValueError, match=r"^a kernel of \d+ x \d+ has no place on an image of \d+ x \d+$"):
            conv2d(image(x), [image(k) for k in w], WIDE, window, integer(pad))
        return
    expected = direct(x, w, window, pad)
    bias, scales = None, []
    if scaled:
        n = np.arange(len(w))
        bias, scales = [integer(int(i) - 1) for i in n], [[integer(int(i) + 1) for i in n], [integer(-3)]]
        expected = (expected + (n - 1)[:, None, None]) * (n + 1)[:, None, None] * -3
    found = conv2d(image(x), [image(k) for k in w], WIDE, window, integer(pad), bias, scales)
    assert decoded(found, WIDE.to) == expected.tolist()


@pytest.mark.clause("convolution/places")
@pytest.mark.parametrize(
    ("size", "kernel", "window", "places"),
    [
        ((224, 224), (7, 7), Window((2, 2), (3, 3, 3, 3)), (112, 112)),
        ((56, 56), (3, 3), Window((1, 1), (1, 1, 1, 1)), (56, 56)),
        ((56, 56), (1, 1), Window((2, 2)), (28, 28)),
        ((32, 20), (3, 3), Window(dilation=(2, 4)), (28, 12)),
        ((4, 5), (4, 5), Window(), (1, 1)),
        ((5, 6), (2, 2), Window((2, 2)), (2, 3)),
    ],
)
def test_places_of_known_layers(size, kernel, window, places):
    """The first and other layers of ResNet-50, a dilated one, and kernels that leave a rest."""
    assert window.places(size, kernel) == places


@pytest.mark.clause("convolution/order")
def test_orders_of_the_terms():
    """Channel by channel, or place by place; rows come before columns in both."""
    first, last = Window(), Window(order="channels_last")
    assert first.terms(2, (1, 2)) == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    assert last.terms(2, (1, 2)) == [(0, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1)]
    assert first.terms(1, (2, 2)) == last.terms(1, (2, 2)) == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    assert sorted(first.terms(3, (2, 4))) == sorted(last.terms(3, (2, 4)))


@pytest.mark.clause("convolution/order", "convolution/element")
def test_the_order_shows_in_binary16():
    """2048 and 1 in one channel, 1 and 0 in the other: channel by channel the ones are lost, place by place the first too, but
    from the right 1 + 1 survives."""
    path = Datapath(ExactProduct(), Sequential(floating("binary16")), "first", "sum", None)
    x = [[[host(n, "binary16") for n in row]] for row in ([1.0, 2048.0], [1.0, 0.0])]
    w = [[[[host(1.0, "binary16")] * 2]] * 2]
    sums = {
        order: decoded(conv2d(x, w, path, Window(order=order), host(0.0, "binary16")), path.to)
        for order in ("channels_first", "channels_last")
    }
    assert sums == {"channels_first": [[[2048]]], "channels_last": [[[2050]]]}


@pytest.mark.clause("convolution/element")
def test_each_element_has_its_port():
    """A fault belongs to one element of one channel."""
    x, w = image([[[1, 2, 3]]]), [image([[[1, 1]]]), image([[[1, -1]]])]
    faulty = lambda o, i, j: flips({("sum", 1): 8}) if (o, i, j) == (1, 0, 1) else Port()  # noqa: E731
    assert decoded(conv2d(x, w, WIDE, Window(), integer(0)), WIDE.to) == [[[3, 5]], [[-1, -1]]]
    assert decoded(conv2d(x, w, WIDE, Window(), integer(0), port=faulty), WIDE.to) == [[[3, 5]], [[-1, -9]]]


@pytest.mark.clause("convolution/element")
def test_the_padding_is_an_element():
    """A padding of -128 takes part in the sum, as the zero point of a quantized image does."""
    found = conv2d(image([[[5]]]), [image([[[1, 1]]])], WIDE, Window(padding=(0, 0, 1, 0)), integer(-128))
    assert decoded(found, WIDE.to) == [[[-123]]]


@pytest.mark.clause("convolution/places", "convolution/element", "convolution/order")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Window(stride=(0, 1)), "strides, dilations and groups must be at least 1 and paddings not negative, not "),
        (lambda: Window(dilation=(1, 0)), "strides, dilations and groups must be at least 1 and paddings not negative, not "),
        (lambda: Window(groups=0), "strides, dilations and groups must be at least 1 and paddings not negative, not "),
        (lambda: Window(padding=(0, 0, -1, 0)), "strides, dilations and groups must be at least 1 and paddings not negative, "),
        (lambda: Window(order="nhwc"), "the order 'nhwc' of the terms is none of channels_first, channels_last$"),
        (
            lambda: conv2d(image([[[1]]] * 3), [image([[[1]]] * 2)], WIDE, Window(), integer(0)),
            "1 kernels of 2 channels in 1 groups do not fit an image of 3 channels$",
        ),
        (
            lambda: conv2d(image([[[1]]] * 2), [image([[[1]]])] * 3, WIDE, Window(groups=2), integer(0)),
            "3 kernels of 1 channels in 2 groups do not fit an image of 2 channels$",
        ),
        (lambda: Window().places((3, 3), (0, 1)), "a kernel of 0 x 1 has no place on an image of 3 x 3$"),
    ],
)
def test_what_does_not_fit(make, message):
    """Windows that mean nothing, and shapes that do not fit, are refused in one line."""
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


def test_bias_and_scales_of_another_length_are_refused():
    """One element for each kernel, or of scales one for all."""
    one, x = integer(1), [[[integer(1)]]]
    with pytest.raises(ValueError, match=r"^2 kernels need bias of 2 elements, not 1$"):
        conv2d(x, [x, x], WIDE, Window(), one, [one])
    with pytest.raises(ValueError, match=r"^2 kernels need scales of 2 elements, not 3$"):
        conv2d(x, [x, x], WIDE, Window(), one, None, [[one], [one] * 3])
    assert len(conv2d(x, [x, x], WIDE, Window(), one, [one] * 2, [[one], [one] * 2])) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Window(stride=(1,)), r"the stride of a window is 2 integers, not \(1,\)"),
        (lambda: Window(dilation=(1.5, 1)), r"the dilation of a window is 2 integers, not \(1.5, 1\)"),
        (lambda: Window(padding=(1, 1)), r"the padding of a window is 4 integers, not \(1, 1\)"),
        (
            lambda: conv2d([], [[[[integer(1)]]]], WIDE, Window(), integer(0)),
            "a convolution needs an image of one shape, with an element or more on each axis",
        ),
        (
            lambda: conv2d([[[integer(1)]]], [], WIDE, Window(), integer(0)),
            "a convolution needs kernels of one shape, with an element or more on each axis",
        ),
        (
            lambda: conv2d([[[integer(1)] * 2, [integer(1)]]], [[[[integer(1)]]]], WIDE, Window(), integer(0)),
            "a convolution needs an image of one shape, with an element or more on each axis",
        ),
    ],
)
def test_shapes_that_are_none(make, message):
    """Ragged and empty images and kernels, and windows that are none."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()
