"""Pooling against ONNX's published examples, PyTorch's rule of places, and plain loops over integers."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.accumulators import Sequential, Total
from refsim.spec.catalogue import get_format
from refsim.spec.convolutions import Window
from refsim.spec.formats import Number
from refsim.spec.pooling import AveragePool, Maxout, MaxPool, chosen, counted, mean
from refsim.spec.projection import Projection
from refsim.spec.tensors import TensorType, tensor

INT8, BINARY16 = get_format("int8"), get_format("binary16")
EXACT = Projection("q16.16", "ties_to_even", "error")
WIDE = Total(Projection("int32", "toward_zero", "error"))
ROUNDED = Projection("int8", "ties_to_away", "saturate")
FIVE = np.arange(1, 26).reshape(1, 5, 5)


def codes(array, name="int8"):
    """Integers as a tensor."""
    format = get_format(name)
    return tensor((int(n) % (1 << format.width) for n in np.asarray(array).reshape(-1)), np.shape(array), format)


def numbers(found):
    """A tensor of numbers as lists."""
    values = [found.format.decode(code) for code in found.codes]
    return np.array(values, dtype=object).reshape(found.shape).tolist()


@pytest.mark.clause("pool/max", "pool/order", "pool/places")
@pytest.mark.parametrize(
    ("kernel", "window", "ceil", "expected"),
    [
        # maxpool_2d_precomputed_pads, _strides, _same_upper, and maxpool_2d_ceil.
        (
            (5, 5),
            Window(padding=(2, 2, 2, 2)),
            False,
            [[13, 14, 15, 15, 15], [18, 19, 20, 20, 20], [23, 24, 25, 25, 25], [23, 24, 25, 25, 25], [23, 24, 25, 25, 25]],
        ),
        ((2, 2), Window((2, 2)), False, [[7, 9], [17, 19]]),
        ((3, 3), Window((2, 2), (1, 1, 1, 1)), False, [[7, 9, 10], [17, 19, 20], [22, 24, 25]]),
        ((2, 2), Window((2, 2)), True, [[7, 9, 10], [17, 19, 20], [22, 24, 25]]),
        (None, Window(), False, [[25]]),
    ],
    ids=["pads", "strides", "same", "ceil", "global"],
)
def test_onnx_examples_of_maxima(kernel, window, ceil, expected):
    """The examples of ONNX MaxPool and GlobalMaxPool on the numbers from 1 to 25."""
    assert numbers(MaxPool("maximum", kernel, window, ceil)([codes(FIVE)], {}))[0] == expected


@pytest.mark.clause("pool/max")
def test_dilated_maxima():
    """ONNX's example maxpool_2d_dilations: 1 to 16, a kernel of 2 x 2 whose elements are 2 apart."""
    found = MaxPool("maximum", (2, 2), Window(dilation=(2, 2)), ceil=True)([codes(np.arange(1, 17).reshape(1, 4, 4))], {})
    assert numbers(found)[0] == [[11, 12], [15, 16]]


@pytest.mark.clause("pool/average", "pool/mean")
@pytest.mark.parametrize(
    ("kernel", "window", "count_padding", "ceil", "expected"),
    [
        # averagepool_2d_precomputed_pads, its count_include_pad, _strides, _same_upper, and averagepool_2d_ceil.
        (
            (5, 5),
            Window(padding=(2, 2, 2, 2)),
            False,
            False,
            ["7 7.5 8 8.5 9", "9.5 10 10.5 11 11.5", "12 12.5 13 13.5 14", "14.5 15 15.5 16 16.5", "17 17.5 18 18.5 19"],
        ),
        (
            (5, 5),
            Window(padding=(2, 2, 2, 2)),
            True,
            False,
            [
                "63/25 18/5 24/5 102/25 81/25",
                "114/25 32/5 42/5 176/25 138/25",
                "36/5 10 13 54/5 42/5",
                "174/25 48/5 62/5 256/25 198/25",
                "153/25 42/5 54/5 222/25 171/25",
            ],
        ),
        ((2, 2), Window((2, 2)), False, False, ["4 6", "14 16"]),
        ((3, 3), Window((2, 2), (1, 1, 1, 1)), False, False, ["4 5.5 7", "11.5 13 14.5", "19 20.5 22"]),
        (None, Window(), False, False, ["13"]),
    ],
    ids=["pads", "count", "strides", "same", "global"],
)
def test_onnx_examples_of_averages(kernel, window, count_padding, ceil, expected):
    """The examples of ONNX AveragePool and GlobalAveragePool on the numbers from 1 to 25, exact before they are rounded."""
    to = Projection("q8.24", "ties_to_even", "error")
    found = AveragePool(WIDE, to, kernel, window, count_padding, ceil)([codes(FIVE)], {})
    exact = [[Fraction(n) for n in row.split()] for row in expected]
    assert numbers(found)[0] == [[to.format.decode(to(n).code) for n in row] for row in exact]


