"""Engine and specification are equal for convolutions, and both are what a plain loop over NumPy's slices makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine.array import code_dtype
from refsim.engine.convolutions import conv2d
from refsim.spec import convolutions as spec
from refsim.spec.accumulators import Pairwise, Sequential, Total
from refsim.spec.convolutions import ORDERS, Window
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct
from refsim.spec.terms import NO_PORT, Port
from refsim.testing.datapaths import datapaths, fixed_registers, registers

INT8 = get_format("int8")
SATURATING = Datapath(ExactProduct(), Sequential(Projection("int16", "toward_zero", "saturate")), "first", "sum", None)


def codes(rng, format, shape):
    """Any codes."""
    return Array(rng.integers(0, 1 << format.width, shape).astype(code_dtype(format)), format)


def numbers(z, *index):
    """The numbers of an array, nested as its axes are."""
    shape = z.codes.shape[len(index) :]
    return [numbers(z, *index, i) for i in range(shape[0])] if shape else Number(int(z.codes[index]), z.format)


@st.composite
def windows(draw, size, kernel):
    """Windows that have a place on an image."""
    pads = [draw(st.integers(0, 2)) for _ in range(4)]
    room = size[0] + pads[0] + pads[1], size[1] + pads[2] + pads[3]
    dilation = [draw(st.integers(1, max(1, (r - 1) // max(k - 1, 1)))) for r, k in zip(room, kernel, strict=True)]
    strides = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return Window(strides, tuple(pads), tuple(dilation), draw(st.sampled_from([1, 1, 2])), draw(st.sampled_from(ORDERS)))


def outcome(compute):
    """What is computed, or the error."""
    try:
        return compute()
    except ValueError as error:
        return type(error), str(error)


@pytest.mark.clause("convolution/element", "convolution/order", "convolution/places")
@settings(max_examples=60)
@given(st.data())
def test_small_images(data):
    """Every window on small images, datapaths of every kind, bias and scales."""
    fixed = data.draw(st.booleans())
    formats = [get_format(name) for name in (("int8", "int4") if fixed else ("float8_e4m3fn", "float4_e2m1fn"))]
    size, kernel = (data.draw(st.integers(2, 5)), data.draw(st.integers(2, 5))), (2, data.draw(st.integers(1, 2)))
    window, depth, each = data.draw(windows(size, kernel)), data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    count = each * window.groups
    x, w = codes(rng, formats[0], (depth * window.groups, *size)), codes(rng, formats[1], (count, depth, *kernel))
    bias = data.draw(st.none() | st.just(codes(rng, formats[1], (count,))))
    scales = [codes(rng, formats[1], (n,)) for n in data.draw(st.lists(st.sampled_from([1, count]), max_size=2))]
    pad = Number(data.draw(st.integers(0, 255)), formats[0])
    path = data.draw(datapaths(fixed_registers() if fixed else registers(max_width=16)))

    def said():
        given = None if bias is None else numbers(bias)
        return spec.conv2d(numbers(x), numbers(w), path, window, pad, given, [numbers(s) for s in scales])

    expected = outcome(said)
    found = outcome(lambda: conv2d(x, w, path, window, pad, bias, scales, flags=True))
    if not isinstance(expected, list):
        assert found == expected
        return
    assert found[0].codes.tolist() == [[[r.code for r in row] for row in plane] for plane in expected]
    assert found[1].tolist() == [[[int(r.flags) for r in row] for row in plane] for plane in expected]
    assert conv2d(x, w, path, window, pad, bias, scales).codes.tolist() == found[0].codes.tolist()


def by_slices(x, w, window, pad, limit):
    """Saturating sums of integers: one term at a time, of all places together."""
    top, bottom, left, right = window.padding
    padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=pad)
    each = len(w) // window.groups
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], window.dilation, strict=True)]
    rows, columns = ((n - s) // t + 1 for n, s, t in zip(padded.shape[2:], spans, window.stride, strict=True))
    total = np.zeros((len(x), len(w), rows, columns), int)
    kernel = list(np.ndindex(w.shape[2:]))
    channels = range(w.shape[1])
    terms = [(c, *k) for c in channels for k in kernel] if window.order == "channels_first" else None
    for c, i, j in terms or [(c, *k) for k in kernel for c in channels]:
        low, high = (i * window.dilation[0], j * window.dilation[1]), (rows, columns)
        ends = [a + (n - 1) * s + 1 for a, n, s in zip(low, high, window.stride, strict=True)]
        part = padded[:, :, low[0] : ends[0] : window.stride[0], low[1] : ends[1] : window.stride[1]]
        for o in range(len(w)):
            total[:, o] = np.clip(total[:, o] + part[:, o // each * w.shape[1] + c] * w[o, c, i, j], -limit - 1, limit)
    return total


@pytest.mark.clause("convolution/element", "convolution/order")
@pytest.mark.parametrize(
    "window",
    [
        Window(),
        Window((2, 1), (1, 0, 2, 1), (1, 2), 1, "channels_last"),
        Window((1, 3), (2, 2, 2, 2), (2, 1), 2),
        Window((3, 3), (0, 1, 0, 3), (1, 1), 4, "channels_last"),
    ],
)
def test_several_images_in_several_tiles(window):
    """Images of more places than a tile has, several at once, beside the plain loop; progress is told of all groups."""
    rng = np.random.default_rng(6)
    x, w = rng.integers(-128, 128, (3, 4, 40, 37)), rng.integers(-128, 128, (8, 4 // window.groups, 3, 2))
    told = []
    given = Array(x & 0xFF, INT8), Array(w & 0xFF, INT8), SATURATING, window, Number(0xFD, INT8)
    found = conv2d(*given, progress=lambda *counts: told.append(counts))
    expected = by_slices(x, w, window, -3, (1 << 15) - 1)
    assert (found.codes.view(np.int16) == expected).all()
    assert told[-1] == (expected.size, expected.size)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    one = conv2d(Array(x[1] & 0xFF, INT8), *given[1:])
    assert (one.codes == found.codes[1]).all()


@pytest.mark.parametrize("order", ORDERS)
def test_a_wide_sum_is_a_plain_convolution(order):
    """Where nothing overflows every order gives the sum of products, by every accumulator."""
    rng = np.random.default_rng(7)
    x, w = rng.integers(-128, 128, (2, 3, 9, 9)), rng.integers(-128, 128, (5, 3, 3, 3))
    window = Window(padding=(1, 1, 1, 1), order=order)
    expected = by_slices(x, w, window, 0, 1 << 40)
    for accumulator in (Sequential, Total, Pairwise):
        path = Datapath(ExactProduct(), accumulator(Projection("int32", "toward_zero", "saturate")), "first", "sum", None)
        found = conv2d(Array(x & 0xFF, INT8), Array(w & 0xFF, INT8), path, window, Number(0, INT8))
        assert (found.codes.view(np.int32) == expected).all()


def test_ports():
    """An element with a port of its own: a fault in a register of one place of one kernel, in one image or one of several."""
    x, w = Array(np.arange(18).reshape(2, 1, 3, 3), INT8), Array(np.arange(8).reshape(2, 1, 2, 2), INT8)
    port = Port(hold=lambda _, step, result: result.code + 1000 if step == 1 else result.code)
    expected = conv2d(x, w, SATURATING, Window(), Number(0, INT8)).codes.astype(int)
    expected[1, 0, 1, 0] += 1000
    found = conv2d(x, w, SATURATING, Window(), Number(0, INT8), ports={(1, 0, 1, 0): port, (0, 0, 0, 0): NO_PORT})
    assert found.codes.tolist() == expected.tolist()
    one = conv2d(x[1], w, SATURATING, Window(), Number(0, INT8), ports={(0, 1, 0): port})
    assert one.codes.tolist() == expected[1].tolist()


@pytest.mark.parametrize(
    ("x", "w", "window", "pad", "message"),
    [
        (
            (3, 3),
            (1, 1, 2, 2),
            {},
            "int8",
            "conv2d needs images of 3 or 4 axes and kernels of 4, not of shapes (3, 3) and (1, 1, 2, 2)",
        ),
        ((2, 3, 3), (1, 1, 2, 2), {}, "int8", "1 kernels of 1 channels in 1 groups do not fit an image of 2 channels"),
        (
            (2, 3, 3),
            (3, 1, 2, 2),
            {"groups": 2},
            "int8",
            "3 kernels of 1 channels in 2 groups do not fit an image of 2 channels",
        ),
        ((1, 3, 3), (1, 1, 2, 4), {}, "int8", "a kernel of 2 x 4 has no place on an image of 3 x 3"),
        ((1, 3, 3), (1, 1, 2, 2), {}, "uint8", "conv2d needs a pad of the images' format int8, not of uint8"),
    ],
)
def test_what_does_not_fit_is_refused(x, w, window, pad, message):
    """Shapes, groups and the format of what lies around the image."""
    given = Array(np.zeros(x, np.uint8), INT8), Array(np.zeros(w, np.uint8), INT8)
    with pytest.raises(ValueError) as error:
        conv2d(*given, SATURATING, Window(**window), Number(0, get_format(pad)))
    assert str(error.value) == message


def test_a_bias_for_other_kernels_is_refused():
    """A bias has one element, or as many as there are kernels."""
    x, w = Array(np.zeros((1, 3, 3), np.uint8), INT8), Array(np.zeros((2, 1, 2, 2), np.uint8), INT8)
    message = r"^a bias of a convolution has an element a kernel, \(2,\), or one, \(1,\), not \(3,\)$"
    with pytest.raises(ValueError, match=message):
        conv2d(x, w, SATURATING, Window(), Number(0, INT8), Array(np.zeros(3, np.uint8), INT8))