@pytest.mark.clause("pool/average", "pool/places")
def test_average_of_a_rest():
    """ONNX's example averagepool_2d_ceil: 1 to 16, a kernel of 3 x 3 by steps of 2; what is no place is not counted."""
    x = codes(np.arange(1, 17).reshape(1, 4, 4))
    for count_padding in (False, True):
        found = AveragePool(WIDE, EXACT, (3, 3), Window((2, 2)), count_padding, ceil=True)([x], {})
        assert numbers(found)[0] == [[6, Fraction(15, 2)], [12, Fraction(27, 2)]]


@pytest.mark.clause("pool/places")
def test_places():
    """PyTorch: with ceil_mode the last window must begin on the input or on the padding before it."""
    for size in range(1, 9):
        for kernel in range(1, 4):
            for stride in range(1, 5):
                for before in range(kernel // 2 + 1):
                    for after in range(kernel // 2 + 1):
                        room = size + before + after - kernel
                        if room < 0:
                            continue
                        whole = -(-room // stride) + 1
                        if (whole - 1) * stride >= size + before:
                            whole -= 1
                        assert counted(size, kernel, stride, before, after, 1, ceil=True) == whole
                        assert counted(size, kernel, stride, before, after, 1, ceil=False) == room // stride + 1


@pytest.mark.clause("pool/mean")
@pytest.mark.parametrize(("given", "expected"), [((1, 2), 2), ((-1, -2), -2), ((1, 1, 2), 1), ((-7, 0, 0, 1), -2)])
def test_rounded_means(given, expected):
    """The quotient is rounded once, by the projection: here as TensorFlow Lite's reference kernels do, ties away from zero."""
    found = mean([Number(n % 256, INT8) for n in given], len(given), WIDE, ROUNDED)
    assert found.exact == expected


@pytest.mark.clause("pool/mean")
def test_the_sum_saturates():
    """The sum is the accumulator's: 100 + 100 stops at 127, and -50 comes after."""
    to = Projection("int8", "toward_zero", "saturate")
    values = [Number(n % 256, INT8) for n in (100, 100, -50)]
    assert mean(values, 3, Sequential(to), to).exact == 25
    assert mean(values, 3, WIDE, to).exact == 50


NAN, SIGNALING, ZERO, MINUS = 0x7E01, 0x7D00, 0x0000, 0x8000


@pytest.mark.clause("pool/choice")
@pytest.mark.parametrize(
    ("operation", "given", "expected"),
    [
        ("maximum", [MINUS, ZERO, MINUS], ZERO),
        ("minimum", [ZERO, MINUS, ZERO], MINUS),
        ("maximum", [NAN, 0x3C00], 0x7E00),
        ("maximum", [NAN], NAN),
        ("maximum", [SIGNALING], SIGNALING),
        ("maximum_number", [NAN, 0x3C00, SIGNALING], 0x3C00),
        ("max_num", [0x3C00, SIGNALING, 0x4000], 0x4000),
        ("maximum_magnitude", [0x3C00, 0xC000, 0x3C00], 0xC000),
        ("maximum_finite", [0x3C00, 0x7C00], 0x3C00),
        ("maximum", [0x3C00, 0x7C00], 0x7C00),
        ("minimum", [0x3C00, 0xFC00], 0xFC00),
    ],
)
def test_choice(operation, given, expected):
    """Zeros, NaNs and infinities are as the operation has them, in order; one number alone is left as it is."""
    assert chosen([Number(code, BINARY16) for code in given], operation).code == expected


@pytest.mark.clause("pool/maxout")
def test_maxout():
    """Neighbours along the first axis form a group."""
    x = codes([[1, -9], [7, -8], [3, 2], [-4, 5]])
    assert numbers(Maxout("maximum", 2)([x], {})) == [[7, -8], [3, 5]]
    assert numbers(Maxout("maximum", 4)([x], {})) == [[7, 5]]
    assert Maxout("minimum", 1)([x], {}) == x


PAIR = (2, 2)
REFUSED = [
    (
        lambda: MaxPool("greatest", PAIR, Window(), ceil=False),
        (),
        "'greatest' chooses no number; what does is minimum, maximum, ",
    ),
    (lambda: Maxout("clamp", 2), (), "'clamp' chooses no number"),
    (lambda: Maxout("maximum", 0), (), "maxout needs 1 piece or more, not 0"),
    (lambda: Maxout("maximum", 2), (3,), "maxout needs a first axis of groups of 2, not the shape (3,)"),
    (lambda: Maxout("maximum", 2), (), "maxout needs a first axis of groups of 2, not the shape ()"),
    (
        lambda: MaxPool("maximum", (2,), Window(), ceil=False),
        (),
        "the kernel of a pool is 2 integers of at least 1, or none for the whole image, not (2,)",
    ),
    (lambda: MaxPool("maximum", (0, 2), Window(), ceil=False), (), "the kernel of a pool is 2 integers of at least 1"),
    (
        lambda: MaxPool("maximum", None, Window((2, 2)), ceil=False),
        (),
        "a pool over the whole image has no window, not Window(",
    ),
    (
        lambda: AveragePool(WIDE, EXACT, PAIR, Window(groups=2), count_padding=False, ceil=False),
        (),
        "the window of a pool has neither groups nor an order of channels",
    ),
    (lambda: MaxPool("maximum", PAIR, Window(), ceil=False), (4, 4), "max pool needs an input of 3 axes"),
    (lambda: MaxPool("maximum", None, Window(), ceil=False), (1, 0, 4), "max pool needs an input of 3 axes with a row and"),
    (lambda: MaxPool("maximum", PAIR, Window(), ceil=False), (1, 1, 4), "a pool of 2 places has no place on an axis of 1"),
    (
        lambda: MaxPool("maximum", PAIR, Window(padding=(2, 0, 0, 0)), ceil=False),
        (1, 4, 4),
        "place 0 of a pool of 2 on an axis of 4 has nothing but padding below it",
    ),
]


@pytest.mark.parametrize(("make", "shape", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(make, shape, message):
    """What does not fit is refused, by the rule or by the types alone."""
    with pytest.raises(ValueError, match=r".") as caught:
        make().infer([codes(np.zeros(shape, int)).type], {})
    assert message in str(caught.value)


@pytest.mark.clause("pool/places")
@pytest.mark.parametrize(
    ("shape", "kernel", "padding"),
    [((1, 1, 1 << 30), (1, 1), 0), ((1, 1, 1 << 18), (1, 1 << 16), 0), ((1, 3, 3), (1 << 14, 1 << 14), 1 << 14)],
    ids=str,
)
def test_pools_without_measure(shape, kernel, padding):
    """What would list places without end is refused before it does."""
    rule = MaxPool("maximum", kernel, Window(padding=(padding,) * 4), ceil=False)
    with pytest.raises(ValueError, match="lists more than 16777216 places along an axis"):
        rule.infer([TensorType(shape, get_format("int8"))], {})
